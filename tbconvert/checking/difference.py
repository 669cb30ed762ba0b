"""The points of one tag on both sides, one by one: missing, extra, or with another value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

from tbconvert.checking.verdict import Odd, Point, What
from tbconvert.digests import SCALAR

FIRST = 10
"""Points of a tag that are told one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class Column:
    """The points of a tag: ``steps`` int64, ``wall_times`` float64, ``values`` uint32, all (n,).

    Values are the bits of float32, or digests where they are no numbers.
    """

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.uint32]
    is_number: bool

    def __len__(self) -> int:
        return len(self.steps)

    def point(self, place: int) -> Point:
        """Return one of the points."""
        bits = self.values[place]
        # of a float32 as many digits as tell it from all others
        value = float(str(bits.view(np.float32))) if self.is_number else f"{int(bits):08x}"
        return Point(int(self.steps[place]), float(self.wall_times[place]), value)


class Columns:
    """Takes down the points of some tags, by kind and tag, and holds them."""

    def __init__(self, wanted: Collection[tuple[str, str]]) -> None:
        self._pieces: dict[tuple[str, str], list[Column]] = {key: [] for key in wanted}

    def add_scalars(
        self,
        tags: Sequence[str],
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
        values: NDArray[np.float32],
    ) -> None:
        """Take down rows of points: values (n, m) for n steps and m tags."""
        for place, tag in enumerate(tags):
            if (SCALAR, tag) in self._pieces:
                bits = np.array(values[:, place], np.float32).view(np.uint32)
                piece = Column(steps.copy(), wall_times.copy(), bits, True)
                self._pieces[SCALAR, tag].append(piece)

    def add_value(self, kind: str, tag: str, step: int, wall_time: float, payload: bytes) -> None:
        """Take down any other point."""
        if (kind, tag) in self._pieces:
            digest = np.array([crc32c(payload)], np.uint32)
            piece = Column(np.array([step]), np.array([wall_time]), digest, False)
            self._pieces[kind, tag].append(piece)

    def column(self, kind: str, tag: str) -> Column:
        """Return all points of a tag."""
        pieces = self._pieces[kind, tag]
        return Column(
            np.concatenate([np.empty(0, np.int64), *(one.steps for one in pieces)]),
            np.concatenate([np.empty(0, np.float64), *(one.wall_times for one in pieces)]),
            np.concatenate([np.empty(0, np.uint32), *(one.values for one in pieces)]),
            kind == SCALAR,
        )


Pairs = NDArray[np.intp]
"""Places of points that belong together, on both sides (n, 2); -1 where a side has none."""


def differ(wanted: Column, got: Column) -> tuple[dict[What, int], tuple[Odd, ...]]:
    """Return how many points differ, by what of them does, and the first of them by step.

    Points belong together by their step; where a step comes again, by their number in it. What
    is left on both sides, with the same time and value, has got another step.
    """
    pairs = _paired(wanted, got)
    ours, theirs = pairs.T
    other_time = wanted.wall_times[ours].view(np.int64) != got.wall_times[theirs].view(np.int64)
    other_value = wanted.values[ours] != got.values[theirs]
    missing = np.setdiff1d(np.arange(len(wanted)), ours)
    extra = np.setdiff1d(np.arange(len(got)), theirs)
    moved = _moved(wanted, got, missing, extra)
    missing, extra = np.setdiff1d(missing, moved[:, 0]), np.setdiff1d(extra, moved[:, 1])
    odd: dict[What, Pairs] = {
        "missing": np.stack([missing, np.full_like(missing, -1)], axis=1),
        "extra": np.stack([np.full_like(extra, -1), extra], axis=1),
        "step": moved,
        "wall_time": pairs[other_time & ~other_value],
        "value": pairs[other_value],
    }
    if not any(len(places) for places in odd.values()):
        in_order = pairs[np.argsort(ours, kind="stable")]
        odd["order"] = in_order[1:][np.diff(in_order[:, 1]) < 0]
    counts: dict[What, int] = {what: len(places) for what, places in odd.items() if len(places)}
    return counts, tuple(_first(wanted, got, odd))


def _paired(wanted: Column, got: Column) -> Pairs:
    """Return the points that both sides have."""
    steps = np.concatenate([wanted.steps, got.steps])
    number = np.concatenate([_number(wanted.steps), _number(got.steps)])
    order = np.lexsort((number, steps))  # stable: of two that are alike ours comes first
    alike = np.diff(steps[order]) == 0
    alike &= np.diff(number[order]) == 0
    first = np.flatnonzero(alike)
    return np.stack([order[first], order[first + 1] - len(wanted)], axis=1)


def _number(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many points of the same step come before each."""
    order = np.argsort(steps, kind="stable")
    along = np.arange(len(steps))
    begins = np.ones(len(steps), np.bool_)
    begins[1:] = np.diff(steps[order]) != 0
    number = np.empty(len(steps), np.int64)
    number[order] = along - np.maximum.accumulate(np.where(begins, along, 0))
    return number


def _moved(
    wanted: Column, got: Column, missing: NDArray[np.intp], extra: NDArray[np.intp]
) -> Pairs:
    """Return what is left on both sides with the same time and value, each once."""
    alike: dict[tuple[int, int], list[int]] = {}
    pairs: list[tuple[int, int]] = []
    if max(len(missing), len(extra)) <= _MOST_MOVED:
        for at in extra[::-1].tolist():
            alike.setdefault(_key(got, at), []).append(at)
        pairs += [
            (at, places.pop()) for at in missing.tolist() if (places := alike.get(_key(wanted, at)))
        ]
    return np.array(pairs, np.intp).reshape(-1, 2)


_MOST_MOVED = 100_000
"""Points from which on nobody looks which of them has got another step."""


def _key(column: Column, place: int) -> tuple[int, int]:
    return int(column.wall_times[place].view(np.int64)), int(column.values[place])


def _first(wanted: Column, got: Column, odd: dict[What, Pairs]) -> Iterator[Odd]:
    """Yield the first points of all that differ, in the order of their steps."""
    found = [
        Odd(
            what,
            wanted.point(ours) if ours >= 0 else None,
            got.point(theirs) if theirs >= 0 else None,
        )
        for what, places in odd.items()
        for ours, theirs in places[:FIRST].tolist()
    ]
    yield from sorted(found, key=_step)[:FIRST]


def _step(odd: Odd) -> int:
    point = odd.wanted or odd.got
    return point.step if point else 0
