"""Histograms as W&B logs them, objects in a row: edges and counts of buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.model import RawTable

HISTOGRAM = "histogram"
_COUNTED = pa.struct({"edges": pa.list_(pa.float64()), "counts": pa.list_(pa.float64())})


def histograms(table: RawTable, name: str) -> tuple[pa.Array, int]:
    """Return the histograms of a name as a column, and how many were none that W&B writes."""
    text = reshape.column(table, name)
    objects = _nested(table, name) if text is None else _parsed(text)
    cells = [None if one is None else _counted(one) for one in objects]
    lost = sum(one is not None for one in objects) - sum(cell is not None for cell in cells)
    return pa.array(cells, _COUNTED), lost


def _counted(histogram: dict[str, Any]) -> dict[str, Any] | None:
    """Return edges and counts, None if they are none."""
    counts, edges = histogram.get("values"), histogram.get("bins")
    if edges is None and (packed := histogram.get("packedBins")):
        try:
            size = packed["size"]
            edges = [packed["min"] + size * at for at in range(int(packed["count"]) + 1)]
        except (TypeError, KeyError, ValueError):
            return None
    try:
        limits, filled = np.array(edges, np.float64), np.array(counts, np.float64)
    except (TypeError, ValueError):
        return None
    is_one = limits.ndim == filled.ndim == 1 and len(limits) == len(filled) + 1 > 1
    if not is_one or not np.isfinite(limits).all() or not np.isfinite(filled).all():
        return None
    return {"edges": limits, "counts": filled} if (np.diff(limits) >= 0).all() else None


def _parsed(cells: pa.Array) -> list[dict[str, Any] | None]:
    """Return the objects in a column of texts: JSON, or what Python shows of a dict."""
    if not pa.types.is_string(cells.type):
        return [None] * len(cells)
    objects: list[dict[str, Any] | None] = []
    for cell in cells.to_pylist():
        try:
            one = None if cell is None else json.loads(cell.replace("'", '"'))
        except ValueError:
            one = {}
        objects.append(one if isinstance(one, dict) or one is None else {})
    return objects


def _nested(table: RawTable, name: str) -> list[dict[str, Any] | None]:
    """Return the objects that became several columns when they were made flat."""
    kinds = reshape.column(table, f"{name}/_type")
    if kinds is None:
        return [None] * table.batch.num_rows
    counts, edges = (_lists(table, f"{name}/{part}") for part in ("values", "bins"))
    packed = {key: reshape.numbers(table, f"{name}/packedBins/{key}") for key in _PACKED}
    objects: list[dict[str, Any] | None] = []
    for row, kind in enumerate(reshape.plain(kinds)):
        if kind is None:
            objects.append(None)
            continue
        bins = {key: float(cells[row]) for key, cells in packed.items()}
        objects.append({"values": counts[row], "bins": edges[row], "packedBins": bins})
    return objects


_PACKED = ("min", "size", "count")


def _lists(table: RawTable, name: str) -> Sequence[list[float] | None]:
    """Return the arrays of a name; short ones were made a column for each place."""
    cells = reshape.column(table, name)
    if cells is not None and pa.types.is_list(cells.type):
        return list(cells.to_pylist())
    columns = [reshape.plain(column) for column in _places(table, name)]
    if not columns:
        return [None] * table.batch.num_rows
    return [[cell for cell in row if cell is not None] for row in zip(*columns, strict=True)]


def _places(table: RawTable, name: str) -> Iterator[pa.Array]:
    for place in count():
        cells = reshape.column(table, f"{name}/{place}")
        if cells is None:
            return
        yield cells
