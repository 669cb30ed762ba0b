"""The points of one tag as a reader holds them, file after file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tbconvert.serving.nature import Nature
from tbconvert.serving.numbers import Numbers, compress


@dataclass(frozen=True, slots=True)
class Piece:
    """The steps of some points of one nature, in the order they came in."""

    nature: Nature
    steps: Numbers


class Series:
    """Points of any nature by their steps; long regular ones take no memory."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []

    def __len__(self) -> int:
        return sum(len(piece.steps) for piece in self.pieces)

    def append(self, nature: Nature, steps: Numbers) -> None:
        """Add points behind all others."""
        last = self.pieces[-1] if self.pieces else None
        joined = last.steps.then(steps) if last and last.nature == nature else None
        if joined:
            self.pieces.pop()
        self.pieces.append(Piece(nature, joined or steps))

    def end_before(self, step: int) -> int:
        """Drop all that is not below a step, of a series that rises; return how many points."""
        dropped = 0
        while self.pieces and self.pieces[-1].steps.last >= step:
            piece = self.pieces.pop()
            if count := piece.steps.rank(step):
                self.pieces.append(Piece(piece.nature, piece.steps.part(0, count)))
            dropped += (len(piece.steps) - count) * piece.nature.is_point
        return dropped

    def drop_from(self, step: int) -> int:
        """Drop all that is not below a step, in whatever order; return how many points."""
        pieces, self.pieces = self.pieces, []
        for piece in pieces:
            if below := piece.steps.below(step):
                self.append(piece.nature, below)
        return sum(len(piece.steps) for piece in pieces) - len(self)

    def only(self, wanted: Callable[[Nature], bool]) -> Steps:
        """Return the steps of the points that are wanted."""
        return Steps(tuple(piece.steps for piece in self.pieces if wanted(piece.nature)))

    def natures(self) -> Iterator[Nature]:
        """Yield the nature of each piece."""
        return (piece.nature for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of points in the order in which they are shown."""

    parts: tuple[Numbers, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def array(self) -> NDArray[np.int64]:
        """Return them as they are, int64 (n,)."""
        arrays = [part.array() for part in self.parts]
        return np.concatenate(arrays) if arrays else np.empty(0, np.int64)

    def sorted(self) -> Steps:
        """Return each step once, in rising order."""
        if all(part.fall() is None for part in self.parts) and all(
            one.last < other.first for one, other in pairwise(self.parts)
        ):
            return self
        return Steps((compress(np.unique(self.array())),))

    def equals(self, other: Steps) -> bool:
        """Tell whether the same steps are in the same order."""
        return self.parts == other.parts or np.array_equal(self.array(), other.array())
