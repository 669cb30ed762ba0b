"""Histograms as W&B logs them, objects in a row: edges and counts of buckets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, takewhile
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import from_json
from tbconvert.model import RawTable

HISTOGRAM = "histogram"

Mask = NDArray[np.bool_]


def histograms(table: RawTable, name: str) -> tuple[pa.Array, int]:
    """Return the histograms of a name as a column, and how many were none that W&B writes."""
    text = reshape.column(table, name)
    there, found = _nested(table, name) if text is None else _of_texts(text)
    edges = found.all_edges()
    good = there & _are_histograms(edges, found.counts)
    column = pa.StructArray.from_arrays(
        [edges.column(good), found.counts.column(good)], ["edges", "counts"], mask=pa.array(~good)
    )
    return column, int(np.count_nonzero(there & ~good))


@dataclass(frozen=True)
class _Lists:
    """Lists of numbers, one in each row: ``values`` (m,) of all, and the ``sizes`` (n,)."""

    values: NDArray[np.float64]
    sizes: NDArray[np.int64]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each begins among the values, and the last one ends; (n + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """In which row each value is; (m,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def column(self, keep: Mask) -> pa.Array:
        """Return the lists as a column; empty where a row (n,) is not kept."""
        sizes = np.where(keep, self.sizes, 0)
        ends = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
        return pa.ListArray.from_arrays(ends, pa.array(self.values[keep[self.rows]]))

    @classmethod
    def of(cls, lists: Sequence[Any]) -> _Lists:
        """Return lists, empty what is none of numbers."""
        arrays = [_floats(one) for one in lists]
        return cls(np.concatenate([np.empty(0), *arrays]), np.array([*map(len, arrays)], np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class _Histograms:
    """Counts and edges as they stand; ``packed`` are min, size and count of equal buckets, (n,)."""

    counts: _Lists
    edges: _Lists
    packed: tuple[NDArray[np.float64], ...]

    def all_edges(self) -> _Lists:
        """Return the edges, also those that are told by the first one and their distance."""
        low, size, number = self.packed
        is_packed = (self.edges.sizes == 0) & (np.trunc(number) == self.counts.sizes)
        edges = _Lists(np.empty(0), np.where(is_packed, self.counts.sizes + 1, self.edges.sizes))
        rows = edges.rows
        with np.errstate(all="ignore"):
            values = low[rows] + size[rows] * (np.arange(len(rows)) - edges.starts[rows])
        values[~is_packed[rows]] = self.edges.values
        return _Lists(values, edges.sizes)


def _are_histograms(edges: _Lists, counts: _Lists) -> Mask:
    """Tell which rows are edges that rise, and counts between them; (n,)."""
    good: Mask = (edges.sizes == counts.sizes + 1) & (counts.sizes > 0)
    good[counts.rows[~np.isfinite(counts.values)]] = False
    falls = ~(edges.values[1:] >= edges.values[:-1]) & (edges.rows[1:] == edges.rows[:-1])
    good[edges.rows[1:][falls]] = False
    # what rises has no NaN, and nothing infinite but at its ends
    rows = np.flatnonzero(good)
    ends = edges.values[np.stack([edges.starts[rows], edges.starts[rows + 1] - 1])]
    good[rows] = np.isfinite(ends).all(axis=0)
    return good


# -------------------------------------------------------------------------------- reading

_PACKED = ("min", "size", "count")


def _of_texts(cells: pa.Array) -> tuple[Mask, _Histograms]:
    """Read the objects in a column of texts: JSON, or what Python shows of a dict."""
    texts = cells.to_pylist() if pa.types.is_string(cells.type) else [None] * len(cells)
    objects = [{} if text is None else _object(text) for text in texts]
    packed = [_object(one.get("packedBins")) for one in objects]
    parts = (np.array([_number(one.get(key)) for one in packed], np.float64) for key in _PACKED)
    counts, edges = (_Lists.of([one.get(key) for one in objects]) for key in ("values", "bins"))
    there = np.array([text is not None for text in texts], np.bool_)
    return there, _Histograms(counts, edges, tuple(parts))


def _nested(table: RawTable, name: str) -> tuple[Mask, _Histograms]:
    """Read the objects that became several columns when they were made flat."""
    counts, edges = (_lists(table, f"{name}/{part}") for part in ("values", "bins"))
    packed = (reshape.numbers(table, f"{name}/packedBins/{key}") for key in _PACKED)
    return reshape.is_there(table, f"{name}/_type"), _Histograms(counts, edges, tuple(packed))


def _lists(table: RawTable, name: str) -> _Lists:
    """Return the arrays of a name; short ones were made a column for each place."""
    cells = reshape.column(table, name)
    if cells is not None and pa.types.is_list(cells.type):
        return _Lists.of(cells.to_pylist())
    names = [*_places(table, name)]
    if not names:
        return _Lists.of([None] * table.batch.num_rows)
    values = np.column_stack([reshape.numbers(table, place) for place in names])
    there = np.column_stack([reshape.is_there(table, place) for place in names])
    return _Lists(values[there], there.sum(axis=1))


def _places(table: RawTable, name: str) -> Iterator[str]:
    names = {*table.batch.schema.names}
    return takewhile(names.__contains__, (f"{name}/{place}" for place in count()))


def _object(given: Any) -> dict[str, Any]:
    """Return an object as it stands, or in a text; one of nothing where there is none."""
    try:
        one = from_json(given.replace("'", '"')) if isinstance(given, str) else given
    except ValueError:
        return {}
    return one if isinstance(one, dict) else {}


def _number(given: Any) -> float:
    return given if type(given) in (int, float) else np.nan


def _floats(given: Any) -> NDArray[np.float64]:
    """Return a list of numbers, an empty one for anything else; (m,)."""
    try:
        values = np.array(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)
    return values if values.ndim == 1 else np.empty(0)
