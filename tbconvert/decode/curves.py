"""Points of scalars by their tags, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tbconvert.decode.parts import Scalars
from tbconvert.model import Tag


class Kind(NamedTuple):
    """What points of a tag have to have in common to be told together."""

    is_tensor: bool
    plugin: str
    data_class: int | None


class Curves:
    """The points of a part of a file, as they are found: in any order."""

    def __init__(self) -> None:
        self._columns: dict[Tag, list[tuple[Kind, _Columns]]] = {}
        self._single: dict[Tag, list[tuple[Kind, int, int, float, bytes]]] = {}

    def add(self, tag: Tag, kind: Kind, columns: _Columns) -> None:
        """Take down points: order, steps, wall times and values, as ``Scalars`` has them."""
        self._columns.setdefault(tag, []).append((kind, columns))

    def add_one(
        self, tag: Tag, kind: Kind, order: int, step: int, wall_time: float, value: bytes
    ) -> None:
        """Take down one point; ``value`` is a float32, little-endian."""
        self._single.setdefault(tag, []).append((kind, order, step, wall_time, value))

    def parts(self) -> Iterator[Scalars]:
        """Yield all points of each tag, in the order of the file."""
        for tag, points in self._single.items():
            for kind, alike in groupby(points, itemgetter(0)):
                self.add(tag, kind, _columns(alike))
        for tag, pieces in self._columns.items():
            yield from _in_order(tag, pieces)


_Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]


def _columns(points: Iterable[tuple[Kind, int, int, float, bytes]]) -> _Columns:
    _, order, steps, wall_times, values = zip(*points, strict=True)
    return (
        np.array(order, np.int64),
        np.array(steps, np.int64),
        np.array(wall_times, np.float64),
        np.frombuffer(b"".join(values), "<f4").astype(np.float32),
    )


def _in_order(tag: Tag, pieces: list[tuple[Kind, _Columns]]) -> Iterator[Scalars]:
    if len(pieces) == 1:
        ((kind, columns),) = pieces
        yield Scalars(tag, *columns, *kind)
        return
    kinds = list(dict.fromkeys(kind for kind, _ in pieces))
    of_kind = np.repeat([kinds.index(kind) for kind, _ in pieces], [len(c[0]) for _, c in pieces])
    order, steps, wall_times, values = (
        np.concatenate(column) for column in zip(*(c for _, c in pieces), strict=True)
    )
    # Stable: a tag may be twice in one event, and then stands here as it does there.
    rising = np.argsort(order, kind="stable")
    borders = np.flatnonzero(np.diff(of_kind[rising])) + 1
    for which in np.split(rising, borders):
        columns = order[which], steps[which], wall_times[which], values[which]
        yield Scalars(tag, *columns, *kinds[of_kind[which[0]]])
