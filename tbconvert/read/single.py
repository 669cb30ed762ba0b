"""One JSON object as one row, whatever its cells are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import pyarrow as pa

from tbconvert.model import Origin, Problem, RawTable
from tbconvert.read.objects import ObjectReader, as_batch, meets

Columns = Mapping[str, Sequence[Any]]
"""Columns of cells, by name."""


def single(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Return the cells of an object, each as a column; nothing stands beside them."""
    reader = ObjectReader()
    cells = reader.flat(value)
    for name, other in reader.met.items():
        notes.append(Problem(replace(origin, column=name), meets(name, other)))
    return {name: [cell] for name, cell in cells.items()}, {}


def texts(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Return the same, with arrays as their JSON text, for who knows what they are."""
    table, beside = single(value, origin, notes)
    return {name: [_text(cell)] for name, (cell,) in table.items()}, beside


def row_of_lists(value: Any, origin: Origin) -> RawTable:
    """Return an object as a row with arrays of numbers, and arrays of those, as Arrow's lists.

    All numbers of one are of one type; what is not, and arrays of anything else, are their
    JSON text.

    Raises
    ------
    AttributeError
        It is no object.
    """
    notes: list[Problem] = []
    table, _ = single(value, origin, notes)
    columns: dict[str, pa.Array] = {}
    for name, (cell,) in table.items():
        array = _list(cell) if isinstance(cell, list) else None
        columns[name] = as_batch({name: [_text(cell)]}).column(0) if array is None else array
    names = as_batch(dict.fromkeys(columns, ())).schema.names
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=names)
    return RawTable(origin, batch, range(1, 1 + batch.num_rows), problems=tuple(notes))


def _text(cell: Any) -> Any:
    return json.dumps(cell) if isinstance(cell, list) else cell


def _list(cell: list[Any]) -> pa.Array | None:
    is_nested = {*map(type, cell)} == {list}
    kinds = {*map(type, chain(*cell) if is_nested else cell)} - {type(None)}
    for of, kind in ((int, pa.int64()), (float, pa.float64())):
        if kinds <= {of}:
            kind = pa.list_(pa.list_(kind) if is_nested else kind)
            try:
                return pa.array([cell], kind)
            except OverflowError:
                return None
    return None
