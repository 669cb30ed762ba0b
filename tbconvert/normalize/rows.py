"""Rows of some tags that share their gaps: what a table falls into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import GraphPoint, Point, ScalarBlock, Summary, Tag
from tbconvert.normalize.arrays import Mask
from tbconvert.summaries.text import text_point


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``n`` rows of ``m`` tags without gaps, in the order of the file.

    ``steps`` int64 (n,), ``wall_times`` float64 (n,), ``lines`` int64 (n,) for messages.
    ``values`` is float32 (n, m) for scalars; for one tag of text, of numbers (k,), of
    edges and counts of buckets, or of summaries that are ready, it is an object array (n, 1).
    """

    tags: tuple[Tag, ...]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    lines: NDArray[np.int64]
    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.steps)

    def take(self, rows: NDArray[Any]) -> Rows:
        """Return some of the rows, by mask or by index."""
        return replace(
            self,
            steps=self.steps[rows],
            wall_times=self.wall_times[rows],
            lines=self.lines[rows],
            values=self.values[rows],
        )

    def only(self, places: list[int]) -> Rows:
        """Return some of the tags."""
        if len(places) == len(self.tags):
            return self
        return replace(
            self, tags=tuple(self.tags[p] for p in places), values=self.values[:, places]
        )

    def with_values(self, values: NDArray[np.float32]) -> Rows:
        """Return the same rows with other values."""
        return replace(self, values=values)

    def summaries(self) -> Iterator[Summary]:
        """Yield what is written of these rows."""
        if not len(self):
            return
        if self.values.dtype == np.float32:
            yield ScalarBlock(self.tags, self.steps, self.wall_times, self.values)
            return
        end = 0
        for kind, group in groupby(self.values[:, 0], type):
            start, cells = end, list(group)
            end += len(cells)
            yield from self._of_cells(slice(start, end), kind, cells)

    def _of_cells(self, where: slice, kind: type, cells: list[Any]) -> Iterable[Summary]:
        """Return what is written of some rows of one tag that is no scalar, cells of one kind."""
        (tag,) = self.tags
        steps, times = self.steps[where], self.wall_times[where]
        if kind is np.ndarray:
            from tbconvert.summaries.lists import histogram_points  # slow to import

            return histogram_points(tag, steps, times, cells)
        if kind is tuple:
            from tbconvert.summaries.counted import counted_blocks

            return counted_blocks(tag, steps, times, cells)
        if kind is str:
            rows = zip(steps.tolist(), times.tolist(), cells, strict=True)
            return (text_point(tag, *row) for row in rows)
        return cells


_UNTAGGED = Tag("")
"""What orders the graphs of a run, of which one is shown; no tag is ever empty."""


def single_row(point: Point) -> Rows:
    """Return a summary as the only row of its tag."""
    cell = np.empty((1, 1), object)
    cell[0, 0] = point
    tag, step = (_UNTAGGED, 0) if isinstance(point, GraphPoint) else (point.tag, point.step)
    return Rows((tag,), np.array([step]), np.array([point.wall_time]), np.zeros(1, np.int64), cell)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The cells of one tag: ``values`` (n,), and where they are there."""

    tag: Tag
    values: NDArray[Any]
    present: Mask


def dense(
    columns: Iterable[Column],
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    lines: NDArray[np.int64],
) -> Iterator[Rows]:
    """Group columns of numbers by where their gaps are; each group is dense.

    Train and validation rows alternate in half of all logs. Rows are never grouped, so
    that the steps of a tag stay in the order of the file.
    """
    groups: dict[bytes, list[Column]] = {}
    for column in columns:
        key = b"" if column.present is None else np.packbits(column.present).tobytes()
        groups.setdefault(key, []).append(column)
    for group in groups.values():
        mask = group[0].present
        count = len(steps) if mask is None else int(np.count_nonzero(mask))
        if not count:
            continue
        # one column after the other in memory: each is read and written in one sweep
        values = np.empty((len(group), count), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for place, column in enumerate(group):
                values[place] = column.values if mask is None else column.values[mask]
        whole = Rows(tuple(c.tag for c in group), steps, wall_times, lines, values.T)
        if mask is not None:
            whole = Rows(whole.tags, steps[mask], wall_times[mask], lines[mask], values.T)
        yield whole
