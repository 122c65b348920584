"""One scenario in many versions, each read and built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from csm_sim.analysis.fingerprint import world_sha256
from csm_sim.analysis.measures import Headline
from csm_sim.analysis.twins import twin_key
from csm_sim.scenario import Loaded, Scenario, load
from csm_sim.world.build import World, build_world


@dataclass(frozen=True, eq=False)
class Variant:
    """A version of a scenario: the file with some settings, and the world that they make."""

    label: str
    """For people to read."""
    sets: tuple[str, ...]
    """Settings beyond those of the base, as after ``--set``."""
    loaded: Loaded
    world: World
    place: str
    """Folders of its data files."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.loaded.scenario

    @cached_property
    def world_sha256(self) -> str:
        """Equal for variants that are the same in other words."""
        return world_sha256(self.world)

    @cached_property
    def twin_key(self) -> str:
        """Equal for variants that differ only in how many people there are."""
        return twin_key(self.loaded, self.place)

    def headline(self, *, twin: bool) -> Headline:
        """How to find its headline figures."""
        return Headline(self.scenario, self.world, twin=twin)


class Variants:
    """A scenario file and its versions.

    Parameters
    ----------
    file
        Scenario file.
    sets
        Settings that hold for all versions, as after ``--set``.
    data_dir
        A further folder from which the scenario may read files.

    Raises
    ------
    ScenarioError
        With every problem of the base.
    """

    def __init__(self, file: Path, sets: tuple[str, ...] = (), data_dir: Path | None = None) -> None:
        self._file, self._sets, self._data_dir = Path(file), tuple(sets), data_dir
        self._place = f"{self._file.resolve().parent} {data_dir}"
        self._found: dict[tuple[str, ...], Variant] = {}
        self.base = self.variant(label="base")

    def variant(self, *sets: str, label: str | None = None) -> Variant:
        """The version with these settings on top of those of the base; the last setting of a key wins.

        Raises
        ------
        ScenarioError
            With every problem that the settings make.
        """
        if sets not in self._found:
            loaded = load(self._file, (*self._sets, *sets), self._data_dir)
            name = label if label is not None else ", ".join(sets) or "base"
            self._found[sets] = Variant(name, sets, loaded, build_world(loaded), self._place)
        return self._found[sets]
