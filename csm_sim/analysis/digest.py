"""Outcome → digest: the few thousand numbers of a replication that the questions are answered from.

A digest is one vector of doubles, so that it is cheap to send between processes and to append to a
file; :class:`Layout` knows where what lies in it. :class:`Sample` is many of them, one row each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.cohorts import cohort_shape, cohorts_of
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.world import counts as ct

if TYPE_CHECKING:
    from csm_sim.engine.simulate import Outcome
    from csm_sim.world.build import World

Floats = NDArray[np.float64]

TALLY_FIELDS: Final[tuple[str, ...]] = tuple(ct.TALLY.names or ())
MONTH_FIELDS: Final[tuple[str, ...]] = tuple(ct.MONTH.names or ())
DESK_FIELDS: Final[tuple[str, ...]] = tuple(ct.DESK.names or ())

WAIT_SHARES: Final = (0.5, 0.9)
"""Quantiles of ticket waits that are kept."""

OVERLOAD: Final = 0.85
"""Utilisation above which a person's week counts as overloaded where the scenario has no target: the upper
end of the usual band."""

GRAIN: Final = 1000
"""Steps in which the utilisation of person-weeks is counted. Targets are not part of a digest: a later one
can be held against it, to 0.1 percentage points."""

LOAD_FIELDS: Final = (
    "proactive_minutes",
    "reactive_minutes",
    "switching_minutes",
    "open_minutes",
    "weeks",
    "utilisation_p90",
    "hours_p90",
    "person_utilisation_p10",
    "person_utilisation_p50",
    "person_utilisation_p90",
    "person_utilisation_worst",
    "person_hours_worst",
)
"""What is kept of the load of a role: sums over person-weeks, and quantiles within the replication."""

WEEK_FIELDS: Final = ("mean", "p10", "p90", "worst")
"""What is kept of a week's utilisation across the people of a role."""

MONTH_LOAD_FIELDS: Final = ("busy_minutes", "open_minutes")
"""What is kept of the load of a role in a month; weeks are divided between months by working time."""

FAILURES: Final = 2
"""Rows of what is counted against a person's book: late, missed."""

MOST_PERSON_WEEKS: Final = 100_000
"""With more than these the load of each person in each week is not kept, only that of the roles; the same
holds for what each person drops, counted in numbers of it."""

LARGEST_ACCOUNTS: Final = 5
"""How many accounts ``concentration`` looks at."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and shapes of a digest's parts, in order; the same for all replications of a world."""

    shapes: tuple[tuple[str, tuple[int, ...]], ...]
    twin: bool

    @property
    def length(self) -> int:
        """Numbers in a digest."""
        return sum(math.prod(shape) for _, shape in self.shapes)

    def split(self, vectors: Floats) -> dict[str, Floats]:
        """The parts by name; leading axes of ``vectors`` stay in front."""
        parts, at = {}, 0
        for name, shape in self.shapes:
            size = math.prod(shape)
            parts[name] = vectors[..., at : at + size].reshape(*vectors.shape[:-1], *shape)
            at += size
        return parts


def layout_of(world: World, twin: bool) -> Layout:
    """The layout of the digests of a world, with or without the fully-staffed twin."""
    steps, columns = len(world.steps), len(world.segments) + 1
    kinds, roles, people = len(world.kinds), len(world.roles), int(world.roles["slots"].sum())
    months, segments, weeks = world.months, len(world.segments), world.weeks
    kept = weeks if weeks * people <= MOST_PERSON_WEEKS else 0
    books = people if kept and FAILURES * people * kinds <= MOST_PERSON_WEEKS else 0
    severities = len(severities_of(world))
    shapes: list[tuple[str, tuple[int, ...]]] = [
        ("tally", (len(TALLY_FIELDS), steps, columns)),
        ("effort", (2, months, kinds, columns)),
        ("months", (len(MONTH_FIELDS), months, segments)),
        ("cohort", (segments, 2)),
        ("tickets", (len(TALLY_FIELDS), severities, months)),
        ("desk", (len(DESK_FIELDS), months, roles)),
        ("backlog", (months, roles, len(ct.BACKLOG_FIELDS))),
        ("heads", (months, roles)),
        ("capacity", (months, roles, len(ct.CAPACITY_FIELDS))),
        ("moves", (months, roles, len(ct.MOVES_FIELDS))),
        ("content", (months, roles)),
        ("month_load", (len(MONTH_LOAD_FIELDS), months, roles)),
        ("load", (roles + 1, len(LOAD_FIELDS))),
        ("utilisations", (roles + 1, GRAIN + 1)),
        ("week_load", (roles, weeks, len(WEEK_FIELDS))),
        ("person_busy", (kept, people)),
        ("person_open", (kept, people)),
        ("failures", (FAILURES, books, kinds)),
        ("waits", (2, wait_rows(world), len(WAIT_SHARES))),
        ("concentration", (1,)),
    ]
    rules = CustomerRules(world)
    if rules.revenue:
        shapes.append(("cohorts", cohort_shape(world)))
    if rules.moves:
        shapes.append(("served", (months, segments)))
    if twin:
        shapes += [
            ("twin_effort", (months, kinds, columns)),
            ("twin_months", (len(MONTH_FIELDS), months, segments)),
            ("twin_cohort", (segments, 2)),
        ]
    return Layout(tuple(shapes), twin)


def severities_of(world: World) -> NDArray[np.intp]:
    """The steps that are severities of tickets."""
    return np.flatnonzero(world.steps["ticket"] == 1)


def tiers_of(world: World) -> tuple[str, ...]:
    """Touch tiers that occur, in the order of the segments."""
    return tuple(dict.fromkeys(world.names.touch))


def wait_rows(world: World) -> int:
    """Groups of tickets whose waits are kept: severities, all, tiers, months and roles, in this order."""
    severities = len(severities_of(world))
    return severities + 1 + len(tiers_of(world)) + world.months + len(world.roles) if severities else 0


def roles_of_people(world: World) -> NDArray[np.intp]:
    """The role of each person slot."""
    return np.repeat(np.arange(len(world.roles)), world.roles["slots"])


def digest_of(world: World, layout: Layout, outcome: Outcome, twin: Outcome | None) -> Floats:
    """The digest of one replication.

    Parameters
    ----------
    world
        The world that was simulated.
    layout
        From :func:`layout_of`, with ``twin`` as given here.
    outcome
        The replication.
    twin
        The same replication with unlimited people.
    """
    week_load, load, utilisations = _load(world, outcome)
    busy = outcome.busy.sum(axis=2)
    shapes = dict(layout.shapes)
    kept, books = shapes["person_busy"][0], shapes["failures"][1]
    parts: dict[str, Any] = {
        "tally": [outcome.tallies[name] for name in TALLY_FIELDS],
        "effort": _by_kind(world, outcome.effort),
        "months": [outcome.months[name] for name in MONTH_FIELDS],
        "cohort": outcome.opening_cohort,
        "tickets": _ticket_months(world, outcome),
        "desk": [outcome.desk[name] for name in DESK_FIELDS],
        "backlog": outcome.backlog,
        "heads": outcome.heads,
        "capacity": outcome.capacity,
        "moves": outcome.moves,
        "content": outcome.content,
        "month_load": _month_load(world, busy, outcome.open_minutes),
        "load": load,
        "utilisations": utilisations,
        "week_load": week_load,
        "person_busy": busy[:kept],
        "person_open": outcome.open_minutes[:kept],
        "failures": outcome.failures[:, :books],
        "waits": _waits(world, outcome.histogram),
        "concentration": _concentration(world, outcome),
    }
    if "cohorts" in shapes:
        parts["cohorts"] = cohorts_of(world, outcome)
    if "served" in shapes:
        parts["served"] = outcome.served
    if twin is not None:
        # the twin has no hand-overs of tickets or accounts, but what they cost is work all the same
        full = _by_kind(world, twin.effort[:1] + outcome.by_month["hand_over_minutes"])
        handover = world.supply.rules["handover_kind"]
        handover = handover[handover >= 0]
        full[:, :, handover] = _by_kind(world, outcome.effort[:1])[:, :, handover]
        parts["twin_effort"] = full
        parts["twin_months"] = [twin.months[name] for name in MONTH_FIELDS]
        parts["twin_cohort"] = twin.opening_cohort
    vector = np.empty(layout.length)
    views = layout.split(vector)
    for name, _ in layout.shapes:
        views[name][...] = np.asarray(parts[name], dtype=np.float64).reshape(views[name].shape)
    return vector


def _by_kind(world: World, effort: Floats) -> Floats:
    """Effort of steps added up by kind (the steps of a kind lie beside each other)."""
    if not len(world.kinds):
        return effort[:, :, :0]
    return np.asarray(np.add.reduceat(effort, world.kinds["step0"], axis=2))


def _load(world: World, outcome: Outcome) -> tuple[Floats, Floats, Floats]:
    """(role, week, WEEK_FIELDS), (role + everyone, LOAD_FIELDS), and person-weeks by utilisation."""
    busy, present = outcome.busy, outcome.open_minutes
    total = busy.sum(axis=2)
    here = present > 0
    utilisation = np.where(here, total / np.where(here, present, 1.0), np.nan)
    role = roles_of_people(world)
    week_load = np.full((len(world.roles), len(present), len(WEEK_FIELDS)), np.nan)
    load = np.full((len(world.roles) + 1, len(LOAD_FIELDS)), np.nan)
    utilisations = np.zeros((len(world.roles) + 1, GRAIN + 1))
    for number in range(len(world.roles) + 1):
        who = role == number if number < len(world.roles) else np.ones(len(role), dtype=np.bool_)
        mine, counted = utilisation[:, who], here[:, who]
        if not counted.any():
            load[number, :5] = 0.0
            continue
        weekly = mine[counted]
        person_open = present[:, who].sum(axis=0)
        there = person_open > 0
        person_busy = total[:, who].sum(axis=0)[there]
        person = person_busy / person_open[there]
        worst = int(np.argmax(person))
        load[number] = [
            *busy[:, who].sum(axis=(0, 1)),
            person_open.sum(),
            len(weekly),
            np.quantile(weekly, 0.9),
            np.quantile(total[:, who][counted], 0.9) / 60.0,
            *np.quantile(person, (0.1, 0.5, 0.9)),
            person[worst],
            person_busy[worst] / counted[:, there].sum(axis=0)[worst] / 60.0,
        ]
        # a week belongs to the first step that it does not exceed
        steps = np.searchsorted(np.arange(GRAIN + 1) / GRAIN, weekly, side="left")
        utilisations[number] = np.bincount(np.minimum(steps, GRAIN), minlength=GRAIN + 1)
        if number < len(world.roles):
            week_load[number] = _across_people(mine, counted)
    return week_load, load, utilisations


def _month_load(world: World, busy: Floats, present: Floats) -> Floats:
    """(MONTH_LOAD_FIELDS, month, role) of minutes by (week, seat)."""
    of_role = np.eye(len(world.roles))[roles_of_people(world)]
    weights = weeks_in_months(world)
    by_week = np.einsum("fws,sr->fwr", np.stack([busy, present]), of_role)
    return np.asarray(np.einsum("fwr,rwm->fmr", by_week, weights))


def weeks_in_months(world: World) -> Floats:
    """(role, week, month): which part of a week's working time lies in which month.

    Of a week without working time in the role's calendar (people may have their own), which part of its days.
    """
    days = np.arange(world.warm_days, world.days)
    week, month = (days - world.warm_days) // 7, world.month_of_day[days]
    minutes = np.diff(world.open_before[world.roles["calendar"]], axis=1)[:, days]
    found = np.zeros((len(world.roles), world.weeks, world.months))
    for role in range(len(world.roles)):
        whole = np.bincount(week, minutes[role], minlength=world.weeks)
        weight = np.where(whole[week] > 0, minutes[role], 1.0)
        np.add.at(found[role], (week, month), weight)
    return np.asarray(found / found.sum(axis=2, keepdims=True))


def _across_people(utilisation: Floats, here: NDArray[np.bool_]) -> Floats:
    """(week, WEEK_FIELDS) over those who are there; nan in a week without anyone."""
    count = here.sum(axis=1)
    some = count > 0
    ordered = np.sort(np.where(here, utilisation, np.inf), axis=1)
    found = np.full((len(here), len(WEEK_FIELDS)), np.nan)
    rows = np.flatnonzero(some)
    found[some, 0] = np.where(here, utilisation, 0.0).sum(axis=1)[some] / count[some]
    for column, share in ((1, 0.1), (2, 0.9), (3, 1.0)):
        place = share * (count[some] - 1)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, count[some] - 1)
        low, high = ordered[rows, below], ordered[rows, above]
        found[some, column] = low + (place - below) * (high - low)
    return found


def _ticket_months(world: World, outcome: Outcome) -> Floats:
    """(TALLY_FIELDS, severity, month): the tallies of tickets, added up over segments."""
    cells = outcome.by_month[:, severities_of(world)]
    return np.stack([cells[name].sum(axis=2, dtype=np.float64).T for name in TALLY_FIELDS])


def _waits(world: World, histogram: NDArray[np.int32]) -> Floats:
    """(first response or resolution, wait_rows, WAIT_SHARES): quantiles in working minutes.

    ``histogram`` is (2, severity, segments + months + roles, bin); each ticket is counted once in each of
    the three groups of places.
    """
    severities, segments = histogram.shape[1], len(world.segments)
    if not severities:
        return np.zeros((2, 0, len(WAIT_SHARES)))
    of_severity = histogram[:, :, :segments].sum(axis=2)
    of_place = histogram.sum(axis=1)
    tiers = [
        of_place[:, :segments][:, [own == tier for own in world.names.touch]].sum(axis=1)
        for tier in tiers_of(world)
    ]
    counts = np.concatenate(
        [
            of_severity,
            of_severity.sum(axis=1, keepdims=True),
            np.stack(tiers, axis=1),
            of_place[:, segments:],
        ],
        axis=1,
    )
    return histogram_quantiles(counts.astype(np.float64), WAIT_SHARES)


def bin_edges(bins: int) -> Floats:
    """Lower edge of each bin of waits in minutes, and the upper edge of the last."""
    number = np.arange(bins + 1)
    return np.asarray(2.0 ** (number // 16) * (1.0 + (number % 16) / 16.0) - 1.0)


def histogram_quantiles(counts: Floats, shares: Sequence[float]) -> Floats:
    """Quantiles of waits from their histogram, evenly spread within a bin.

    The result is wrong by at most the width of a bin: 1/16 minute at a minute, 6 % of long waits.
    The first bin also holds the waits of nothing at all, so quantiles within it are 0.

    Parameters
    ----------
    counts
        (..., bin), as counted by :func:`csm_sim.engine.histogram.histogram_bin`.
    shares
        Which quantiles.

    Returns
    -------
    ndarray
        (..., share) in minutes; nan where nothing was counted.
    """
    edges = bin_edges(counts.shape[-1])
    reached = np.cumsum(counts, axis=-1)
    total = reached[..., -1:]
    found = np.full((*counts.shape[:-1], len(shares)), np.nan)
    for column, share in enumerate(shares):
        want = share * total
        number = np.minimum((reached < want).sum(axis=-1), counts.shape[-1] - 1)
        inside = np.take_along_axis(counts, number[..., None], -1)[..., 0]
        before = np.take_along_axis(reached, number[..., None], -1)[..., 0] - inside
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.clip((want[..., 0] - before) / inside, 0.0, 1.0)
        value = edges[number] + part * (edges[number + 1] - edges[number])
        found[..., column] = np.where(total[..., 0] > 0, np.where(number == 0, 0.0, value), np.nan)
    return found


def _concentration(world: World, outcome: Outcome) -> float:
    """Share that the largest of the opening accounts hold of their ARR; nan where there is none.

    Each counts with the last ARR it had: where prices and plays change it, that is not the first one.
    """
    accounts = outcome.accounts
    opening = (accounts["start_day"] < world.warm_days) | (accounts["start_day"] == 0)
    arr = accounts["arr"][opening]
    total = float(arr.sum())
    if total <= 0 or len(arr) <= LARGEST_ACCOUNTS:
        return math.nan
    return float(np.partition(arr, -LARGEST_ACCOUNTS)[-LARGEST_ACCOUNTS:].sum()) / total


class Sample:
    """The digests of some replications.

    Parameters
    ----------
    layout
        Of the digests.
    vectors
        (n, layout.length), in order of the replication's number.
    """

    def __init__(self, layout: Layout, vectors: Floats) -> None:
        self.layout, self.vectors = layout, vectors
        self._parts = layout.split(vectors)

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, part: str) -> Floats:
        """A part of the digests: (n, ...)."""
        return self._parts[part]

    @property
    def twin(self) -> bool:
        """Whether the fully-staffed twin was simulated."""
        return self.layout.twin

    def tally(self, field: str) -> Floats:
        """(n, step, segment + people's own work)."""
        return self._parts["tally"][:, TALLY_FIELDS.index(field)]

    def ticket_months(self, field: str) -> Floats:
        """(n, severity, month): a tally of tickets, added up over segments."""
        return self._parts["tickets"][:, TALLY_FIELDS.index(field)]

    def desk(self, field: str) -> Floats:
        """(n, month, role): tickets by the role that had them at the time."""
        return self._parts["desk"][:, DESK_FIELDS.index(field)]

    def backlog(self, field: str) -> Floats:
        """(n, month, role): what was open at the month's end."""
        return self._parts["backlog"][..., ct.BACKLOG_FIELDS.index(field)]

    def month(self, field: str, *, twin: bool = False) -> Floats:
        """(n, month, segment)."""
        return self._parts["twin_months" if twin else "months"][:, MONTH_FIELDS.index(field)]

    def load(self, field: str) -> Floats:
        """(n, role + everyone)."""
        return self._parts["load"][:, :, LOAD_FIELDS.index(field)]

    def weeks_above(self, utilisation: float) -> Floats:
        """(n, role + everyone): person-weeks above a utilisation, which is rounded to 0.1 %."""
        return np.asarray(self._parts["utilisations"][:, :, round(utilisation * GRAIN) + 1 :].sum(axis=2))

    def capacity(self, field: str) -> Floats:
        """(n, month, role): minutes of one of CAPACITY_FIELDS."""
        return self._parts["capacity"][..., ct.CAPACITY_FIELDS.index(field)]

    def moves(self, field: str) -> Floats:
        """(n, month, role): how often one of MOVES_FIELDS happened."""
        return self._parts["moves"][..., ct.MOVES_FIELDS.index(field)]

    def month_load(self, field: str) -> Floats:
        """(n, month, role): minutes of one of MONTH_LOAD_FIELDS."""
        return self._parts["month_load"][:, MONTH_LOAD_FIELDS.index(field)]

    def first(self, n: int) -> Sample:
        """The first ``n`` replications."""
        return Sample(self.layout, self.vectors[:n])
