"""A curve in a few hundred numbers, however many points it has: reduced as they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float32]


def _none() -> _Floats:
    return np.empty(0, np.float32)


@dataclass(slots=True)
class Curve:
    """The points of one tag, in order: how many, where from and to, and their outline.

    ``points`` are all of them, ``non_finite`` those that are NaN or infinite; ``lowest`` and
    ``highest`` are of the others, NaN if there are none. Of each ``stride`` points in a row
    ``low`` and ``high`` have the lowest and the highest, NaN if none is finite; ``most`` of
    such pairs are held.
    """

    most: int = 256
    points: int = 0
    non_finite: int = 0
    first_step: int = 0
    last_step: int = 0
    last: float = float("nan")
    stride: int = 1
    low: _Floats = field(default_factory=_none)
    high: _Floats = field(default_factory=_none)

    @property
    def lowest(self) -> float:
        """The lowest finite value."""
        return _extreme(self.low, np.min)

    @property
    def highest(self) -> float:
        """The highest finite value."""
        return _extreme(self.high, np.max)

    def add(self, steps: NDArray[np.int64], values: _Floats) -> None:
        """Take more points in; both (n,)."""
        count = len(values)
        if not count:
            return
        if not self.points:
            self.first_step = int(steps[0])
        self.last_step, self.last = int(steps[-1]), float(values[-1])
        finite = np.isfinite(values)
        self.non_finite += count - int(np.count_nonzero(finite))
        if not finite.all():
            values = np.where(finite, values, np.float32(np.nan))
        while -(-(self.points + count) // self.stride) > self.most:
            self._widen()
        begun = self.points % self.stride  # points that the last bucket has already
        starts = np.arange(-begun % self.stride, count, self.stride)
        if begun:
            part = values[: starts[0] if len(starts) else count]
            self.low[-1] = np.fmin(self.low[-1], np.fmin.reduce(part))
            self.high[-1] = np.fmax(self.high[-1], np.fmax.reduce(part))
        if len(starts):
            self.low = np.append(self.low, np.fmin.reduceat(values, starts))
            self.high = np.append(self.high, np.fmax.reduceat(values, starts))
        self.points += count

    def _widen(self) -> None:
        """Make one bucket of each two."""
        self.stride *= 2
        pairs = np.arange(0, len(self.low), 2)
        if len(pairs):
            self.low = np.fmin.reduceat(self.low, pairs)
            self.high = np.fmax.reduceat(self.high, pairs)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data; None stands for what is no finite number."""
        return {
            "points": self.points,
            "non_finite": self.non_finite,
            "first_step": self.first_step,
            "last_step": self.last_step,
            "last": _plain(self.last),
            "min": _plain(self.lowest),
            "max": _plain(self.highest),
            "curve": {
                "stride": self.stride,
                "min": list(map(_plain, self.low.tolist())),
                "max": list(map(_plain, self.high.tolist())),
            },
        }


def _extreme(values: _Floats, reduce: Any) -> float:
    there = values[~np.isnan(values)]
    return float(reduce(there)) if len(there) else float("nan")


def _plain(number: float) -> float | None:
    return float(f"{number:.7g}") if np.isfinite(number) else None
