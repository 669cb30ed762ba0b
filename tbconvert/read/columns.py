"""Columns of any type that Arrow has, as columns of numbers, texts, times and lists."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from tbconvert.read.nested import flat_batch
from tbconvert.read.objects import meets
from tbconvert.read.problems import Problems

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def plain_batch(batch: pa.RecordBatch, first: int, problems: Problems) -> pa.RecordBatch:
    """Return rows of plain columns, the ``first`` row being that one of the file.

    Objects are flat, by "/"; short lists of numbers are as many columns. What is neither a
    number nor a text is noted, and left out.
    """
    batch, met = flat_batch(_each(batch, first, problems))
    for name, other in met:
        problems.note(first, meets(name, other), column=name)
    return _each(batch, first, problems)


def _each(batch: pa.RecordBatch, first: int, problems: Problems) -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {}
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        plain = _plain(array)
        if plain is not None:
            columns[name] = plain
        elif cells := len(array) - array.null_count:
            said = f"got {array.type}, wanted numbers or texts; none of its {cells} cells was kept"
            problems.note(first, said, cells, name)
    return pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])


def _plain(array: pa.Array) -> pa.Array | None:
    """Return a column as one that the next room knows; None where that cannot be."""
    kind = array.type
    while isinstance(kind, pa.BaseExtensionType) or pa.types.is_dictionary(kind):
        is_coded = pa.types.is_dictionary(kind)
        array = array.dictionary_decode() if is_coded else array.storage
        kind = array.type
    if pa.types.is_decimal(kind):
        return array.cast(pa.float64())
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's dates have no such part
        return array.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_duration(kind):
        return _seconds(array)
    if pa.types.is_time(kind):
        return array.cast(pa.string())
    if _is_bytes(kind):
        try:
            return array.cast(pa.string())
        except pa.ArrowInvalid:
            return None
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _list(array)
    if pa.types.is_map(kind) or pa.types.is_union(kind):
        return pa.array([_spelled(cell) for cell in array.to_pylist()], pa.string())
    return array


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _seconds(array: pa.Array) -> pa.Array:
    import pyarrow.compute as pc  # slow to import, and few tables need it

    ticks = array.cast(pa.int64()).cast(pa.float64(), safe=False)
    return pc.divide(ticks, _PER_SECOND[array.type.unit])


def _list(array: pa.Array) -> pa.Array:
    return pa.array(array.to_pylist(), pa.list_(array.type.value_type))


def _spelled(cell: Any) -> str | None:
    return None if cell is None else json.dumps(cell, default=str, ensure_ascii=False)
