"""How far the weights of a model move from one snapshot to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import RawTensor
from tbconvert.summaries.floats import as_floats

_CHUNK = 1 << 13  # np.dot takes threads for more, and they cost more than they bring


class Changes:
    """The relative update of each weight: |w - w'| / |w'|, w' being the one before.

    Holds no weights: those of the snapshot before are read again, piece by piece.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[RawTensor, float]] = {}
        self._now: dict[str, tuple[RawTensor, float]] = {}

    def update(
        self, name: str, tensor: RawTensor, array: NDArray[Any], norm: float
    ) -> tuple[float | None, str]:
        """Return how far a weight has moved, None if that cannot be said, and a remark.

        Raises
        ------
        SourceError
            What it was before cannot be read any more.
        """
        self._now[name] = (tensor, norm)
        if name not in self._before:
            return None, ""
        former, former_norm = self._before[name]
        if former.shape != tensor.shape:
            return None, f"its shape was {former.shape} before and is {tensor.shape} from here on"
        if not former_norm or not np.isfinite(former_norm):
            return None, ""
        return _distance(array, former) / former_norm, ""

    def advance(self) -> None:
        """Let the next snapshot begin."""
        self._before, self._now = self._now, {}


def _distance(array: NDArray[Any], former: RawTensor) -> float:
    """Return the norm of a difference, in float64."""
    total, start = 0.0, 0
    flat, pieces = _side_by_side(array, former)
    for piece in pieces:
        for at in range(0, len(piece), _CHUNK):
            before = piece[at : at + _CHUNK]
            now = flat[start : start + len(before)]
            start += len(before)
            with np.errstate(over="ignore", invalid="ignore"):
                step = _doubles(now) - _doubles(before)
                total += float(np.dot(step, step))
    return float(np.sqrt(total))


def _side_by_side(
    array: NDArray[Any], former: RawTensor
) -> tuple[NDArray[Any], Iterable[NDArray[Any]]]:
    """Return an array, flat, and the pieces of its former self in the same order."""
    is_rows, is_columns = array.flags.c_contiguous, array.flags.f_contiguous
    if former.stream is not None and (is_columns if former.is_fortran else is_rows):
        return (array.T if former.is_fortran else array).reshape(-1), former.stream()
    other = former.load()
    if is_columns and other.flags.f_contiguous:
        array, other = array.T, other.T  # the same elements in the order of the memory
    return array.reshape(-1), [other.reshape(-1)]


def _doubles(piece: NDArray[Any]) -> NDArray[np.float64]:
    doubles: NDArray[np.float64] = as_floats(piece).astype(np.float64, copy=False)
    return doubles
