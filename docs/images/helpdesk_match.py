"""Real tickets against simulated ones: what the simulation is fed with, and the picture of the comparison.

``python docs/images/helpdesk_match.py cases.csv`` takes a file with the columns ``opened_at`` and
``customer``, prints the figures that ``tests/properties/arrivals.py`` holds, a table of the comparison, and
draws ``helpdesk_match.png`` beside itself. The file of the real desk is not part of this project.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import optimize, special

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from properties import arrivals as desk

from csm_sim.world.desk import MONTHS

REPLICATIONS = 400


def of_file(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Opening of each ticket in the window, in minutes after its first midnight, and its customer."""
    cases = pd.read_csv(path, parse_dates=["opened_at"])
    minutes = (cases["opened_at"] - pd.Timestamp(desk.FIRST)).dt.total_seconds().to_numpy() / 60
    inside = (minutes >= 0) & (minutes < desk.WINDOW_DAYS * 1440)
    customers = cases.loc[inside, "customer"].astype("category").cat.codes
    return minutes[inside], customers.to_numpy(np.int64)


def fed_with(minutes: np.ndarray, customers: np.ndarray, folder: Path) -> dict[str, object]:
    """The figures that the scenario is fed with."""
    counts = np.bincount((minutes // 1440).astype(int), minlength=desk.WINDOW_DAYS)
    month = np.arange(desk.FIRST, desk.END, dtype="datetime64[D]").astype("datetime64[M]").astype(int) % 12
    year = 365  # each of the two has every month once
    growth = counts[year:].sum() / counts[:year].sum() - 1
    plain = desk.scenario(season="{}", growth=f"{growth:.4f}", rate="1 per month")
    lengths = desk.world_of(plain, folder).desk.day_lengths
    season = np.bincount(month, counts) / np.bincount(month, lengths)
    season /= season.mean()
    lengths = lengths * season[month]
    expected = (lengths * counts.sum() / lengths.sum())[desk.WORKING]
    fitted = 12 + 4 + 1
    index = np.sum((counts[desk.WORKING] - expected) ** 2 / expected) / (len(expected) - fitted)
    each = np.bincount(customers)
    shape, accounts = without_zeros(each[each > 0])
    months = lengths.sum() / 1440 / (365.25 / 12)
    return {
        "TICKETS": counts.sum(),
        "WEEKDAYS": np.bincount(desk.WEEKDAY_OF_DAY, counts, 7).astype(int).tolist(),
        "HOURS": np.bincount((minutes % 1440 // 60).astype(int), minlength=24).tolist(),
        "SEASON": {MONTHS[number]: round(float(multiple), 2) for number, multiple in enumerate(season)},
        "GROWTH": growth,
        "BUSYNESS": np.sqrt((index - 1) / expected.mean()),
        "CUSTOMERS": len(each),
        "UNEQUAL": shape,
        "ACCOUNTS": accounts,
        "RATE": counts.sum() / accounts / months,
    }


def without_zeros(tickets: np.ndarray) -> tuple[float, int]:
    """Gamma shape, and number of customers with the silent ones: negative binomial cut off at zero."""

    def unlikely(parameters: np.ndarray) -> float:
        shape, mean = np.exp(parameters)
        p = shape / (shape + mean)
        chance = special.gammaln(tickets + shape) - special.gammaln(shape) - special.gammaln(tickets + 1)
        chance += shape * np.log(p) + tickets * np.log1p(-p) - np.log1p(-(p**shape))
        return -float(chance.sum())

    best = optimize.minimize(unlikely, [-1.0, np.log(tickets.mean())], method="Nelder-Mead")
    shape, mean = np.exp(best.x)
    return float(shape), round(len(tickets) / (1 - (shape / (shape + mean)) ** shape))


def main(path: str) -> None:
    """Print the figures and draw the picture."""
    minutes, customers = of_file(path)
    with tempfile.TemporaryDirectory() as folder:
        for name, value in fed_with(minutes, customers, Path(folder)).items():
            sys.stdout.write(f"{name} = {value}\n")
        world = desk.world_of(desk.scenario(), Path(folder))
    lengths = world.desk.day_lengths
    real = desk.described(minutes, customers, lengths)
    described, runs = [], []
    for replication in range(REPLICATIONS):
        opened = desk.openings(world, replication)
        of_run = opened["time"], opened["account"].astype(np.int64)
        described.append(desk.described(*of_run, lengths))
        runs.append(panels(*of_run))
    table = pd.DataFrame(described)
    compared = {"real": real, "mean": table.mean(), "5 %": table.quantile(0.05), "95 %": table.quantile(0.95)}
    compared["beyond"] = (pd.Series(real) - table.mean()) / table.std()
    sys.stdout.write(pd.DataFrame(compared).round(4).to_string() + "\n")
    draw(panels(minutes, customers), runs, Path(__file__).with_suffix(".png"))


MOST = 20
PLACES = np.linspace(0, 1, 101)


def panels(minutes: np.ndarray, customers: np.ndarray) -> dict[str, np.ndarray]:
    """What each panel shows, in percent."""
    day = (minutes // 1440).astype(int)
    counts = np.bincount(day, minlength=desk.WINDOW_DAYS)[desk.WORKING]
    each = np.sort(np.bincount(customers))[::-1]
    each = each[each > 0]
    share = np.concatenate([[0.0], np.cumsum(each) / each.sum()])
    return {
        "day": 100 * np.bincount(np.minimum(counts, MOST), minlength=MOST + 1) / len(counts),
        "weekday": 100 * np.bincount(desk.WEEKDAY_OF_DAY[day], minlength=7)[:5] / len(day),
        "hour": 100 * np.bincount((minutes % 1440 // 60).astype(int), minlength=24)[6:18] / len(day),
        "customers": 100 * np.interp(PLACES, np.arange(len(share)) / len(each), share),
    }


def draw(real: dict[str, np.ndarray], runs: list[dict[str, np.ndarray]], path: Path) -> None:
    """Four panels: bands hold 90 % of the replications, points and the dark line are real."""
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(2, 2, figsize=(8.4, 6.2), layout="constrained")
    places = {
        "day": (np.arange(MOST + 1), "tickets opened on a working day", "working days, %"),
        "weekday": (np.arange(5), "day of the week", "tickets, %"),
        "hour": (np.arange(6, 18), "hour of the day in which it was opened", "tickets, %"),
        "customers": (
            100 * PLACES,
            "customers with a ticket, most tickets first, %",
            "tickets, cumulative, %",
        ),
    }
    for axis, (name, (x, below, beside)) in zip(axes.flat, places.items(), strict=True):
        values = np.array([run[name] for run in runs])
        low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
        if name == "customers":
            axis.fill_between(
                x, low, high, color="0.78", linewidth=0, label="simulated, 90 % of replications"
            )
            axis.plot(x, middle, color="0.45", linewidth=1, linestyle="--", label="simulated, median")
            axis.plot(x, real[name], color="black", linewidth=1.4, label="real")
            axis.set_xlim(0, 100)
        else:
            axis.bar(x, high - low, 0.8, low, color="0.78", label="simulated, 90 % of replications")
            axis.hlines(middle, x - 0.4, x + 0.4, color="0.45", linewidth=1, label="simulated, median")
            axis.plot(x, real[name], "o", color="black", markersize=4, label="real")
        axis.set(xlabel=below, ylabel=beside, ylim=(0, None))
    axes[0, 0].set_xlim(-0.8, MOST + 1.2)
    axes[0, 0].set_xticks([0, 5, 10, 15, MOST], ["0", "5", "10", "15", f"{MOST} or more"])
    axes[0, 1].set_xticks(range(5), [name[:3] for name in desk.WEEKDAY_NAMES])
    axes[1, 0].set_xticks(range(6, 18))
    axes[0, 0].set_ylim(0, 19)
    axes[0, 0].legend(frameon=False, loc="upper right")
    axes[1, 1].legend(frameon=False, loc="lower right")
    figure.suptitle("A real software help desk (3,090 tickets in two years) and its simulation")
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main(sys.argv[1])
