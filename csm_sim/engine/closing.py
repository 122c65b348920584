"""What is worked out from the ledger when a replication has ended."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine.arrays import Floats, Ints, Records, words_of
from csm_sim.engine.compiled import kernel
from csm_sim.engine.ledger import Counts, Ledger
from csm_sim.world import counts as ct
from csm_sim.world import records as r
from csm_sim.world.build import World

_FLOATS: Final = [place for place, name in enumerate(ct.TALLY.names or ()) if ct.TALLY[name] == np.float64]
"""Places in TALLY of what is no count."""


@kernel
def give_full_marks(by_month: Records, tickets: Records) -> None:
    """Add the tickets with nothing to complain of to the sums of satisfaction."""
    for month in range(by_month.shape[0]):
        for step in range(by_month.shape[1]):
            for segment in range(by_month.shape[2]):
                cell = by_month[month, step, segment]
                cell.score_sum += 100.0 * cell.faultless
                cell.ces_sum += 7.0 * cell.faultless
                if tickets[0].promoter <= 100.0:
                    cell.promoters += cell.faultless


@kernel
def close_bridge(months: Records) -> None:
    """Opening and closing accounts and ARR of each month, from the opening of the first."""
    for month in range(months.shape[0]):
        for segment in range(months.shape[1]):
            cell = months[month, segment]
            if month > 0:
                before = months[month - 1, segment]
                cell.accounts_start, cell.arr_start = before.accounts_end, before.arr_end
            cell.accounts_end = cell.accounts_start + cell.new - cell.churned
            more = cell.arr_new + cell.arr_price + cell.arr_expanded + cell.arr_upsold + cell.arr_cross_sold
            less = cell.arr_contracted + cell.arr_churned
            cell.arr_end = cell.arr_start + (more - less)


def tickets_by_role(world: World, ledger: Ledger) -> Records:
    """(month, role), DESK: counted so, or from the tallies where a segment's tickets all have one role."""
    if len(ledger.desk):
        return ledger.desk
    found = np.zeros((len(ledger.tallies), len(world.roles)), ct.DESK)
    add_up_tickets(ledger.tallies, world.steps, world.desk.roles, found)
    return found


@kernel
def add_up_tickets(tallies: Records, steps: Records, ticket_roles: Ints, found: Records) -> None:
    """Tickets by month and role, where those of a segment all have the first role."""
    for month in range(found.shape[0]):
        for segment in range(ticket_roles.shape[0]):
            role = ticket_roles[segment, 0]
            if role < 0:
                continue
            of_role = found[month, role]
            waited = lasted = 0.0
            for step in range(steps.shape[0]):
                if not steps[step].ticket:
                    continue
                cell = tallies[month, step, segment]
                of_role.opened += cell.opened - cell.deflected
                of_role.taken_up += cell.taken_up
                of_role.in_response += cell.in_response
                of_role.resolved += cell.on_time + cell.late
                of_role.in_targets += cell.in_targets
                of_role.abandoned += cell.abandoned
                waited += cell.wait_minutes
                lasted += cell.resolution_minutes
            of_role.wait_minutes += waited
            of_role.resolution_minutes += lasted


def total(by_month: Records) -> Records:
    """Tallies summed over months (the mark of what was open at the start or the end, too)."""
    # all counts at once, then all others: field by field the whole ledger would be read forty times
    words = words_of(by_month)
    found: NDArray[np.int64] = words.sum(axis=0)
    found.view(np.float64)[..., _FLOATS] = words.view(np.float64).take(_FLOATS, axis=-1).sum(axis=0)
    return found.view(ct.TALLY)[..., 0]


def waits_by_place(world: World, counts: Counts) -> Counts:
    """(2, severity, segments + months + roles, bin) of the ledger's histogram."""
    whats, months, cells, places, bins = counts.shape
    segments = len(world.segments)
    severities = cells // (segments + 1)
    counts = counts.reshape(whats, months, severities, segments + 1, places, bins)[:, :, :, :segments]
    counts = counts.swapaxes(1, 2)
    found = np.zeros((whats, severities, segments + months + len(world.roles), bins), np.int32)
    by_segment, by_role = found[:, :, :segments], found[:, :, segments + months :]
    of_all = counts.sum(axis=4, dtype=np.int32) if places > 1 else counts[..., 0, :]
    of_all.sum(axis=2, out=by_segment)
    of_all.sum(axis=3, out=found[:, :, segments : segments + months])
    if places > 1:
        counts.sum(axis=(2, 3), out=by_role)
    else:
        for segment, role in enumerate(world.desk.roles[:, 0].tolist()):
            if role >= 0:
                by_role[:, :, role] += by_segment[:, :, segment]
    return found


@kernel
def count_cohort(accounts: Records, opening_arr: Floats, warm_days: int, cohort: Floats) -> None:
    """ARR at the start of accounts there then, and what of it is left at the end: ``cohort`` (segment, 2).

    ``opening_arr`` is empty where nothing can change what an account pays.
    """
    for a in range(accounts.shape[0]):
        account = accounts[a]
        if account.start_day == 0 or account.start_day < warm_days:
            paid = opening_arr[a] if opening_arr.shape[0] else account.arr
            cohort[account.segment, 0] += paid
            if account.status == r.ALIVE:
                cohort[account.segment, 1] += min(paid, account.arr)
