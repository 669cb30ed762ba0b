"""The text of OpenAI's logger: boxes of names and numbers, those of sections indented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects.reshape import column, of_tables
from tbconvert.model import Origin, Problem, Raw, RawTable

NAME, INNER, CELL, RULER = "name", "inner", "cell", "ruler"
_WORDS = "[^| ](?:[^|]*[^| ])?"
LINE = (
    rf"^(?:\|(?: {{4}}(?P<{INNER}>{_WORDS})| (?P<{NAME}>{_WORDS})) +\| (?P<{CELL}>{_WORDS})? *\|"
    rf"|(?P<{RULER}>-{{10,}})) *$"
)
"""What a line of a box is, or one above or below it."""


class Boxes:
    """Makes a row of each box; the one that a file breaks off in is whole at its end."""

    def __init__(self) -> None:
        self._box: dict[str, str] = {}
        self._section = ""
        self._last: RawTable | None = None
        self._line = 0
        self._problems: list[Problem] = []

    @of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the boxes that end in a table of lines."""
        boxes: list[dict[str, str]] = []
        places: list[int] = []
        parts = (_texts(raw, name) for name in (NAME, INNER, CELL))
        for place, name, inner, cell in zip(raw.line_numbers().tolist(), *parts, strict=True):
            if name is not None or inner is not None:
                self._line = place
                self._take(name, inner, cell, raw.origin)
            elif self._box:
                boxes.append(self._end())
                places.append(place)
        self._last = raw
        yield self._table(raw, boxes, places)

    def finish(self) -> Iterator[Raw]:
        """Yield the box that no line has ended."""
        if self._box and self._last is not None:
            table = replace(self._last, problems=())
            yield self._table(table, [self._end()], [self._line])

    def _take(self, name: str | None, inner: str | None, cell: str | None, origin: Origin) -> None:
        if name is not None:
            self._section = name if cell is None and name.endswith("/") else ""
        if cell is None:
            return
        whole = self._section + (inner or name or "")
        if whole in self._box:  # long names are cut
            where = replace(origin, row=self._line, column=whole)
            said = f"the name stands twice in one box: {self._box[whole]} was left out"
            self._problems.append(Problem(where, said, cells=1))
        self._box[whole] = cell

    def _end(self) -> dict[str, str]:
        box, self._box, self._section = self._box, {}, ""
        return box

    def _table(self, table: RawTable, boxes: list[dict[str, str]], places: list[int]) -> RawTable:
        names = dict.fromkeys(name for box in boxes for name in box)
        columns = {name: _column([box.get(name) for box in boxes]) for name in names}
        batch = pa.RecordBatch.from_pydict(columns)
        lines = np.array(places, np.int64)[: batch.num_rows]
        problems = (*table.problems, *self._problems)
        self._problems.clear()
        return replace(table, batch=batch, lines=lines, problems=problems)


def _texts(table: RawTable, name: str) -> list[str | None]:
    """Return what stands in each line; numbers are texts by now, they may be names as well."""
    cells = column(table, name)
    if cells is None:
        return [None] * table.batch.num_rows
    return [None if cell is None else str(cell) for cell in cells.to_pylist()]


def _column(cells: list[str | None]) -> Any:
    try:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    except ValueError:
        return pa.array(cells, pa.string())
