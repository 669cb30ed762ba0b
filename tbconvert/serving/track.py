"""The values of one tag in one event file, by the numbers of their records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from tbconvert.serving.nature import Nature
from tbconvert.serving.numbers import Even, Numbers, compress, gather


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values of one nature: ``orders``, which do not fall, and ``steps``, of equal length."""

    nature: Nature
    orders: Numbers
    steps: Numbers

    def __len__(self) -> int:
        return len(self.orders)

    def part(self, begin: int, end: int) -> Stretch:
        """Return the values from ``begin`` to before ``end``, at least one."""
        return Stretch(self.nature, self.orders.part(begin, end), self.steps.part(begin, end))

    def before(self, order: float) -> Stretch | None:
        """Return the values of the records before one, None without any."""
        if order > self.orders.last:
            return self
        count = self.orders.rank(int(order))
        return self.part(0, count) if count else None


class Track:
    """The values of one tag in one file: many are told, few stretches are kept.

    They may be told in any order, since those of one kind are read together.
    """

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    def add_one(self, nature: Nature, order: int, step: int) -> None:
        """Take down one value."""
        self.add(Stretch(nature, Even(order, 1, 1), Even(step, 1, 1)))

    def __len__(self) -> int:
        return sum(map(len, self._stretches))

    def arranged(self) -> list[Stretch]:
        """Return all values as stretches that follow one another in the file."""
        if len(self._stretches) < 2:
            return self._stretches
        ordered = sorted(self._stretches, key=lambda stretch: stretch.orders.first)
        if any(before.orders.last > after.orders.first for before, after in pairwise(ordered)):
            ordered = list(_untangled(ordered))
        self._stretches = ordered
        return ordered

    def add(self, stretch: Stretch) -> None:
        """Take down a stretch of values."""
        kept = self._stretches
        if kept and (joined := _joined(kept[-1], stretch)):
            kept[-1] = joined
            return
        kept.append(stretch)
        if len(kept) % _MANY == 0 and sum(map(len, kept[-_MANY:])) < _MANY * _FEW:
            kept[-_MANY:] = _gathered(kept[-_MANY:])


_MANY, _FEW = 64, 16
"""So many stretches of fewer values on average become an array."""


def _joined(one: Stretch, other: Stretch) -> Stretch | None:
    if one.nature is not other.nature and one.nature != other.nature:
        return None
    orders = one.orders.then(other.orders)
    steps = one.steps.then(other.steps) if orders else None
    if orders is None or steps is None or orders.stride < 0:
        return None
    return Stretch(one.nature, orders, steps)


def _gathered(stretches: list[Stretch]) -> Iterable[Stretch]:
    for nature, group in groupby(stretches, key=lambda stretch: stretch.nature):
        alike = list(group)
        orders = np.concatenate([stretch.orders.array() for stretch in alike])
        steps = np.concatenate([stretch.steps.array() for stretch in alike])
        turn = np.argsort(orders, kind="stable")
        yield Stretch(nature, compress(orders[turn]), compress(steps[turn]))


def _untangled(stretches: list[Stretch]) -> Iterable[Stretch]:
    """Cut stretches that overlap where the nature changes."""
    orders = gather([stretch.orders for stretch in stretches]).array()
    steps = gather([stretch.steps for stretch in stretches]).array()
    natures = np.repeat(np.arange(len(stretches)), [len(stretch) for stretch in stretches])
    turn = np.argsort(orders, kind="stable")
    orders, steps, natures = orders[turn], steps[turn], natures[turn]
    ends = np.append(np.flatnonzero(np.diff(natures)) + 1, len(natures))
    begin = 0
    for end in ends.tolist():
        place = slice(begin, end)
        nature = stretches[natures[begin]].nature
        yield Stretch(nature, compress(orders[place]), compress(steps[place]))
        begin = end
