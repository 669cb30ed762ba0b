"""How a delimited text is laid out, found by looking at its first lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tbconvert.errors import SourceError
from tbconvert.options import Options
from tbconvert.read.drawn import is_framed, undrawn
from tbconvert.read.readings import BLANKS, Reading, best_reading, header_cells, is_preamble
from tbconvert.read.records import (
    is_header,
    is_missing,
    is_number,
    is_value,
    renamed,
    unique_names,
)
from tbconvert.read.sample import Note, Sample
from tbconvert.read.suggested import pattern_for

_MOSTLY = 0.5
_NOT_JUST_NUMBER = re.compile(r"[-+]?0\d+|\d+:[\d:.]+")
_APART = re.compile(r"[ \t]{2,}|\t")
_OF_WORDS = re.compile(r"[-+]?\d+(?:\.\d*)?[A-Za-zµ/]{1,8}|\d+/\d+")
"""A number with a unit, or one of so many: ``7.9m``, ``3/10``."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the cells of a table stand.

    The rows begin after ``skip`` lines. ``header_line`` is the 1-based line of the names,
    0 if there are none and ``columns`` are numbered. ``texts`` are the columns in which a
    number would lose something of its spelling: ``007``, ``05:30``. ``comments`` are the
    lines before the table that are none of it. ``renamed`` are the names that stand more
    than once, each with what it is read as. ``framed`` tells that a bar stands around each row.
    ``fractions`` are the columns that begin with one, and may be read as such at once.
    """

    delimiter: str
    decimal: str
    skip: int
    header_line: int
    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    framed: bool = False
    fractions: tuple[str, ...] = ()


class _Header(NamedTuple):
    """The names, their 1-based line (0 for none), how many lines and records to pass over.

    ``known`` tells how many of the names the file gives.
    """

    names: list[str]
    known: int
    line: int
    skip: int
    records: int


def find_layout(sample: Sample, options: Options) -> tuple[Layout, list[Note]]:
    """Return the layout of a table, and what of it the report should remark.

    Raises
    ------
    SourceError
        It is no table of numbers.
    """
    lines = undrawn(b"\n".join(sample.text.lines)).split(b"\n")
    if framed := is_framed(lines):
        lines = undrawn(b"\n".join(lines), framed=True).split(b"\n")
    start = next((i for i, line in enumerate(lines) if not is_preamble(line)), len(lines))
    reading = best_reading(lines, start, options)
    header = _find_header(reading, lines, start, options.header) if reading else None
    if (
        reading is None
        or header is None
        or not (options.format or _is_table(reading, header, lines))
    ):
        problem = "not a training log: no table of numbers"
        hint = "if it is one, say so by --format; lines of a console are read by --pattern"
        if pattern := pattern_for(sample.text.lines):
            hint += f", these by --pattern '{pattern}'"
        raise SourceError(sample.origin, problem, hint)

    columns = unique_names(header.names)
    rows = [record.cells for record in reading.records[header.records :]]
    rows = [row for row in rows if len(row) == len(columns)]
    by_column = zip(*rows, strict=False)
    texts = (
        name
        for name, cells in zip(columns, by_column, strict=False)
        if any(map(_NOT_JUST_NUMBER.fullmatch, cells))
    )
    fractions = (
        name
        for name, cell in zip(columns, rows[0] if rows else (), strict=False)
        if reading.decimal in cell and is_number(cell, reading.decimal)
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
        framed,
        tuple(fractions),
    )
    return layout, _notes(reading, header, lines, options)


def _find_header(
    reading: Reading, lines: Sequence[bytes], start: int, said: bool | None
) -> _Header:
    first, width = reading.records[0], reading.width
    if said or (said is None and _heads(first.cells, reading)):
        names = first.cells
        if reading.delimiter == BLANKS and len(names) > width:
            # names of several words, each in a column of its own: Train Loss   Remaining Time
            apart = _APART.split(lines[first.line].decode("utf-8", "replace").strip())
            names = apart if len(apart) == width else names
        while len(names) > width and not names[-1]:
            names = names[:-1]  # a delimiter at the end of the header, and of no row
        known = len(names)
        rows = (lines[record.line] for record in reading.records[1:])
        if known == width - 1 and names[-1] and all(_names_row(row, width) for row in rows):
            names = ["", *names]  # R leaves the names of its rows without one
        names = names + [""] * (width - len(names))
        return _Header(names, known, first.line + 1, first.after, 1)
    line = next((i for i in range(start, 0, -1) if lines[i - 1].strip()), 0)
    if said is None and line:
        names = names_in(lines[line - 1], reading.delimiter)
        if len(names) < width:
            names = names[:1]  # nobody can tell which columns the others name
        if len(names) <= width and not any(map(is_value, names)) and names[0][:1] != "{":
            return _Header(names + [""] * (width - len(names)), len(names), line, first.line, 0)
    return _Header([""] * width, 0, 0, first.line, 0)


def names_in(line: bytes, delimiter: str) -> list[str]:
    """Return the names in a line, whose sign of a comment may be a part of the first one.

    ``% time spent exploring`` is a share, ``% step`` a step below a comment.
    """
    names = header_cells(line, delimiter)
    stripped = line.strip()
    if stripped.startswith(b"%") and len(names) > 1 and len(names[0].split()) > 1:
        names[0] = f"% {names[0]}"
    return names


def _names_row(line: bytes, width: int) -> bool:
    return line.startswith(b'"') and line.count(b'"') < 2 * width


def _heads(cells: Sequence[str], reading: Reading) -> bool:
    """Tell whether the first record names the columns: it is text, or stands over numbers."""
    texts = [i for i, cell in enumerate(cells) if not (is_missing(cell) or is_value(cell))]
    if len(texts) == sum(not is_missing(cell) for cell in cells):
        return bool(texts)
    rows = [record.cells for record in reading.records[1:]]
    if _are_numbered(cells, rows):
        return True
    return any(reading.numbers([row[i] for row in rows if i < len(row)]) >= _MOSTLY for i in texts)


def _are_numbered(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a first record has the numbers that pandas gives to columns without a name.

    They stand beside those of the rows, whose own name is none; or over decimals.
    """
    if cells[:1] == [""]:
        numbers, own = cells[1:], [row[0] for row in rows]
        is_sure = [*map(str, range(len(rows)))] == own
    else:
        numbers = cells
        is_sure = len(cells) > 1 and all("." in cell for row in rows for cell in row)
    return bool(rows and numbers) and is_sure and [*numbers] == [*map(str, range(len(numbers)))]


def _is_table(reading: Reading, header: _Header, lines: Sequence[bytes]) -> bool:
    rows = [record.cells for record in reading.records[header.records :]]
    rows = [row for row in rows if not header.records or row != reading.records[0].cells]
    if all(is_missing(cell) for row in rows for cell in row):
        return reading.delimiter != BLANKS and is_header(header.names)
    is_quoted = 0 < 2 * header.known == lines[header.line - 1].count(b'"')
    if reading.width > 1 and (reading.delimiter != BLANKS or is_quoted):
        columns = ([row[i] for row in rows if i < len(row)] for i in range(reading.width))
        return any(reading.numbers(cells) >= _MOSTLY for cells in columns)
    # Prose has blanks, and is one column as well: nothing but values makes it a table, or
    # names that are all in quotes.
    if reading.width > 1:
        good = sum(all(map(_may_stand, row)) for row in rows)
        return good >= 0.9 * len(rows)
    cells = [cell for row in rows for cell in row if not is_missing(cell)]
    good = sum(is_value(cell) and ":" not in cell for cell in cells)
    return good >= 0.9 * len(cells) and len(cells) > 1


def _may_stand(cell: str) -> bool:
    """Tell whether a word may be a cell of a table that only blanks part, rather than prose."""
    return is_value(cell) or is_missing(cell) or _OF_WORDS.fullmatch(cell) is not None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _notes(
    reading: Reading, header: _Header, lines: Sequence[bytes], options: Options
) -> list[Note]:
    notes = []
    if header.line and not _is_utf8(b"\n".join(lines[header.line - 1 : header.skip])):
        notes.append(Note("header: not all of it is text; name the encoding by --encoding"))
    if not header.line and options.header is None:
        notes.append(Note("header: none, columns are numbered; --header overrules", "names"))
    elif header.records and options.header is None and all(map(is_value, header.names)):
        notes.append(Note("header: the numbers of the columns; --no-header makes them a row"))
    elif header.line and header.known < reading.width:
        said = f"header: {header.known} names for {reading.width} columns"
        # a single name may be that of all columns, in a line that a dialect takes apart
        notes.append(Note(said, "names" if header.known == 1 else ""))
    if reading.delimiter not in ",\t" and options.delimiter is None:
        name = "blanks" if reading.delimiter == BLANKS else repr(reading.delimiter)
        said = f"delimiter: {name}, by the first lines; --delimiter overrules"
        notes.append(Note(said, "delimiter"))
    if reading.decimal != "." and options.decimal is None:
        said = f"decimal: {reading.decimal!r}, by the first lines; --decimal overrules"
        notes.append(Note(said, "decimal"))
    return notes
