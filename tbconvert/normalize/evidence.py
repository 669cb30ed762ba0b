"""What the rows of a table say of its columns, one block after the other.

What a column is may depend on all of its rows: a step that is 0 in the first block may count
in the next, a run may begin in the last one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize import arrays
from tbconvert.normalize.stacks import Stack
from tbconvert.normalize.steps import Steps, read_steps


class Evidence:
    """Tells which columns change, rise, or start over, by the rows that were added.

    ``steps`` and ``weak_steps`` are columns that could be steps, ``runs`` those that could
    tell runs apart, ``tag`` that of the tags of a long table. A few numbers are held for each,
    however many rows there are.
    """

    def __init__(
        self,
        steps: Iterable[str],
        weak_steps: Iterable[str],
        runs: Iterable[str],
        tag: str = "",
    ) -> None:
        strong = dict.fromkeys(steps)
        self._has_weak = bool(weak := set(weak_steps) - strong.keys())
        self._counters = {name: _Counter() for name in (*strong, *weak)}
        pairs = (*permutations(strong, 2), *product(sorted(weak), strong))
        self._nests = {pair: _Nest() for pair in pairs}
        self._labels: dict[str, set[object]] = {name: set() for name in runs}
        self._stack = Stack(self._labels, self._counters, tag) if len(self._labels) > 1 else None

    def add(self, batch: pa.RecordBatch, only: Iterable[str] | None = None) -> None:
        """Take the rows of a block into account; with ``only``, in these columns alone."""
        wanted = None if only is None else set(only)
        cells = {
            name: batch.column(place)
            for place, name in enumerate(batch.schema.names)
            if wanted is None or name in wanted
        }
        found = {name: read_steps(cells[name]) for name in self._counters if name in cells}
        for name, read in found.items():
            self._counters[name].add(read)
        for (inner, outer), nest in self._nests.items():
            if inner in found and outer in found:
                nest.add(found[inner], found[outer])
        for name, seen in self._labels.items():
            if name in cells and not self.varies(name):
                seen.update(cells[name].to_pylist())
        if self._stack is not None and only is None:
            self._stack.add(cells, found)

    @property
    def counters(self) -> tuple[str, ...]:
        """The columns that could be steps."""
        return tuple(self._counters)

    def varies(self, name: str) -> bool:
        """Tell whether a column has more than one value."""
        if name in self._labels:
            return len(set(map(str, self._labels[name] - {None}))) > 1
        return self._counters[name].varies

    def is_constant(self, name: str) -> bool:
        """Tell whether a column of steps says the same in each of several rows."""
        counter = self._counters[name]
        return counter.cells > 1 and not counter.varies

    def is_rising(self, name: str) -> bool:
        """Tell whether a column of steps is there in every row, and larger in each."""
        return self._counters[name].is_rising

    def counts(self, name: str) -> bool:
        """Tell whether a column of steps is there in every row, and larger in nearly each."""
        counter = self._counters[name]
        return not counter.has_gaps and counter.rises * 10 >= (counter.cells - 1) * 9 > 0

    def counts_where_it_is(self, name: str) -> bool:
        """Tell whether a column of steps is there in nearly every row, and larger in each."""
        counter = self._counters[name]
        return counter.rises == counter.cells - 1 > 0 and counter.cells * 10 >= counter.rows * 9

    def wanders(self, name: str) -> bool:
        """Tell whether a column of steps goes back time and again, as a length does."""
        counter = self._counters[name]
        return counter.backs * 10 > counter.cells

    def outer(self, name: str) -> str | None:
        """Return the column within which another one counts: that starts over when it rises.

        Within one that rises from row to row there is nothing to count.
        """
        return next(
            (
                outer
                for (inner, outer), nest in self._nests.items()
                if inner == name and nest.is_one and not self.counts(outer)
            ),
            None,
        )

    def always(self, inner: str, outer: str) -> bool:
        """Tell whether a column starts over whenever another one rises, and only then."""
        nest = self._nests[inner, outer]
        return nest.rises == nest.both == nest.backs

    def parted(self, names: Iterable[str], step: str) -> tuple[str, ...]:
        """Return which columns of runs tell the rows of a step apart; () where none does.

        It is one of them, or the first ones that vary, together. A single one is not asked.
        """
        if self._stack is None:
            return ()
        return self._stack.parted([name for name in names if self.varies(name)], step)

    @property
    def is_settled(self) -> bool:
        """Whether no row to come can change what the columns are: one counts, none is a run."""
        counts = len(self._counters) == 1 and not self._has_weak
        return counts and not self._labels and all(c.varies for c in self._counters.values())


@dataclass(slots=True, eq=False)
class _Counter:
    """What one column of steps did so far: how often it rose, and went back."""

    rows: int = 0
    cells: int = 0
    first: int = 0
    last: int = 0
    varies: bool = False
    rises: int = 0
    backs: int = 0

    @property
    def has_gaps(self) -> bool:
        return self.cells < self.rows

    @property
    def is_rising(self) -> bool:
        return not self.has_gaps and self.rises == max(self.cells - 1, 0)

    def add(self, found: Steps) -> None:
        values = found.values if found.present is None else found.values[found.present]
        self.rows += len(found.values)
        if not len(values):
            return
        if not self.cells:
            self.first = self.last = int(values[0])
        else:
            self.rises += int(values[0]) > self.last
            self.backs += int(values[0]) < self.last
        self.rises += int(np.count_nonzero(values[1:] > values[:-1]))
        self.backs += int(np.count_nonzero(values[1:] < values[:-1]))
        self.varies = self.varies or bool((values != self.first).any())
        self.cells += len(values)
        self.last = int(values[-1])


@dataclass(slots=True, eq=False)
class _Nest:
    """How often one column rose, another went back, and both at once."""

    rises: int = 0
    backs: int = 0
    both: int = 0
    last: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def is_one(self) -> bool:
        # one restart of a log is no habit, and one damaged row does not end one
        return self.both * 2 > max(self.rises, self.backs)

    def add(self, inner: Steps, outer: Steps) -> None:
        there = arrays.both(inner.present, outer.present)
        low, high = inner.values, outer.values
        if there is not None:
            low, high = low[there], high[there]
        if self.last is not None:
            low, high = np.append(self.last[0], low), np.append(self.last[1], high)
        if len(low):
            self.last = low[-1:].copy(), high[-1:].copy()
        back, up = low[1:] < low[:-1], high[1:] > high[:-1]
        self.backs += int(np.count_nonzero(back))
        self.rises += int(np.count_nonzero(up))
        self.both += int(np.count_nonzero(back & up))
