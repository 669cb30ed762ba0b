"""Small tables of bare numbers as batches: Arrow's reader hands each to a thread, and waits.

That takes as long as to parse some ten thousand bytes, and longer where other processes keep
the cores busy. Its casts make the same numbers of the same texts, and need no thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.arrow import cast

SMALL = 1 << 18
"""Bytes up to which a table is small."""

_OF_NUMBERS = b"0123456789+-.eE"
_LINE_END = ord("\n")

# Arrow takes nothing with these for a whole number.
_OF_FRACTIONS = np.zeros(256, bool)
_OF_FRACTIONS[list(b".eE+")] = True

# Whole numbers below it are the same as doubles.
_EXACT = 2.0**53


def plain_batch(
    text: bytes, names: tuple[str, ...], types: Mapping[str, pa.DataType], delimiter: str
) -> pa.RecordBatch | None:
    """Return the records of a text as Arrow's reader would; None where that is left to it.

    A column is of whole numbers if all of its cells are, unless ``types`` says otherwise.
    """
    if len(text) > SMALL:
        return None
    if delimiter.encode() in _OF_NUMBERS:
        return None
    if text.translate(None, _OF_NUMBERS + delimiter.encode() + b"\r\n"):
        return None
    text = text.replace(b"\r\n", b"\n")
    if not text.endswith(b"\n"):
        text += b"\n"
    octets = np.frombuffer(text, np.uint8)
    is_end = (octets == ord(delimiter)) | (octets == _LINE_END)
    ends = np.flatnonzero(is_end)
    if b"\r" in text or not _is_grid(octets[ends] == _LINE_END, len(names)):
        return None
    offsets = np.zeros(len(ends) + 1, np.int32)
    offsets[1:] = ends - np.arange(len(ends))
    is_empty = offsets[1:] == offsets[:-1]
    if len(names) == 1 and is_empty.any():  # an empty line is no row
        return None
    numbers = _numbers(octets[~is_end], offsets, is_empty)
    if numbers is None:
        return None
    is_fraction = np.zeros(len(ends), bool)
    is_fraction[np.searchsorted(ends, np.flatnonzero(_OF_FRACTIONS[octets]))] = True
    shape = len(ends) // len(names), len(names)
    columns = (cells.reshape(shape).T for cells in (numbers, is_empty, is_fraction))
    arrays = [
        _column(types.get(name), *cells) for name, *cells in zip(names, *columns, strict=True)
    ]
    if any(array is None for array in arrays):
        return None
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def _is_grid(is_line_end: NDArray[np.bool_], width: int) -> bool:
    """Tell whether every line has so many cells."""
    if len(is_line_end) % width:
        return False
    rows = is_line_end.reshape(-1, width)
    return bool(rows[:, -1].all() and not rows[:, :-1].any())


def _numbers(
    data: NDArray[np.uint8], offsets: NDArray[np.int32], is_empty: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Return what stands in all cells, NaN in empty ones; None if some are no numbers."""
    bits = np.packbits(~is_empty, bitorder="little")
    buffers = map(pa.py_buffer, (offsets, data, bits))
    cells = pa.StringArray.from_buffers(len(is_empty), *buffers)
    try:
        numbers = cast(cells, pa.float64())
    except pa.ArrowInvalid:
        return None
    found: NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False)
    return found


def _column(
    wanted: pa.DataType | None,
    numbers: NDArray[np.float64],
    is_empty: NDArray[np.bool_],
    is_fraction: NDArray[np.bool_],
) -> pa.Array | None:
    """Return the cells of a column as Arrow's; None if it is to say of what type they are."""
    if wanted == pa.float64() or (wanted is None and is_fraction.any()):
        return _array(numbers, is_empty, pa.float64())
    if is_empty.all():
        return pa.nulls(len(numbers), wanted or pa.null())
    if is_fraction.any():
        return None
    whole = np.where(is_empty, 0, numbers)
    if np.abs(whole).max() >= _EXACT:
        return None
    return _array(whole.astype(np.int64), is_empty, pa.int64())


def _array(values: NDArray[Any], is_missing: NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    """Return numbers as Arrow's: ``pa.array`` would import ``numpy.ma``, as slow as ten logs."""
    there = np.packbits(~is_missing, bitorder="little") if is_missing.any() else None
    buffers = [None if of is None else pa.py_buffer(of) for of in (there, values.copy())]
    return pa.Array.from_buffers(kind, len(values), buffers)
