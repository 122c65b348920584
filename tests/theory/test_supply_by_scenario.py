"""Closed forms of people who come and go, through ordinary scenario files.

What has no chance in it is compared exactly. The rest are means over replications with fixed seeds, in
intervals that together give a false alarm with 1 % (Bonferroni over ``COMPARISONS``); that rates wrong by
a tenth would be noticed is a test of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from theory.comparing import in_half_widths

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.scenario import load
from csm_sim.theory import supply
from csm_sim.theory.supply import SeatRules
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World, build_world

Floats = NDArray[np.float64]

COMPARISONS = 110
"""At least as many means as this file compares."""
SEED = 20270401
RAMPED, PRODUCTIVE = (ct.CAPACITY_FIELDS.index(name) for name in ("ramped", "productive"))
PLANNED, SICK = (ct.CAPACITY_FIELDS.index(name) for name in ("planned", "sick"))

SCENARIO = """\
name: People who come and go
start: 2027-01-01
horizon: {horizon}
warm_up: {warm_up}
calendar: {calendar}
segments:
  smb: {{touch: low, accounts: {accounts}, arr: 1M, owner: csm}}
playbooks:
  work: {work}
staff:
  csm: {{{staff}}}
timeline: {timeline}
"""
YEARLY = "{for: smb, every: year, steps: [{do: call, effort: 1h}]}"


def world_of(
    folder: Path, staff: str, *, horizon: str = "420d", warm_up: str = "0d", calendar: str = "24x7",
    accounts: int = 1, work: str = YEARLY, timeline: str = "[]",
) -> World:  # fmt: skip
    """The world of a scenario with one role."""
    path = folder / "people.yaml"
    text = SCENARIO.format(
        horizon=horizon, warm_up=warm_up, calendar=calendar, accounts=accounts, work=work, staff=staff,
        timeline=timeline,
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")
    return build_world(load(path))


def played(world: World, replications: int, log: int = 20_000) -> list[Outcome]:
    return [simulate(world, seed=SEED, replication=k, log_capacity=log) for k in range(replications)]


# ---------------------------------------------------------------- attrition and backfill


@dataclass(frozen=True)
class Case:
    """Rules of a seat as a scenario writes them, and as the formulas take them."""

    per_year: float
    notice: int
    hire: str = ""
    at_most: Any = None
    """Distribution function of the time to hire in days."""
    ramp: tuple[float, ...] = ()
    backfill: bool = True
    opened: int | None = None
    freezes: tuple[tuple[int, int], ...] = ()
    looks: tuple[int, ...] = (70, 150, 260, 400)

    SEATS = 80
    REPLICATIONS = 50
    DAYS = 420

    def scenario(self) -> dict[str, str]:
        rules = [f"headcount: {self.SEATS if self.opened is None else 0}", "serves: [smb]"]
        rules += [f"attrition: {100 * self.per_year:g}% per year", f"notice: {self.notice}d"]
        rules += [f"time_to_hire: {self.hire}"] if self.hire else []
        rules += ["backfill: false"] if not self.backfill else []
        rules += [f"ramp: {[f'{100 * share:g}%' for share in self.ramp]}"] if self.ramp else []
        first = np.datetime64("2027-01-01")
        acts = [
            f"{{on: {first + begin}, freeze: {{role: csm, for: {end - begin}d}}}}"
            for begin, end in self.freezes
        ]
        if self.opened is not None:
            acts.append(f"{{on: {first + self.opened}, hire: {{role: csm, count: {self.SEATS}}}}}")
        return {"staff": ", ".join(rules), "timeline": f"[{', '.join(acts)}]"}

    def rules(self, factor: float = 1.0) -> SeatRules:
        """As the formulas take them; the hazard may be wrong by a factor."""
        joining = np.ones(1) if self.at_most is None else supply.joining_chances(self.at_most, self.DAYS)
        hazard = factor * supply.resignation_hazard_per_day(self.per_year)
        return SeatRules(hazard, self.notice, joining, self.backfill, self.ramp, self.freezes)


def lognormal(mean: float, cv: float) -> Any:
    sd = math.sqrt(math.log1p(cv**2))
    return stats.lognorm(sd, scale=mean * math.exp(-(sd**2) / 2)).cdf


CASES = {
    "no backfill": Case(0.6, 30, backfill=False),
    "hired at once": Case(0.8, 10, ramp=(0.5,)),
    "deterministic": Case(0.6, 30, "70d", lambda days: days >= 70.0, ramp=(0.4, 0.7, 0.9)),
    "hired within the notice": Case(0.7, 60, "{exponential: 30d}", stats.expon(scale=30.0).cdf, ramp=(0.5,)),
    "random": Case(0.6, 30, "{mean: 60d, cv: 0.8}", lognormal(60.0, 0.8), ramp=(0.6, 0.8)),
    "requisitions in a freeze": Case(
        0.8,
        30,
        "{exponential: 50d}",
        stats.expon(scale=50.0).cdf,
        ramp=(0.5,),
        opened=40,
        freezes=((30, 90),),
    ),
    "quick requisitions": Case(
        0.8, 30, "{exponential: 3d}", stats.expon(scale=3.0).cdf, opened=5, looks=(6, 7, 9, 12)
    ),
}
every_case = pytest.mark.parametrize("name", CASES)


@cache
def observed(name: str, folder: Path) -> dict[str, Floats]:
    """By (replication,): seats employed and ramped at each look, joins, and speed month by month."""
    case = CASES[name]
    world = world_of(folder, **case.scenario())
    ramp_days = supply.ramp_days(case.ramp)
    found: dict[str, list[float]] = {}
    for outcome in played(world, case.REPLICATIONS, 4000):
        log = outcome.events[np.isin(outcome.events["what"], (ev.JOINED, ev.LEFT))]
        days = (log["time"] / r.DAY).astype(int).tolist()
        events = list(zip(days, log["what"].tolist(), log["person"].tolist(), strict=True))
        for look in case.looks:
            since = dict.fromkeys(range(case.SEATS if case.opened is None else 0), -ramp_days)
            for day, what, seat in events:
                if day <= look:
                    if what == ev.JOINED:
                        since[seat] = day
                    else:
                        del since[seat]
            found.setdefault(f"employed {look}", []).append(len(since))
            ramped = sum(look - joined >= ramp_days for joined in since.values())
            found.setdefault(f"ramped {look}", []).append(ramped)
        found.setdefault("joins", []).append(sum(what == ev.JOINED for _, what, _ in events))
        for month in (4, 11):
            found.setdefault(f"fte {month}", []).append(float(outcome.capacity[month, 0, RAMPED]) / r.DAY)
    return {key: np.array(values, np.float64) / case.SEATS for key, values in found.items()}


def expected(name: str, factor: float = 1.0) -> dict[str, float]:
    """The same by the formulas, of one seat."""
    case = CASES[name]
    seat = supply.seat_by_day(case.rules(factor), case.DAYS, case.opened)
    found = {}
    for look in case.looks:
        found[f"employed {look}"] = float(seat.employed[look])
        found[f"ramped {look}"] = float(seat.ramped[look])
    found["joins"] = float(seat.joins[: case.DAYS].sum()) - (case.opened is None)
    starts = np.datetime64("2027-01") + np.arange(15)
    days = (starts.astype("datetime64[D]") - np.datetime64("2027-01-01")).astype(int)
    for month in (4, 11):
        found[f"fte {month}"] = float(seat.fte[days[month] : days[month + 1]].sum())
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenarios")


def distances(name: str, folder: Path, factor: float = 1.0) -> dict[str, float]:
    """In half-widths; what cannot differ is left out."""
    found, by_formula = observed(name, folder), expected(name, factor)
    return {
        key: in_half_widths(values, by_formula[key], COMPARISONS)
        for key, values in found.items()
        if values.std() > 0
    }


@pytest.mark.slow
@every_case
def test_seats_are_filled_and_left_as_the_renewal_equation_says(name: str, folder: Path) -> None:
    assert {key: d for key, d in distances(name, folder).items() if abs(d) > 1.0} == {}


@pytest.mark.slow
@every_case
def test_a_rate_of_attrition_wrong_by_a_tenth_would_be_noticed(name: str, folder: Path) -> None:
    for factor in (0.9, 1.1):
        assert max(abs(d) for d in distances(name, folder, factor).values()) > 1.0


# ---------------------------------------------------------------- ramp, coaching, leading: nothing random


def test_ramped_time_of_hires_is_the_sum_of_their_ramps(folder: Path) -> None:
    """Three join 20 days after their requisition, two at once in another month; nobody leaves."""
    ramp = (0.4, 0.7, 0.9, 0.95)
    world = world_of(
        folder,
        "headcount: 2, shrinkage: 25%, ramp: [40%, 70%, 90%, 95%], time_to_hire: 20d",
        timeline="[{on: 2027-02-10, hire: {role: csm, count: 3}}, "
        "{on: 2027-03-01, hire: {role: csm, count: 2}}]",
    )
    outcome = simulate(world, seed=1, replication=0)
    joined = supply.joining_chances(lambda days: (days >= 20) * 1.0, 420)
    seats = [3 * supply.seat_by_day(SeatRules(0.0, 30, joined, ramp=ramp), 420, 40).fte]
    seats += [2 * supply.seat_by_day(SeatRules(0.0, 30, joined, ramp=ramp), 420, 59).fte]
    fte = 2.0 + sum(seats)[:420]
    of_months = np.add.reduceat(fte, [(first - world.first_day).days for first in world.month_starts])
    np.testing.assert_allclose(outcome.capacity[:, 0, RAMPED], of_months * r.DAY, rtol=1e-12)
    np.testing.assert_allclose(outcome.capacity[:, 0, PRODUCTIVE], of_months * r.DAY * 0.75, rtol=1e-12)


def test_coaches_and_leads_lose_their_part(folder: Path) -> None:
    """Seven are there and three hired at once: two then lead, and the first three coach one each."""
    staff = "headcount: 7, shrinkage: 0%, ramp: [50%], coaching: 20%, span: {people: 5, time: 40%}"
    world = world_of(folder, staff, timeline="[{on: 2027-02-01, hire: {role: csm, count: 3}}]")
    outcome = simulate(world, seed=1, replication=0)
    before, ramping = 6 + 0.6, 2 * 0.6 * 0.8 + 0.8 + 4 + 3 * 0.5  # seats 0 and 1 lead from the eighth head on
    after = 2 * 0.6 + 8
    speed = np.concatenate([np.full(31, before), np.full(31, ramping), np.full(420 - 62, after)])
    of_months = np.add.reduceat(speed, [(first - world.first_day).days for first in world.month_starts])
    np.testing.assert_allclose(outcome.capacity[:, 0, PRODUCTIVE], of_months * r.DAY, rtol=1e-12)


def test_training_takes_its_share_of_the_time_that_work_needs(folder: Path) -> None:
    """6 h of work a week: at 75 % 8 h a week, at 60 % of that while there is a training, then 8 h again."""
    act = "{on: 2027-03-01, train: {role: csm, count: 1, skill: api, time: 40%, for: 4 weeks}}"
    world = world_of(
        folder, "headcount: 1, shrinkage: 25%", horizon="16 weeks", timeline=f"[{act}]",
        work="{per: person, role: csm, every: week, steps: [{do: report, effort: {constant: 6h}}]}",
    )  # fmt: skip
    outcome = simulate(world, seed=1, replication=0, log_capacity=1000)
    opened = outcome.events[outcome.events["what"] == ev.OPENED]["time"]
    done = outcome.events[outcome.events["what"] == ev.DONE]["time"]
    begin, end = (59.0 * r.DAY, 87.0 * r.DAY)
    trains = (opened >= begin) & (opened < end)
    assert trains.sum() == 4
    np.testing.assert_allclose(done - opened, np.where(trains, 480.0 / 0.6, 480.0), atol=1e-5)
    assert outcome.busy.sum() == pytest.approx(12 * 480.0 + 4 * 800.0, abs=1e-4)
    np.testing.assert_allclose(outcome.effort[1].sum(), 16 * 360.0)


def test_overloaded_people_get_less_done_while_they_train(folder: Path) -> None:
    """Two are never out of work: what they get done is the time times the speed, up to what is in hand."""
    act = "{on: 2027-03-01, train: {role: csm, count: 1, skill: api, time: 40%, for: 31d}}"
    world = world_of(
        folder, "headcount: 2, shrinkage: 25%", horizon="180d", timeline=f"[{act}]", accounts=60,
        work="{for: smb, every: 1d, steps: [{do: call, effort: {constant: 73min}}]}",
    )  # fmt: skip
    outcome = simulate(world, seed=1, replication=0)
    done = outcome.effort[1, :, 0, 0]
    capacity = outcome.capacity[:, 0, PRODUCTIVE]
    assert (np.abs(done - capacity) <= 2 * 73.0).all()
    assert capacity[2] == pytest.approx(31 * r.DAY * 0.75 * (1 + 0.6))


# ---------------------------------------------------------------- learning


def test_work_becomes_less_along_the_learning_curve(folder: Path) -> None:
    """Every effort is the constant times the curve at the number done by the midnight before, exactly."""
    saves, floor, experience = 0.15, 0.3, 4.0
    world = world_of(
        folder, "headcount: 2, shrinkage: 0%", accounts=4,
        work="{for: smb, every: 1d, steps: [{do: call, effort: {constant: 90min}, learning: "
        "{saves: 15%, floor: 30%, experience: 4}}]}",
    )  # fmt: skip
    outcome = simulate(world, seed=1, replication=0, log_capacity=20_000)
    log = outcome.events
    done = np.sort(log["time"][log["what"] == ev.DONE])
    opened = log[log["what"] == ev.OPENED]
    midnight = np.floor(opened["time"] / r.DAY) * r.DAY
    times = np.searchsorted(done, midnight, "left")
    curve = np.maximum(floor, ((experience + times) / experience) ** math.log2(1.0 - saves))
    np.testing.assert_allclose(opened["value"], 90.0 * curve, rtol=1e-12)
    assert curve.min() == floor < np.unique(curve)[1] < curve.max() == 1.0
    # doubling what has been done takes 15 % off
    assert float(curve[times == 4][0]) == pytest.approx(0.85)


# ---------------------------------------------------------------- leave


def test_planned_leave_of_a_calendar_year_is_what_the_rule_says(folder: Path) -> None:
    """To the day for each of 20 people, in both years: no block begins in December and runs over."""
    leave = "leave: {planned: 15 days, block: 4d, season: {dec: x0}, holidays: x3, sick: 20 days}"
    world = world_of(folder, f"headcount: 20, {leave}", horizon="24 months", calendar="{country: JP}")
    for replication in range(10):
        outcome = simulate(world, seed=SEED, replication=replication)
        minutes = outcome.capacity[:, 0, PLANNED]
        assert minutes[:12].sum() == minutes[12:].sum() == 20 * 15 * 480
        of_seats = outcome.hours[..., ct.HOURS_FIELDS.index("planned")].sum(axis=0)
        assert (of_seats == 2 * 15 * 480).all()


@dataclass(frozen=True)
class Sickness:
    """Spells that come at a rate, and last a geometric number of working days from their day on.

    The number of spells that cover a working day is Poisson, an M/G/infinity in discrete time, with mean
    ``m(i) = m(i - 1) (1 - 1/spell) + a(i) rate``. ``a(i)`` are the days whose spells begin on working day
    ``i``: its own, and those without working time since the one before.
    """

    calendar: str
    a_year: float
    spell: float
    feeds: tuple[int, ...]
    """``a`` by weekday, from Monday."""

    DAYS = 728
    PEOPLE = 40

    def days_and_spells(self, factor: float = 1.0, longer: float = 1.0) -> tuple[float, float]:
        """Expected number of sick days of a person, and of times that somebody falls sick."""
        rate = factor * self.a_year / (365.25 * self.spell)
        mean, days, times = 0.0, 0.0, 0.0
        for day in range(self.DAYS):
            fed = self.feeds[(day + 4) % 7] if day >= 3 else 1  # 2027-01-01 is a Friday
            if fed == 0:
                continue
            new = rate * fed
            times += math.exp(-mean) * -math.expm1(-new)
            mean = mean * (1.0 - 1.0 / (longer * self.spell)) + new
            days += -math.expm1(-mean)
        return days, times


SICKNESS = {
    "any day": Sickness("24x7", 30.0, 3.0, (1,) * 7),
    "working days": Sickness("{week: mon-fri, break: none}", 25.0, 2.5, (3, 1, 1, 1, 1, 0, 0)),
    "one day each": Sickness("{week: mon-fri, break: none}", 60.0, 1.0, (3, 1, 1, 1, 1, 0, 0)),
}


@cache
def sick_days(name: str, folder: Path) -> tuple[Floats, Floats]:
    """(replication,): days sick of a person, and times that somebody falls sick."""
    case = SICKNESS[name]
    staff = f"headcount: {case.PEOPLE}, leave: {{sick: {case.a_year:g} days, spell: {case.spell:g}d}}"
    world = world_of(folder, staff, horizon=f"{case.DAYS}d", calendar=case.calendar)
    of_a_day = float(np.diff(world.open_before[0]).max())
    days, times = [], []
    for outcome in played(world, 40):
        days.append(outcome.capacity[:, 0, SICK].sum() / of_a_day / case.PEOPLE)
        times.append(float((outcome.events["what"] == ev.AWAY).sum()) / case.PEOPLE)
    return np.array(days), np.array(times)


def sick_distances(name: str, folder: Path, *wrong: float) -> list[float]:
    pairs = zip(sick_days(name, folder), SICKNESS[name].days_and_spells(*wrong), strict=True)
    return [in_half_widths(values, mean, COMPARISONS) for values, mean in pairs]


@pytest.mark.parametrize("name", SICKNESS)
def test_people_are_sick_as_often_and_as_long_as_expected(name: str, folder: Path) -> None:
    assert max(map(abs, sick_distances(name, folder))) <= 1.0


@pytest.mark.parametrize("name", SICKNESS)
def test_sickness_wrong_by_a_tenth_would_be_noticed(name: str, folder: Path) -> None:
    wrong = [(0.9, 1.0), (1.1, 1.0)]
    if SICKNESS[name].spell > 1:
        wrong += [(1.0, 0.9), (1.0, 1.1)]
    for factors in wrong:
        assert max(map(abs, sick_distances(name, folder, *factors))) > 1.0


# ---------------------------------------------------------------- burnout

ENDLESS = "{per: person, role: csm, every: week, steps: [{do: dig, effort: 400h}]}"
"""More than anybody can do: from the second week on everybody is at work all the time."""


@dataclass(frozen=True)
class Burning:
    """People who are at work all the time, so that their strain is known: ``1 - (1 - above) 2^(-k/memory)``.

    ``k`` weeks after the start; their satisfaction is then ``100 * 2^(-k/memory)``, and the hazard is
    constant between two looks.
    """

    per_year: float
    above: float
    effect: float
    memory_weeks: float

    PEOPLE = 60
    REPLICATIONS = 60
    LOOKS = (28, 60, 100, 200, 330)

    def chance_of_notice(self, day: int, effect: float) -> float:
        """That somebody has given notice by a day after the start."""
        hazard = supply.resignation_hazard_per_day(self.per_year)
        added = 0.0
        for one in range(day):
            weeks = 4 * (one // 28)
            satisfied = 2.0 ** (-weeks / self.memory_weeks)
            added += hazard * (1.0 + (effect - 1.0) * (1.0 - satisfied))
        return -math.expm1(-added)


BURNING = {
    "slowly": Burning(0.3, 0.85, 4.0, 20.0),
    "fast": Burning(0.1, 0.3, 15.0, 2.0),
}


@cache
def given_notice(name: str, folder: Path) -> Floats:
    """(replication, look): share of people who have given notice by then."""
    case = BURNING[name]
    burnout = f"{{above: {case.above:.0%}, effect: x{case.effect:g}, memory: {case.memory_weeks:g} weeks}}"
    staff = (
        f"headcount: {case.PEOPLE}, backfill: false, notice: 2d, "
        f"attrition: {{rate: {case.per_year:.0%} per year, burnout: {burnout}}}"
    )
    world = world_of(folder, staff, horizon="340d", warm_up="28d", work=ENDLESS)
    found = []
    for outcome in played(world, case.REPLICATIONS):
        log = outcome.events
        days = log["time"][log["what"] == ev.NOTICE] / r.DAY - world.warm_days
        found.append([(days <= look).sum() / case.PEOPLE for look in case.LOOKS])
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", BURNING)
def test_overload_raises_the_hazard_piece_by_piece(name: str, folder: Path) -> None:
    case, shares = BURNING[name], given_notice(name, folder)
    for column, look in enumerate(case.LOOKS):
        chance = case.chance_of_notice(look, case.effect)
        assert abs(in_half_widths(shares[:, column], chance, COMPARISONS)) <= 1.0, look


@pytest.mark.slow
@pytest.mark.parametrize("name", BURNING)
def test_an_effect_of_burnout_wrong_by_a_fifth_would_be_noticed(name: str, folder: Path) -> None:
    case, shares = BURNING[name], given_notice(name, folder)
    for factor in (0.8, 1.2):
        chances = [case.chance_of_notice(look, factor * case.effect) for look in case.LOOKS]
        far = [in_half_widths(shares[:, n], chance, COMPARISONS) for n, chance in enumerate(chances)]
        assert max(map(abs, far)) > 1.0


def test_burnout_without_an_effect_is_none(folder: Path) -> None:
    staff = "headcount: 20, notice: 2d, time_to_hire: 9d, attrition: {{rate: 90% per year{}}}"
    outcomes = [
        simulate(
            world_of(folder, staff.format(more), horizon="200d", work=ENDLESS), seed=1, replication=0,
            log_capacity=20_000,
        )
        for more in ("", ", burnout: {above: 10%, effect: x1, memory: 1d}")
    ]  # fmt: skip
    assert (outcomes[0].events["what"] == ev.NOTICE).sum() > 20
    for name in set(Outcome.__dataclass_fields__) - {"content", "satisfaction"}:
        np.testing.assert_array_equal(*(getattr(outcome, name) for outcome in outcomes), err_msg=name)
