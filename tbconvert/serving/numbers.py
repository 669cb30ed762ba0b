"""Whole numbers in a row, kept small: most steps of a training rise evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WIDEST = 1 << 63


@dataclass(frozen=True, slots=True)
class Even:
    """``count`` numbers, one or more, each ``stride`` after the one before; all of 64 bits."""

    start: int
    stride: int
    count: int

    def __len__(self) -> int:
        return self.count

    @property
    def first(self) -> int:
        """The first of them."""
        return self.start

    @property
    def last(self) -> int:
        """The last of them."""
        return self.start + self.stride * (self.count - 1)

    @property
    def lowest(self) -> int:
        """The least of them."""
        return min(self.first, self.last)

    @property
    def highest(self) -> int:
        """The greatest of them."""
        return max(self.first, self.last)

    def array(self) -> NDArray[np.int64]:
        """Return them as they are, int64 (n,)."""
        # what a product overflows by, the sum takes back
        return np.int64(self.start) + np.int64(self.stride) * np.arange(self.count)

    def part(self, begin: int, end: int) -> Even:
        """Return those from ``begin`` to before ``end``, at least one."""
        return Even(self.start + self.stride * begin, self.stride, end - begin)

    def rank(self, bound: int) -> int:
        """Return how many are below ``bound``, of numbers that do not fall."""
        if bound <= self.start:
            return 0
        if bound > self.last:
            return self.count
        return -((self.start - bound) // self.stride)

    def below(self, bound: int) -> Even | None:
        """Return those below a number, None without any."""
        if self.highest < bound:
            return self
        if self.stride > 0:
            count = self.rank(bound)
            return self.part(0, count) if count else None
        # numbers that fall: those below are the last ones
        count = Even(self.last, -self.stride or 1, self.count).rank(bound)
        return self.part(self.count - count, self.count) if self.lowest < bound else None

    def rising(self) -> Even:
        """Return those that no later one equals or falls below."""
        return self if self.stride > 0 else Even(self.last, 1, 1)

    def fall(self) -> int | None:
        """Return the index of the first that is not above the one before, None if all rise."""
        return None if self.count == 1 or self.stride > 0 else 1

    def then(self, other: Numbers) -> Even | None:
        """Return these and others as one, None if they do not go on evenly."""
        if isinstance(other, Odd):
            return None
        stride = other.start - self.last
        strides = {one.stride for one in (self, other) if one.count > 1} | {stride}
        if len(strides) > 1 or abs(stride) >= _WIDEST:
            return None
        return Even(self.start, stride, self.count + other.count)


@dataclass(frozen=True, slots=True, eq=False)
class Odd:
    """Numbers in an array, int64 (n,), n ≥ 1, which is not to be changed."""

    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def first(self) -> int:
        """The first of them."""
        return int(self.numbers[0])

    @property
    def last(self) -> int:
        """The last of them."""
        return int(self.numbers[-1])

    @property
    def lowest(self) -> int:
        """The least of them."""
        return int(self.numbers.min())

    @property
    def highest(self) -> int:
        """The greatest of them."""
        return int(self.numbers.max())

    def array(self) -> NDArray[np.int64]:
        """Return them as they are, int64 (n,)."""
        return self.numbers

    def part(self, begin: int, end: int) -> Numbers:
        """Return those from ``begin`` to before ``end``, at least one."""
        return self if end - begin == len(self) else compress(self.numbers[begin:end])

    def rank(self, bound: int) -> int:
        """Return how many are below ``bound``, of numbers that do not fall."""
        return int(np.searchsorted(self.numbers, bound))

    def below(self, bound: int) -> Numbers | None:
        """Return those below a number, None without any."""
        is_below = self.numbers < bound
        if is_below.all():
            return self
        return compress(self.numbers[is_below]) if is_below.any() else None

    def rising(self) -> Numbers:
        """Return those that no later one equals or falls below."""
        least_after = np.minimum.accumulate(self.numbers[::-1])[::-1][1:]
        stays = np.append(self.numbers[:-1] < least_after, True)
        return self if stays.all() else compress(self.numbers[stays])

    def fall(self) -> int | None:
        """Return the index of the first that is not above the one before, None if all rise."""
        falls = self.numbers[1:] <= self.numbers[:-1]
        return int(falls.argmax()) + 1 if falls.any() else None

    def then(self, other: Numbers) -> None:
        """Return None: these do not go on evenly."""


Numbers = Even | Odd


def compress(numbers: NDArray[np.int64]) -> Numbers:
    """Return numbers, int64 (n,), n ≥ 1, in the form that takes the least memory."""
    count, start = len(numbers), int(numbers[0])
    stride = int(numbers[1]) - start if count > 1 else 1
    # both, since a difference of two numbers of 64 bits may wrap around
    is_even = int(numbers[-1]) - start == stride * (count - 1) and abs(stride) < _WIDEST
    if is_even and (count < 3 or bool((np.diff(numbers) == stride).all())):
        return Even(start, stride, count)
    # a copy, so that what they are a view of can go
    return Odd(np.array(numbers, np.int64))


def gather(several: list[Numbers]) -> Numbers:
    """Return several as one."""
    return compress(np.concatenate([numbers.array() for numbers in several]))
