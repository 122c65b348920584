"""One tree out of a file, the files it extends and the ``--set`` options, with the origin of each value.

Later beats earlier: defaults < the extended file < the file itself < ``--set``.
Groups are merged key by key, a list replaces a list, a distribution of another form replaces one,
and an empty value (null) removes a key, so that its default holds again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from csm_sim.errors import Problem, ScenarioError
from csm_sim.scenario.daytimes import WEEKDAYS
from csm_sim.scenario.distributions import DISTRIBUTION_KEYS
from csm_sim.scenario.nodes import (
    Group,
    KeyPath,
    Listing,
    Mark,
    Node,
    Scalar,
    dotted,
    problem_at,
    read_nodes,
    read_text,
)

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""A value without its place, as pydantic reads it."""

MAX_EXTENDS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key and its value stand."""

    key: Mark
    value: Mark


@dataclass(slots=True)
class Source:
    """The merged tree: its plain values, the place of each, and the keys left empty."""

    name: str
    """The scenario file as the user named it."""
    folder: Path
    """Folder of the scenario file; data files are looked for from the file that names them."""
    data_dir: Path | None = None
    data: dict[str, Plain] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    emptied: dict[KeyPath, Mark] = field(default_factory=dict)
    """Keys that were written without a value: absent, but worth pointing at."""
    folders: dict[str, Path] = field(default_factory=dict)
    """Folder of each file that took part, by the name that marks carry."""

    def mark(self, path: KeyPath, *, of_key: bool = False) -> Mark:
        """The place of a value, or of the nearest group around it that was written."""
        if path in self.emptied:
            return self.emptied[path]
        if path in self.places:
            place = self.places[path]
            return place.key if of_key else place.value
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]].key
        return Mark(self.name, 1, 1)

    @property
    def roots(self) -> tuple[Path, ...]:
        """Folders that the scenario may read: its own and ``--data-dir``."""
        return (self.folder, self.data_dir) if self.data_dir else (self.folder,)

    def folder_of(self, path: KeyPath) -> Path:
        """The folder from which a file named by the value at ``path`` is looked for."""
        return self.folders.get(self.mark(path).file, self.folder)


def resolve_path(written: str, folder: Path, roots: Sequence[Path]) -> Path | str:
    """The file that a scenario may read under the name ``written``, or why it may not.

    A scenario is often somebody else's: it reads files in its own folder and below, and in ``--data-dir``.

    Parameters
    ----------
    written
        The name as it stands in the file.
    folder
        Folder of the file that names it.
    roots
        Folders that may be read: the scenario's own and ``--data-dir``.
    """
    if not written.strip() or len(written) > 1000:
        return "is not a file name"
    try:
        safe = [root.resolve() for root in roots]
        candidates = [(start / written).resolve() for start in (folder, *roots[1:])]
        allowed = [path for path in candidates if any(path.is_relative_to(root) for root in safe)]
        if not allowed:
            return "is outside the folder of the scenario"
        return next((path for path in allowed if path.exists()), allowed[0])
    except (OSError, ValueError, RuntimeError):
        return "is not a file name"


def read_source(path: Path, sets: Sequence[str] = (), data_dir: Path | None = None) -> Source:
    """The merged tree of a scenario file.

    Raises
    ------
    ScenarioError
        When a file is no YAML, a chain of ``extends`` does not end, or a ``--set`` cannot be applied.
    """
    name = str(path)
    source = Source(name, path.parent, data_dir)
    root = _read_chain(path, name, source, [])
    problems: list[Problem] = []
    for assignment in sets:
        try:
            root = _apply_set(root, assignment)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    source.data = _flatten_group(root, (), source)
    return source


def _read_chain(path: Path, name: str, source: Source, chain: list[Path]) -> Group:
    """The tree of a file merged over the one it extends."""
    root = read_nodes(read_text(path, name), name)
    source.folders[name] = path.parent
    if isinstance(root, Scalar) and root.value is None:
        raise problem_at(Mark(name, 1, 1), "", "the file is empty", "start from an example:  csm-sim new DIR")
    if not isinstance(root, Group):
        raise problem_at(
            root.mark, "", "a scenario is a group of keys, not a list or a text", "begin with  name: My team"
        )
    if "extends" not in root.entries:
        return root
    key_mark, node = root.entries.pop("extends")
    if isinstance(node, Scalar) and node.value is None:
        return root
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise problem_at(
            node.mark, "extends", "this is not the name of one file", "write  extends: baseline.yaml"
        )
    base = resolve_path(node.value, path.parent, source.roots)
    if isinstance(base, str):
        raise problem_at(
            node.mark,
            "extends",
            f"{node.value} {base}",
            "put the file beside the scenario, or allow its folder with --data-dir DIR",
        )
    seen = [*chain, path.resolve()]
    if base in seen:
        raise problem_at(
            key_mark,
            "extends",
            f"{node.value} extends itself in the end",
            "delete one  extends:  of the circle",
        )
    if len(seen) > MAX_EXTENDS:
        raise problem_at(
            key_mark, "extends", f"more than {MAX_EXTENDS} files extend each other", "shorten the chain"
        )
    if not base.is_file():
        raise problem_at(
            node.mark, "extends", f"{node.value} does not exist", "write the name of a file beside this one"
        )
    beside = os.path.normpath(os.path.join(os.path.dirname(name), node.value))
    base_name = beside if Path(beside).resolve() == base else str(base)
    return _merge(_read_chain(base, base_name, source, seen), root)


_AMOUNTS = frozenset(
    {"effort", "customer_wait", "arr", "patience", "after", "profile", "time_to_hire", "giving", "receiving"}
)
"""Keys whose group is one distribution or profile: another form replaces it, the same form merges."""

_FORMS = ({"mean", "cv"}, {"p50", "p90"}, {"file", "column", "unit"}, set(WEEKDAYS))

_PARTS = frozenset((*DISTRIBUTION_KEYS, *WEEKDAYS))


def _merges(key: object, under: Node, over: Node) -> bool:
    """Whether a later group changes an earlier one key by key, or takes its place."""
    if not (isinstance(under, Group) and isinstance(over, Group)):
        return False
    if key not in _AMOUNTS or not _PARTS & {*under.entries, *over.entries}:
        return True  # a name of the author's may be one of these words
    return any(form >= {*under.entries, *over.entries} for form in _FORMS)


def _merge(under: Group, over: Group) -> Group:
    entries = dict(under.entries)
    for key, (key_mark, node) in over.entries.items():
        below = entries.get(key)
        if below is not None and _merges(key, below[1], node):
            assert isinstance(below[1], Group)
            assert isinstance(node, Group)
            entries[key] = (key_mark, _merge(below[1], node))
        else:
            entries[key] = (key_mark, node)
    return Group(entries, over.mark)


_STEP_RE = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]|(\.)")


def split_key(text: str) -> KeyPath | None:
    """The path that a dotted key says; None when it is no key."""
    path: list[str | int] = []
    position, after_dot = 0, True
    while position < len(text):
        match = _STEP_RE.match(text, position)
        if match is None:
            return None
        name, index, dot = match.groups()
        if dot:
            if after_dot:
                return None
            after_dot = True
        elif name is not None:
            if not after_dot:
                return None
            path.append(name.strip())
            after_dot = False
        else:
            if after_dot:
                return None
            path.append(int(index))
        position = match.end()
    return tuple(path) if path and not after_dot and all(part != "" for part in path) else None


def _apply_set(root: Group, assignment: str) -> Group:
    """The tree with one ``--set a.b.c=value`` applied."""
    mark = Mark(f"--set {' '.join(assignment.split())}")
    key, equals, text = assignment.partition("=")
    path = split_key(key.strip())
    example = "write  --set staff.csm.headcount=7"
    if not equals:
        raise problem_at(mark, key.strip(), "there is no value: an equals sign is missing", example)
    if path is None or isinstance(path[0], int):
        raise problem_at(mark, key.strip(), f"{key.strip() or 'nothing'} is not a key", example)
    if path[0] == "extends":
        raise problem_at(
            mark,
            "extends",
            "the file to extend cannot be set from the command line",
            "write it into the file",
        )
    if len(path) > 24:
        raise problem_at(mark, "", "the key has too many parts", example)
    changed = _replaced(root, path, read_nodes(text, mark.file, mark), mark, ())
    assert isinstance(changed, Group)  # a path of at least one key leaves the root a group
    return changed


def _replaced(node: Node, path: KeyPath, value: Node, mark: Mark, done: KeyPath) -> Node:
    if not path:
        # a group given on the command line changes the keys it names, as an extending file would
        if isinstance(node, Group) and isinstance(value, Group) and _merges(done[-1], node, value):
            return _merge(node, value)
        return value
    head, rest = path[0], path[1:]
    here = dotted(done)
    if isinstance(head, int):
        if not isinstance(node, Listing):
            raise problem_at(mark, dotted((*done, head)), f"{here} is not a list", f"write  --set {here}=...")
        if head >= len(node.items):
            have = f"has {len(node.items)} entries, numbered from 0" if node.items else "is empty"
            raise problem_at(
                mark, dotted((*done, head)), f"{here} {have}", "change the number, or set the whole list"
            )
        items = list(node.items)
        items[head] = _replaced(items[head], rest, value, mark, (*done, head))
        return Listing(items, node.mark)
    if isinstance(node, Listing):
        raise problem_at(
            mark, dotted((*done, head)), f"{here} is a list", f"write the position, e.g.  {here}[0].{head}"
        )
    if isinstance(node, Scalar) and node.value is not None and done:
        problem = f"{here} is a single value, so it has no key {head}"
        raise problem_at(mark, dotted((*done, head)), problem, f"set  {here}  itself")
    entries = dict(node.entries) if isinstance(node, Group) else {}
    key_mark, child = entries.get(head, (mark, Group({}, mark)))
    entries[head] = (mark if not rest else key_mark, _replaced(child, rest, value, mark, (*done, head)))
    return Group(entries, node.mark)


def _flatten_group(group: Group, path: KeyPath, source: Source) -> dict[str, Plain]:
    data: dict[str, Plain] = {}
    for key, (key_mark, node) in group.entries.items():
        here = (*path, key)
        if isinstance(node, Scalar) and node.value is None:
            source.emptied[here] = key_mark
            continue
        # a group below its key begins on a later line: the key is what a reader looks for
        below = (
            not isinstance(node, Scalar)
            and node.mark.line != key_mark.line
            and node.mark.file == key_mark.file
        )
        source.places[here] = Place(key_mark, key_mark if below else node.mark)
        data[key] = _flatten(node, here, source)
    return data


def _flatten(node: Node, path: KeyPath, source: Source) -> Plain:
    if isinstance(node, Group):
        return _flatten_group(node, path, source)
    if isinstance(node, Listing):
        items: list[Plain] = []
        for index, child in enumerate(node.items):
            here = (*path, index)
            source.places[here] = Place(child.mark, child.mark)
            items.append(_flatten(child, here, source))
        return items
    return node.value
