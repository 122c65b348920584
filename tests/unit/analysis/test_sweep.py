"""The grid of a sweep, and what is said of its points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_team import SCENARIO, write_scenario

from csm_sim.analysis.sweep import Sweep, all_metrics, cell_key, read_metric, sweep, together_confidence
from csm_sim.analysis.sweep_grid import MOST_VALUES, grid_of, read_axis
from csm_sim.analysis.trials import Trials
from csm_sim.analysis.variants import Variants
from csm_sim.errors import UsageError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=4:7", ["4", "5", "6", "7"]),
        ("a=7:4", ["7", "6", "5", "4"]),
        ("a=10:0:5", ["10", "5", "0"]),
        ("a=1:2:0.25", ["1", "1.25", "1.5", "1.75", "2"]),
        ("a=0.1:0.3:0.1", ["0.1", "0.2", "0.3"]),  # not 0.30000000000000004
        ("a=1:10:4", ["1", "5", "9"]),
        ("a=20%:30%:5%", ["20%", "25%", "30%"]),
        ("a=20%:30%:5", ["20%", "25%", "30%"]),
        ("a=4h:8h:2h", ["4h", "6h", "8h"]),
        ("a=1 per month : 2 per month : 0.5", ["1 per month", "1.5 per month", "2 per month"]),
        ("a=¥1M:¥3M", ["¥1M", "¥2M", "¥3M"]),
        ("a=x1:x2:0.5", ["x1", "x1.5", "x2"]),
        ("a=-1:1", ["-1", "0", "1"]),
        ("a=200,400, 800", ["200", "400", "800"]),
        ("a=1:3,5,8:9", ["1", "2", "3", "5", "8", "9"]),
        ("a=1:3,2", ["1", "2", "3"]),
        ("a=[key, rest],[key]", ["[key, rest]", "[key]"]),
        ("a={mean: 4h, cv: 1.0},{mean: 4h, cv: 0.5}", ["{mean: 4h, cv: 1.0}", "{mean: 4h, cv: 0.5}"]),
        ("a='x, y',z", ["'x, y'", "z"]),
        ("a={name: \"b, c\"},d", ['{name: "b, c"}', "d"]),
        ("a=false,true", ["false", "true"]),
        ('a="09:00-18:00","10:00-19:00"', ['"09:00-18:00"', '"10:00-19:00"']),
        ("a=09:00-18:00", ["09:00-18:00"]),
        ("a=9:00", ["9:00"]),
        ("a=2027-04-01,2027-07-01", ["2027-04-01", "2027-07-01"]),
        ("a=b=c", ["b=c"]),
    ],
)  # fmt: skip
def test_what_values_can_be_written(text: str, values: list[str]) -> None:
    axis = read_axis(text)
    assert (axis.key, list(axis.values)) == ("a", values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "there is no key, equals sign and values"),
        ("=4", "there is no key, equals sign and values"),
        ("a=", "a value is missing"),
        ("a=1,,2", "a value is missing"),
        ("a=20%:1h", "different units"),
        ("a=4h:8h:30min", "the step of 4h:8h:30min has another unit"),
        ("a=4:8:0", "the step of 4:8:0 is 0"),
        ("a=0:1:0.0000001", f"more than {MOST_VALUES} values"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(UsageError) as found:
        read_axis(text)
    assert message in str(found.value)
    assert f"--vary {text}" in str(found.value) and "fix  " in str(found.value)


def test_a_grid_has_all_combinations() -> None:
    grid = grid_of(["a=1:2", "b=x,y,z"], 6)
    assert len(grid) == 6
    assert list(grid) == [("1", "x"), ("1", "y"), ("1", "z"), ("2", "x"), ("2", "y"), ("2", "z")]
    assert grid.settings(("2", "x")) == ("a=2", "b=x")


def test_too_many_points_and_repeated_keys() -> None:
    with pytest.raises(UsageError, match=r"3 x 4 = 12 points, more than 10\n.*--limit 12"):
        grid_of(["a=1:3", "b=1:4"], 10)
    with pytest.raises(UsageError, match="a is varied twice"):
        grid_of(["a=1:3", "a=4"], 10)


def test_amounts_for_an_axis() -> None:
    axis = read_axis("a=20%:30%:5%")
    assert (axis.amounts, axis.unit) == ((20.0, 25.0, 30.0), "%")
    assert read_axis("a=20%,1h").amounts is None
    assert read_axis("a=[key],[rest]").amounts is None


# ---------------------------------------------------------------- the answer

N = 6


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sweep, Trials, Variants]]:
    folder = tmp_path_factory.mktemp("sweep")
    text = SCENARIO.replace("csm: {headcount: 1,", "csm: {headcount: 1, cost: 9M per year,")
    variants = Variants(write_scenario(folder, text))
    grid = grid_of(["staff.csm.headcount=1:3"], 10)
    with Trials(7, jobs=1) as trials:
        points = [variants.variant(*grid.settings(point)) for point in grid]
        yield sweep(grid, points, variants.base, trials, replications=N), trials, variants


def test_each_point_beside_the_base(answer: tuple[Sweep, Trials, Variants]) -> None:
    found, _, _ = answer
    assert [point.values for point in found.points] == [("1",), ("2",), ("3",)]
    assert [point.is_base for point in found.points] == [True, False, False]
    assert found.compared == 2
    names = [one.name for one in found.shown]
    assert names == ["on_time", "sla", "utilisation_p90", "needed", "arr_lost", "payroll"]
    for cell in found.points[0].cells.values():
        assert cell.difference is not None
        assert (cell.difference.mean, cell.difference.half_width, cell.sure) == (0.0, 0.0, False)
    more = found.points[2].cells
    assert more["on_time"].sure and more["on_time"].difference is not None
    assert more["on_time"].difference.mean > 0
    assert more["arr_lost"].difference is not None and more["arr_lost"].difference.mean < 0
    assert more["payroll"].sure  # the same in every future, and larger
    assert more["payroll"].estimate.unit == "JPY"


def test_a_difference_is_that_of_the_levels(answer: tuple[Sweep, Trials, Variants]) -> None:
    found, _, _ = answer
    for point in found.points:
        for key, cell in point.cells.items():
            assert cell.difference is not None
            level = found.base.cells[key].estimate.mean
            assert cell.difference.mean == pytest.approx(cell.estimate.mean - level, abs=1e-9 * abs(level))


def test_together_is_stricter_than_alone(answer: tuple[Sweep, Trials, Variants]) -> None:
    found, _, _ = answer
    assert together_confidence(2) == pytest.approx(0.975)
    assert all(cell.sure or not cell.sure_together for point in found.points for cell in point.cells.values())


def test_targets_are_judged_at_each_point(answer: tuple[Sweep, Trials, Variants]) -> None:
    found, _, _ = answer
    keys = [one.key for one in found.points[0].targets]
    assert keys == ["on_time", "sla", "utilisation_p90", "arr_lost"]
    assert found.points[0].verdict == "missed"
    verdicts = {one.key: one.verdict for one in found.points[2].targets}
    assert verdicts["on_time"] == "met"


def test_any_metric_can_be_shown(answer: tuple[Sweep, Trials, Variants]) -> None:
    _, trials, variants = answer
    base = variants.base

    def read(text: str) -> tuple[str, str]:
        shown = read_metric(text, trials, base, range(N))
        return cell_key(shown), shown.unit

    assert read("on_time_mean_share") == ("on_time_mean_share", "share")
    assert read("on_time_mean_share:tier=high") == ("on_time_mean_share:tier=high", "share")
    assert read("payroll@csm") == ("payroll@csm", "money")
    assert read("demand_hours") == ("demand_hours", "hours")
    for text, message in (
        ("on_tme_mean_share", "did you mean  --metric on_time_mean_share"),
        ("headcount_end_people", "is not one figure but several"),
        ("headcount_end_people:role=cms", "--metric 'headcount_end_people:role=csm'"),
        ("arr_lost_p90_money", "no paired difference"),
        ("resigned_sum_people", "not among the results of this scenario"),
    ):
        with pytest.raises(UsageError, match=message):
            read(text)


def test_every_measure_can_be_shown(answer: tuple[Sweep, Trials, Variants]) -> None:
    _, trials, variants = answer
    for name in trials.measures(variants.base, range(N)).names:
        assert read_metric(name, trials, variants.base, range(N)).unit


def test_all_metrics_of_all_points(answer: tuple[Sweep, Trials, Variants]) -> None:
    found, trials, variants = answer
    points = [variants.variant(f"staff.csm.headcount={n}") for n in (1, 2, 3)]
    rows = list(all_metrics(found, points, variants.base, trials))
    of_base = [row for row in rows if row[0] is found.base]
    assert len(rows) > 3 * len(of_base) > 1500
    on_time = [row for row in rows if row[1:3] == ("on_time_mean_share", "all")]
    assert [row[3].mean for row in on_time[1:]] == [
        point.cells["on_time"].estimate.mean for point in found.points
    ]
    missing = [row for row in rows if row[4] is None]  # the base has no third CSM
    assert missing and all("csm 3" in row[2] or "csm 2" in row[2] for row in missing)


def test_costs_and_churn_that_are_not_there_are_not_shown(tmp_path: Path) -> None:
    churn = "churn: {green: 5%, yellow: 15%, red: 40%}"
    text = (
        SCENARIO.replace(f", {churn}", "").replace(f",\n{churn}", "").replace("arr_lost: 1%", "on_time: 95%")
    )
    text = text.replace("on_time: 95%, sla: 50%, utilisation_p90: 85%, on_time: 95%", "on_time: 95%")
    variants = Variants(write_scenario(tmp_path, text))
    grid = grid_of(["staff.csm.headcount=2"], 10)
    with Trials(7, jobs=1) as trials:
        points = [variants.variant(*grid.settings(point)) for point in grid]
        found = sweep(grid, points, variants.base, trials, replications=2)
    assert [one.name for one in found.shown] == ["on_time", "sla", "utilisation_p90", "needed"]
