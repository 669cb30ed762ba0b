"""Equal bins between two numbers, and how many of many numbers lie in each: without a sort."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from threading import Lock
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# Added to the place of every number, in bins: far more than rounding can take away. So a
# number that is the edge of a bin never falls into the bin before.
_NUDGE = 2.0**-34

# What rounding to float32 can do to the place of a number among few bins, and more than that.
_SLACK = 2.0**-12


@dataclass(frozen=True, slots=True)
class View:
    """Numbers seen from ``origin``, in a unit in which even their squares are ordinary floats.

    ``unit`` is a power of two, 1 for all but outlandish numbers; ``origin`` is scaled by it.
    """

    origin: float
    unit: float = 1.0

    def __call__(self, values: NDArray[Any], out: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x · unit - origin of some numbers (n,), in ``out`` (n,)."""
        np.copyto(out, values)
        if self.unit != 1:
            out *= self.unit
        if self.origin:
            out -= self.origin
        return out


class EqualBins:
    """Counts of numbers in ``size`` equal bins from ``low`` to ``high``, finite and apart.

    The place of a number, in bins, comes out of steps that never fall: a larger number has
    no smaller place. So each bin is an interval, and where one ends can be told to the last
    bit. Numbers outside come only where ``is_part``; below ``low`` they count for bin 0.
    """

    _slack = 4 * _NUDGE

    def __init__(
        self, low: float, high: float, size: int, view: View, *, is_part: bool = False
    ) -> None:
        self.low, self.high, self.size = low, high, size
        self._view, self._is_part = view, is_part
        self._start, self._end = low * view.unit, high * view.unit
        self._span = self._end - self._start
        self._factor = size / self._span
        self._offset = (view.origin - self._start) * self._factor + _NUDGE
        self._counts = np.zeros(size + 1, np.int64)  # the last one: from ``high`` on
        self._lock = Lock()

    def empty(self) -> Self:
        """Return the same bins with nothing in them."""
        bins = copy(self)
        bins._counts = np.zeros(self.size + 1, np.int64)
        return bins

    def merge(self, other: EqualBins) -> None:
        """Count also what is in other such bins; several threads may ask for it."""
        counts = other._all_counts()
        with self._lock:
            self._counts += counts

    def share(self, low: float, high: float) -> float:
        """Return how much of the range lies between two numbers, as a fraction."""
        return (high * self._view.unit - low * self._view.unit) / self._span

    def add(
        self, values: NDArray[Any], seen: NDArray[np.float64], out: NDArray[np.float64]
    ) -> None:
        """Count numbers (n,), which are ``seen`` through the view; ``out`` (n,) is room to work in.

        ``out`` may be ``seen``.
        """
        places = self._places(seen, out)
        if self._is_part:
            np.clip(places, 0, self.size, out=places)
        # by way of int32: processors cannot turn floats into int64 many at a time
        self._counts += np.bincount(places.astype(np.int32), minlength=self.size + 1)

    def below(self) -> NDArray[np.int64]:
        """Return how many numbers have a smaller place than 0, 1, … ``size``.

        For 0 that is none, which is not so where ``is_part``.
        """
        return np.concatenate(([0], np.cumsum(self._all_counts()[:-1])))

    def positions(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return where places are in view; they differ even if no two floats are so near."""
        from_start = self._start - self._view.origin + self._span * places / self.size
        # where the range is vast, only what begins at the nearer end is near the truth
        from_end = self._end - self._view.origin - self._span * (self.size - places) / self.size
        return np.where(2 * places <= self.size, from_start, from_end)

    def edges(self, places: NDArray[np.intp], dtype: type[np.floating[Any]]) -> NDArray[np.float64]:
        """Return a number for each of some places, (k,): what is less has a smaller place.

        That holds for all floats of ``dtype``, float32 or float64, whatever rounding did to
        their places. It is the very edge of an equal bin where that will do.
        """
        ideal = (self._start + self._span * places / self.size) / self._view.unit
        margin = self._span / self.size * self._slack / self._view.unit
        before = _keys(np.nextafter((ideal - margin).astype(dtype), dtype(-np.inf)))
        reached = _keys(np.nextafter((ideal + margin).astype(dtype), dtype(np.inf)))
        room = np.empty(len(places))
        while (before + 1 < reached).any():
            middle = (before & reached) + ((before ^ reached) >> 1)  # their sum may overflow
            is_there = self._places_of(_floats(middle), room) >= places
            before = np.where(is_there, before, middle)
            reached = np.where(is_there, middle, reached)
        last, first = _floats(before).astype(np.float64), _floats(reached).astype(np.float64)
        return np.where((last < ideal) & (ideal < first), ideal, first)

    def _all_counts(self) -> NDArray[np.int64]:
        return self._counts

    def _places_of(self, values: NDArray[Any], room: NDArray[np.float64]) -> NDArray[Any]:
        return self._places(self._view(values, room), room)

    def _places(self, seen: NDArray[np.float64], out: NDArray[np.float64]) -> NDArray[np.float64]:
        np.multiply(seen, self._factor, out=out)
        out += self._offset
        return out


class FewBins(EqualBins):
    """At most 255 equal bins, in which numbers are counted in a third of the time.

    Places are found in the type of the numbers, and are bytes. Those Arrow counts as they
    are, where ``np.bincount`` makes eight bytes of each.
    """

    _slack = _SLACK

    def __init__(self, low: float, high: float, size: int, view: View) -> None:
        super().__init__(low, high, size, view)
        self._waiting: list[NDArray[np.uint8]] = []

    def empty(self) -> Self:
        """Return the same bins with nothing in them."""
        bins = super().empty()
        bins._waiting = []
        return bins

    @classmethod
    def can_have(cls, low: float, high: float) -> bool:
        """Tell whether the steps to a place between two numbers are ordinary float32."""
        return 2.0**-100 < high - low < 2.0**100

    def add(
        self, values: NDArray[Any], seen: NDArray[np.float64], out: NDArray[np.float64]
    ) -> None:
        """Count numbers as they are, however they are seen."""
        self._waiting.append(self._places_of(values, out).astype(np.uint8))

    def _all_counts(self) -> NDArray[np.int64]:
        if self._waiting:
            import pyarrow.compute as pc  # slow to import, and only large arrays need it

            # as many modes as there are places: each of these, and how often it is there
            found = pc.mode(pa.chunked_array(self._waiting, pa.uint8()), self.size + 1)
            self._counts[found.field(0).to_numpy()] += found.field(1).to_numpy()
            self._waiting.clear()
        return self._counts

    def _places_of(self, values: NDArray[Any], room: NDArray[np.float64]) -> NDArray[Any]:
        places = room.view(values.dtype)[: len(values)]
        np.subtract(values, self.low, out=places)
        places *= self._factor
        return places


def _keys(floats: NDArray[Any]) -> NDArray[Any]:
    """Return the integers that count floats upwards, one by one."""
    return _turned(floats.view(f"i{floats.itemsize}"))


def _floats(keys: NDArray[Any]) -> NDArray[Any]:
    return _turned(keys).view(f"f{keys.itemsize}")


def _turned(bits: NDArray[Any]) -> NDArray[Any]:
    # floats are sign and magnitude: of negative ones all bits but the sign are turned
    width = 8 * bits.itemsize - 1
    turned: NDArray[Any] = bits ^ ((bits >> width) & ((1 << width) - 1))
    return turned
