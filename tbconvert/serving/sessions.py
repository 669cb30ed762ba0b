"""Where the Python reader takes a training to have been started again, and purges points."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert.serving.contents import Contents
from tbconvert.serving.numbers import Numbers, compress
from tbconvert.serving.track import Stretch

_Array = NDArray[np.int64]

_BLOCK = 1 << 16
"""Points, or records, that are looked at at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Purges:
    """Events that drop all points before them whose step is not below theirs.

    ``orders`` int64 (n,), rising; ``steps`` int64 (n,).
    """

    orders: _Array
    steps: _Array

    @property
    def least(self) -> int | None:
        """What points of earlier files have to be below; None if that does not matter."""
        return int(self.steps.min()) if len(self.steps) else None

    def survivors(self, stretch: Stretch) -> Iterator[Numbers]:
        """Yield the steps of the points of a stretch that none of the events drops."""
        if not len(self.orders):
            yield stretch.steps
            return
        bounds = np.minimum.accumulate(self.steps[::-1])[::-1]
        for begin in range(0, len(stretch), _BLOCK):
            part = stretch.part(begin, min(begin + _BLOCK, len(stretch)))
            steps = part.steps.array()
            after = np.searchsorted(self.orders, part.orders.array(), "right")
            stays = after == len(bounds)
            stays |= steps < bounds[np.minimum(after, len(bounds) - 1)]
            if stays.any():
                yield compress(steps[stays])


@dataclass(frozen=True, slots=True, eq=False)
class Restarts:
    """The purges of one file: ``of_all`` tags, and ``backward`` ones of the tags in the event."""

    of_all: Purges
    backward: Purges

    def of(self, stretches: Sequence[Stretch]) -> Purges:
        """Return the purges of one tag."""
        if not len(self.backward.orders):
            return self.of_all
        candidates = self.backward.orders
        has = np.zeros(len(candidates), bool)
        for stretch in stretches:
            orders = stretch.orders.array()
            # each of these is looked up, and not each of all that go back in any tag
            places = np.minimum(np.searchsorted(candidates, orders), len(candidates) - 1)
            has[places[candidates[places] == orders]] = True
        orders = np.concatenate([self.of_all.orders, candidates[has]])
        turn = np.argsort(orders)
        steps = np.concatenate([self.of_all.steps, self.backward.steps[has]])
        return Purges(orders[turn], steps[turn])


class Sessions:
    """What the Python reader remembers of all files of a run.

    From version 2 on a START, the first one excepted, drops the points of all tags; before
    that, a summary at a lower step than the one before drops those of its own tags.
    """

    def __init__(self) -> None:
        self._version = 0.0
        self._has_begun = False
        self._last_step = -1

    def read(
        self, contents: Contents, tracks: Collection[Sequence[Stretch]], end: float
    ) -> Restarts:
        """Return the purges of the next file, which ends before the record ``end``."""
        versions = sorted(version for version in contents.versions if version[0] < end)
        changes = [order for order, _ in versions]
        knows = [number >= 2 for number in (self._version, *(number for _, number in versions))]
        starts = [
            start
            for start in sorted(contents.starts)
            if start[0] < end and knows[bisect_right(changes, start[0])]
        ]
        if not self._has_begun:
            self._has_begun, starts = bool(starts), starts[1:]
        backward = _NONE
        # before the first record there is none that could go back
        if all(knows[1 if 0 in changes else 0 :]):
            self._last_step = _last_step(tracks, self._last_step)
        else:
            backward = self._backward(tracks, np.array(changes, np.int64), np.array(knows))
        if versions:
            self._version = versions[-1][1]
        of_all = np.array(starts, np.int64).reshape(-1, 2)
        return Restarts(Purges(of_all[:, 0], of_all[:, 1]), backward)

    def _backward(
        self, tracks: Collection[Sequence[Stretch]], changes: _Array, knows: NDArray[np.bool_]
    ) -> Purges:
        found: list[tuple[_Array, _Array]] = []
        last = max(stretches[-1].orders.last for stretches in tracks) if tracks else -1
        for begin in range(0, last + 1, _BLOCK):
            orders, steps = _events(tracks, begin, begin + _BLOCK)
            if not len(orders):
                continue
            before = np.concatenate([[self._last_step], steps[:-1]])
            is_back = (steps < before) & ~knows[np.searchsorted(changes, orders, "right")]
            found.append((orders[is_back], steps[is_back]))
            self._last_step = int(steps[-1])
        if not found:
            return _NONE
        return Purges(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _events(tracks: Collection[Sequence[Stretch]], begin: int, end: int) -> tuple[_Array, _Array]:
    """Return the orders of the records with values from one to before another, and their steps."""
    orders, steps = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for stretches in tracks:
        for stretch in stretches:
            first, stop = stretch.orders.rank(begin), stretch.orders.rank(end)
            if first < stop:
                part = stretch.part(first, stop)
                orders.append(part.orders.array())
                steps.append(part.steps.array())
    rising, index = np.unique(np.concatenate(orders), return_index=True)
    return rising, np.concatenate(steps)[index]


def _last_step(tracks: Collection[Sequence[Stretch]], otherwise: int) -> int:
    ends = ((stretches[-1].orders.last, stretches[-1].steps.last) for stretches in tracks)
    return max(ends, default=(0, otherwise))[1]


_NONE = Purges(np.empty(0, np.int64), np.empty(0, np.int64))
