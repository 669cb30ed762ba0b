"""The slow path for JSON lines: every object that Python can read, and what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.read.blocks import Block
from tbconvert.read.problems import Problems

DEEPEST = 100
"""What is nested deeper is refused, before a parser that recurs can fall over it."""

Cells = dict[str, Any]

# What stands between objects: in one line, in an array, or in lines that were once an array.
_BETWEEN = re.compile(r"[\s,\[\]\0]*")
_KEY = re.compile(r"[\"']\s*:(?!\s*\{)")
_TEXT_OR_LITERAL = re.compile(
    r'"(?:[^"\\]|\\.)*"|[-+]?\b(?:nan|inf|infinity)\b|\b(?:True|False|None)\b', re.IGNORECASE
)
# Texts, and numbers as numpy and torch print them: np.float64(0.5), tensor([0.5], device='cpu').
_PRINTED = re.compile(
    r"'((?:[^'\\]|\\.)*)'|\"(?:[^\"\\]|\\.)*\""
    r"|(?<![\w.])[A-Za-z_][\w.]*+\(\s*+([-+.\w]++|\[[-+.\w\s,\[\]]*\])\s*+(?:,\s*\w+=[^()]*)?\)"
)
_LITERALS = {"true": "true", "false": "false", "none": "null", "nan": "NaN"}
_NUMBERS = {int, float, bool}


class ObjectReader:
    """Takes lines apart into objects.

    ``lost`` counts the cells that keys which came again have cost, of which ``twice`` is the
    latest; ``met`` are names that two keys of one object have when they are flat, and what the
    second is read as; ``at`` is how far the line could be read.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.twice = ""
        self.met: dict[str, str] = {}
        self.at = 0
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)

    def objects(self, line: str) -> Iterator[Cells]:
        """Yield the objects in a line, flat: cells by name, "/" between the keys of nested ones.

        Raises
        ------
        ValueError
            It holds something else; the objects before that were yielded.
        """
        try:
            yield from self._objects(line)
        except ValueError:
            # maybe it is what Python prints of a dictionary
            printed = _PRINTED.sub(_as_json, line) if "'" in line else line
            if self.at or printed == line:
                raise
            try:
                found = list(self._objects(printed))
            except ValueError:
                found = []
            if not found:
                raise
            yield from found

    def _objects(self, line: str) -> Iterator[Cells]:
        self.at = 0
        if line.count("{") + line.count("[") > DEEPEST:
            _check_depth(line)
        while (start := _after(line, self.at)) < len(line):
            if line[start] != "{":
                raise ValueError(f"got {shown(line[start:])}, wanted an object")
            value, self.at = self.decode(line, start)
            yield self.flat(value)

    def flat(self, value: Cells) -> Cells:
        """Return the cells of an object by name."""
        cells: Cells = {}
        for name, cell in _flat("", value):
            free, number = name, 0
            while free in cells:
                number += 1
                free = self.met[name] = f"{name}.{number}"
            cells[free] = cell
        return cells

    def decode(self, line: str, at: int) -> tuple[Any, int]:
        """Return the value that begins in a place, and where it ends.

        Raises
        ------
        ValueError
            There is none.
        """
        lost = self.lost
        try:
            return self._decoder.raw_decode(line, at)
        except json.JSONDecodeError as err:
            self.lost = lost
            usual = usual_literals(line[at:])
            if usual == line[at:]:
                raise ValueError(f"got {shown(line[at:])}, wanted JSON ({_reason(err)})") from None
            value, end = self._decoder.raw_decode(usual)
            return value, len(line) - (len(usual) - end)

    def _object(self, pairs: list[tuple[str, Any]]) -> Cells:
        cells = dict(pairs)
        if len(pairs) > len(cells):
            self.lost += len(pairs) - len(cells)
            keys = [key for key, _ in pairs]
            self.twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        return cells


def _as_json(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2] or found[0]
    return json.dumps(re.sub(r"\\(['\\])", r"\1", found[1]))


def usual_literals(text: str) -> str:
    """Return JSON with the literals of other languages as those of Python's reader."""
    return _TEXT_OR_LITERAL.sub(_usual_literal, text)


def count_cells(text: str, at: int = 0) -> int:
    """Return how many cells a text has that could not be read, by its keys."""
    return len(_KEY.findall(text, at))


def is_begun(line: str) -> bool:
    """Tell whether a line is JSON other than objects, or the beginning of it."""
    try:
        value, end = json.JSONDecoder().raw_decode(line)
    except json.JSONDecodeError as err:
        is_cut = err.pos >= len(line) or err.msg.startswith("Unterminated string")
        return line[0] in "{[" and is_cut
    except RecursionError:
        return True
    # a list that a console's words stand behind, such as [0], is not JSON
    is_list = isinstance(value, list) and line[end:].lstrip()[:1] in ("", ",", "]", "}")
    return is_list or isinstance(value, dict)


def meets(name: str, other: str) -> str:
    """Return what to say of a key that has the name of another one when it is flat."""
    return f"two keys are {name!r} when objects are flat: the second is read as {other!r}"


def shown(text: str) -> str:
    """Return the beginning of what stood there, quoted."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _after(line: str, at: int) -> int:
    found = _BETWEEN.match(line, at)
    return found.end() if found else at


def _reason(err: json.JSONDecodeError) -> str:
    return err.msg[:1].lower() + err.msg[1:].removesuffix(" at").removesuffix(" starting")


def _usual_literal(found: re.Match[str]) -> str:
    word = found[0].lower()
    if word[0] == '"':
        return found[0]
    if "inf" in word:
        return "-Infinity" if word[0] == "-" else "Infinity"
    return _LITERALS[word.lstrip("+-")]


def _check_depth(line: str) -> None:
    depth = 0
    for sign in re.sub(r'"(?:[^"\\]|\\.)*"|[^][{}]', "", line):
        depth += 1 if sign in "{[" else -1
        if depth > DEEPEST:
            raise ValueError(f"objects are nested more than {DEEPEST} deep")


def _flat(prefix: str, value: Cells) -> Iterator[tuple[str, Any]]:
    for key, cell in value.items():
        if type(cell) is dict:
            yield from _flat(f"{prefix}{key}/", cell)
        else:
            yield prefix + key, cell


def read_objects(block: Block, problems: Problems) -> tuple[pa.RecordBatch, NDArray[np.int64]]:
    """Return the objects in a block as rows, and the line of each; note what is none."""
    reader = ObjectReader()
    columns: dict[str, list[Any]] = {}
    rows: list[int] = []
    for row, data in enumerate(block.data.split(b"\n"), block.first_line):
        line = data.decode("utf-8", "replace").strip()
        if nuls := line.count("\0"):
            problems.note(row, f"{nuls} NUL bytes were left out")
        try:
            for cells in reader.objects(line):
                for name, cell in cells.items():
                    column = columns.setdefault(name, [])
                    column.extend([None] * (len(rows) - len(column)))
                    column.append(cell)
                rows.append(row)
        except (ValueError, RecursionError) as err:
            problems.note(row, f"{err}; it was left out", count_cells(line, reader.at))
        if reader.lost:
            problems.note(
                row, f"key {reader.twice!r} stands there twice; the last was kept", reader.lost
            )
            reader.lost = 0
    for name, other in reader.met.items():
        problems.note(block.first_line, meets(name, other), column=name)
    for name, column in columns.items():
        _part_lists(name, column, rows, problems)
        column.extend([None] * (len(rows) - len(column)))
    batch = as_batch(columns)
    return batch, np.array(rows, np.int64)[: batch.num_rows]


def as_batch(columns: Mapping[str, Sequence[Any]]) -> pa.RecordBatch:
    """Return columns of cells, all of one length, as a batch that may have nested lists."""
    arrays = [_array(cells) for cells in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, names=[whole_text(name) for name in columns])


def _part_lists(name: str, column: list[Any], rows: list[int], problems: Problems) -> None:
    """Leave out what stands in a column of arrays and is none: a column is of one kind."""
    there = [cell for cell in column if cell not in (None, [])]
    lists = sum(map(_is_numbers, there))
    if not 2 * lists > len(there) > lists:
        return
    for place, cell in enumerate(column):
        if cell not in (None, []) and not _is_numbers(cell):
            said = f"got {shown(json.dumps(cell))}, wanted an array of numbers; it was left out"
            problems.note(rows[place], said, 1, name)
            column[place] = None


def _is_numbers(cell: Any) -> bool:
    return type(cell) is list and {*map(type, cell)} <= {int, float, type(None)}


def _array(cells: Sequence[Any]) -> pa.Array:
    """Return a column in the narrowest type that holds all of its cells, at worst as text."""
    kinds = set(map(type, cells)) - {type(None)}
    if kinds <= {int}:
        try:
            return pa.array(cells, pa.int64() if kinds else pa.null())
        except OverflowError:
            pass
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    if kinds <= _NUMBERS:
        return pa.array([_double(cell) for cell in cells], pa.float64())
    if all(cell is None or _is_numbers(cell) for cell in cells):
        doubles = [cell and [_double(item) for item in cell] for cell in cells]
        return pa.array(doubles, pa.list_(pa.float64()))
    return pa.array([whole_text(as_text(cell)) for cell in cells], pa.string())


def _double(number: float | None) -> float | None:
    try:
        return None if number is None else float(number)
    except OverflowError:
        return math.inf if number and number > 0 else -math.inf


def as_text(cell: Any) -> str | None:
    """Return what a cell is in a column of text."""
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def whole_text(text: str | None) -> str | None:
    """Return a text without the halves of characters that JSON may spell and UTF-8 may not."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
