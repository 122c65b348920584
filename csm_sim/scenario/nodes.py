"""YAML text as a tree of nodes that know their line and column, and nothing else.

Only the event parser of ruamel.yaml is used: no tag is ever constructed, so a file can make no object but
texts, numbers, truth values, lists and groups of keys.
Limits on bytes, nesting, nodes and aliases hold before any of them costs memory or time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csm_sim.errors import Problem, ScenarioError

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
MAX_NODES = 30_000
MAX_ALIASES = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something is written: a file as the user named it (or a ``--set``), line and column from 1.

    A line or column of 0 is unknown.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"

    @property
    def short(self) -> str:
        """Without the column, as ``csm-sim show`` prints it."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(slots=True)
class Scalar:
    """A text, number, truth value or nothing (``None``)."""

    value: str | int | float | bool | None
    mark: Mark


@dataclass(slots=True)
class Listing:
    """A YAML sequence."""

    items: list[Node]
    mark: Mark


@dataclass(slots=True)
class Group:
    """A YAML mapping: for each key where the key stands, and its node."""

    entries: dict[str, tuple[Mark, Node]]
    mark: Mark


Node = Scalar | Listing | Group


KeyPath = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top."""


def dotted(path: Sequence[str | int]) -> str:
    """A path as an author writes it: ``playbooks.qbr.steps[0].effort``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def problem_at(mark: Mark, key: str, problem: str, fix: str) -> ScenarioError:
    """A scenario error with one problem."""
    return ScenarioError([Problem(str(mark), key, problem, fix)])


# ---------------------------------------------------------------- bytes to text


def read_text(path: Path, name: str, limit: int = MAX_BYTES) -> str:
    """The text of a YAML file, in UTF-8 or in the CP932 that Japanese Windows editors write."""
    try:
        if not path.is_file():
            what = (
                "is a folder"
                if path.is_dir()
                else "does not exist"
                if not path.exists()
                else "is not an ordinary file"
            )
            raise problem_at(
                Mark(name), "", f"{name} {what}", "name a scenario file, e.g.  csm-sim check scenario.yaml"
            )
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be used"
        )
        raise problem_at(
            Mark(name), "", f"{name} cannot be read: {reason}", "check the name and the permissions"
        ) from None
    if len(data) > limit:
        raise problem_at(
            Mark(name),
            "",
            f"{name} is larger than {limit // 1024:,} KB, which no scenario needs",
            "put lists of accounts or tickets into CSV files and name them with  file:",
        )
    return decode(data, name)


def decode(data: bytes, name: str) -> str:
    """The text in ``data``: UTF-8 or UTF-16 with or without a byte-order mark, or CP932."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp932"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            start = error.start
    line = data[:start].count(b"\n") + 1
    raise problem_at(
        Mark(name, line, 1),
        "",
        f"the bytes of {name} are no text in UTF-8, UTF-16 or CP932",
        "save the file as UTF-8",
    )


_CONTROL_RE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_RE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def _refuse_control_characters(text: str, name: str) -> None:
    found = _CONTROL_RE.search(text)
    if found:
        breaks = list(_LINE_RE.finditer(text, 0, found.start()))
        column = found.start() - (breaks[-1].end() if breaks else 0) + 1
        raise problem_at(
            Mark(name, len(breaks) + 1, column),
            "",
            f"the file has a control character (code {ord(found.group()):#04x}) here",
            "delete the character; a scenario is plain text",
        )


# ---------------------------------------------------------------- text to nodes

_INT_RE = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT_RE = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}


def plain_value(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar means in YAML 1.2: ``on`` and ``no`` are texts, and so is ``2027-04-01``."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INT_RE.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)
    if len(text) < 40 and _FLOAT_RE.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text.lower(), text)


@dataclass(slots=True)
class _Reader:
    """Builds the tree from the parser's events, counting what it makes."""

    name: str
    fixed_mark: Mark | None
    events: Iterator[Any]
    anchors: dict[str, Node | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    nodes: int = 0
    aliases: int = 0

    def note(self, mark: Mark, problem: str, fix: str) -> None:
        """Keep a problem that does not stop the reading, so that all are reported at once."""
        self.problems.append(Problem(str(mark), dotted(self.path), problem, fix))

    def mark(self, event: Any) -> Mark:
        return self.fixed_mark or Mark(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def count(self, mark: Mark, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise problem_at(
                mark,
                "",
                f"the file has more than {MAX_NODES:,} values, counting repeated ones",
                "move long lists into CSV files",
            )

    def node(self, event: Any, depth: int) -> Node:
        kind = type(event).__name__
        mark = self.mark(event)
        if depth > MAX_DEPTH:
            raise problem_at(
                mark,
                "",
                f"the file is nested more than {MAX_DEPTH} levels deep",
                "no scenario needs that: close the brackets",
            )
        if kind == "AliasEvent":
            return self.alias(event, mark, depth)
        self.count(mark)
        tag = str(event.ctag or "") if getattr(event, "ctag", None) else ""
        if tag and tag not in ("!", "tag:yaml.org,2002:str"):
            shown_tag = tag.replace("tag:yaml.org,2002:", "!!")
            self.note(
                mark,
                f"the tag {shown_tag[:60]} is not allowed",
                "delete the tag; a scenario holds only texts and numbers",
            )
        anchor = event.anchor
        if anchor is not None:
            self.anchors[anchor] = None
        built: Node
        if kind == "ScalarEvent":
            is_text = event.style in ('"', "'", "|", ">") or bool(tag)
            built = Scalar(str(event.value) if is_text else plain_value(str(event.value)), mark)
        elif kind == "SequenceStartEvent":
            items: list[Node] = []
            while type(event := next(self.events)).__name__ != "SequenceEndEvent":
                self.path.append(len(items))
                items.append(self.node(event, depth + 1))
                self.path.pop()
            built = Listing(items, mark)
        else:
            built = self.group(mark, depth)
        if anchor is not None:
            self.anchors[anchor] = built
        return built

    def group(self, mark: Mark, depth: int) -> Group:
        entries: dict[str, tuple[Mark, Node]] = {}
        split: set[str] = set()
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key_mark = self.mark(event)
            if type(event).__name__ != "ScalarEvent":
                raise problem_at(
                    key_mark, "", "a key must be a word, not a list or a group", "write  key: value"
                )
            key = str(event.value)
            self.path.append(key)
            node = self.node(next(self.events), depth + 1)
            if key == "<<":
                self.note(
                    key_mark,
                    "merge keys are not read",
                    "write the keys out, or put them into a file and use  extends:",
                )
            elif _THOUSANDS_RE.fullmatch(key) and _is_nothing(node) and _ends_in_digit(entries):
                name, (before_mark, before) = next(reversed(entries.items()))
                if name not in split:
                    split.add(name)
                    self.note(
                        before_mark,
                        f"{name} is {getattr(before, 'value', '')} here: within {{ }} a comma ends the value",
                        f"write {name} without a comma, or in quotes",
                    )
            elif key in entries:
                lines = f"first on line {entries[key][0].line}, again on line {key_mark.line}"
                self.note(key_mark, f"{key} is written twice: {lines}", "keep one of them")
            else:
                entries[key] = (key_mark, node)
            self.path.pop()
        return Group(entries, mark)

    def alias(self, event: Any, mark: Mark, depth: int) -> Node:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise problem_at(
                mark, "", f"more than {MAX_ALIASES} aliases (*name)", "write the values out, or use  extends:"
            )
        known = self.anchors.get(event.anchor)
        if known is None:
            reason = (
                "stands inside itself" if event.anchor in self.anchors else "has no anchor (&name) before it"
            )
            raise problem_at(mark, "", f"the alias *{event.anchor} {reason}", "write the value out")
        # the copy is counted before it is made: nine levels of nine aliases would be 387 million nodes
        self.count(mark, _size(known))
        if depth + _depth(known) > MAX_DEPTH:
            raise problem_at(
                mark, "", f"the file is nested more than {MAX_DEPTH} levels deep", "write the values out"
            )
        return known


_THOUSANDS_RE = re.compile(r"[0-9]{3}\b.*")


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _ends_in_digit(entries: dict[str, tuple[Mark, Node]]) -> bool:
    """Whether the entry before may be the beginning of a number: ``{arr: 1,500}`` is read as two entries."""
    last = next(reversed(entries.values()))[1] if entries else None
    return isinstance(last, Scalar) and not isinstance(last.value, bool) and str(last.value)[-1:].isdigit()


def _children(node: Node) -> list[Node]:
    if isinstance(node, Group):
        return [child for _, child in node.entries.values()]
    return node.items if isinstance(node, Listing) else []


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for child in _children(node))


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in _children(node)), default=0)


def read_nodes(text: str, name: str, fixed_mark: Mark | None = None) -> Node:
    """The tree of one YAML document.

    Parameters
    ----------
    text
        The document.
    name
        The file as messages should call it.
    fixed_mark
        A mark for every node, for text that does not come from a file.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    _refuse_control_characters(text, name)
    yaml = YAML(typ="safe", pure=True)
    here = fixed_mark or Mark(name, 1, 1)
    try:
        events = iter(yaml.parse(text))
        reader = _Reader(name, fixed_mark, events)
        root: Node | None = None
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if event.version is not None or event.tags:
                    raise problem_at(
                        here, "", "a line beginning with % sets YAML directives", "delete that line"
                    )
                if root is not None:
                    raise problem_at(
                        reader.mark(event),
                        "",
                        "a second document begins here (---)",
                        "keep one scenario in a file",
                    )
            elif not kind.startswith(("Stream", "Document", "Comment")):
                root = reader.node(event, 1)
    except ScenarioError:
        raise
    except MarkedYAMLError as error:
        raise _explain(error, name, text, fixed_mark) from None
    except (StopIteration, Exception):  # a parser's bug on odd text must not reach the author as a traceback
        raise problem_at(here, "", "the text is not YAML", "compare it with  csm-sim new DIR") from None
    if reader.problems:
        raise ScenarioError(reader.problems)
    return root if root is not None else Scalar(None, here)


def _explain(error: Any, name: str, text: str, fixed_mark: Mark | None) -> ScenarioError:
    """A YAML mistake in the author's words."""
    raw = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    where = fixed_mark or (Mark(name, mark.line + 1, mark.column + 1) if mark else Mark(name))
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    opened = error.context_mark.line + 1 if error.context_mark else where.line
    if "\\t" in raw or "\t" in line[: len(line) - len(line.lstrip())]:
        return problem_at(
            where, "", "the line is indented with a tab", "indent with spaces: two for each level"
        )
    if "quoted scalar" in raw:
        if "escape" in raw:
            return problem_at(
                where,
                "",
                "a backslash in double quotes begins an escape",
                "write it in single quotes, e.g.  'a\\b'",
            )
        return problem_at(
            where,
            "",
            f"the quotation mark opened on line {opened} is not closed",
            "close it on the same line",
        )
    if "flow" in raw:
        return problem_at(
            where,
            "",
            f"the bracket opened on line {opened} is not closed, or a comma is missing",
            "write  {a: 1, b: 2}  or  [a, b]",
        )
    if "mapping values are not allowed" in raw or "could not find expected ':'" in raw:
        return problem_at(
            where,
            "",
            "a key cannot stand here: the indentation is wrong, or a text with a colon needs quotes",
            'align the key with its neighbours, or quote the text:  name: "a: b"',
        )
    if (
        "block mapping" in raw
        or "block collection" in raw
        or "block sequence" in raw
        or "document start" in raw
    ):
        return problem_at(
            where,
            "",
            f"the line does not fit the group that begins on line {opened}: "
            "wrong indentation, or a colon is missing",
            "write  key: value  and align it with its neighbours",
        )
    if "cannot start any token" in raw:
        first = line[mark.column : mark.column + 1] if mark else ""
        return problem_at(
            where, "", f"a text cannot begin with {first or 'this character'}", "put the text in quotes"
        )
    if "alias" in raw or "anchor" in raw:
        return problem_at(
            where,
            "",
            "& or * begins an anchor or alias, and this one has no proper name",
            "put the text in quotes",
        )
    if "tag" in raw:
        return problem_at(
            where, "", "! begins a tag, which a scenario does not use", "put the text in quotes"
        )
    if "directive" in raw or "YAML document" in raw:
        return problem_at(where, "", "a line beginning with % sets YAML directives", "delete that line")
    return problem_at(
        where,
        "",
        "the text is not YAML from here on",
        "put texts with special characters in quotes and align the keys",
    )
