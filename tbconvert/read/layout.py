"""How a delimited text is laid out, found by looking at its first lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tbconvert.errors import SourceError, UsageError
from tbconvert.options import Options
from tbconvert.read.records import (
    is_missing,
    is_number,
    is_value,
    logical_lines,
    renamed,
    split_record,
    unique_names,
)
from tbconvert.read.sample import Sample

BLANKS = " "
"""The delimiter of a table whose cells stand apart by any number of blanks and tabs."""

COMMENT = (b"#", b"%")

_DELIMITERS = (",", ";", "\t", "|", BLANKS)
_SPELLED = {"tab": "\t", "\\t": "\t", "space": BLANKS, "blank": BLANKS, "blanks": BLANKS}
_ROWS = 50
_FEW_ROWS = 5  # of a table with more than so many cells in the sample
_CELLS = 20_000
_MOSTLY = 0.5
_WORDS = 4
_SEPARATOR = re.compile(rb'"?sep=(.)"?\s*', re.IGNORECASE)
_NOT_JUST_NUMBER = re.compile(r"[-+]?0\d+|\d+:[\d:.]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a table stand.

    The rows begin after ``skip`` lines. ``header_line`` is the 1-based line of the names,
    0 if there are none and ``columns`` are numbered. ``texts`` are the columns in which a
    number would lose something of its spelling: ``007``, ``05:30``. ``comments`` are the
    lines before the table that are none of it. ``renamed`` are the names that stand more
    than once, each with what it is read as.
    """

    delimiter: str
    decimal: str
    skip: int
    header_line: int
    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


class _Record(NamedTuple):
    """The cells of a record, its first line (from 0) and the line after it."""

    cells: list[str]
    line: int
    after: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """The first records as one delimiter and decimal sign would have them."""

    delimiter: str
    decimal: str
    width: int
    records: Sequence[_Record]

    def numbers(self, cells: Iterable[str]) -> float:
        """Return the share of numbers among the cells that have a value."""
        values = [cell for cell in cells if not is_missing(cell)]
        return sum(is_number(cell, self.decimal) for cell in values) / max(len(values), 1)


class _Header(NamedTuple):
    """The names, their 1-based line (0 for none), how many lines and records to pass over."""

    names: list[str]
    line: int
    skip: int
    records: int


def header_cells(line: bytes, delimiter: str) -> list[str]:
    """Return the names in a line, of which the sign of a comment is no part.

    Names in a comment need not stand apart by what the cells do: ``# step, loss`` stands
    over cells apart by blanks.
    """
    names = line.strip()
    if names.startswith(COMMENT):
        names = names.lstrip(b"#% \t")
        delimiter = next((d for d in _DELIMITERS if d.encode() in names), delimiter)
    return _cells(names, delimiter)


def find_layout(sample: Sample, options: Options) -> tuple[Layout, list[str]]:
    """Return the layout of a table, and what of it the report should remark.

    Raises
    ------
    SourceError
        It is no table of numbers.
    """
    lines = sample.lines
    start = next((i for i, line in enumerate(lines) if not _is_preamble(line)), len(lines))
    reading = _best_reading(lines, start, options)
    if reading is None:
        raise SourceError(sample.origin, "not a training log: no table of numbers")
    header = _find_header(reading, lines[:start], options.header)
    rows = [record.cells for record in reading.records[header.records :]]
    if rows:
        plausible = _is_table(rows, reading)
    else:
        plausible = reading.delimiter != BLANKS and _is_header(header.names)
    if not (plausible or options.format):
        raise SourceError(sample.origin, "not a training log: no table of numbers")

    width = max(reading.width, len(header.names))
    columns = unique_names(header.names + [""] * (width - len(header.names)))
    by_column = zip(*(row for row in rows if len(row) == width), strict=False)
    texts = (
        name
        for name, cells in zip(columns, by_column, strict=False)
        if any(map(_NOT_JUST_NUMBER.fullmatch, cells))
    )
    comments = (line.decode("utf-8", "replace")[:4096] for line in lines[: min(start, 20)])
    layout = Layout(
        reading.delimiter,
        reading.decimal,
        header.skip,
        header.line,
        columns,
        tuple(texts),
        tuple(comments),
        tuple(renamed(header.names, columns)),
    )
    return layout, _notes(reading, header, options)


def _is_preamble(line: bytes) -> bool:
    return not line.strip() or line.startswith(COMMENT) or bool(_SEPARATOR.fullmatch(line))


def _cells(line: bytes, delimiter: str) -> list[str]:
    cells = line.split() if delimiter == BLANKS else split_record(line, delimiter) or [line]
    return [(cell or b"").decode("utf-8", "replace").strip() for cell in cells]


# ------------------------------------------------------------------------------ delimiter


def _best_reading(lines: Sequence[bytes], start: int, options: Options) -> _Reading | None:
    said = options.delimiter
    if found := next(filter(None, map(_SEPARATOR.fullmatch, lines[:start])), None):
        said = said or found[1].decode("latin-1")
    if said is not None:
        return _reading(lines, start, _delimiter(said), options.decimal)
    readings = [_reading(lines, start, delimiter, options.decimal) for delimiter in _DELIMITERS]
    tables = [r for r in readings if r is not None and r.width > 1]
    if len(tables) > 1:
        return max(tables, key=_likelihood)
    return tables[0] if tables else readings[0]


def _likelihood(reading: _Reading) -> tuple[float, int]:
    cells = (cell for record in reading.records[1:] for cell in record.cells)
    return reading.numbers(cells), reading.width


def _delimiter(said: str) -> str:
    delimiter = _SPELLED.get(said.lower(), said)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"':
        raise UsageError(f"delimiter: got {said!r}, wanted one character, or 'tab' or 'blanks'")
    return delimiter


def _reading(
    lines: Sequence[bytes], start: int, delimiter: str, decimal: str | None
) -> _Reading | None:
    """Return the records, if most of them are of one width; else None."""
    records: list[_Record] = []
    cells = 0
    has_comments = any(line.startswith(COMMENT) for line in lines[:start])
    for at, record in logical_lines(lines[start:], delimiter):
        if has_comments and record.startswith(COMMENT):
            continue
        line = start + at
        records.append(_Record(_cells(record, delimiter), line, line + record.count(b"\n") + 1))
        cells += len(records[-1].cells)
        if len(records) >= (_ROWS if cells < _CELLS else _FEW_ROWS):
            break
    if not records:
        return None
    width, count = Counter(len(record.cells) for record in records).most_common(1)[0]
    titles = next((i for i, record in enumerate(records) if len(record.cells) > 1), 0)
    if titles and _is_header(records[titles].cells):
        del records[:titles]
    if 2 * count < len(records):
        return None
    return _Reading(delimiter, decimal or _decimal(records, delimiter), width, records)


def _decimal(records: Sequence[_Record], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell for record in records for cell in record.cells if "," in cell or "." in cell]
    comma = any(is_number(cell, ",") for cell in cells if "," in cell)
    return "," if comma and not any(is_number(cell) for cell in cells if "." in cell) else "."


# --------------------------------------------------------------------------------- header


def _find_header(reading: _Reading, preamble: Sequence[bytes], said: bool | None) -> _Header:
    first = reading.records[0]
    if said or (said is None and _heads(first.cells, reading)):
        return _Header(first.cells, first.line + 1, first.after, 1)
    line = next((i for i in range(len(preamble), 0, -1) if preamble[i - 1].strip()), 0)
    if said is None and line:
        names = header_cells(preamble[line - 1], reading.delimiter)
        if len(names) < reading.width:
            names = names[:1]  # nobody can tell which columns the others name
        if len(names) <= reading.width and not any(map(is_value, names)) and names[0][:1] != "{":
            return _Header(names, line, first.line, 0)
    return _Header([], 0, first.line, 0)


def _heads(cells: Sequence[str], reading: _Reading) -> bool:
    """Tell whether the first record names the columns: it is text, or stands over numbers."""
    texts = [i for i, cell in enumerate(cells) if not (is_missing(cell) or is_value(cell))]
    if len(texts) == sum(not is_missing(cell) for cell in cells):
        return bool(texts)
    rows = [record.cells for record in reading.records[1:]]
    return any(reading.numbers([row[i] for row in rows if i < len(row)]) >= _MOSTLY for i in texts)


def _is_header(names: Sequence[str]) -> bool:
    """Tell whether words are names of columns rather than prose."""
    return (
        len(names) > 1
        and len(set(names)) == len(names)
        and not any(
            is_value(name) or len(name.split()) > _WORDS or len(name) > 100 for name in names
        )
    )


def _is_table(rows: Sequence[Sequence[str]], reading: _Reading) -> bool:
    if reading.width > 1 and reading.delimiter != BLANKS:
        return any(
            reading.numbers([row[i] for row in rows if i < len(row)]) >= _MOSTLY
            for i in range(reading.width)
        )
    # Prose has blanks, and is one column as well: nothing but values makes it a table.
    good = sum(all(is_value(cell) or is_missing(cell) for cell in row) for row in rows)
    return good >= 0.9 * len(rows) and len(rows) >= (1 if reading.width > 1 else 2)


def _notes(reading: _Reading, header: _Header, options: Options) -> list[str]:
    notes = []
    if not header.line and options.header is None:
        notes.append("header: none, columns are numbered; --header overrules")
    elif header.line and len(header.names) < reading.width:
        notes.append(f"header: {len(header.names)} names for {reading.width} columns")
    if reading.delimiter not in ",\t" and options.delimiter is None:
        name = "blanks" if reading.delimiter == BLANKS else repr(reading.delimiter)
        notes.append(f"delimiter: {name}, by the first lines; --delimiter overrules")
    if reading.decimal != "." and options.decimal is None:
        notes.append(f"decimal: {reading.decimal!r}, by the first lines; --decimal overrules")
    return notes
