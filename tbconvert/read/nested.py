"""Nested columns made flat: objects by "/", short arrays of numbers by position."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tbconvert.read.objects import as_text
from tbconvert.read.records import renamed, unique_names

SHORT = 16
"""An array of up to so many numbers is as many columns; a longer one stays a list."""


def flat_batch(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, list[tuple[str, str]]]:
    """Return a batch of plain columns, lists of doubles, and texts; nothing where it is empty.

    Where two names meet when they are flat, the second is another; both are returned.
    """
    if not any(map(pa.types.is_nested, batch.schema.types)):
        return batch, []
    pairs = zip(batch.schema.names, batch.columns, strict=True)
    columns = [flat for name, array in pairs for flat in _flat(name, array)]
    flat = [name for name, _ in columns]
    names = unique_names(flat)
    batch = pa.RecordBatch.from_arrays([array for _, array in columns], names=names)
    return batch, renamed(flat, names)


def _flat(name: str, array: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    kind = array.type
    if pa.types.is_struct(kind):
        for field, part in zip(kind, array.flatten(), strict=True):
            yield from _flat(f"{name}/{field.name}", part)
    elif not pa.types.is_list(kind):
        yield name, array
    elif pa.types.is_null(kind.value_type):
        return
    elif pa.types.is_integer(kind.value_type) or pa.types.is_floating(kind.value_type):
        yield from _numbers(name, array)
    else:
        yield name, pa.array([as_text(cell or None) for cell in array.to_pylist()], pa.string())


def _numbers(name: str, array: pa.ListArray) -> Iterator[tuple[str, pa.Array]]:
    offsets = array.offsets.to_numpy()
    lengths = np.diff(offsets) * array.is_valid().to_numpy(zero_copy_only=False)
    longest = int(lengths.max(initial=0))
    if longest <= SHORT:
        for position in range(longest):
            where = pa.array(offsets[:-1] + position, mask=lengths <= position)
            yield f"{name}/{position}", array.values.take(where)
    else:
        doubles = array.values.cast(pa.float64())
        yield name, pa.ListArray.from_arrays(array.offsets, doubles, mask=pa.array(lengths == 0))
