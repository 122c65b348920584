"""How the loss by cause, and what work is worth, are told: sentences, tables, figures."""

from __future__ import annotations

import doctest
import math
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.figure import Figure

from csm_sim.analysis import attribute as analysis
from csm_sim.analysis import intervals
from csm_sim.analysis.attribute import CAUSES, Attribution, Share
from csm_sim.analysis.estimates import Estimate
from csm_sim.analysis.value import WorkValue, Worth
from csm_sim.report import attribute, attribute_figure, differences, value, value_figure, wording


def _yen(mean: float, half: float = 0.0) -> Estimate:
    return Estimate("", "JPY", "", mean, mean - half, mean + half, 20)


def _found(*parts: tuple[float, float], total: tuple[float, float] = (30e6, 4e6)) -> Attribution:
    shares = [
        Share(
            cause=cause,
            simulated=part != (0.0, 0.0),
            loss=_yen(*part),
            of_total=Estimate("", "share", "", part[0] / 30e6, 0.0, 1.0, 20),
            alone=_yen(*part),
        )
        for cause, part in zip(CAUSES, (*parts, *([(0.0, 0.0)] * 5)), strict=False)
    ]
    return Attribution(
        shares=tuple(sorted(shares, key=lambda share: -share.loss.mean)),
        total=_yen(*total),
        interaction=_yen(1e6, 2e6),
        twin_arr=_yen(400e6, 9e6),
        run_arr=_yen(400e6 - total[0], 9e6),
        n=20,
        seed=1,
        days=365,
        by_replication=(),
    )


def _work(name: str, protects: tuple[float, float], cost: float | None = 1e6) -> Worth:
    def of(mean: float, unit: str) -> Estimate:
        return Estimate("", unit, "", mean, mean, mean, 20)

    net = protects[0] - (cost or 0.0)
    return Worth(
        name=name, per="account", roles=("csm",), hours=of(100.0, "hours"),
        cost=None if cost is None else _yen(cost), on_time=of(9.0, "tasks"), late=of(1.0, "tasks"),
        missed=of(0.5, "tasks"), overdue=of(0.0, "tasks"), protects=_yen(*protects),
        per_hour=_yen(protects[0] / 100), roi=None if cost is None else of(protects[0] / cost, "ratio"),
        net=_yen(net, protects[1]), never_late=_yen(0.0), brings_first_value=False, takes_along=(),
    )  # fmt: skip


def _worth(*works: Worth, by_cost: bool = True) -> WorkValue:
    return WorkValue(
        works=works, by_cost=by_cost, lost=_yen(9e6), n=20, seed=1, days=730, silence=True, left_out=0
    )


@pytest.mark.parametrize("module", [analysis, intervals, differences, wording])
def test_examples_are_right(module: Any) -> None:
    result = doctest.testmod(module, extraglobs={"np": __import__("numpy")})
    assert result.attempted > 0 and result.failed == 0


# ---------------------------------------------------------------- the loss by cause


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (
            (30e6, 4e6),
            "Under-staffing is expected to cost ¥30.0M [¥26.0M, ¥34.0M] of net ARR, the largest part",
        ),
        ((30e6, 31e6), "The loss against the fully staffed twin cannot be told from 0: ¥30M [-¥1M, ¥61M]."),
        (
            (30e6, math.nan),
            "The loss against the fully staffed twin cannot be told from 0: ¥30M [no interval]",
        ),
        ((-30e6, 4e6), "The run loses less than its fully staffed twin: -¥30.0M"),
        ((0.0, 0.0), "The run loses exactly what its fully staffed twin loses"),
    ],
)
def test_the_first_sentence(total: tuple[float, float], said: str) -> None:
    found = _found((20e6, 2e6), (10e6, 1e6), total=total)
    assert attribute.first_sentence(found).startswith(said)


def test_what_is_not_resolved_stands_in_brackets() -> None:
    text = attribute.attribution_report(_found((20e6, 2e6), (10e6, 11e6)), "Team", width=80, colour=False)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "late onboarding ¥20.0M ±2.0 67% ±50 ¥20.0M ±2.0" in lines
    assert any(line.startswith("late and missed touches (¥10M ±11)") for line in lines)
    assert "slow tickets 0 0% 0" in lines


def _drawn(monkeypatch: pytest.MonkeyPatch, module: Any, draw: Any) -> Figure:
    kept: list[Figure] = []
    real = module.save
    monkeypatch.setattr(module, "save", lambda figure, *rest: (kept.append(figure), real(figure, *rest)))
    draw()
    return kept[0]


def test_the_waterfall_goes_from_the_twin_to_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _found((20e6, 2e6), (12e6, 13e6), (0.0, 0.0), (0.0, 0.0), (-2e6, 1e6))
    figure = _drawn(
        monkeypatch, attribute_figure, lambda: attribute_figure.attribution_figure(found, "Team $1", "svg")
    )
    (axis,) = figure.axes
    bars = axis.patches
    spans = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars]
    assert spans == [
        pytest.approx((0, 400)),
        pytest.approx((380, 400)),
        pytest.approx((368, 380)),
        pytest.approx((370, 368)),  # a gain stands on the level before
        pytest.approx((0, 370)),
    ]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, True, False, False]
    assert [text.get_text() for text in axis.texts] == [
        "¥400.0M", "-¥20.0M ±2.0", "-¥12M ±13", "+¥2.0M ±1.0", "¥370.0M\n(-¥30.0M ±4.0)",
    ]  # fmt: skip
    labels = [label.get_text().replace("\n", " ") for label in axis.get_xticklabels()]
    assert labels == [
        "fully staffed", "late onboarding", "late and missed touches", "unmade expan- sion plays", "as it is",
    ]  # fmt: skip
    assert axis.get_ylabel() == "expected ARR at the end (¥M; the axis does not begin at 0)"
    assert "n = 20" in figure.get_supxlabel()
    low, high = axis.get_ylim()
    assert 0 < low < 366 and high > 402


@pytest.mark.parametrize("total", [(0.0, 0.0), (390e6, 20e6), (30e6, math.nan)])
def test_a_waterfall_of_nothing_or_of_all(total: tuple[float, float]) -> None:
    for form in ("png", "svg"):
        image, notes = attribute_figure.attribution_figure(_found(total, total=total), "チーム", form)  # type: ignore[arg-type]
        assert image and notes == []


# ---------------------------------------------------------------- what work is worth


def test_what_to_cut_and_what_not() -> None:
    found = _worth(_work("low", (-5e6, 1e6)), _work("open", (1e6, 2e6)), _work("high", (9e6, 1e6)))
    cut, kept = value.first_sentences(found)
    assert cut == (
        "Cut first: low. It takes 100 h of work for ¥1M,"
        " and ¥5.0M [¥4.0M, ¥6.0M] less of net ARR would be lost without it."
    )
    assert kept.startswith("Never cut: high. It takes 100 h of work for ¥1M and protects ¥9.0M [")
    (idle,) = value.first_sentences(_worth(_work("idle", (0.0, 0.0), None), by_cost=False))
    assert idle == "Cut first: idle. It takes 100 h of work and protects nothing."
    many = _worth(*(_work(f"p{number}", (9e6 + number, 1e6)) for number in range(5)))
    assert value.first_sentences(many)[0].startswith("Never cut: p4, p3, p2 and 2 more. The first of them")


def test_nothing_is_called_worthless_that_protects_something() -> None:
    (only,) = value.first_sentences(_worth(_work("dear", (5e6, 1e6), 9e6)))
    assert only == "Every playbook that can be told protects ARR, but less than it costs."


@pytest.mark.parametrize(("by_cost", "than"), [(True, "what it costs"), (False, "nothing")])
def test_nothing_is_said_of_what_is_not_resolved(by_cost: bool, than: str) -> None:
    found = _worth(_work("open", (1e6, 2e6), 1e6 if by_cost else None), by_cost=by_cost)
    (only,) = value.first_sentences(found)
    assert only.startswith(f"What any playbook protects cannot be told from {than}")


def test_bars_have_intervals_and_what_is_not_resolved_is_hatched(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _worth(_work("low", (-5e6, 1e6)), _work("open", (1e6, 0.9e6)), _work("high", (9e6, 1e6)))
    figure = _drawn(monkeypatch, value_figure, lambda: value_figure.value_figure(found, "Team", "png"))
    protects, late = figure.axes
    assert [bar.get_width() for bar in protects.patches] == [-5.0, 1.0, 9.0]
    assert [bool(bar.get_hatch()) for bar in protects.patches] == [False, True, False]
    assert [label.get_text() for label in protects.get_yticklabels()] == [
        "low\ncut first", "open", "high\nnever cut",
    ]  # fmt: skip
    assert protects.get_xlabel() == "ARR that it protects (¥M)"
    assert late.get_xlabel() == "ARR more if it were never late (¥)"
    assert "lowest ARR per cost first" in figure.get_supxlabel()


def test_with_many_playbooks_both_ends_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _worth(*(_work(f"p{number}", (number * 1e6, 1e5)) for number in range(40)))
    figure = _drawn(monkeypatch, value_figure, lambda: value_figure.value_figure(found, "Team", "png"))
    labels = [label.get_text().partition("\n")[0] for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"p{number}" for number in (*range(12), *range(27, 40))]
    assert "15 in the middle not shown" in figure.get_supxlabel()


def test_names_cannot_steer_the_terminal_or_a_spreadsheet() -> None:
    found = _worth(replace(_work("a\x1b[31m", (1e6, 1e5))), _work("=1+1", (2e6, 1e5)))
    assert "\x1b[31m" not in value.value_report(found, "x\x1b[1m", width=80, colour=False)
    assert "'=1+1" in value.value_csv(found)
