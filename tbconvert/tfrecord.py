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
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap

import numpy as np
from crc32c import crc32c
from numpy.typing import NDArray

HEAD = 12
"""Bytes before a payload."""

FOOT = 4
"""Bytes after it."""

_LENGTH = 8

# So many records of one length in a row, and it is asked how many more there are: by numpy.
_RUN = 16

# Up to so many varying bytes a record, and from so many records on, look-ups in tables beat
# a call for each record: 35 against 110 ns for one scalar a record, level at eight scalars.
_NARROW = 32
_MANY = 2048


def frame(payload: bytes) -> bytes:
    """Return one payload as a whole record."""
    length = struct.pack("<Q", len(payload))
    return b"".join((length, _masked_bytes(length), payload, _masked_bytes(payload)))


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The whole records that some bytes begin with.

    ``starts`` int64 (n,) is where each begins, ``sizes`` int64 (n,) how many bytes it takes,
    head and foot included. Whatever is at ``end`` is not whole, and takes ``wanted`` bytes as
    far as is known; None, where its length is not what its checksum says.
    """

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    end: int
    wanted: int | None


def find(data: bytes) -> Frames:
    """Find records from the first byte on, by the lengths in their heads, which are verified."""
    sizes = array("q")
    known: dict[bytes, int] = {}
    at = last = same = 0
    while True:
        head = data[at : at + HEAD]
        wanted: int | None = known.get(head)
        if wanted is None:
            wanted = _size(head)
            if wanted is None or len(head) < HEAD:
                break
            known[head] = wanted
        if wanted > len(data) - at:
            break
        sizes.append(wanted)
        at += wanted
        if wanted != last:
            last, same = wanted, 1
            continue
        same += 1
        if same == _RUN:
            more = _run(data, at, head, wanted)
            sizes.extend(array("q", (wanted,)) * more)
            at += more * wanted
            same = 0
    found = np.frombuffer(sizes, np.int64) if sizes else np.empty(0, np.int64)
    return Frames(np.cumsum(found) - found, found, at, wanted)


def is_sound(record: bytes) -> bool:
    """Tell whether the payload of a whole record is what its checksum says."""
    return _masked_bytes(record[HEAD:-FOOT]) == record[-FOOT:]


def verify(
    records: NDArray[np.uint8], varying: Sequence[int], begins: Sequence[int] = (0,)
) -> NDArray[np.bool_]:
    """Tell of which records (n,) the payload is what its checksum says.

    ``records`` are as ``seal`` takes them, from each of ``begins`` up to the next one.
    """
    is_right: NDArray[np.bool_] = _stored(records) == _masked(_sums(records, varying, begins))
    return is_right


def seal(records: NDArray[np.uint8], varying: Sequence[int]) -> None:
    """Write the checksum of every payload into records that are otherwise complete.

    ``records`` uint8 (n, size), C-contiguous, n ≥ 1: whole records, equal but for the bytes
    that stand at the offsets ``varying`` and for their checksums.
    """
    _stored(records)[:] = _masked(_sums(records, varying, (0,)))


def _size(head: bytes) -> int | None:
    """Return the bytes of a record by what there is of its head, None where that is wrong."""
    if len(head) < HEAD:
        return HEAD
    if _masked_bytes(head[:_LENGTH]) != head[_LENGTH:]:
        return None
    return HEAD + int.from_bytes(head[:_LENGTH], "little") + FOOT


def _run(data: bytes, at: int, head: bytes, size: int) -> int:
    """Count the whole records from ``at`` on that follow each other and have this head."""
    length, checksum = struct.unpack("<QI", head)
    most = (len(data) - at) // size
    count, block = 0, _RUN
    # in blocks that grow: a run that ends soon costs no look at all that is behind it
    while count < most:
        block = min(2 * block, most - count)
        begin = at + count * size
        is_other = np.ndarray(block, "<u8", data, begin, (size,)) != length
        is_other |= np.ndarray(block, "<u4", data, begin + _LENGTH, (size,)) != checksum
        if is_other.any():
            return count + int(is_other.argmax())
        count += block
    return count


def _stored(records: NDArray[np.uint8]) -> NDArray[np.uint32]:
    count, size = records.shape
    return np.ndarray(count, "<u4", records, size - FOOT, (size,))


def _sums(
    records: NDArray[np.uint8], varying: Sequence[int], begins: Sequence[int]
) -> NDArray[np.uint32]:
    if len(varying) <= _NARROW and len(records) >= max(_MANY, 2 * len(begins)):
        return _sums_by_difference(records, varying, begins)
    return _sums_one_by_one(records)


def _sums_one_by_one(records: NDArray[np.uint8]) -> NDArray[np.uint32]:
    count, size = records.shape
    payloads = struct.iter_unpack(f"{HEAD}x{size - HEAD - FOOT}s{FOOT}x", records.data)
    return np.fromiter(starmap(crc32c, payloads), np.uint32, count)


def _sums_by_difference(
    records: NDArray[np.uint8], varying: Sequence[int], begins: Sequence[int]
) -> NDArray[np.uint32]:
    """Return the checksums by what each byte that differs from the first record changes.

    CRC is affine: for messages of one length crc(a) ^ crc(b) depends on a ^ b alone, and is
    the exclusive or of what each byte of it contributes.
    """
    count, size = records.shape
    firsts = records[list(begins)]
    counts = np.diff([*begins, count])
    checksums = np.repeat(_sums_one_by_one(firsts), counts)
    for offset in varying:
        first = firsts[:, offset] if len(begins) == 1 else np.repeat(firsts[:, offset], counts)
        difference = records[:, offset] ^ first
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
