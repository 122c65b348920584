"""Replications of many variants on the same luck: each is simulated once, and kept.

The replication of a number has the same luck in every variant (:mod:`csm_sim.engine.draws`), so that
differences by number are paired. Which variants are asked for, in which order, how many processes there
are and what was interrupted before changes no number.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from csm_sim.analysis.checkpoint import Checkpoint
from csm_sim.analysis.customers import add_customers
from csm_sim.analysis.digest import OVERLOAD, Layout, Sample, digest_of, layout_of
from csm_sim.analysis.fingerprint import program_sha256, run_key_of
from csm_sim.analysis.load import add_load, add_people
from csm_sim.analysis.measures import Headline, Measures, measures_of
from csm_sim.analysis.paired import Recorder, Values
from csm_sim.analysis.service import add_planned
from csm_sim.analysis.tickets import add_tickets
from csm_sim.analysis.turnover import add_turnover
from csm_sim.analysis.twins import Twin, simulate_twin, twin_for
from csm_sim.analysis.variants import Variant
from csm_sim.analysis.workers import Workers
from csm_sim.analysis.workload import add_workload
from csm_sim.world.build import World

Floats = NDArray[np.float64]

FRESH: Final = 1_000_000
"""Number from which on replications are kept for confirmation: a search has not looked at them."""

MOST_OPEN: Final = 8
"""Files of variants that are open at the same time."""

MOST_TWINS: Final = 2000
"""Twins that stay in memory, some 50 kB each; others are simulated again when they are needed."""


@dataclass(slots=True)
class _Known:
    """What is known of a variant."""

    key: str
    layout: Layout
    headline: Headline
    rows: dict[int, Floats]
    """Headline figures by number."""
    names: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """One replication to be simulated; can be pickled."""

    place: int
    """Of the variant in the batch."""
    world: World
    layout: Layout
    number: int
    twin: Twin | None
    """Of another variant with the same twin; None: not known yet."""


class Trials:
    """The replications of variants, simulated when they are asked for. To be used with ``with``.

    Parameters
    ----------
    seed
        Of all futures.
    twin
        Whether each replication is run again with unlimited people: needed for ARR lost.
        Variants that differ only in ``staff.*.headcount`` share it.
    jobs
        Processes; None: as many as are useful.
    folder
        Where replications are kept, for the next time as well; it is made. None: only until the end.
    progress
        Told after each replication: how many have been asked for and found, and asked for in all.
    compiling
        Called before the first replication when that has to compile the simulation.
    """

    def __init__(
        self,
        seed: int,
        *,
        twin: bool = True,
        jobs: int | None = None,
        folder: Path | None = None,
        progress: Callable[[int, int], None] = lambda done, expected: None,
        compiling: Callable[[], None] = lambda: None,
    ) -> None:
        self.seed, self.twin = seed, twin
        self._workers = Workers(jobs, compiling)
        self._temporary = folder is None
        self._folder = Path(tempfile.mkdtemp(prefix="csm-sim-")) if folder is None else folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._progress = progress
        self._program = program_sha256()
        self._known: dict[str, _Known] = {}
        self._of_variant: dict[int, tuple[Variant, _Known]] = {}
        self._open: dict[str, Checkpoint] = {}
        self._twins: dict[tuple[str, int], Twin] = {}
        self.done = 0
        """Replications that were simulated here."""
        self.kept = 0
        """Replications that were found in the folder."""

    def __enter__(self) -> Trials:
        self._workers.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._workers.__exit__()
        finally:
            for checkpoint in self._open.values():
                checkpoint.__exit__(kind, error, trace)
            self._open.clear()
            if self._temporary:
                shutil.rmtree(self._folder, ignore_errors=True)

    # asking

    def ensure(self, wanted: Iterable[tuple[Variant, Iterable[int]]]) -> None:
        """Simulate what is missing of these replications, all in one go.

        Parameters
        ----------
        wanted
            Variants, and the numbers of replications of each.
        """
        todo: dict[str, tuple[Variant, dict[int, None]]] = {}
        for variant, numbers in wanted:
            known = self._of(variant)
            missing = dict.fromkeys(number for number in numbers if number not in known.rows)
            if missing:
                _, more = todo.setdefault(known.key, (variant, {}))
                more.update(missing)
        variants = [variant for variant, _ in todo.values()]
        pairs = [(place, number) for place, (_, numbers) in enumerate(todo.values()) for number in numbers]
        before, expected = self.done + self.kept, self.done + self.kept + len(pairs)
        first, later = self._in_turns(variants, pairs)
        for turn in (first, later):
            units = [self._unit(variants, place, number) for place, number in turn]
            simulate = partial(_simulate, self.seed)
            for unit, (digest, twin) in zip(units, self._workers.results(simulate, units), strict=True):
                variant = variants[unit.place]
                self._add(variant, unit.number, digest)
                if twin is not None:
                    self._remember(variant, unit.number, twin)
                self.done += 1
                before += 1
                self._progress(before, expected)

    def known(self, variant: Variant) -> frozenset[int]:
        """Numbers of the replications of a variant that are there already."""
        return frozenset(self._of(variant).rows)

    def measures(self, variant: Variant, numbers: Iterable[int]) -> Measures:
        """The headline figures of these replications."""
        chosen = list(numbers)
        self.ensure([(variant, chosen)])
        known = self._of(variant)
        return measures_of(known.names, chosen, np.array([known.rows[number] for number in chosen]))

    def sample(self, variant: Variant, numbers: Iterable[int]) -> Sample:
        """All that is known of these replications."""
        chosen = list(numbers)
        self.ensure([(variant, chosen)])
        digests = self._checkpoint(self._of(variant)).digests
        return Sample(self._of(variant).layout, np.array([digests[number] for number in chosen]))

    def metrics(self, variant: Variant, numbers: Iterable[int]) -> dict[tuple[str, str], Values]:
        """Everything that ``metrics.csv`` holds, by metric and scope, apart from quantiles of futures."""
        sample, world = self.sample(variant, numbers), variant.world
        groups, found = self._of(variant).headline.groups, Recorder(variant.world.names.currency)
        limit = variant.scenario.targets.utilisation_p90 or OVERLOAD
        add_workload(world, groups, sample, found, limit)
        add_load(world, sample, found, limit)
        add_turnover(world, groups, sample, found)
        add_planned(world, groups, sample, found)
        add_tickets(world, groups, sample, found)
        add_customers(world, groups, sample, found)
        add_people(world, sample, found)
        return found.values

    # what is known

    def _of(self, variant: Variant) -> _Known:
        """What is known of a variant, read from the folder the first time."""
        if id(variant) in self._of_variant:
            return self._of_variant[id(variant)][1]
        key = run_key_of(variant.world_sha256, self.seed, self.twin, self._program)
        if key not in self._known:
            layout = layout_of(variant.world, self.twin)
            known = _Known(key, layout, variant.headline(twin=self.twin), {})
            self._known[key] = known
            if self._path(known).exists():
                digests = self._checkpoint(known).digests
                self._note(known, list(digests), list(digests.values()))
                self.kept += len(digests)
        self._of_variant[id(variant)] = variant, self._known[key]  # the variant stays, and so does its id
        return self._known[key]

    def _note(self, known: _Known, numbers: Sequence[int], digests: Sequence[Floats]) -> None:
        if numbers:
            known.names, rows = known.headline.rows(Sample(known.layout, np.array(digests)))
            known.rows.update(zip(numbers, rows, strict=True))

    def _add(self, variant: Variant, number: int, digest: Floats) -> None:
        known = self._of(variant)
        self._checkpoint(known).add(number, digest)
        self._note(known, [number], [digest])

    def _path(self, known: _Known) -> Path:
        return self._folder / f"{known.key[:16]}.bin"

    def _checkpoint(self, known: _Known) -> Checkpoint:
        """The file of a variant, open; those that were used last stay so."""
        if known.key in self._open:
            self._open[known.key] = self._open.pop(known.key)  # the last one again
            return self._open[known.key]
        while len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open))).__exit__(None, None, None)
        checkpoint = Checkpoint(self._path(known), known.key, known.layout.length)
        checkpoint.open()
        self._open[known.key] = checkpoint
        return checkpoint

    # simulating

    def _in_turns(
        self, variants: Sequence[Variant], pairs: Sequence[tuple[int, int]]
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Those that find their twins anew, and those for which these have been found then."""
        if not self.twin:
            return list(pairs), []
        finding: set[tuple[str, int]] = set()
        first, later = [], []
        for place, number in pairs:
            key = (variants[place].twin_key, number)
            if key in self._twins or key in finding:
                later.append((place, number))
            else:
                finding.add(key)
                first.append((place, number))
        return first, later

    def _remember(self, variant: Variant, number: int, twin: Twin) -> None:
        self._twins[variant.twin_key, number] = twin
        if len(self._twins) > MOST_TWINS:
            del self._twins[next(iter(self._twins))]

    def _unit(self, variants: Sequence[Variant], place: int, number: int) -> _Unit:
        variant = variants[place]
        twin = self._twins.get((variant.twin_key, number))
        return _Unit(place, variant.world, self._of(variant).layout, number, twin)


def _simulate(seed: int, unit: _Unit) -> tuple[Floats, Twin | None]:
    """The digest of a replication, and its twin if that has been found anew."""
    from csm_sim.engine.simulate import simulate

    world, number = unit.world, unit.number
    outcome = simulate(world, seed=seed, replication=number)
    if not unit.layout.twin:
        return digest_of(world, unit.layout, outcome, None), None
    if unit.twin is None:
        found = simulate_twin(world, seed, number)
        return digest_of(world, unit.layout, outcome, found.as_outcome()), found
    twin = twin_for(world, unit.twin, seed, number)
    return digest_of(world, unit.layout, outcome, twin.as_outcome()), None
