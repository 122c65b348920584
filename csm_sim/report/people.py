"""What the terminal says of people: who is here, who comes and goes, and who is overloaded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from csm_sim.analysis.capacity import QUARTER, quarters_of
from csm_sim.analysis.estimates import Estimate, scope
from csm_sim.language import N_, _
from csm_sim.report.page import new_table
from csm_sim.report.wording import kind_name, listed, plain_name, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.load import Seat
    from csm_sim.analysis.summarise import Summary

_COLUMNS: Final = (
    (N_("contract"), "contracted_mean_people"),
    (N_("here"), "present_mean_people"),
    (N_("away"), "away_mean_people"),
    (N_("vacant"), "vacant_mean_people"),
    (N_("available"), "available_mean_people"),
    (N_("needed"), "needed_mean_people"),
    (N_("gap"), "gap_mean_people"),
    (N_("busy"), "utilisation_mean_share"),
)
_FIRST_TO_GO: Final = ("away", "vacant", "contract", "busy")
"""Columns that are left out, in this order, where the terminal is too narrow."""

_MOST_PERIODS: Final = 12
_MOST_ROLES: Final = 3
"""With more of them only the whole horizon is shown."""
_MOST_PEOPLE: Final = 5
_MOST_PLAYBOOKS: Final = 3
_LEAST: Final = 0.5
"""Tasks, on average, from which on it is worth a word."""

PEOPLE_LEGEND: Final = N_(
    "contract: under contract, vacant seats included; here: not away; available: what those here are worth at"
    " full speed; gap: needed less available. Part-time counts as its part."
)


OVERLOAD_LEGEND: Final = N_(
    "Seats are called by the first person in them. Work counts for the book that the account was in then."
)


def people_table(summary: Summary, roles: Sequence[str], width: int) -> Table:
    """A row for each role, and below it one for each month or quarter.

    Parameters
    ----------
    summary
        What to show.
    roles
        Those in which people come and go.
    width
        Columns of the terminal that the table may take.
    """
    rows = list(_rows(summary, roles))
    columns = list(dict(_COLUMNS))
    shown = [
        name for number, name in enumerate(columns) if any(cells[number] for _label, _style, cells in rows)
    ]
    for name in _FIRST_TO_GO:
        if _width(rows, columns, shown) <= width:
            break
        shown = [other for other in shown if other != name]
    table = new_table([_(name) for name in shown], first=_("people"))
    for label, style, cells in rows:
        picked = [Text(cells[columns.index(name)], style=style) for name in shown]
        table.add_row(Text(plain_name(label), style=style), *picked)
    return table


_RowOf = tuple[str, str, list[str]]
"""Label, style, and a cell for each of _COLUMNS."""


def _rows(summary: Summary, roles: Sequence[str]) -> Iterator[_RowOf]:
    for role in roles:
        yield role, "bold", _cells(summary, scope(role=role))
        if len(roles) <= _MOST_ROLES:
            quarters = quarters_of(summary.groups)
            kind, names = ("quarter", quarters) if quarters else ("month", summary.groups.months)
            for name in names[:_MOST_PERIODS]:
                yield (
                    f" {_called_period(summary, name)}",
                    "",
                    _cells(summary, scope(role=role, **{kind: name})),
                )


def _called_period(summary: Summary, name: str) -> str:
    """A month by its name; a quarter by its first month and the number of its last: ``2027-04/06``."""
    months = summary.groups.months
    if not quarters_of(summary.groups):
        return name
    last = months[min(months.index(name) + QUARTER, len(months)) - 1]
    return f"{name}/{last[5:]}" if len(name) == 7 else _("from {date}").format(date=name)


def _cells(summary: Summary, of: str) -> list[str]:
    return [short(summary.estimates.get(metric, of)) for _name, metric in _COLUMNS]


def short(estimate: Estimate | None) -> str:
    """A number of people with one decimal, or a share in whole percent, with the half of its interval."""
    if estimate is None:
        return ""
    size, unit, decimals = (0.01, "%", 0) if estimate.unit == "share" else (1.0, "", 1)
    value, half = estimate.mean / size, estimate.half_width / size
    shown = f"{value:,.{decimals}f}"
    text = f"{shown.removeprefix('-') if float(shown.replace(',', '')) == 0 else shown}{unit}"
    if not math.isfinite(half):
        return f"{text} ±?"
    if half <= 1e-9 * max(1.0, abs(value)):
        return text.removesuffix(".0")
    return f"{text} ±{half:,.{decimals}f}"


def _width(rows: Sequence[_RowOf], columns: Sequence[str], shown: Sequence[str]) -> int:
    found = max(8, *(cell_len(plain_name(label)) for label, _style, _cells in rows))
    for name in shown:
        cells = [cells[columns.index(name)] for _label, _style, cells in rows]
        found += 3 + max(cell_len(_(name)), *(cell_len(cell) for cell in cells))
    return found


# ---------------------------------------------------------------- comings and goings

_MOVES: Final = (
    (N_("requisitions"), "requisitions_sum_people"),
    (N_("joined"), "joined_sum_people"),
    (N_("gave notice"), "notices_sum_people"),
    (N_("resigned"), "resigned_sum_people"),
    (N_("cut"), "cut_sum_people"),
    (N_("contracts ended"), "ended_sum_people"),
    (N_("came from another role"), "moved_in_sum_people"),
    (N_("went to another role"), "moved_out_sum_people"),
)
_COSTS: Final = (
    (N_("accounts handed over"), "handed_over_sum_accounts"),
    (N_("days of accounts without an owner"), "orphan_sum_days"),
)
_AWAY: Final = (
    (N_("hours on leave"), "away_planned_sum_hours"),
    (N_("hours sick"), "away_sick_sum_hours"),
    (N_("hours absent"), "away_long_sum_hours"),
    (N_("hours of vacant seats"), "vacant_sum_hours"),
)
_CONTENT: Final = (
    (N_("satisfaction of 100 (assumed response)"), "agent_satisfaction_mean_points"),
    (N_("at the end"), "agent_satisfaction_end_points"),
)


def turnover_lines(summary: Summary, roles: Sequence[str]) -> list[str]:
    """A line on who comes and goes in each role: means over the futures; what never happens is left out."""
    lines = []
    for role in roles:
        parts = [_listed(summary, role, pairs) for pairs in (_MOVES, _COSTS, _AWAY, _CONTENT)]
        told = _("; ").join(part for part in parts if part)
        if told:
            lines.append(f"{role}: {told}")
    return lines


def _listed(summary: Summary, role: str, pairs: Sequence[tuple[str, str]]) -> str:
    found = [(what, summary.estimates.get(metric, scope(role=role))) for what, metric in pairs]
    return listed(f"{_(what)} {with_half_width(one)}" for what, one in found if one is not None and one.mean)


# ---------------------------------------------------------------- overload


def overloaded(summary: Summary) -> list[tuple[Seat, Estimate]]:
    """People who are busier than they should be, the busiest first; nobody where all are alike."""
    if not summary.told_apart:
        return []
    get = summary.estimates.get
    found = [
        (seat, one)
        for seat in summary.people
        if (one := get("utilisation_mean_share", seat.scope)) is not None
    ]
    over = [(seat, one) for seat, one in found if one.mean > summary.utilisation]
    return sorted(over, key=lambda pair: -pair[1].mean)


def overload_lines(summary: Summary) -> list[str]:
    """A sentence for each of the busiest: how busy, and what was missed and late in the book."""
    people = overloaded(summary)
    lines = []
    for seat, busy in people[:_MOST_PEOPLE]:
        missed, late = (_dropped(summary, seat, what) for what in ("missed", "late"))
        share = _("{share} busy").format(share=with_half_width(busy))
        parts = [share, *(part for part in (missed, late) if part)]
        lines.append(f"{_called_person(seat)}: {listed(parts)}")
    if len(people) > _MOST_PEOPLE:
        lines.append(_("{n} more in tables/by_person.parquet").format(n=len(people) - _MOST_PEOPLE))
    return lines


def _called_person(seat: Seat) -> str:
    return seat.person if seat.person.startswith(f"{seat.role} ") else f"{seat.person} ({seat.role})"


def _dropped(summary: Summary, seat: Seat, what: str) -> str:
    """What was missed, or late, by playbook, most first."""
    get = summary.estimates.get
    found = [
        (one, name)
        for name in summary.groups.kinds
        if (one := get(f"{what}_sum_tasks", seat.of_playbook(name))) is not None and one.mean >= _LEAST
    ]
    found.sort(key=lambda pair: -pair[0].mean)
    if not found:
        return ""
    parts = listed(
        _("{number} {playbook}").format(number=with_interval(one), playbook=kind_name(name))
        for one, name in found[:_MOST_PLAYBOOKS]
    )
    words = {"missed": _("missed {parts}"), "late": _("late {parts}")}
    return words[what].format(parts=parts)
