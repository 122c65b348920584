"""What one scenario says otherwise than another: the list of changes, old → new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from csm_sim.scenario.acts import KINDS
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.nodes import KeyPath, dotted
from csm_sim.scenario.writing import flow

if TYPE_CHECKING:
    from csm_sim.scenario.load import Loaded

MOST_MARKS: Final = 120
"""Marks of a value that are shown."""

NO_CHANGE: Final = frozenset({"name", "run", "sizing"})
"""Groups that change no simulated future."""

_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """A value of the scenario that a plan has otherwise."""

    key: str
    """Dotted, as in ``staff.csm.headcount``; ``timeline`` for an act that one of them has."""
    old: str | None
    """As it is written; None: not there."""
    new: str | None


def changes_between(old: Loaded, new: Loaded) -> tuple[Change, ...]:
    """What a scenario says otherwise than another, in the order of the old one.

    Values that mean the same in other words (``1.5M`` and ``1500000``) are no change, nor is a default that
    is written out. Acts, policies, people and steps are matched with those that they resemble.

    Parameters
    ----------
    old, new
        Two scenarios, as :func:`csm_sim.scenario.load` gives them.
    """
    before, _ = with_defaults(old.data)
    after, _ = with_defaults(new.data)
    compared = _Comparison(old, new)
    found = [*compared.groups(_of_the_world(before), _of_the_world(after), ()), *_files_that_differ(old, new)]
    return tuple(dict.fromkeys(found))


def _of_the_world(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in NO_CHANGE}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Walks two merged scenarios side by side."""

    old: Loaded
    new: Loaded

    def groups(self, old: Mapping[str, Any], new: Mapping[str, Any], path: KeyPath) -> Iterator[Change]:
        for name in dict.fromkeys([*old, *new]):
            yield from self.values(old.get(name, _MISSING), new.get(name, _MISSING), (*path, name))

    def values(self, old: Any, new: Any, path: KeyPath) -> Iterator[Change]:
        if old is new or (old == new and type(old) is type(new)):
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.groups(old, new, path)
        elif _is_list_of_groups(old) or _is_list_of_groups(new):
            yield from self.lists(_listed(old), _listed(new), path)
        elif not self.same_meaning(path):
            yield Change(dotted(path), self.text(self.old, old, path), self.text(self.new, new, path))

    def lists(self, old: Sequence[Any], new: Sequence[Any], path: KeyPath) -> Iterator[Change]:
        """Entries that both have are no change; the others are paired by what they are about."""
        left, right = list(range(len(old))), list(range(len(new)))
        for place in list(left):
            twin = next((other for other in right if new[other] == old[place]), None)
            if twin is not None:
                left.remove(place)
                right.remove(twin)
        if not left and not right and not _same_order(old, new, path):
            yield Change(f"{dotted(path)} (order)", _cut(_words(list(old))), _cut(_words(list(new))))
        for place in left:
            twin = next((other for other in right if _about(new[other]) == _about(old[place])), None)
            if twin is None:
                yield Change(dotted(path), self.entry(self.old, old[place], (*path, place)), None)
                continue
            right.remove(twin)
            groups = isinstance(old[place], Mapping) and isinstance(new[twin], Mapping)
            if groups and place == twin and path != ("timeline",):
                yield from self.groups(old[place], new[twin], (*path, place))
            elif not self.same_entry(path, place, twin):
                before = self.entry(self.old, old[place], (*path, place))
                yield Change(dotted(path), before, self.entry(self.new, new[twin], (*path, twin)))
        for place in right:
            yield Change(dotted(path), None, self.entry(self.new, new[place], (*path, place)))

    def same_meaning(self, path: KeyPath) -> bool:
        """Whether the key means the same in both scenarios, however it is written."""
        old, new = _meaning(self.old.scenario, path), _meaning(self.new.scenario, path)
        return old is not _MISSING and new is not _MISSING and type(old) is type(new) and bool(old == new)

    def same_entry(self, path: KeyPath, old: int, new: int) -> bool:
        """Whether two entries of a list mean the same."""
        one, other = _meaning(self.old.scenario, (*path, old)), _meaning(self.new.scenario, (*path, new))
        return one is not _MISSING and type(one) is type(other) and bool(one == other)

    def text(self, loaded: Loaded, value: Any, path: KeyPath) -> str | None:
        """A value as it is written; a group without the defaults that were filled in."""
        if value is _MISSING or value is None:
            return None
        return _cut(_words(_as_written(loaded, value, path)))

    def entry(self, loaded: Loaded, value: Any, path: KeyPath) -> str:
        """An entry of a list: of a group what stands in its brackets."""
        text = _words(_as_written(loaded, value, path))
        return _cut(text[1:-1] if isinstance(value, Mapping) else text)


def _is_list_of_groups(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [] if value in (_MISSING, None) else [value]


def _same_order(old: Sequence[Any], new: Sequence[Any], path: KeyPath) -> bool:
    """Whether entries come in the same order; acts are sorted by their date anyway."""
    if path != ("timeline",):
        return list(old) == list(new)
    return sorted(old, key=_date) == sorted(new, key=_date)


def _date(act: Any) -> str:
    return str(act.get("on", "")) if isinstance(act, Mapping) else ""


def _about(entry: Any) -> tuple[str, ...]:
    """What an entry of a list is about: two that are about the same are versions of each other."""
    if not isinstance(entry, Mapping):
        return ()
    for kind in KINDS:
        inner = entry.get(kind)
        if inner is not None:
            said = inner if isinstance(inner, Mapping) else {}
            return (kind, *(str(said[name]) for name in ("role", "from", "person", "people") if name in said))
    for kind_of_entry in (("name",), ("do",), ("use", "module", "role"), ("from", "to", "on")):
        named = [str(entry[name]) for name in kind_of_entry if name in entry]
        if named:
            return tuple(named)
    return ()


def _as_written(loaded: Loaded, value: Any, path: KeyPath) -> Any:
    """A group without the defaults that were filled in."""
    written = _at(loaded.data, path)
    return written if isinstance(value, Mapping) and isinstance(written, Mapping) else value


def _words(value: Any) -> str:
    """A value on one line; the key ``on`` needs no quotes for those who only read it."""
    return flow(value).replace('"on": ', "on: ")


def _cut(text: str) -> str:
    """A text of at most :data:`MOST_MARKS` marks."""
    return text if len(text) <= MOST_MARKS else f"{text[: MOST_MARKS - 1]}…"


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return data


def _meaning(value: Any, path: KeyPath) -> Any:
    """What the scenario's model holds at a path; ``_MISSING`` where the path does not lead through it."""
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part, _MISSING)
        elif isinstance(value, tuple) and isinstance(part, int):
            value = value[part] if part < len(value) else _MISSING
        else:
            fields = getattr(type(value), "model_fields", {})
            field = next((name for name, info in fields.items() if part in (name, info.alias)), None)
            value = _MISSING if field is None else getattr(value, field)
        if value is _MISSING:
            return _MISSING
    return value


def _files_that_differ(old: Loaded, new: Loaded) -> Iterator[Change]:
    """Data files of the same name that hold other data: the text of the scenario does not tell."""
    for name in sorted(old.accounts.keys() & new.accounts.keys()):
        key = f"segments.{name}.accounts"
        if _same_name(old, new, ("segments", name, "accounts")) and not _alike(
            old.accounts[name], new.accounts[name]
        ):
            yield Change(
                key,
                f"{len(old.accounts[name].ids)} accounts",
                f"{len(new.accounts[name].ids)} accounts, other data",
            )
    for file, column in sorted(old.samples.keys() & new.samples.keys()):
        if not _alike(old.samples[file, column], new.samples[file, column]):
            yield Change(f"{file}: {column}", "data", "other data")
    pairs = (
        (("tickets", "trace"), old.trace, new.trace),
        (("tickets", "profile"), old.profile, new.profile),
    )
    for path, one, other in pairs:
        if one is not None and other is not None and _same_name(old, new, path) and not _alike(one, other):
            yield Change(dotted(path), "data", "other data")
    for place in sorted(old.modules.keys() & new.modules.keys()):
        if _same_name(old, new, ("policies", place, "module")) and _code(old, place) != _code(new, place):
            yield Change(dotted(("policies", place, "module")), "code", "other code")


def _same_name(old: Loaded, new: Loaded, path: KeyPath) -> bool:
    return bool(_at(old.data, path) == _at(new.data, path))


def _code(loaded: Loaded, place: int) -> bytes:
    try:
        return loaded.modules[place].read_bytes()
    except OSError:
        return b""


def _alike(one: Any, other: Any) -> bool:
    """Whether two pieces of data are equal, arrays within them too."""
    import numpy as np

    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        left, right = np.asarray(one), np.asarray(other)
        return left.shape == right.shape and left.dtype == right.dtype and left.tobytes() == right.tobytes()
    slots = getattr(type(one), "__dataclass_fields__", None)
    if slots is not None and type(one) is type(other):
        # on which line of its file a row stands changes nothing
        return all(_alike(getattr(one, name), getattr(other, name)) for name in slots if name != "lines")
    return bool(one == other)
