"""Tickets: what came and what became of it, how long it took, and what customers make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis import sums
from csm_sim.analysis.digest import Sample, severities_of
from csm_sim.analysis.estimates import ALL, Estimates, scope
from csm_sim.analysis.grouping import Groups, added_up
from csm_sim.world.records import DAY

if TYPE_CHECKING:
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

_HOUR: Final = 60.0


def add_tickets(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Add counts, waits, shares, satisfaction and backlog of tickets; nothing without tickets."""
    if not len(severities_of(world)):
        return
    cuts = _Cuts(world, groups, sample)
    _add_counts(world, cuts, found)
    _add_waits(world, groups, cuts, sample, found)
    _add_targets(world, cuts, found)
    _add_satisfaction(world, cuts, found)
    _add_roles(world, groups, sample, found)
    _add_backlog(world, groups, sample, found)


class Rules:
    """Which of the rules for tickets a world uses: figures of the others are left out.

    Parameters
    ----------
    world
        With or without tickets.
    """

    def __init__(self, world: World) -> None:
        steps, common = world.steps[severities_of(world)], world.desk.common[0]
        self.deflection = world.desk.deflection.size > 0
        self.patience = bool((steps["patience_dist"] >= 0).any())
        self.overflow = not np.isnan(common["overflow_minutes"])
        self.escalation = bool((steps["escalate"] > 0).any())
        self.more = bool((steps["more"] > 0).any())
        self.reopen = bool((steps["reopen"] > 0).any())
        self.hand_over = bool(common["hand_over_minutes"] > 0)

    @property
    def touches(self) -> bool:
        """Whether a ticket can take several touches."""
        return self.more or self.reopen


class _Cuts:
    """Scopes of tickets (severities, all, tiers, months), and tallies added up to them."""

    def __init__(self, world: World, groups: Groups, sample: Sample) -> None:
        self._tiers = groups.columns_to_tiers[:-1, :-1]
        self.scopes = [
            *(scope(severity=world.names.steps[step][1]) for step in severities_of(world)),
            ALL,
            *(scope(tier=name) for name in groups.tiers[:-1]),
            *(scope(month=name) for name in groups.months),
        ]
        self.whole = sums.tickets_of(world, sample)
        self._sample = sample

    def month(self, field: str) -> Floats:
        """The tally month by month. What is open belongs to no month: it is judged at the end alone."""
        found = self._sample.ticket_months(field)
        return found * 0.0 if field in ("open_at_start", "overdue_at_end", "unanswered_at_end") else found

    def of(self, field: str) -> Floats:
        """A tally for each scope."""
        return self.joined(self.whole(field), self.month(field))

    def joined(self, whole: Floats, month: Floats, aimed: NDArray[np.bool_] | None = None) -> Floats:
        """(n, scope) of (n, severity, segment) and (n, severity, month), over the severities ``aimed`` at."""
        if aimed is not None:
            whole, month = whole * aimed[:, None], month * aimed[:, None]
        each = whole.sum(axis=2)
        parts = [each, each.sum(axis=1, keepdims=True), added_up(whole.sum(axis=1), self._tiers)]
        return np.concatenate([*parts, month.sum(axis=1)], axis=1)


def _add_counts(world: World, cuts: _Cuts, found: Estimates) -> None:
    rules, of, scopes = Rules(world), cuts.of, cuts.scopes
    here = cuts.joined(sums.arrived(cuts.whole), sums.arrived(cuts.month))
    solved = cuts.joined(sums.resolved(cuts.whole), sums.resolved(cuts.month))
    found.means("tickets_opened_sum_tickets", scopes, of("opened"))
    found.means("tickets_arrived_sum_tickets", scopes, here)
    found.means("tickets_resolved_sum_tickets", scopes, solved)
    months = len(cuts.month("opened")[0, 0])
    found.means("tickets_open_end_sum_tickets", scopes[:-months], of("open_at_end")[:, :-months])
    for used, name, field, below in (
        (rules.deflection, "deflected", "deflected", of("opened")),
        (rules.patience, "abandoned", "abandoned", of("taken_up") + of("abandoned")),
        (rules.overflow, "overflowed", "overflowed", here),
        (rules.escalation, "escalated", "escalated", here),
        (rules.reopen, "reopened", "reopened", solved + of("reopened")),
    ):
        if used:
            found.means(f"tickets_{name}_sum_tickets", scopes, of(field))
            found.ratios(f"{name}_mean_share", scopes, of(field), below)
    if rules.touches:
        found.means("touches_sum_touches", scopes, of("touches"))
        found.ratios("touches_per_ticket_mean_touches", scopes, of("touches"), solved)
        found.ratios("held_mean_hours", scopes, of("held_elapsed_minutes") / _HOUR, of("returned"))
    if rules.hand_over:
        found.means("hand_overs_sum_touches", scopes, of("hand_overs"))
        found.means("hand_over_sum_hours", scopes, of("hand_over_minutes") / _HOUR)
        found.ratios("hand_overs_per_ticket_mean_touches", scopes, of("hand_overs"), solved)


def _add_waits(world: World, groups: Groups, cuts: _Cuts, sample: Sample, found: Estimates) -> None:
    solved = cuts.joined(sums.resolved(cuts.whole), sums.resolved(cuts.month))
    taken = cuts.of("taken_up")
    for metric, field, below in (
        ("first_response_mean_hours", "wait_minutes", taken),
        ("first_response_elapsed_mean_hours", "wait_elapsed_minutes", taken),
        ("resolution_mean_hours", "resolution_minutes", solved),
        ("resolution_elapsed_mean_hours", "resolution_elapsed_minutes", solved),
    ):
        found.ratios(metric, cuts.scopes, cuts.of(field) / _HOUR, below)
    if Rules(world).touches:
        waited = cuts.of("touch_wait_minutes") / _HOUR
        found.ratios("touch_wait_mean_hours", cuts.scopes, waited, cuts.of("touch_taken_up"))
    roles = np.array(groups.ticket_roles, dtype=np.intp)
    columns = np.concatenate([np.arange(len(cuts.scopes)), len(cuts.scopes) + roles])
    scopes = [*cuts.scopes, *(scope(role=world.names.roles[role]) for role in roles)]
    for row, what in enumerate(("first_response", "resolution")):
        for column, share in enumerate(("p50", "p90")):
            waits = sample["waits"][:, row, :, column][:, columns] / _HOUR
            found.means(f"{what}_{share}_hours", scopes, waits)


def _add_targets(world: World, cuts: _Cuts, found: Estimates) -> None:
    steps = world.steps[severities_of(world)]
    for metric, target, counts in (
        ("first_response_target_share", "response_minutes", sums.response_counts),
        ("resolution_target_share", "resolve_minutes", sums.resolution_counts),
    ):
        aimed = ~np.isnan(steps[target])
        if aimed.any():
            whole, month = counts(cuts.whole), counts(cuts.month)
            above, below = (cuts.joined(whole[part], month[part], aimed) for part in (0, 1))
            found.ratios(metric, cuts.scopes, above, below)
    whole, month = sums.target_counts(world, cuts.whole), sums.target_counts(world, cuts.month)
    found.ratios("sla_mean_share", cuts.scopes, *(cuts.joined(whole[part], month[part]) for part in (0, 1)))


def _add_satisfaction(world: World, cuts: _Cuts, found: Estimates) -> None:
    rated = cuts.joined(sums.rated(cuts.whole), sums.rated(cuts.month))
    best = float(world.desk.common[0]["csat_best"])
    balance = 100.0 * (cuts.of("promoters") - cuts.of("detractors"))
    found.ratios("csat_mean_share", cuts.scopes, best * cuts.of("score_sum") / 100.0, rated)
    found.ratios("ces_mean_points", cuts.scopes, cuts.of("ces_sum"), rated)
    found.ratios("nps_mean_points", cuts.scopes, balance, rated)


def _add_roles(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Tickets by the role that had them at the time, over the horizon and month by month."""
    roles = list(groups.ticket_roles)
    n = len(sample)
    scopes = [scope(role=world.names.roles[role]) for role in roles]
    scopes += [scope(role=world.names.roles[role], month=month) for month in groups.months for role in roles]

    def of(field: str) -> Floats:
        each = sample.desk(field)[:, :, roles]
        return np.concatenate([each.sum(axis=1), each.reshape(n, -1)], axis=1)

    settled, ended = of("taken_up") + of("abandoned"), of("resolved") + of("abandoned")
    found.means("tickets_arrived_sum_tickets", scopes, of("opened"))
    found.means("tickets_resolved_sum_tickets", scopes, of("resolved"))
    if Rules(world).patience:
        found.means("tickets_abandoned_sum_tickets", scopes, of("abandoned"))
        found.ratios("abandoned_mean_share", scopes, of("abandoned"), settled)
    found.ratios("first_response_mean_hours", scopes, of("wait_minutes") / _HOUR, of("taken_up"))
    found.ratios("resolution_mean_hours", scopes, of("resolution_minutes") / _HOUR, of("resolved"))
    # a role's counts do not tell severities apart, and one without a target always counts as met
    steps = world.steps[severities_of(world)]
    has_response, has_resolve = (~np.isnan(steps[name]) for name in ("response_minutes", "resolve_minutes"))
    if has_response.all():
        found.ratios("first_response_target_share", scopes, of("in_response"), settled)
    if (has_response | has_resolve).all():
        found.ratios("sla_mean_share", scopes, of("in_targets"), ended)


def _add_backlog(world: World, groups: Groups, sample: Sample, found: Estimates) -> None:
    """Tickets open at the months' ends, by role and together."""
    roles, n = list(groups.ticket_roles), len(sample)
    names = [scope(role=world.names.roles[role]) for role in roles]
    of_month = [scope(month=month) for month in groups.months]
    both = [f"{role};{month}" for month in of_month for role in names]
    scopes = [ALL, *names, *of_month, *both]

    def of(field: str) -> Floats:
        each = sample.backlog(field)[:, :, roles]
        whole = each.max(axis=2) if field == "oldest_minutes" else each.sum(axis=2)
        return np.concatenate([whole[:, -1:], each[:, -1], whole, each.reshape(n, -1)], axis=1)

    found.means("backlog_end_tickets", scopes, of("tickets"))
    found.ratios("backlog_age_mean_days", scopes, of("age_minutes") / DAY, of("tickets"))
    found.means("backlog_age_worst_days", scopes, of("oldest_minutes") / DAY)
    if Rules(world).touches:
        found.means("backlog_held_end_tickets", scopes, of("held"))
