"""Where the fields of a serialised message lie: what protobuf knows, but does not tell.

https://protobuf.dev/programming-guides/encoding is the source.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
"""The wire types that there are today."""

WIDTHS = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
"""Of the wire types whose contents are of one size, that size."""


def fields(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number and wire type of each field, and where its content begins and ends.

    Raises ``ValueError`` where there is no such field, or a group of the old kind.
    """
    while begin < end:
        key, begin = varint(data, begin, end)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            _, stop = varint(data, begin, end)
        elif kind == BYTES:
            size, begin = varint(data, begin, end)
            stop = begin + size
        elif kind in WIDTHS:
            stop = begin + WIDTHS[kind]
        else:
            raise ValueError(f"wire type {kind}")
        if stop > end:
            raise ValueError(f"a field of {stop - begin} bytes, {end - begin} bytes before the end")
        yield number, kind, begin, stop
        begin = stop


def varint(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return a number of up to ten bytes, and where it ends; of the last byte seven bits count.

    Raises ``ValueError`` where it does not end.
    """
    value = shift = 0
    for at in range(begin, min(end, begin + 10)):
        value |= (data[at] & 0x7F) << shift
        if data[at] < 0x80:
            return value, at + 1
        shift += 7
    raise ValueError("a number that does not end")
