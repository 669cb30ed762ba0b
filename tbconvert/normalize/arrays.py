"""Arrow's columns as numpy arrays, without a copy and without ``pyarrow.compute``.

That module takes as long to import as a small log takes to convert.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_] | None
"""One bool a row; None where all are true, as they are in most columns."""


def column_of(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    """Return the column of a name, None if there is none."""
    names = batch.schema.names
    return batch.column(names.index(name)) if name in names else None


def present(array: pa.Array) -> Mask:
    """Tell which cells are not missing."""
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.bool_)
    return _bits(array.buffers()[0], array.offset, len(array))


def is_number(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds numbers, booleans among them."""
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_list(kind: pa.DataType) -> bool:
    """Tell whether the cells of a column of this type hold lists."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def is_distribution(kind: pa.DataType) -> bool:
    """Tell whether the cells of a column of this type hold numbers, or counts of them."""
    return is_list(kind) or bool(pa.types.is_struct(kind))


def distributions(array: pa.Array, rows: NDArray[np.intp]) -> list[Any]:
    """Return what some cells of a column of distributions hold, none of which is missing.

    Numbers are float64 (k,), NaN where one is missing; counts are a pair of edges (k + 1,)
    and counts (k,).
    """
    if pa.types.is_struct(array.type):
        edges, counts = (_lists(array.field(name), rows) for name in ("edges", "counts"))
        return list(zip(edges, counts, strict=True))
    return _lists(array, rows)


def _lists(array: pa.Array, rows: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    if array.type != _DOUBLES:
        array = array.cast(_DOUBLES, safe=False)
    values, ends = array.values.to_numpy(zero_copy_only=False), array.offsets.to_numpy()
    places = zip(ends[rows].tolist(), ends[rows + 1].tolist(), strict=True)
    return [values[start:end] for start, end in places]


_DOUBLES = pa.list_(pa.float64())


def is_time(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds dates or points in time."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def numbers(array: pa.Array) -> NDArray[Any]:
    """Return the cells of a column of numbers, in its own dtype; any value where missing."""
    if pa.types.is_boolean(array.type):
        return _bits(array.buffers()[1], array.offset, len(array))
    data = np.frombuffer(array.buffers()[1], _DTYPES.get(str(array.type), str(array.type)))
    return data[array.offset : array.offset + len(array)]


# where Arrow's name of a type is not numpy's; its own table wants pandas before version 18
_DTYPES = {"double": "float64", "float": "float32", "halffloat": "float16"}


def _bits(buffer: pa.Buffer, offset: int, length: int) -> NDArray[np.bool_]:
    packed = np.frombuffer(buffer, np.uint8)
    return np.unpackbits(packed, count=offset + length, bitorder="little")[offset:].view(np.bool_)


def varies(array: pa.Array) -> bool:
    """Tell whether a column of numbers has several of them; NaN is one."""
    there = present(array)
    values = numbers(array) if there is None else numbers(array)[there]
    first = values[:1].repeat(len(values))
    return not np.array_equal(values, first, equal_nan=True)


def both(left: Mask, right: Mask) -> Mask:
    """Return where both masks are true."""
    if left is None:
        return right
    return left if right is None else left & right


def count(mask: Mask, rows: int) -> int:
    """Return in how many of the rows a mask is true."""
    return rows if mask is None else int(np.count_nonzero(mask))
