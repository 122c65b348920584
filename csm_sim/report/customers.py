"""What the terminal says of customers: their ARR, retention, journey, tiers and cohorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from csm_sim.analysis.cohorts import OPENING, period_of
from csm_sim.analysis.estimates import scope
from csm_sim.report.page import Row, new_table, tables_by_column
from csm_sim.report.wording import plain_name, with_half_width

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

Section = tuple[str, RenderableType]

_Line = tuple[str, str, str]
"""Label, metric, and metric of what under-staffing makes of it; empty: none."""

_ACCOUNTS: Final[tuple[_Line, ...]] = (
    ("accounts at the start", "accounts_opening_sum_accounts", ""),
    ("  new", "accounts_new_sum_accounts", ""),
    ("  churned", "accounts_churned_sum_accounts", "churn_lost_counted_mean_accounts"),
    ("    of them early", "accounts_churned_early_sum_accounts", ""),
    ("accounts at the end", "accounts_closing_sum_accounts", ""),
)
_ARR: Final[tuple[_Line, ...]] = (
    ("ARR at the start", "arr_opening_sum_money", ""),
    ("  new", "arr_new_sum_money", ""),
    ("  price changes", "arr_price_sum_money", ""),
    ("  expansion", "arr_expanded_sum_money", ""),
    ("  upsell", "arr_upsold_sum_money", ""),
    ("  cross-sell", "arr_cross_sold_sum_money", ""),
    ("  contraction", "arr_contracted_sum_money", "arr_lost_contraction_counted_mean_money"),
    ("  churned", "arr_churned_sum_money", "arr_lost_churn_counted_mean_money"),
    ("    of it early", "arr_churned_early_sum_money", ""),
    ("ARR at the end", "arr_closing_sum_money", "arr_lost_counted_mean_money"),
)
_EXPECTED: Final[tuple[_Line, ...]] = (
    ("expected ARR churned", "arr_churn_expected_sum_money", "arr_lost_churn_mean_money"),
    ("  of it early", "arr_churn_early_expected_sum_money", ""),
    ("expected contraction", "arr_contracted_expected_sum_money", "arr_lost_contraction_mean_money"),
    ("expected growth", "arr_growth_expected_sum_money", "arr_lost_growth_mean_money"),
    ("all three together", "", "arr_lost_mean_money"),
)
_RETENTION: Final[tuple[_Line, ...]] = (
    ("logo churn at renewal", "churn_logo_share", ""),
    ("early churn of those won", "churn_early_mean_share", ""),
    ("GRR on ARR up for renewal", "grr_atr_share", ""),
    ("NRR on the same", "nrr_atr_share", ""),
    ("ARR left of opening book", "book_kept_share", ""),
    ("days to first value", "first_value_mean_days", ""),
)
_JOURNEY: Final[tuple[_Line, ...]] = (
    ("won: a bad fit", "bad_fit_mean_share", ""),
    ("won: poor handover", "poor_handover_mean_share", ""),
    ("onboardings begun", "onboardings_sum_accounts", ""),
    ("  completed", "first_values_sum_accounts", ""),
    ("  given up", "onboardings_stopped_sum_accounts", ""),
    ("  completed of both", "onboarding_completed_share", ""),
    ("upsell leads", "upsell_leads_sum_leads", ""),
    ("  won", "upsold_sum_leads", ""),
    ("  won, of the leads", "upsold_mean_share", ""),
    ("cross-sell leads", "cross_sell_leads_sum_leads", ""),
    ("  won", "cross_sold_sum_leads", ""),
    ("  won, of the leads", "cross_sold_mean_share", ""),
    ("alarms: a worse band seen", "alarms_sum_alarms", ""),
    ("  false", "false_alarms_sum_alarms", ""),
    ("  false, of the alarms", "false_alarms_mean_share", ""),
)

_MOST_PERIODS: Final = 4
_MOST_COHORTS: Final = 13

BRIDGE_LEGEND: Final = (
    "Expected: amounts times their probabilities just before each coin, the mean of what is counted with less"
    " noise. Growth: price changes, expansion, upsell and cross-sell; what under-staffing takes from it was"
    " not made."
)
COHORT_LEGEND: Final = (
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
    book = _table(summary, [*_ACCOUNTS, *_ARR, *_EXPECTED, *_RETENTION] if rules.changes else _plain())
    body: list[RenderableType] = [book]
    if rules.changes:
        body.append(Text(BRIDGE_LEGEND, style="dim"))
    yield "Customers and ARR", Group(*body)
    yield "By segment", Group(*_segments(summary, segments))
    journey = _table(summary, _JOURNEY)
    if rules.used and journey.row_count:
        yield "Customers: new business, onboarding, plays and alarms", journey
    if rules.moves:
        title = "Accounts by the tier as which they are served, at the end of months"
        yield title, Group(*_served(summary, segments, width))
    if rules.used:
        cohorts = _cohorts(summary, width)
        if cohorts:
            period = period_of(len(summary.groups.months))
            yield f"Cohorts by the {period} of their start: what is left at the end", Group(*cohorts)


def _plain() -> list[_Line]:
    """The lines where churn is all that changes the ARR of a customer."""
    lines = [*_ACCOUNTS, *_ARR[:-1], ("ARR at the end", "arr_closing_sum_money", ""), *_EXPECTED[:2]]
    losses = {
        "arr_churned_sum_money": "arr_lost_counted_mean_money",
        "arr_churn_expected_sum_money": "arr_lost_mean_money",
    }
    return [(label, metric, losses.get(metric, lost)) for label, metric, lost in [*lines, *_RETENTION]]


def _table(summary: Summary, lines: Sequence[_Line]) -> Table:
    """The lines of which there is something to tell: with this team, fully staffed, and the difference."""
    get = summary.estimates.get
    several = ["with this team", "fully staffed"] if summary.twin else ["with this team"]
    whole = summary.twin and any(lost for _, _, lost in lines)
    table = new_table([*several, "under-staffing"] if whole else several)
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
        table.add_row(Text(label), *(Text(plain_name(cell)) for cell in cells))
    return table


def _known(metric: str) -> bool:
    from csm_sim.analysis.catalogue import CATALOGUE

    return metric in CATALOGUE


def _segments(summary: Summary, names: Sequence[str]) -> Iterator[Table]:
    columns = [("ARR at the end", "arr_closing_sum_money"), ("GRR", "grr_atr_share")]
    if summary.twin:
        columns += [("if fully staffed", "twin_grr_atr_share"), ("ARR lost", "arr_lost_mean_money")]
    yield _by_segment(summary, names, columns)
    if not summary.customers.used:
        return
    more = [("NRR", "nrr_atr_share")]
    if summary.twin:
        more.append(("if fully staffed", "twin_nrr_atr_share"))
    more += [("early churn", "churn_early_mean_share"), ("LTV", "ltv_mean_money")]
    table = _by_segment(summary, names, more)
    if table.row_count:
        yield table


def _by_segment(summary: Summary, names: Sequence[str], columns: Sequence[tuple[str, str]]) -> Table:
    """A row for each segment, and the columns of which some segment has something to tell."""
    get = summary.estimates.get
    cells = [[with_half_width(get(metric, scope(segment=name))) for _, metric in columns] for name in names]
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
        label = f"{name} (tier)" if kind == "tier" and len(kinds) > len(tiers) else name
        rows.append((label, [*ends, *moves]))
    return tables_by_column(rows, [*shown, "moved in", "moved out"], width)


def _cohorts(summary: Summary, width: int) -> list[RenderableType]:
    get = summary.estimates.get
    size = "cohort_start_sum_accounts"
    names = [name for name in (OPENING, *summary.groups.months) if get(size, scope(cohort=name))]
    columns = [
        ("accounts", size),
        ("accounts left", "cohort_accounts_share"),
        ("gross", "cohort_gross_share"),
        ("NRR", "cohort_nrr_share"),
    ]
    used = [one for one in columns if any(get(one[1], scope(cohort=name)) for name in names)]
    rows = [
        (
            "opening book" if name == OPENING else name,
            [with_half_width(get(metric, scope(cohort=name))) for _, metric in used],
        )
        for name in names[:_MOST_COHORTS]
    ]
    if not rows:
        return []
    parts: list[RenderableType] = [*tables_by_column(rows, [label for label, _ in used], width)]
    if len(names) > len(rows):
        parts.append(Text(f"{len(names) - len(rows)} more in tables/cohorts.parquet"))
    parts.append(Text(COHORT_LEGEND, style="dim"))
    return parts
