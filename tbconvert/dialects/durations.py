"""Durations that a log has as text → seconds: ``1 day, 8:00:03``, ``07:29``, ``1h 38m 52s``.

``1 hour, 31 minutes and 58.52 seconds`` are some as well, and ``7.89m`` by itself.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

from tbconvert.dialects.reshape import column, with_columns
from tbconvert.model import RawTable

_BY_COLONS = (
    r"^\s*(?:(?P<days>-?\d+) days?,?\s+)?(?:(?P<hours>\d+):)?"
    r"(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d*)?)\s*$"
)
_NUMBER = r"\d+(?:\.\d*)?"
_AND = r"(?:\s|,|and\b)*"
_BY_UNITS = (
    rf"^\s*(?:(?P<days>{_NUMBER})\s*d(?:ays?)?)?{_AND}"
    rf"(?:(?P<hours>{_NUMBER})\s*h(?:(?:ou)?rs?)?)?{_AND}"
    rf"(?:(?P<minutes>{_NUMBER})\s*m(?:in(?:ute)?s?)?)?{_AND}"
    rf"(?:(?P<seconds>{_NUMBER})\s*s(?:ec(?:ond)?s?)?)?\s*$"
)
_WORTH = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def in_seconds(table: RawTable, *names: str) -> RawTable:
    """Return a table with some columns as seconds, where they hold durations as text.

    Of a column with other texts in it these stay as they are, to be told as no numbers.
    """
    added: dict[str, Any] = {}
    for name in names:
        cells = column(table, name)
        if cells is None or not pa.types.is_string(cells.type):
            continue
        import pyarrow.compute as pc  # only such logs need it

        read = seconds(cells)
        if read.null_count == cells.null_count:
            added[name] = read
        elif read.null_count < len(cells):
            added[name] = pc.coalesce(pc.cast(read, pa.string()), cells)
    return with_columns(table, added) if added else table


def seconds(cells: pa.Array) -> pa.Array:
    """Return durations that are texts in seconds; null what is none; (n,)."""
    import pyarrow.compute as pc

    if cells.offset:  # of a part of an array Arrow before 16 makes texts that are none
        cells = pa.concat_arrays([cells, cells[:0]])
    blank = pc.match_substring_regex(cells, r"^\s*$")
    there = pc.if_else(blank, _text(None), cells)
    return pc.coalesce(*(_by(pattern, there) for pattern in (_BY_COLONS, _BY_UNITS)))


def _by(pattern: str, cells: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    found = pc.extract_regex(cells, pattern)
    total: Any = None
    for part, worth in _WORTH.items():
        text = pc.struct_field(found, part)
        count = pc.cast(pc.if_else(pc.equal(text, _text("")), _text("0"), text), pa.float64())
        part_of_it = pc.multiply(count, _number(worth))
        total = part_of_it if total is None else pc.add(total, part_of_it)
    return total


# to make a scalar Arrow looks for dateutil, each time anew where that is not installed
@cache
def _text(value: str | None) -> pa.Scalar:
    return pa.scalar(value, pa.string())


@cache
def _number(value: float) -> pa.Scalar:
    return pa.scalar(value, pa.float64())
