"""Summary → the page of a run: the answer, load, lateness, churn, money, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import _, pgettext, said
from csm_sim.report.assumptions import EFFECTS_OFF, in_words
from csm_sim.report.headline import available, headline, next_steps
from csm_sim.report.html import render
from csm_sim.report.html_customers import customers_section, gap_chart
from csm_sim.report.html_money import money_section
from csm_sim.report.html_parts import (
    Bar,
    Cell,
    Document,
    Fact,
    Folded,
    Part,
    Row,
    Section,
    Table,
    Texts,
    cell,
    interval_text,
    raw_of,
    words,
)
from csm_sim.report.html_what_if import alone, what_if_part
from csm_sim.report.html_work import lateness_section, load_section, people_section
from csm_sim.report.wording import aim_text, percent, span, value_of

if TYPE_CHECKING:
    from csm_sim.analysis.assumptions import Assumption
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.analysis.targets import Judged
    from csm_sim.analysis.what_if import WhatIf
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World

_MOST_FACTS: Final = 6


def run_page(
    summary: Summary,
    scenario: Scenario,
    world: World,
    sample: Sample,
    *,
    manifest: Mapping[str, Any],
    figures: bool = True,
    what_if: WhatIf | None = None,
) -> str:
    """The page of a run as HTML, in the language in use.

    Parameters
    ----------
    summary, scenario, world, sample
        Of the run.
    manifest
        What is written beside the results: seed, versions, hashes.
    figures
        Whether to draw.
    what_if
        Points of a sizing or a sweep that a reader may move through; None: no strip.
    """
    first, *others = headline(summary, scenario)
    strip, data = (None, None) if what_if is None else what_if_part(what_if)
    roles = list(scenario.staff)
    severities = list(scenario.tickets.severities) if scenario.tickets is not None else []
    sections: list[Section | None] = [
        _targets(summary),
        strip,
        load_section(summary, roles, world, sample, figures=figures),
        people_section(summary, roles, figures=figures),
        lateness_section(summary, severities, figures=figures),
        customers_section(summary, list(scenario.segments), figures=figures),
        money_section(summary, roles, figures=figures),
        _rests_on(summary.assumptions, effects_off=summary.customers.effects_off),
        _methods(summary, scenario, manifest),
    ]
    return render(
        Document(
            kind=_("Capacity plan"),
            title=scenario.name,
            about=_("{first} to {last} ({horizon}), n = {n} simulated futures").format(
                first=scenario.start, last=scenario.end - timedelta(days=1),
                horizon=span(scenario.horizon), n=summary.n,
            ),
            headline=first,
            lines=others,
            warnings=[said(line) for line in summary.warnings],
            facts=_facts(summary, roles),
            picture=gap_chart(summary) if figures else None,
            sections=[section for section in sections if section is not None],
            footer=_footer(manifest),
            data=data,
        )
    )  # fmt: skip


# ---------------------------------------------------------------- the top


def _facts(summary: Summary, roles: Sequence[str]) -> list[Fact]:
    get, judged = summary.estimates.get, {one.key: one for one in summary.targets}
    facts: list[Fact] = []
    lost, yearly = get("arr_lost_mean_money"), get("arr_lost_yearly_share")
    if lost is not None and summary.customers.revenue:
        facts.append(fact(_("ARR lost to under-staffing"), lost))
    cost = get("cost_sum_money")
    if cost is not None:
        facts.append(fact(_("Cost of people, tools and automation"), cost))
    if yearly is not None and summary.customers.revenue and "arr_lost" in judged:
        facts.append(fact(_("ARR lost in a year, of the ARR"), yearly, judged["arr_lost"]))
    for label, metric, key in (
        (_("Planned work on time"), "on_time_mean_share", "on_time"),
        (_("Tickets that meet their targets"), "sla_mean_share", "sla"),
        (_("9 of 10 people are busy less than"), "utilisation_people_p90_share", "utilisation_p90"),
        (_("GRR on ARR up for renewal"), "grr_atr_share", ""),
    ):
        one = get(metric)
        if one is not None:
            facts.append(fact(label, one, judged.get(key)))
    for role in roles:
        needed, there = (
            get("needed_headroom_mean_people", scope(role=role)),
            available(summary, scope(role=role)),
        )
        if needed is not None and there is not None and needed.mean > 0 and len(facts) < _MOST_FACTS:
            label = _("{role}: people needed at {share} busy").format(
                role=role, share=percent(summary.utilisation)
            )
            facts.append(fact(label, needed, below=_("there: {people}").format(people=value_of(there))))
    return facts[:_MOST_FACTS]


def fact(label: str, one: Estimate, judged: Judged | None = None, below: str = "") -> Fact:
    """A figure for the top, with its interval and, where it has one, its target."""
    interval = interval_text(one)
    said = "; ".join(part for part in (interval, below) if part)
    if judged is None or judged.chance is not None:
        return Fact(label, value_of(one), said, raw=raw_of(one))
    aim = _("target {aim}: {verdict}").format(aim=_aim(judged), verdict=_verdicts()[judged.verdict])
    return Fact(label, value_of(one), said, _STYLES[judged.verdict], aim, raw_of(one))


_STYLES: Final = {"met": "met", "missed": "missed", "not resolved": "open"}


def _verdicts() -> dict[str, str]:
    return {
        "met": pgettext("target", "met"),
        "missed": pgettext("target", "missed"),
        "not resolved": pgettext("target", "not resolved"),
    }


def _aim(judged: Judged) -> str:
    return aim_text(judged.at_least, judged.target, judged.unit, judged.chance)


def _targets(summary: Summary) -> Section | None:
    if not summary.targets:
        return None
    names = {
        "on_time": _("planned work on time"),
        "sla": _("tickets meet targets"),
        "utilisation_p90": _("9 of 10 people busy"),
        "arr_lost": _("ARR lost in a year"),
        "first_value": _("days to first value"),
        "cost": _("cost of a year"),
    }
    rows = []
    for one in summary.targets:
        estimate = one.estimate
        found = cell(estimate)
        suffix = "" if one.chance is None else " " + _("of futures")
        level = one.target if one.chance is None else one.chance
        rows.append(
            Row(
                names[one.key],
                0,
                [
                    Cell(_aim(one)),
                    Cell(found.text + suffix, found.margin, raw=raw_of(estimate)),
                    Cell(bar=_against(estimate, level)),
                    Cell(_verdicts()[one.verdict], style=_STYLES[one.verdict]),
                ],
            )
        )
    columns = [_("target"), _("mean"), "", _("verdict")]
    note = _(
        "Dot and line: the mean with its 95% interval; upright line: the target. Each row has a scale of its"
        " own."
    )
    return Section(
        "targets", _("Targets"), [Table(_("What was aimed at, and what comes out"), columns, rows, note=note)]
    )


def _against(one: Estimate, target: float) -> Bar | None:
    ends = [value for value in (one.low, one.high, one.mean, target) if value == value]
    low, high = min(ends), max(ends)
    room = 0.25 * (high - low) or 0.5 * abs(high) or 1.0
    low, span = low - room, high - low + 2 * room

    def at(value: float) -> float:
        return (value - low) / span

    if one.low != one.low:
        return None
    return Bar((), (at(target),), (at(one.low), at(one.mean), at(one.high)))


# ---------------------------------------------------------------- the end


def _rests_on(assumptions: Sequence[Assumption], *, effects_off: bool) -> Section:
    parts: list[Part] = [Texts([_(EFFECTS_OFF)])] if effects_off else []
    titles = {
        "assumed": _("Assumed; nobody has evidence, so change them and see what moves"),
        "published": _("Assumed, with a published source"),
        "fitted": _("Fitted to your own records"),
        "given": _("Given in the file"),
        "setting": _("Settings: what the work is, not how the world answers it"),
    }
    for standing, title in titles.items():
        those = [one for one in assumptions if one.standing == standing]
        if not those:
            continue
        rows = [(one.key, one.meaning, one.value, file_only(one.source)) for one in map(in_words, those)]
        table = assumption_table(title, rows)
        parts.append(
            table
            if standing in ("assumed", "published", "fitted")
            else Folded(f"{title} ({len(those)})", [table])
        )
    lead = _(
        "No published study measures how coverage moves retention. What stands here decides the result;"
        " what is assumed is no evidence."
    )
    return Section("assumptions", _("What this rests on"), parts, lead)


def file_only(source: str) -> str:
    """A source without the folders of the machine on which it was read.

    >>> file_only("/home/me/plans/team.yaml:12")
    'team.yaml:12'
    """
    return re.sub(r"^(?:[A-Za-z]:)?(?:[^\s:]*[/\\])(?=[^/\\\s]+:\d+$)", "", source)


def assumption_table(title: str, rows: Sequence[tuple[str, str, str, str]]) -> Table:
    """Key, meaning, value and source of what results rest on."""
    columns = [_("value"), _("source")]
    found = [Row(key, 0, [words(value), words(source)], note=meaning) for key, meaning, value, source in rows]
    return Table(title, columns, found, first=_("key and meaning"), texts=True)


def _methods(summary: Summary, scenario: Scenario, manifest: Mapping[str, Any]) -> Section:
    lines = [
        _(
            "Each figure is a mean over {n} simulated futures of {horizon}, each with luck of its own and the"
            " same in every variant; ± is half of a 95% confidence interval of that mean (Student's t; ratios"
            " of sums by the delta method). More futures shrink it."
        ).format(n=summary.n, horizon=span(scenario.horizon)),
        _("Where a single future may lie (8 of 10) is said as such and does not shrink."),
    ]
    if summary.twin:
        lines.append(
            _(
                "Fully staffed: each future is simulated again with the same customers and the same luck, and"
                " nothing ever waits for a person. The difference is what under-staffing costs."
            )
        )
    precision = manifest.get("replications_asked")
    if precision == "auto":
        lines.append(
            _("Futures were added until the headline figures were within {share} of their means.").format(
                share=percent(float(manifest.get("precision") or 0.05))
            )
            if manifest.get("precision_reached")
            else _("Futures were added up to the most that are allowed; the precision was not reached.")
        )
    steps = next_steps(summary, scenario)
    parts: list[Part] = [Texts(lines)]
    if steps:
        parts.append(Table(_("What to look at next"), [], [Row(step, 0, []) for step in steps]))
    return Section("methods", _("How it was computed"), parts)


def _footer(manifest: Mapping[str, Any]) -> list[str]:
    return [
        _("csm-sim {version}, seed {seed}, {file}, computed {day}").format(
            version=manifest.get("version", ""), seed=manifest.get("seed", ""),
            file=manifest.get("file", ""), day=str(manifest.get("finished", ""))[:10],
        ),
        _("Scenario {scenario}, inputs {inputs} (SHA-256). All figures unrounded: metrics.csv.").format(
            scenario=str(manifest.get("scenario_sha256", ""))[:16],
            inputs=str(manifest.get("inputs_sha256", ""))[:16],
        ),
        alone(),
    ]  # fmt: skip
