"""A header that comes again while the steps go on → the rows below it, with those above it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf

import numpy as np
import pyarrow as pa

from tbconvert.dialects import by_name
from tbconvert.model import Raw, RawTable, Source
from tbconvert.normalize import arrays
from tbconvert.normalize.columns import first_evidence
from tbconvert.options import Options

_ENOUGH = 1 << 14
"""Rows of a table that are worth the work that each table costs."""


def joined(raws: Iterable[Raw], source: Source, options: Options) -> Iterator[Raw]:
    """Yield what a source holds, small tables of which each goes on with the one before as one.

    A log that was resumed thousands of times, or whose logger repeats its header, would
    otherwise cost thousands of tables of a few rows.
    """
    counters = _Counters(source, options)
    held: list[RawTable] = []
    rows, segment = 0, -1
    for raw in raws:
        if held and not (isinstance(raw, RawTable) and counters.go_on(held[-1], raw)):
            yield _as_one(held)
            held, rows = [], 0
        # what is left of a segment does not begin one
        if not isinstance(raw, RawTable) or raw.segment == segment or not raw.batch.num_rows:
            yield raw
            continue
        counters.begin(raw)
        held.append(raw)
        rows, segment = rows + raw.batch.num_rows, raw.segment
        if rows >= _ENOUGH:
            yield _as_one(held)
            held, rows = [], 0
    if held:
        yield _as_one(held)


def _as_one(tables: list[RawTable]) -> RawTable:
    """Return tables as one, of the segment of the last one: more rows of that may come."""
    if len(tables) == 1:
        return tables[0]
    whole = pa.Table.from_batches([table.batch for table in tables]).combine_chunks()
    lines = np.concatenate([table.line_numbers() for table in tables])
    problems = tuple(problem for table in tables for problem in table.problems)
    return replace(tables[-1], batch=whole.to_batches()[0], lines=lines, problems=problems)


class _Counters:
    """The columns of a source that could be its steps, whichever will be."""

    def __init__(self, source: Source, options: Options) -> None:
        self._dialect = by_name(source.dialect)
        self._options = options
        self._first: pa.RecordBatch | None = None
        self._places: dict[tuple[str, ...], tuple[tuple[str, int], ...]] = {}

    def begin(self, table: RawTable) -> None:
        """Take down where the counters of a source begin."""
        if self._first is None:
            self._first = table.batch.slice(0, 1)

    def go_on(self, table: RawTable, after: RawTable) -> bool:
        """Tell whether all of them rise from one table to another, under the same header."""
        if table.segment == after.segment or table.origin != after.origin:
            return False
        batch = table.batch
        if not after.batch.num_rows or not batch.schema.equals(after.batch.schema):
            return False
        for name, place in self._places_in(batch):
            begun = self._begun(name)
            last, first = _number(batch.column(place), -1), _number(after.batch.column(place), 0)
            if first is None or last is None or begun is None or first <= max(last, begun):
                return False
        return True

    def _places_in(self, batch: pa.RecordBatch) -> tuple[tuple[str, int], ...]:
        names = tuple(batch.schema.names)
        if names not in self._places:
            evidence = first_evidence(batch.slice(0, 1), self._options, self._dialect)
            self._places[names] = tuple((name, names.index(name)) for name in evidence.counters)
        return self._places[names]

    def _begun(self, name: str) -> float | None:
        """Return where a counter of the source began; None where that is not known."""
        if self._first is None or name not in self._first.schema.names:
            return -inf
        return _number(self._first.column(self._first.schema.names.index(name)), 0)


def _number(cells: pa.Array, place: int) -> float | None:
    """Return one cell of a column, None where it is no number."""
    number = cells[place].as_py() if arrays.is_number(cells.type) else None
    return None if number != number else number  # nothing goes on from NaN
