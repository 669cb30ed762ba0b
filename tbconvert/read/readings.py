"""The first records of a delimited text, as one delimiter or another would have them."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tbconvert.errors import UsageError
from tbconvert.options import Options
from tbconvert.read.records import (
    is_grouped,
    is_header,
    is_missing,
    is_number,
    logical_lines,
    split_record,
)

BLANKS = " "
"""The delimiter of a table whose cells stand apart by any number of blanks and tabs."""

COMMENT = (b"#", b"%")

_DELIMITERS = (",", ";", "\t", "|", BLANKS)
_SPELLED = {"tab": "\t", "\\t": "\t", "space": BLANKS, "blank": BLANKS, "blanks": BLANKS}
_SEPARATOR = re.compile(rb'"?sep=(.)"?\s*', re.IGNORECASE)
_ROWS = 50
_FEW_ROWS = 5  # of a table with more than so many cells in the sample
_CELLS = 20_000


class Record(NamedTuple):
    """The cells of a record, its first line (from 0) and the line after it."""

    cells: list[str]
    line: int
    after: int


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The first records as one delimiter and decimal sign would have them.

    Most of them are ``width`` cells wide: ``even`` of them.
    """

    delimiter: str
    decimal: str
    width: int
    even: int
    records: Sequence[Record]

    def numbers(self, cells: Iterable[str]) -> float:
        """Return the share of numbers among the cells that have a value."""
        values = [cell for cell in cells if not is_missing(cell)]
        return sum(is_number(cell, self.decimal) for cell in values) / max(len(values), 1)


def header_cells(line: bytes, delimiter: str) -> list[str]:
    """Return the names in a line, of which the sign of a comment is no part.

    Names in a comment need not stand apart by what the cells do: ``# step, loss`` stands
    over cells apart by blanks.
    """
    names = line.strip().removeprefix(codecs.BOM_UTF8)
    if names.startswith(COMMENT):
        names = names.lstrip(b"#% \t")
        delimiter = next((d for d in _DELIMITERS if d.encode() in names), delimiter)
    return _cells(names, delimiter)


def is_preamble(line: bytes) -> bool:
    """Tell whether a line above the table is none of it: blank, a comment, ``sep=;``."""
    return not line.strip() or line.startswith(COMMENT) or bool(_SEPARATOR.fullmatch(line))


def best_reading(lines: Sequence[bytes], start: int, options: Options) -> Reading | None:
    """Return the most likely reading of the lines from ``start`` on; None if there is none.

    Raises
    ------
    UsageError
        The delimiter that was said cannot be one.
    """
    said = options.delimiter
    if found := next(filter(None, map(_SEPARATOR.fullmatch, lines[:start])), None):
        said = said or found[1].decode("latin-1")
    if said is not None:
        return _reading(lines, start, _delimiter(said), options.decimal)
    head = b"\n".join(lines[start : start + _ROWS])
    seen = [d for d in _DELIMITERS if d.encode() in head or (d == BLANKS and b"\t" in head)]
    readings = [_reading(lines, start, d, options.decimal) for d in seen or _DELIMITERS[:1]]
    even = [r for r in readings if r is not None and 2 * r.even >= len(r.records)]
    tables = [r for r in even if r.width > 1]
    # Numbers may have commas in them, so names come first; but blanks stand in any title.
    headed = [r for r in tables if len(r.records[0].cells) > 1]
    if any(r.delimiter != BLANKS for r in headed):
        tables = headed
    # and in cells too, such as dates: what other signs separate has a name for each
    if any(r.delimiter != BLANKS and _is_named(r) for r in tables):
        tables = [r for r in tables if r.delimiter != BLANKS or _is_named(r)]
    if len(tables) > 1:
        return max(tables, key=_likelihood)
    return next(iter(tables or even), None)


def _is_named(reading: Reading) -> bool:
    """Tell whether the first record is as wide as most are."""
    return len(reading.records[0].cells) == reading.width


def _likelihood(reading: Reading) -> tuple[float, int]:
    cells = (cell for record in reading.records[1:] for cell in record.cells)
    return reading.numbers(cells), reading.width


def _delimiter(said: str) -> str:
    delimiter = _SPELLED.get(said.lower(), said)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"':
        wanted = "wanted one character, or 'tab' or 'blanks'"
        raise UsageError(f"--delimiter: got {said!r}, {wanted}", "delimiter")
    return delimiter


def _reading(
    lines: Sequence[bytes], start: int, delimiter: str, decimal: str | None
) -> Reading | None:
    """Return the records, without titles above them; None if there are none."""
    records: list[Record] = []
    cells = 0
    has_comments = any(line.startswith(COMMENT) for line in lines[:start])
    for at, record in logical_lines(lines[start:], delimiter):
        if has_comments and record.startswith(COMMENT):
            continue
        line = start + at
        records.append(Record(_cells(record, delimiter), line, line + record.count(b"\n") + 1))
        cells += len(records[-1].cells)
        if len(records) >= (_ROWS if cells < _CELLS else _FEW_ROWS):
            break
    if not records:
        return None
    width, even = Counter(len(record.cells) for record in records).most_common(1)[0]
    titles = next((i for i, record in enumerate(records) if len(record.cells) > 1), 0)
    if titles and is_header(records[titles].cells):
        del records[:titles]
    return Reading(delimiter, decimal or _decimal(records, delimiter), width, even, records)


def _decimal(records: Sequence[Record], delimiter: str) -> str:
    cells = [cell for record in records for cell in record.cells if "," in cell or "." in cell]
    if any(is_grouped(cell) for cell in cells if "," in cell):
        return ","
    if delimiter == ",":
        return "."
    comma = any(is_number(cell, ",") for cell in cells if "," in cell)
    return "," if comma and not any(is_number(cell) for cell in cells if "." in cell) else "."


def _cells(line: bytes, delimiter: str) -> list[str]:
    bare = b" ".join(line.split()) if delimiter == BLANKS else line
    if b'"' not in bare:
        text = bare.decode("utf-8", "replace")
        cells = text.split(delimiter)
        is_tight = delimiter != BLANKS and text.split(None, 1) == [text]
        return cells if is_tight else [*map(str.strip, cells)]
    parts = split_record(bare, delimiter) or [line]
    if delimiter == BLANKS and None in parts:  # prose, with quotes of its own
        parts = [*line.split()]
    return [(part or b"").decode("utf-8", "replace").strip() for part in parts]
