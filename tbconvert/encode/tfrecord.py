"""The frame around every event: its length, and masked CRC-32C of the length and of itself.

    8  length of the payload, uint64 little-endian
    4  masked checksum of those 8 bytes, uint32 little-endian
    n  payload: one serialised Event
    4  masked checksum of the payload, uint32 little-endian

An event file is nothing but such records. ``tensorflow/core/lib/io/record_writer.h`` and
``tensorflow/core/lib/hash/crc32c.h`` are the source.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import starmap

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

HEAD = 12
"""Bytes before a payload."""

FOOT = 4
"""Bytes after it."""

# Up to so many varying bytes a record, and from so many records on, look-ups in tables beat
# a call for each record: 35 against 110 ns for one scalar a record, level at eight scalars.
_NARROW = 32
_MANY = 2048


def frame(payload: bytes) -> bytes:
    """Return one payload as a whole record."""
    length = struct.pack("<Q", len(payload))
    return b"".join((length, _masked_bytes(length), payload, _masked_bytes(payload)))


def seal(records: NDArray[np.uint8], varying: Sequence[int]) -> None:
    """Write the checksum of every payload into records that are otherwise complete.

    ``records`` uint8 (n, size), C-contiguous, n ≥ 1: whole records, equal but for the bytes
    that stand at the offsets ``varying`` and for their checksums.
    """
    if len(varying) <= _NARROW and len(records) >= _MANY:
        checksums = _sums_by_difference(records, varying)
    else:
        checksums = _sums_one_by_one(records)
    count, size = records.shape
    np.ndarray(count, "<u4", records, size - FOOT, (size,))[:] = _masked(checksums)


def _sums_one_by_one(records: NDArray[np.uint8]) -> NDArray[np.uint32]:
    count, size = records.shape
    payloads = struct.iter_unpack(f"{HEAD}x{size - HEAD - FOOT}s{FOOT}x", records.data)
    return np.fromiter(starmap(crc32c, payloads), np.uint32, count)


def _sums_by_difference(records: NDArray[np.uint8], varying: Sequence[int]) -> NDArray[np.uint32]:
    """Return the checksums by what each byte that differs from the first record changes.

    CRC is affine: for messages of one length crc(a) ^ crc(b) depends on a ^ b alone, and is
    the exclusive or of what each byte of it contributes.
    """
    count, size = records.shape
    checksums = np.full(count, crc32c(records[0, HEAD:-FOOT].tobytes()), np.uint32)
    for offset in varying:
        difference = records[:, offset] ^ records[0, offset]
        if difference.any():
            table = _contributions(size - FOOT - 1 - offset)
            # an index of a byte cannot be out of bounds; "clip" only spares the check
            checksums ^= table.take(difference, mode="clip")
    return checksums


@lru_cache(maxsize=1024)
def _contributions(distance: int) -> NDArray[np.uint32]:
    """Return what each of the 256 values of a byte contributes, ``distance`` before the end."""
    after = bytes(distance)
    nothing = crc32c(b"\0" + after)
    table = np.zeros(1, np.uint32)
    for bit in range(8):
        table = np.append(table, table ^ np.uint32(crc32c(bytes((1 << bit,)) + after) ^ nothing))
    return table


def _masked(checksums: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the form that is stored: rotated right by 15, plus a constant, modulo 2³²."""
    rotated = (checksums >> np.uint32(15)) | (checksums << np.uint32(17))
    return rotated + np.uint32(0xA282EAD8)


def _masked_bytes(data: bytes) -> bytes:
    # as above, for a single one: numpy takes several times as long to begin
    checksum = crc32c(data)
    rotated = checksum >> 15 | checksum << 17
    return struct.pack("<I", rotated + 0xA282EAD8 & 0xFFFFFFFF)
