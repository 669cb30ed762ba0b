"""A YAML document as plain data: nothing is constructed, nothing grows without bound.

PyYAML's parser tells what stands there, piece by piece, and the tree is built of that here.
Its own composer goes as deep as a document does, and lets aliases grow a thousandfold.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tbconvert.read.objects import DEEPEST

MOST_EXPANDED = 100_000
"""Values that aliases may stand for in one document; a long text counts as several."""

_STANDARD = "tag:yaml.org,2002:"
_PYTHON = f"{_STANDARD}python/"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# How Python's own values are called, which PyYAML writes in tags, and what they are.
_PLAIN_PYTHON = {
    "str": "str",
    "unicode": "str",
    "int": "int",
    "long": "int",
    "float": "float",
    "bool": "bool",
    "none": "null",
    "tuple": "seq",
    "list": "seq",
    "dict": "map",
    "object/apply:collections.OrderedDict": "omap",
}
_COLLECTIONS = {"seq", "map", "set", "omap", "pairs"}
_SAID = 20


class YamlError(Exception):
    """What is wrong with a document, and in which line."""

    def __init__(self, problem: str, line: int | None, hint: str = "") -> None:
        super().__init__(problem, line, hint)
        self.problem = problem
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was read otherwise than it stands there."""

    line: int
    problem: str


@dataclass(slots=True)
class _Node:
    """A value; ``size`` counts it and all that is in it, ``height`` how deep that goes."""

    value: Any
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read; ``key`` is that of the value to come, if any.

    ``merges`` says that the value to come is a mapping, or a list of them, to be merged.
    """

    line: int
    tag: str
    anchor: str | None
    is_mapping: bool
    size: int = 1
    height: int = 0
    items: list[Any] = field(default_factory=list)
    pairs: dict[str, Any] = field(default_factory=dict)
    merged: list[Any] = field(default_factory=list)
    key: str | None = None
    merges: bool = False

    @property
    def wants_key(self) -> bool:
        """Tell whether what comes next is a key."""
        return self.is_mapping and self.key is None and not self.merges


def read_yaml(text: str) -> tuple[dict[str, Any], list[Remark]]:
    """Return the mapping that is the only document of a text, and remarks.

    Keys are texts as they stand there, dates are texts, tags that are not YAML's own are not
    heeded.

    Raises
    ------
    YamlError
        It is no YAML, or holds no mapping or several documents; it is nested too deeply, or
        without end.
    """
    import yaml  # slow to import, and few logs have any beside them

    if found := _UNREADABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise YamlError(f"got the control character {found[0]!r}", line)
    tree = _Tree(yaml)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            tree.take(event)
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        at = None if mark is None else mark.line + 1
        is_tab = at is not None and "\t" in "".join(text.split("\n")[at - 1 : at])
        hint = "YAML is indented by blanks, not by tabs" if is_tab else ""
        raise YamlError(f"not YAML: {err.problem or err.context}", at, hint) from err
    except yaml.YAMLError as err:
        raise YamlError(f"not YAML: {err}", None) from err
    return tree.mapping(), tree.remarks()


class _Tree:
    """The tree of a document as it grows, event by event; ``yaml`` is the module."""

    def __init__(self, yaml: Any) -> None:
        self._yaml = yaml
        self._constructor = yaml.constructor.SafeConstructor()
        self._resolver = yaml.resolver.Resolver()
        self._root: _Node | None = None
        self._root_line = 0
        self._documents = 0
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Node | None] = {}
        self._expanded = 0
        self._tags: dict[str, list[int]] = {}
        self._twice: list[tuple[str, int]] = []
        self._takers: dict[type, Callable[[Any, int], None]] = {
            yaml.DocumentStartEvent: self._begin,
            yaml.ScalarEvent: self._take_scalar,
            yaml.AliasEvent: self._take_alias,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceEndEvent: self._close,
            yaml.MappingEndEvent: self._close,
        }

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        if taker := self._takers.get(type(event)):
            taker(event, event.start_mark.line + 1)

    def mapping(self) -> dict[str, Any]:
        """Return what the document is."""
        if self._root is None:
            raise YamlError("got nothing but comments, wanted a mapping of names to values", None)
        value = self._root.value
        if not isinstance(value, dict):
            got = "a list" if isinstance(value, list) else f"only {value!s:.60}"
            raise YamlError(f"got {got}, wanted a mapping of names to values", self._root_line)
        return value

    def remarks(self) -> list[Remark]:
        """Return what was read otherwise than it stands there, by line; of each tag the first."""
        said = [
            Remark(line, f"key {key!r} stands there twice; the last was kept")
            for key, line in self._twice[:_SAID]
        ]
        if more := self._twice[_SAID:]:
            said.append(Remark(more[0][1], f"{len(more):,} more keys stand there twice"))
        for tag, lines in self._tags.items():
            again = f", and {len(lines) - 1:,} times more" if len(lines) > 1 else ""
            said.append(Remark(lines[0], f"got the tag {tag}{again}: read as plain data"))
        return sorted(said, key=lambda remark: remark.line)

    # ---------------------------------------------------------------------------- events

    def _begin(self, event: Any, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            raise YamlError("several documents in one file, wanted one", line)

    def _take_scalar(self, event: Any, line: int) -> None:
        text: str = event.value
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.wants_key:
            self._keep(event.anchor, _Node(text))
            if text == "<<" and event.tag is None and event.implicit[0]:
                frame.merges = True
            else:
                self._take_key(frame, text, line)
            return
        node = _Node(self._value(event, line), 1 + len(text) // 64)
        self._keep(event.anchor, node)
        self._put(node, line)

    def _take_alias(self, event: Any, line: int) -> None:
        if event.anchor not in self._anchors:
            raise YamlError(f"got the alias {event.anchor!r}, and no such anchor before", line)
        node = self._anchors[event.anchor]
        if node is None:
            raise YamlError(f"the anchor {event.anchor!r} has itself in it", line)
        self._expanded += node.size
        if self._expanded > MOST_EXPANDED:
            said = f"its aliases stand for more than {MOST_EXPANDED:,} values"
            raise YamlError(f"{said}, which none that was meant does", line)
        self._put_or_key(node, line)

    def _open(self, event: Any, line: int) -> None:
        if len(self._frames) >= DEEPEST:
            raise YamlError(f"nested more than {DEEPEST} deep", line)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        is_mapping = isinstance(event, self._yaml.MappingStartEvent)
        self._frames.append(_Frame(line, event.tag or "", event.anchor, is_mapping))

    def _close(self, event: Any, line: int) -> None:
        frame = self._frames.pop()
        kind = self._kind(frame.tag, frame.line)
        value: Any = self._merged(frame) if frame.is_mapping else frame.items
        if kind == "set" and frame.is_mapping:
            value = list(value)
        elif kind in ("omap", "pairs") and not frame.is_mapping:
            value = _ordered(value)
        elif not kind and frame.tag.endswith("Path") and all(isinstance(i, str) for i in value):
            value = str(PurePosixPath(*value))  # pathlib's, which are written part by part
        node = _Node(value, frame.size, frame.height)
        self._keep(frame.anchor, node)
        self._put_or_key(node, frame.line)

    # ---------------------------------------------------------------------------- values

    def _value(self, event: Any, line: int) -> Any:
        """Return the value of a scalar, the text of it where it is of no kind that is known."""
        text: str = event.value
        tag: str = event.tag or ""
        if tag in ("", "!"):
            tag = self._resolver.resolve(self._yaml.ScalarNode, text, event.implicit)
        kind = self._kind(tag, line)
        if not kind and tag.startswith(_PYTHON) and not text:
            return tag.removeprefix(_PYTHON).partition(":")[2]  # a name, which is in its tag
        if kind == "str" and event.implicit[0] and _NUMBER.fullmatch(text):
            return float(text)  # of 1e-3 YAML 1.1, and so PyYAML, wants a dot and a sign
        make = getattr(self._constructor, f"construct_yaml_{kind}", None)
        if make is None or kind in _COLLECTIONS:
            return text
        try:
            value = make(self._yaml.ScalarNode(tag, text))
        except (ValueError, LookupError, AttributeError, self._yaml.YAMLError):
            return text  # such as the thirtieth of February
        if isinstance(value, bytes):
            return f"binary data, {len(value):,} bytes"
        return value.isoformat() if isinstance(value, datetime.date) else value

    def _kind(self, tag: str, line: int) -> str:
        """Return which of YAML's own kinds a tag is of; "" for none, and then it is told."""
        name = tag.removeprefix(_PYTHON)
        if name != tag and name in _PLAIN_PYTHON:
            return _PLAIN_PYTHON[name]
        kind = tag.removeprefix(_STANDARD)
        if tag in ("", "!") or (kind != tag and name == tag):
            return kind
        self._tags.setdefault(f"!!{kind}" if kind != tag else tag, []).append(line)
        return ""

    def _merged(self, frame: _Frame) -> dict[str, Any]:
        """Return the pairs of a mapping, and those of others that it merges where it has none."""
        pairs = frame.pairs
        for value in frame.merged:
            for other in value if isinstance(value, list) else [value]:
                if not isinstance(other, dict):
                    raise YamlError("'<<' wants a mapping, or a list of them", frame.line)
                pairs = {**other, **pairs}
        return pairs

    # ---------------------------------------------------------------------------- places

    def _keep(self, anchor: str | None, node: _Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _put_or_key(self, node: _Node, line: int) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is None or not frame.wants_key:
            self._put(node, line)
        elif isinstance(node.value, list | dict):
            got = "a list" if isinstance(node.value, list) else "a mapping"
            raise YamlError(f"got {got} for a key, wanted a text", line)
        else:
            self._take_key(frame, str(node.value), line)

    def _take_key(self, frame: _Frame, key: str, line: int) -> None:
        if key in frame.pairs:
            self._twice.append((key, line))
        frame.key = key

    def _put(self, node: _Node, line: int) -> None:
        """Put a value where it belongs."""
        if not self._frames:
            self._root, self._root_line = node, line
            return
        frame = self._frames[-1]
        frame.size += node.size
        frame.height = max(frame.height, node.height + 1)
        if len(self._frames) + node.height > DEEPEST:
            raise YamlError(f"nested more than {DEEPEST} deep", line)
        if not frame.is_mapping:
            frame.items.append(node.value)
        elif frame.merges:
            frame.merged.append(node.value)
        else:
            assert frame.key is not None
            frame.pairs[frame.key] = node.value
        frame.key, frame.merges = None, False


def _ordered(items: list[Any]) -> Any:
    """Return the mapping that pairs are, however they are written; a list that is none as it is.

    Those of Python's OrderedDict are the list that is its only argument.
    """
    (inner,) = items if len(items) == 1 and isinstance(items[0], list) else (items,)
    pairs: dict[str, Any] = {}
    for item in inner:
        if isinstance(item, dict) and len(item) == 1:
            pairs |= item
        elif isinstance(item, list) and len(item) == 2 and not isinstance(item[0], list | dict):
            pairs[str(item[0])] = item[1]
        else:
            return items
    return pairs
