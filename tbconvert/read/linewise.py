"""One regular expression on the parts of lines: what its groups took, part by part."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from tbconvert.options import compiled_pattern
from tbconvert.read.console import BETWEEN
from tbconvert.read.objects import DEEPEST, ObjectReader, count_cells, meets, shown

_JSON, _KEYS, _VALUE = "json", ("key", "name"), "value"


class Members(NamedTuple):
    """The members of an object, and the cells of the groups beside it."""

    values: dict[str, Any]
    texts: dict[str, str]


Row = str | dict[str, str] | Members
"""The cells of a part that matches, as the texts that the groups took.

A text where the columns are known: cells in order, with ``BETWEEN`` between them. Otherwise
cells by column.
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong in one of the parts that were looked at."""

    place: int
    problem: str
    cells: int = 0
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """One ``--pattern``: ``columns`` are those that all of its rows have.

    A group ``json`` holds an object, whose members are columns. Where there are groups ``key``
    (or ``name``) and ``value``, a part may match again and again; each key is a column.
    """

    regex: re.Pattern[str]
    columns: tuple[str, ...]
    kind: str

    @classmethod
    def of(cls, text: str) -> Pattern:
        """Return the pattern of a regular expression that was checked."""
        regex = compiled_pattern(text)
        groups = regex.groupindex
        if _JSON in groups:
            return cls(regex, (), "json")
        if _VALUE in groups and any(key in groups for key in _KEYS):
            return cls(regex, (), "pairs")
        return cls(regex, tuple(map(column_of, groups)), "plain")

    def rows(
        self, parts: Sequence[str], columns: tuple[str, ...], troubles: list[Trouble]
    ) -> list[Row | None]:
        """Return the row of each part, None where it does not match.

        ``columns`` are those of rows that are texts.
        """
        if self.kind == "json":
            return self._of_objects(parts, troubles)
        if self.kind == "pairs":
            return self._of_pairs(parts, troubles)
        groups = {column_of(name): at - 1 for name, at in self.regex.groupindex.items()}
        order = [groups.get(name, self.regex.groups) for name in columns]
        search, join = self.regex.search, BETWEEN.join
        if order == list(range(self.regex.groups)):
            return [join(m.groups("")) if m else None for m in map(search, parts)]
        if len(order) == 1:
            (name,) = self.regex.groupindex
            return [m[name] or "" if m else None for m in map(search, parts)]
        pick: Callable[[Any], tuple[str, ...]] = itemgetter(*order)
        nothing = ("",)
        return [join(pick(m.groups("") + nothing)) if m else None for m in map(search, parts)]

    def _of_pairs(self, parts: Sequence[str], troubles: list[Trouble]) -> list[Row | None]:
        groups = self.regex.groupindex
        key = next(groups[name] for name in _KEYS if name in groups) - 1
        value = groups[_VALUE] - 1
        others = [(at - 1, column_of(name)) for name, at in groups.items()]
        others = [(at, name) for at, name in others if at not in (key, value)]
        is_plain = self.regex.groups == 2 and key < value
        names = set[str]()
        rows: list[Row | None] = []
        for place, found in enumerate(map(self.regex.findall, parts)):
            if not found:
                rows.append(None)
                continue
            if is_plain:
                cells = dict(found)
                if len(cells) == len(found) and cells.keys() <= names:
                    rows.append(cells)
                    continue
            cells = {}
            for match in found:
                _put(cells, match[key].strip(), match[value], place, troubles)
                for at, name in others:
                    _put(cells, name, match[at], place, troubles)
            names.update(cells)
            rows.append(cells)
        return rows

    def _of_objects(self, parts: Sequence[str], troubles: list[Trouble]) -> list[Row | None]:
        rows: list[Row | None] = []
        reader = ObjectReader()
        for place, match in enumerate(map(self.regex.search, parts)):
            if match is None:
                rows.append(None)
                continue
            groups = match.groupdict("")
            text = groups.pop(_JSON)
            values = _plain_object(reader, text)
            if values is None:
                values = _object(reader, text, place, troubles)
            texts = {column_of(name): cell for name, cell in groups.items() if cell}
            rows.append(Members(values, texts))
        troubles += [Trouble(0, meets(*met), column=met[0]) for met in reader.met.items()]
        return rows


def column_of(group: str) -> str:
    """Return the column of a group: no name of a group has a "/" in it."""
    return group.replace("__", "/")


def _put(cells: dict[str, str], name: str, cell: str, place: int, troubles: list[Trouble]) -> None:
    if not (name and cell):
        return
    if cells.get(name, cell) != cell:
        said = f"got {shown(cell)} after {shown(cells[name])} in one line; the last was kept"
        troubles.append(Trouble(place, said, 1, name))
    cells[name] = cell


def _plain_object(reader: ObjectReader, text: str) -> dict[str, Any] | None:
    """Return the cells of an object, if nothing in it is odd: no key stands there twice."""
    objects = text.count("{")
    if not text.startswith("{") or objects + text.count("[") > DEEPEST:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    cells: dict[str, Any] = value if objects == 1 else reader.flat(value)
    return cells if len(cells) + objects - 1 == text.count('":') else None


def _object(reader: ObjectReader, text: str, place: int, troubles: list[Trouble]) -> dict[str, Any]:
    """Return the cells of the object in a text; it is left out where there is none."""
    found: list[dict[str, Any]] = []
    try:
        found = list(reader.objects(text))
    except (ValueError, RecursionError) as err:
        problem = f"{err}; it was left out"
        troubles.append(Trouble(place, problem, count_cells(text), _JSON))
    if reader.lost:
        said = f"key {reader.twice!r} stands there twice; the last was kept"
        troubles.append(Trouble(place, said, reader.lost, _JSON))
        reader.lost = 0
    if len(found) > 1:
        said = f"got {len(found)} objects, wanted one; the first was kept"
        troubles.append(Trouble(place, said, sum(map(len, found[1:])), _JSON))
    return found[0] if found else {}


def known_columns(patterns: Iterable[Pattern]) -> tuple[str, ...]:
    """Return the columns of rows that are texts."""
    return tuple(dict.fromkeys(name for pattern in patterns for name in pattern.columns))


def match_parts(
    patterns: Sequence[Pattern], parts: Sequence[str]
) -> tuple[list[Row | None], list[Trouble]]:
    """Return the row that the first pattern which matches makes of each part."""
    troubles: list[Trouble] = []
    columns = known_columns(patterns)
    rows = patterns[0].rows(parts, columns, troubles)
    for pattern in patterns[1:]:
        places = [place for place, row in enumerate(rows) if row is None]
        of_these: list[Trouble] = []
        found = pattern.rows([parts[place] for place in places], columns, of_these)
        for place, row in zip(places, found, strict=True):
            rows[place] = row
        troubles += [Trouble(places[t.place], t.problem, t.cells, t.column) for t in of_these]
    return rows, sorted(troubles, key=lambda trouble: trouble.place)
