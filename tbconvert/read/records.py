"""One record of a delimited text: its cells, what they look like, and the names in a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

MISSING = (
    *("", "-", "--", "---", "NA", "N/A", "n/a", "#N/A", "#NA", "#na#", "<NA>"),
    *("null", "Null", "NULL", "none", "None", "NONE", "NaT", "No log"),
)
"""Spellings of a cell without a value. Never one of NaN, which is a value."""

_MISSING = frozenset(MISSING)

_NUMBER = re.compile(
    r"\s*[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf|infinity)\s*", re.ASCII | re.IGNORECASE
)
_VALUE = re.compile(
    rf"{_NUMBER.pattern}%?|\s*(?:true|false|\d+:[\d:.]+|\d+[-/.]\d+[-/.]\d+.*|tensor\(.*|\[.*)\s*",
    re.ASCII | re.IGNORECASE,
)


_GROUPED = re.compile(r"\s*[-+]?[1-9]\d{0,2}(?:\.\d{3})+,\d+\s*", re.ASCII)


def is_number(cell: str, decimal: str = ".") -> bool:
    """Tell whether a cell is a number, NaN and infinities included."""
    if decimal != ".":
        if is_grouped(cell):
            return True
        if cell.endswith(decimal):  # what separates cells rather than decimals
            return False
        cell = cell.replace(decimal, ".")
    return _NUMBER.fullmatch(cell) is not None


def is_grouped(cell: str) -> bool:
    """Tell whether a cell is a number with points between thousands, and a decimal comma."""
    return _GROUPED.fullmatch(cell) is not None


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number, a truth, a time: hardly the name of a column."""
    return _VALUE.fullmatch(cell.replace(",", ".")) is not None


def is_missing(cell: str) -> bool:
    """Tell whether a cell has no value."""
    return cell.strip() in _MISSING


_WORDS = 4
_NEEDS_QUOTES = re.compile(rb'[\n\r"]')


def is_header(names: Sequence[str]) -> bool:
    """Tell whether words are names of columns rather than prose."""
    return (
        len(names) > 1
        and len(set(names)) == len(names)
        and not any(
            is_value(name) or len(name.split()) > _WORDS or len(name) > 100 for name in names
        )
    )


@lru_cache(16)
def _cell_pattern(delimiter: str) -> re.Pattern[bytes]:
    d = re.escape(delimiter.encode())
    blank = rb"(?:(?!%b)[ \t])*" % d
    return re.compile(
        rb'%b"([^"]*+(?:""[^"]*+)*+)"%b(%b|\Z)|([^%b\n]*+)(%b|\Z)' % (blank, blank, d, d, d)
    )


def split_record(line: bytes, delimiter: str) -> list[bytes | None] | None:
    """Return the cells of a record, without its line end.

    A cell whose quote is not closed ends at the next delimiter, and is given as None. A
    record that has a line end outside of quotes is none at all: None.
    """
    if b'"' not in line and b"\n" not in line:
        return list(line.split(delimiter.encode()))
    cells: list[bytes | None] = []
    pattern, at = _cell_pattern(delimiter), 0
    while found := pattern.match(line, at):
        quoted, quoted_end, plain, plain_end = found.groups()
        if quoted is not None:
            cells.append(quoted.replace(b'""', b'"'))
        else:
            cells.append(None if plain.lstrip().startswith(b'"') else plain)
        at = found.end()
        if not (quoted_end or plain_end):
            return cells if at == len(line) else None
    return None


def join_record(cells: Sequence[bytes | None], delimiter: str) -> bytes:
    """Return the record that ``split_record`` would take apart into these cells."""
    sign = delimiter.encode()
    filled = [cell or b"" for cell in cells]
    record = sign.join(filled)
    if not _NEEDS_QUOTES.search(record) and record.count(sign) == len(cells) - 1:
        return record
    return sign.join(
        b'"%b"' % cell.replace(b'"', b'""') if _NEEDS_QUOTES.search(cell) or sign in cell else cell
        for cell in filled
    )


def logical_lines(lines: Sequence[bytes], delimiter: str) -> Iterator[tuple[int, bytes]]:
    """Yield each record that is not blank, and how many lines of the text lie before it.

    A quoted cell may go over several lines, if it is closed in the end.
    """
    at = 0
    while at < len(lines):
        record, end = lines[at], at + 1
        if record.count(b'"') % 2:
            for close in range(at + 1, len(lines)):
                if lines[close].count(b'"') % 2:
                    joined = b"\n".join(lines[at : close + 1])
                    cells = split_record(joined, delimiter)
                    if cells and None not in cells:
                        record, end = joined, close + 1
                    break
        if record.strip():
            yield at, record
        at = end


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns that a header gives: trimmed, none empty, all different."""
    taken = {cell.strip() for cell in cells}
    counts: dict[str, int] = {}
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = base = cell.strip() or f"column_{position}"
        count = counts.get(base, 0)
        while count and name in taken:
            name = f"{base}.{count}"
            count += 1
        counts[base] = max(count, 1)
        taken.add(name)
        names.append(name)
    return tuple(names)


def renamed(cells: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return which names of a header stood there before, and what they are read as."""
    pairs = zip(map(str.strip, cells), names, strict=False)
    return [(cell, name) for cell, name in pairs if cell and cell != name]
