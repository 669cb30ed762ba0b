"""JSON lines that are all alike but for their values, which are found by position.

Most loggers write every line by the same code. What stands between the values is then the
same in each, and where it stands follows from the quotes. To check that, and to hand the
values to Arrow where they are, takes a quarter of the time that parsing JSON does.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_TOKEN = re.compile(rb'"([^"]*)"|([^\s"{}\[\]:,]+)|([{}\[\]:,])')
_WHOLE_NUMBER = re.compile(rb"-?\d+")
_NUMBER_STARTS = np.zeros((256, 256), bool)  # by the second byte, and the first
_NUMBER_STARTS[:, list(b"123456789NI")] = True
_NUMBER_STARTS[list(b"0123456789I"), ord("-")] = True
_NUMBER_STARTS[:, ord("0")] = True
_NUMBER_STARTS[list(b"0123456789"), ord("0")] = False
_NUMBER_ENDS = np.isin(np.arange(256), list(b"0123456789Ny"))  # NaN, Infinity

Places = NDArray[np.int64]


class _Value(NamedTuple):
    """A value in the first line: its flat name, where it stands, whether it is a text."""

    name: str
    start: int
    end: int
    is_text: bool


def read_alike(data: bytes) -> pa.RecordBatch | None:
    """Return whole lines of JSON as rows, if they differ in their values only; else None."""
    if b"\\" in data or b"\0" in data or not data.endswith(b"\n"):
        return None
    first = data[: data.index(b"\n") + 1]
    values = _values(first)
    if not values or len({value.name for value in values}) < len(values):
        return None
    found = _spans(data, first, values)
    if found is None:
        return None
    octets = np.frombuffer(data, np.uint8)
    try:
        arrays = [
            _column(data, octets, starts, ends, value.is_text)
            for value, (starts, ends) in zip(values, found, strict=True)
        ]
    except pa.ArrowInvalid:  # something else than the plain values of the first line
        return None
    return pa.RecordBatch.from_arrays(arrays, names=[value.name for value in values])


def _values(line: bytes) -> list[_Value]:
    """Return the values in an object, flat; none if it has a list, or is no object."""
    try:
        if not isinstance(json.loads(line), dict):
            return []
    except (ValueError, RecursionError):
        return []
    values: list[_Value] = []
    path: list[str] = []
    key = ""
    is_key = True
    for token in _TOKEN.finditer(line):
        text, literal, sign = token.groups()
        if sign in (b"[", b"]"):
            return []
        if sign == b"{":
            path.append(key)
        elif sign == b"}":
            path.pop()
        elif sign:
            is_key = sign == b","
            continue
        elif text is not None and is_key:
            key = text.decode("utf-8", "replace")
            continue
        else:
            span = token.span(1 if literal is None else 2)
            values.append(_Value("/".join([*path[1:], key]), *span, literal is None))
        is_key = sign == b"{"
    return values


def _spans(data: bytes, first: bytes, values: list[_Value]) -> list[tuple[Places, Places]] | None:
    """Return where each value begins and ends in every line, if all between them is the same."""
    octets = np.frombuffer(data, np.uint8)
    line_ends = np.flatnonzero(octets == 10) + 1
    quotes = np.flatnonzero(octets == 34)
    per_line = first.count(b'"')
    if len(quotes) != per_line * len(line_ends):
        return None
    quote = quotes.reshape(-1, per_line)
    edges = [0, *(edge for value in values for edge in (value.start, value.end)), len(first)]
    between = [first[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    places: list[Places] = [np.concatenate([[0], line_ends[:-1]])]
    seen = between[0].count(b'"')
    for constant in between[1:-1]:
        places.append(quote[:, seen] - constant.index(b'"'))
        seen += constant.count(b'"')
    places.append(line_ends - len(between[-1]))
    starts = [place + len(constant) for place, constant in zip(places, between, strict=True)][:-1]
    ends = places[1:]
    if any((end < start).any() for start, end in zip(starts, ends, strict=True)):
        return None
    if all(_stands(data, constant, place) for constant, place in zip(between, places, strict=True)):
        return list(zip(starts, ends, strict=True))
    return None


def _stands(data: bytes, constant: bytes, places: Places) -> bool:
    """Tell whether the same bytes stand at all of some places."""
    if places.min() < 0 or places.max() + len(constant) > len(data):
        return False
    return _pieces(data, f"V{len(constant)}")[places].tobytes() == constant * len(places)


def _pieces(data: bytes, kind: str) -> NDArray[Any]:
    """Return the overlapping pieces of some bytes: one that begins at each byte."""
    count = len(data) - np.dtype(kind).itemsize + 1
    return np.ndarray((count,), kind, data, strides=(1,))


def _column(
    data: bytes, octets: NDArray[np.uint8], starts: Places, ends: Places, is_text: bool
) -> pa.Array:
    """Return the cells between some places: texts, truths, or numbers."""
    rows = len(starts)
    is_null = (octets[starts] == ord("n")) & (ends - starts == 4) & (not is_text)
    if is_null.any() and not _stands(data, b"null", starts[is_null]):
        raise pa.ArrowInvalid("not null")
    present = np.flatnonzero(~is_null)
    if not len(present):
        return pa.nulls(rows)
    # Every second string of this array is a cell; between them is null what separates them.
    offsets = np.zeros(2 * rows + 1, np.int32)
    offsets[1::2], offsets[2::2] = starts, ends
    valid = np.zeros(2 * rows, bool)
    valid[2 * present + 1] = True
    strings = pa.StringArray.from_buffers(
        2 * rows,
        pa.py_buffer(offsets),
        pa.py_buffer(data),
        pa.py_buffer(np.packbits(valid, bitorder="little")),
        2 * rows - len(present),
    )
    cells = pa.array(np.arange(1, 2 * rows, 2))
    if is_text:
        return strings.take(cells)
    one = data[starts[present[0]] : ends[present[0]]]
    if one in (b"true", b"false"):
        return strings.cast(pa.bool_()).take(cells)
    edges = _NUMBER_STARTS.ravel()[_pieces(data, "<u2")[starts]] & _NUMBER_ENDS[octets[ends - 1]]
    if not edges[present].all():  # Arrow takes .5, 5. and 05 for numbers, JSON does not
        raise pa.ArrowInvalid("not a number")
    if _WHOLE_NUMBER.fullmatch(one):
        try:
            return strings.cast(pa.int64()).take(cells)
        except pa.ArrowInvalid:
            pass
    return strings.cast(pa.float64()).take(cells)
