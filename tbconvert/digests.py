"""What a run holds, in some bytes for each tag: checksums over its points in their order.

They are against accidents, as those of every record are. How points stand together in events is
not seen: a tag's digest is the same wherever its neighbours are.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

Told = Mapping[str, Mapping[str, Sequence[Any]]]
"""Of each kind and tag how many points there are, and their digest in hex; plain data."""

SCALAR, EVENT = "scalar", "event"
"""The kinds of lone float32, and of what has no tag: the field of the event stands for it."""

_KINDS = {"histo": "histogram", None: "nothing"}
"""What people call the fields of a value, where it is not what they are called."""

_POINT = struct.Struct("<qdQ")


class Points(Protocol):
    """Who takes down points, in the order of the file, or of what is written to it."""

    def add_scalars(
        self,
        tags: Sequence[str],
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
        values: NDArray[np.float32],
    ) -> None:
        """Take down rows of points, one of each tag: values (n, m) for n steps and m tags."""

    def add_value(self, kind: str, tag: str, step: int, wall_time: float, payload: bytes) -> None:
        """Take down any other point: ``payload`` is its value as the file has it."""


class Digests:
    """Makes the digests of all points that it takes down."""

    def __init__(self) -> None:
        self._curves: dict[str, tuple[int, int, int, int]] = {}
        self._others: dict[str, dict[str, tuple[int, int]]] = {}

    def add_scalars(
        self,
        tags: Sequence[str],
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
        values: NDArray[np.float32],
    ) -> None:
        """Take down rows of points, one of each tag: values (n, m) for n steps and m tags."""
        rows = len(steps)
        at = np.ascontiguousarray(steps, "<i8")
        when = np.ascontiguousarray(wall_times, "<f8")
        columns = np.ascontiguousarray(values.T, "<f4")
        known: dict[tuple[int, int], tuple[int, int]] = {}  # tags share nearly always all of it
        for tag, column in zip(tags, columns, strict=True):
            count, *before, last = self._curves.get(tag, (0, 0, 0, 0))
            places = (before[0], before[1])
            if places not in known:
                known[places] = crc32c(at.data, places[0]), crc32c(when.data, places[1])
            self._curves[tag] = (count + rows, *known[places], crc32c(column.data, last))

    def add_value(self, kind: str, tag: str, step: int, wall_time: float, payload: bytes) -> None:
        """Take down any other point: ``payload`` is its value as the file has it."""
        tags = self._others.setdefault(kind, {})
        count, digest = tags.get(tag, (0, 0))
        digest = crc32c(_POINT.pack(step, wall_time, len(payload)), digest)
        tags[tag] = count + 1, crc32c(payload, digest)

    def told(self) -> Told:
        """Return all that was taken down."""
        told: dict[str, dict[str, list[Any]]] = {SCALAR: {}} if self._curves else {}
        for tag, (count, *parts) in self._curves.items():
            told[SCALAR][tag] = [count, "".join(f"{part:08x}" for part in parts)]
        for kind, tags in self._others.items():
            told[kind] = {tag: [count, f"{digest:08x}"] for tag, (count, digest) in tags.items()}
        return told


def kind_of(field: str | None) -> str:
    """Return the kind of a value that is no lone float32, by the field that it has."""
    return _KINDS.get(field) or field or ""
