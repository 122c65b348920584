"""What the terminal says of customers: their ARR, retention, journey, tiers and cohorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from csm_sim.analysis.cohorts import OPENING, period_of
from csm_sim.analysis.estimates import scope
from csm_sim.language import N_, _
from csm_sim.report.page import Row, new_table, prose, tables_by_column
from csm_sim.report.wording import plain_name, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

Section = tuple[str, RenderableType]

Line = tuple[str, str, str]
"""Label, metric, and metric of what under-staffing makes of it; empty: none."""

ACCOUNTS: Final[tuple[Line, ...]] = (
    (N_("accounts at the start"), "accounts_opening_sum_accounts", ""),
    (N_("  new"), "accounts_new_sum_accounts", ""),
    (N_("  churned"), "accounts_churned_sum_accounts", "churn_lost_counted_mean_accounts"),
    (N_("    of them early"), "accounts_churned_early_sum_accounts", ""),
    (N_("accounts at the end"), "accounts_closing_sum_accounts", ""),
)
_ARR: Final[tuple[Line, ...]] = (
    (N_("ARR at the start"), "arr_opening_sum_money", ""),
    (N_("  new"), "arr_new_sum_money", ""),
    (N_("  price changes"), "arr_price_sum_money", ""),
    (N_("  expansion"), "arr_expanded_sum_money", ""),
    (N_("  upsell"), "arr_upsold_sum_money", ""),
    (N_("  cross-sell"), "arr_cross_sold_sum_money", ""),
    (N_("  contraction"), "arr_contracted_sum_money", "arr_lost_contraction_counted_mean_money"),
    (N_("  churned"), "arr_churned_sum_money", "arr_lost_churn_counted_mean_money"),
    (N_("    of it early"), "arr_churned_early_sum_money", ""),
    (N_("ARR at the end"), "arr_closing_sum_money", "arr_lost_counted_mean_money"),
)
EXPECTED: Final[tuple[Line, ...]] = (
    (N_("expected ARR churned"), "arr_churn_expected_sum_money", "arr_lost_churn_mean_money"),
    (N_("  of it early"), "arr_churn_early_expected_sum_money", ""),
    (N_("expected contraction"), "arr_contracted_expected_sum_money", "arr_lost_contraction_mean_money"),
    (N_("expected growth"), "arr_growth_expected_sum_money", "arr_lost_growth_mean_money"),
    (N_("all three together"), "", "arr_lost_mean_money"),
)
RETENTION: Final[tuple[Line, ...]] = (
    (N_("logo churn at renewal"), "churn_logo_share", ""),
    (N_("early churn of those won"), "churn_early_mean_share", ""),
    (N_("GRR on ARR up for renewal"), "grr_atr_share", ""),
    (N_("NRR on the same"), "nrr_atr_share", ""),
    (N_("ARR left of opening book"), "book_kept_share", ""),
    (N_("days to first value"), "first_value_mean_days", ""),
)
JOURNEY: Final[tuple[Line, ...]] = (
    (N_("won: a bad fit"), "bad_fit_mean_share", ""),
    (N_("won: poor handover"), "poor_handover_mean_share", ""),
    (N_("onboardings begun"), "onboardings_sum_accounts", ""),
    (N_("  completed"), "first_values_sum_accounts", ""),
    (N_("  given up"), "onboardings_stopped_sum_accounts", ""),
    (N_("  completed of both"), "onboarding_completed_share", ""),
    (N_("upsell leads"), "upsell_leads_sum_leads", ""),
    (N_("  won"), "upsold_sum_leads", ""),
    (N_("  won, of the leads"), "upsold_mean_share", ""),
    (N_("cross-sell leads"), "cross_sell_leads_sum_leads", ""),
    (N_("  won"), "cross_sold_sum_leads", ""),
    (N_("  won, of the leads"), "cross_sold_mean_share", ""),
    (N_("alarms: a worse band seen"), "alarms_sum_alarms", ""),
    (N_("  false"), "false_alarms_sum_alarms", ""),
    (N_("  false, of the alarms"), "false_alarms_mean_share", ""),
)

_MOST_PERIODS: Final = 4
_MOST_COHORTS: Final = 13

BRIDGE_LEGEND: Final = N_(
    "Expected: amounts times their probabilities just before each coin, the mean of what is counted with less"
    " noise. Growth: price changes, expansion, upsell and cross-sell; what under-staffing takes from it was"
    " not made."
)
COHORT_LEGEND: Final = N_(
    "gross: first ARR less what churned and contracted since; NRR: with all that was added, too."
)


def customer_sections(summary: Summary, segments: Sequence[str], width: int) -> Iterator[Section]:
    """Titles and bodies of what is to be said of customers.

    Parameters
    ----------
    summary
        What to show.
    segments
        Names, in their order.
    width
        Columns of the terminal.
    """
    rules = summary.customers
    book = _table(summary, [*ACCOUNTS, *_ARR, *EXPECTED, *RETENTION] if rules.changes else _plain())
    body: list[RenderableType] = [book]
    if rules.changes:
        body.append(prose(_(BRIDGE_LEGEND), "dim"))
    yield _("Customers and ARR"), Group(*body)
    yield _("By segment"), Group(*_segments(summary, segments))
    journey = _table(summary, JOURNEY)
    if rules.used and journey.row_count:
        yield _("Customers: new business, onboarding, plays and alarms"), journey
    if rules.moves:
        title = _("Accounts by the tier as which they are served, at the end of months")
        yield title, Group(*_served(summary, segments, width))
    if rules.used:
        cohorts = _cohorts(summary, width)
        if cohorts:
            titles = {
                "month": _("Cohorts by the month of their start: what is left at the end"),
                "quarter": _("Cohorts by the quarter of their start: what is left at the end"),
                "year": _("Cohorts by the year of their start: what is left at the end"),
            }
            yield titles[period_of(len(summary.groups.months))], Group(*cohorts)


def _plain() -> list[Line]:
    """The lines where churn is all that changes the ARR of a customer."""
    lines = [*ACCOUNTS, *_ARR[:-1], (N_("ARR at the end"), "arr_closing_sum_money", ""), *EXPECTED[:2]]
    losses = {
        "arr_churned_sum_money": "arr_lost_counted_mean_money",
        "arr_churn_expected_sum_money": "arr_lost_mean_money",
    }
    return [(label, metric, losses.get(metric, lost)) for label, metric, lost in [*lines, *RETENTION]]


def _table(summary: Summary, lines: Sequence[Line]) -> Table:
    """The lines of which there is something to tell: with this team, fully staffed, and the difference."""
    get = summary.estimates.get
    several = [_("with this team"), _("fully staffed")] if summary.twin else [_("with this team")]
    whole = summary.twin and any(lost for _label, _metric, lost in lines)
    table = new_table([*several, _("under-staffing")] if whole else several)
    for label, metric, lost in lines:
        outcome = get(metric) if metric else None
        difference = get(lost) if lost and summary.twin else None
        if outcome is None and difference is None:
            continue
        cells = [with_half_width(outcome)]
        if summary.twin:
            full = f"twin_{metric}"
            cells.append(with_half_width(get(full)) if metric and _known(full) else "")
        if whole:
            cells.append(with_half_width(difference))
        table.add_row(Text(_(label)), *(Text(plain_name(cell)) for cell in cells))
    return table


def _known(metric: str) -> bool:
    from csm_sim.analysis.catalogue import CATALOGUE

    return metric in CATALOGUE


def _segments(summary: Summary, names: Sequence[str]) -> Iterator[Table]:
    columns = [(_("ARR at the end"), "arr_closing_sum_money"), (_("GRR"), "grr_atr_share")]
    if summary.twin:
        columns += [
            (_("if fully staffed"), "twin_grr_atr_share"),
            (_("ARR lost"), "arr_lost_mean_money"),
        ]
    yield _by_segment(summary, names, columns)
    if not summary.customers.used:
        return
    more = [(_("NRR"), "nrr_atr_share")]
    if summary.twin:
        more.append((_("if fully staffed"), "twin_nrr_atr_share"))
    more += [(_("early churn"), "churn_early_mean_share"), (_("LTV"), "ltv_mean_money")]
    table = _by_segment(summary, names, more)
    if table.row_count:
        yield table


def _by_segment(summary: Summary, names: Sequence[str], columns: Sequence[tuple[str, str]]) -> Table:
    """A row for each segment, and the columns of which some segment has something to tell."""
    get = summary.estimates.get
    cells = [
        [with_half_width(get(metric, scope(segment=name))) for _label, metric in columns] for name in names
    ]
    used = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    table = new_table([columns[number][0] for number in used])
    for name, row in zip(names, cells, strict=True):
        if used:
            table.add_row(Text(plain_name(name)), *(Text(plain_name(row[number])) for number in used))
    return table


def _served(summary: Summary, segments: Sequence[str], width: int) -> Iterator[Table]:
    """Accounts by tier, and by segment where a tier has several, at some months' ends; and moves."""
    get, months = summary.estimates.get, summary.groups.months
    step = -(-len(months) // _MOST_PERIODS)
    shown = months[::-1][::step][::-1]
    rows: list[Row] = []
    tiers = summary.groups.tiers[:-1]
    kinds = [("tier", name) for name in tiers]
    if len(segments) > len(tiers):
        kinds += [("segment", name) for name in segments]
    for kind, name in kinds:
        ends = [with_half_width(get("served_end_accounts", scope(**{kind: name, "month": m}))) for m in shown]
        moves = [
            with_half_width(get(f"served_{way}_sum_accounts", scope(**{kind: name}))) for way in ("in", "out")
        ]
        several = kind == "tier" and len(kinds) > len(tiers)
        label = _("{name} (tier)").format(name=name) if several else name
        rows.append((label, [*ends, *moves]))
    return tables_by_column(rows, [*shown, _("moved in"), _("moved out")], width)


def _cohorts(summary: Summary, width: int) -> list[RenderableType]:
    get = summary.estimates.get
    size = "cohort_start_sum_accounts"
    names = [name for name in (OPENING, *summary.groups.months) if get(size, scope(cohort=name))]
    columns = [
        (_("accounts"), size),
        (_("accounts left"), "cohort_accounts_share"),
        (_("gross"), "cohort_gross_share"),
        (_("NRR"), "cohort_nrr_share"),
    ]
    used = [one for one in columns if any(get(one[1], scope(cohort=name)) for name in names)]
    rows = [
        (
            _("opening book") if name == OPENING else name,
            [with_half_width(get(metric, scope(cohort=name))) for _label, metric in used],
        )
        for name in names[:_MOST_COHORTS]
    ]
    if not rows:
        return []
    parts: list[RenderableType] = [*tables_by_column(rows, [label for label, _metric in used], width)]
    if len(names) > len(rows):
        parts.append(Text(_("{n} more in tables/cohorts.parquet").format(n=len(names) - len(rows))))
    parts.append(prose(_(COHORT_LEGEND), "dim"))
    return parts
