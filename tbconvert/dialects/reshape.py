"""What adapters do to tables: columns that are added, named otherwise, or left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.model import RawTable


def column(table: RawTable, name: str) -> pa.Array | None:
    """Return a column by its name, None if there is none."""
    names = table.batch.schema.names
    return table.batch.column(names.index(name)) if name in names else None


def numbers(table: RawTable, name: str) -> NDArray[np.float64]:
    """Return a column as float64, NaN where nothing or no number stands; (n,)."""
    cells = column(table, name)
    if cells is None:
        return np.full(table.batch.num_rows, np.nan)
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return np.asarray(cells.to_numpy(zero_copy_only=False), np.float64)
    return np.array([_number(cell) for cell in cells.to_pylist()], np.float64)


def _number(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(cell)
    except (TypeError, ValueError):
        return float("nan")


def with_columns(table: RawTable, added: Mapping[str, Any]) -> RawTable:
    """Return a table with more columns, or others in the place of those of their names."""
    columns = dict(zip(table.batch.schema.names, table.batch.columns, strict=True))
    columns |= {name: cells if isinstance(cells, pa.Array) else pa.array(cells)
                for name, cells in added.items()}  # fmt: skip
    return _of(table, columns)


def without(table: RawTable, names: Collection[str]) -> RawTable:
    """Return a table without some columns."""
    return select(table, lambda name: name not in names)


def select(table: RawTable, is_wanted: Callable[[str], bool]) -> RawTable:
    """Return a table with the columns whose names are wanted."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    return _of(table, {name: cells for name, cells in pairs if is_wanted(name)})


def renamed(table: RawTable, name_of: Callable[[str], str]) -> RawTable:
    """Return a table whose columns have other names; of two with one name the first stays."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    columns: dict[str, Any] = {}
    for name, cells in pairs:
        columns.setdefault(name_of(name), cells)
    return _of(table, columns)


def rows(table: RawTable, keep: NDArray[np.bool_]) -> RawTable:
    """Return some rows of a table, by mask (n,)."""
    if keep.all():
        return table
    places = np.flatnonzero(keep)
    batch = table.batch.take(pa.array(places))
    return replace(table, batch=batch, lines=table.line_numbers()[places])


def _of(table: RawTable, columns: Mapping[str, Any]) -> RawTable:
    # a batch without columns has no rows either
    lines = table.lines if columns else range(0)
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return replace(table, batch=batch, lines=lines)
