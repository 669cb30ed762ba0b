"""The bytes of an event file → what is in it: the mirror of ``encode``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from tbconvert import tfrecord
from tbconvert.decode.layouts import Layouts
from tbconvert.decode.parts import Damage, Mark, Part, Scalars, Value, What, Wrong
from tbconvert.decode.records import Records
from tbconvert.tfrecord import HEAD

__all__ = [
    "Damage",
    "Mark",
    "Part",
    "Readable",
    "Scalars",
    "Value",
    "What",
    "Wrong",
    "read_events",
]

# What is looked at together: the larger, the more records are alike, and the more memory it takes.
_CHUNK = 4 << 20


class Readable(Protocol):
    """Anything that gives bytes: a file, an answer of a store."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""


def read_events(stream: Readable, size: int | None) -> Iterator[Part]:
    """Yield what is in an event file, part after part of it: scalars tag by tag, all else before.

    Points of one tag are in the order of the file, and so is all that is no scalar. ``size`` is
    how many bytes it has, if that is known; more are not read. Without it damage is told of
    at the end, for only then is it known how many bytes are behind.

    A file may be cut off, or broken in any other way: that is told, and never an error. What
    ``stream`` raises is passed on.
    """
    source = _Source(stream, size)
    layouts = Layouts()
    late: list[Damage] = []
    data, order, offset, wanted = b"", 0, 0, HEAD
    while True:
        data = source.fill(data, max(wanted, _CHUNK))
        frames = tfrecord.find(data)
        for part in Records(data, frames, order, offset, size or 0).parts(layouts):
            if size is None and isinstance(part, Damage):
                late.append(part)
            else:
                yield part
        order += len(frames.sizes)
        offset += frames.end
        data = data[frames.end :]
        if frames.wanted is None or not source.has(frames.wanted - len(data)):
            break
        wanted = frames.wanted

    rest = len(data) + source.skip()
    yield from (replace(damage, rest=offset + rest - damage.offset) for damage in late)
    if rest:
        wrong: Wrong = "length" if frames.wanted is None else "torn"
        yield Damage(order, offset, rest, wrong, is_end=True)


class _Source:
    """A stream up to its end, or up to ``size`` bytes."""

    def __init__(self, stream: Readable, size: int | None) -> None:
        self._stream = stream
        self._left = size

    def has(self, count: int) -> bool:
        """Tell whether there may be so many bytes yet."""
        return self._left is None or count <= self._left

    def fill(self, data: bytes, count: int) -> bytes:
        """Return ``data`` with what follows it, ``count`` bytes in all unless there are less."""
        pieces, missing = [data], count - len(data)
        while missing > 0 and (piece := self._read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def skip(self) -> int:
        """Return how many bytes there are yet, and read them."""
        count = 0
        while piece := self._read(_CHUNK):
            count += len(piece)
        return count

    def _read(self, most: int) -> bytes:
        # Not all at once: there may be less, and the memory for all would be taken before.
        most = min(most, _CHUNK) if self._left is None else min(most, _CHUNK, self._left)
        piece = self._stream.read(most) if most else b""
        if not piece:
            self._left = 0  # a file may have grown since
        elif self._left is not None:
            self._left -= len(piece)
        return piece
