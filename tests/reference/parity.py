"""The engine's log beside the reference's: where they first differ, and what led there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from csm_sim.engine import draws
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from reference.model import Event, ReferenceRun, simulate_reference

MINUTES, RELATIVE = 1e-6, 1e-6
WHAT = {
    number: name
    for name in (
        "OPENED", "TAKEN_UP", "INTERRUPTED", "DONE", "DROPPED", "NEVER_OPENED", "RENEWED", "CHURN", "STARTED",
        "FIRST_VALUE", "TO_CUSTOMER", "RETURNED", "ABANDONED", "DEFLECTED", "OVERFLOWED", "JOINED", "NOTICE",
        "LEFT", "AWAY", "BACK", "OWNED", "PRICED", "CONTRACTED", "EXPANDED", "LEAD", "UPSOLD", "CROSS_SOLD",
        "STOPPED", "MOVED", "SEEN", "DECIDED", "CHURNED_EARLY",
    )
    for number in [getattr(ev, name)]
}  # fmt: skip


def engine_events(events: NDArray[np.void]) -> list[Event]:
    """The engine's log as plain tuples."""
    return [tuple(line) for line in events.tolist()]


def differences(
    world: World, engine: Any, reference: ReferenceRun, *, prefixes: NDArray[np.uint64], unlimited: bool
) -> list[str]:
    """What the two runs do not agree on; empty if they agree."""
    found = event_difference(world, engine_events(engine.events), reference.events)
    if found:
        return [found]
    return [
        *_health(
            up_to_date(world, engine.accounts[np.argsort(engine.accounts["number"])], prefixes), reference
        ),
        *_months(engine, reference),
        *_counts(engine, reference),
        *([] if unlimited else _people(engine, reference)),
    ]


def compare(world: World, seed: int, replication: int, unlimited: bool) -> list[str]:
    """Run both programs and compare them."""
    from csm_sim.engine.simulate import simulate

    reference = simulate_reference(world, seed, replication, unlimited)
    engine = simulate(world, seed=seed, replication=replication, unlimited=unlimited, log_capacity=200_000)
    prefixes = draws.purpose_prefixes(draws.root_seed(seed), np.uint64(replication))
    return differences(world, engine, reference, prefixes=prefixes, unlimited=unlimited)


def up_to_date(world: World, accounts: NDArray[np.void], prefixes: NDArray[np.uint64]) -> NDArray[np.void]:
    """The engine observes usage only when somebody asks; ask it for the end of the run."""
    from csm_sim.engine.lives import bring_up_to_date, health_rules_of, terms_of
    from csm_sim.world.customers import LIFE

    accounts = accounts.copy()
    bring_up_to_date(
        accounts, np.zeros(0, LIFE), world.segments, health_rules_of(world), world.customers.indicators,
        terms_of(world), prefixes, world.days,
    )  # fmt: skip
    return accounts


def event_difference(world: World, engine: list[Event], reference: list[Event]) -> str:
    """A text about the first difference, empty if there is none."""
    left, right = sorted(engine), sorted(reference)
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if not same_event(one, other):
            return _explain(world, left, right, place)
    return "" if len(left) == len(right) else _explain(world, left, right, min(len(left), len(right)))


def same_event(one: Event, other: Event) -> bool:
    """Equal in all numbers, up to rounding in time and value."""
    return (
        one[1:7] == other[1:7]
        and abs(one[0] - other[0]) <= MINUTES
        and abs(one[7] - other[7]) <= max(RELATIVE * abs(other[7]), 1e-6)
    )


def _explain(world: World, left: list[Event], right: list[Event], place: int) -> str:
    lines = [f"first difference at event {place} of {len(left)} (engine) and {len(right)} (reference)"]
    for name, events in (("engine", left), ("reference", right)):
        lines.append(f"{name}:")
        for number in range(max(0, place - 5), min(len(events), place + 3)):
            mark = ">" if number == place else " "
            lines.append(f" {mark} {_line(world, events[number])}")
    return "\n".join(lines)


def _line(world: World, event: Event) -> str:
    time, what, account, person, kind, occurrence, step, value = event
    minute = time % r.DAY
    clock = f"day {int(time // r.DAY):3d} {int(minute // 60):02d}:{minute % 60:09.6f}"
    work = "/".join(world.names.steps[step]) if step >= 0 else "-"
    return (
        f"{clock}  {WHAT[what]:13s} account {account:3d} person {person:2d} kind {kind:2d} "
        f"occurrence {occurrence:3d} {work:22s} value {value!r}"
    )


def _health(accounts: NDArray[np.void], reference: ReferenceRun) -> list[str]:
    parts = np.stack([accounts[part] for part in ("adoption", "engagement", "support", "onboarding")], axis=1)
    alive = accounts["status"] == r.ALIVE
    found = []
    if len(parts) != len(reference.health):
        return [f"{len(parts)} accounts in the engine, {len(reference.health)} in the reference"]
    if not np.array_equal(alive, reference.alive):
        found.append(f"alive differs at accounts {np.flatnonzero(alive != reference.alive)}")
    # of those that have churned, what nobody asks about any more is not brought up to date
    same = np.isclose(parts, reference.health, rtol=1e-9, atol=1e-9).all(axis=1)
    off = np.flatnonzero(alive & ~same)
    if len(off):
        found.append(f"health of account {off[0]}: {parts[off[0]]} (engine), {reference.health[off[0]]}")
    return found


def _months(engine: Any, reference: ReferenceRun) -> list[str]:
    found = []
    for name in ct.MONTH.names or ():
        one, other = engine.months[name], reference.months[name]
        if not np.allclose(one, other, rtol=1e-9, atol=1e-9):
            found.append(f"months[{name}]: {one.tolist()} (engine), {other.tolist()}")
    tables = {
        "cohort of (started, month, column)": (engine.cohorts, reference.cohorts),
        "served of (month, segment)": (engine.served, reference.served),
    }
    return found + [text for name, pair in tables.items() for text in _table(name, *pair)]


def _counts(engine: Any, reference: ReferenceRun) -> list[str]:
    """What is counted of tickets alone; the warm-up is left out."""
    found = []
    for name, counted in reference.counts.items():
        other = counted[1:].sum(axis=0)
        one = engine.tallies[name][:, : other.shape[1]]
        off = np.argwhere(~np.isclose(one, other, rtol=1e-6, atol=1e-5))
        found += [
            f"{name} of (step, segment) {tuple(at)}: {one[tuple(at)]} (engine), {other[tuple(at)]}"
            for at in off
        ]
    return found


def _people(engine: Any, reference: ReferenceRun) -> list[str]:
    """What people did, where their time went, how they came and went, and how they are at the end."""
    tables = {
        "busy minutes of (week, seat, nature)": (engine.busy, reference.busy),
        f"minutes of (week, seat, {ct.HOURS_FIELDS})": (engine.hours, reference.hours),
        "minutes of (month, role) with an end": (
            engine.capacity[..., ct.CAPACITY_FIELDS.index("temporary")],
            reference.temporary,
        ),
        f"count of (month, role, {ct.MOVES_FIELDS})": (engine.moves, reference.moves),
        "satisfaction of (seat)": (engine.satisfaction, reference.satisfaction),
    }
    return [text for name, pair in tables.items() for text in _table(name, *pair)]


def _table(name: str, one: NDArray[np.float64], other: NDArray[np.float64]) -> list[str]:
    if one.shape != other.shape:
        return [f"{name}: the shape is {one.shape} (engine), {other.shape}"]
    off = np.argwhere(~np.isclose(one, other, rtol=1e-9, atol=1e-6, equal_nan=True))
    return [f"{name} {tuple(at.tolist())}: {one[tuple(at)]} (engine), {other[tuple(at)]}" for at in off[:1]]
