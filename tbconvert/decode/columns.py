"""Records of one size → records of one layout → columns, without a look at any one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.decode.layouts import Layout, Layouts
from tbconvert.tfrecord import FOOT, HEAD

# Fewer records of a layout are read one by one sooner than as columns.
_FEW = 8

# So often it is asked what layout the rest of some records has. What is of none of these is
# read one by one.
_ROUNDS = 8

# Two records are compared by a sum of their words, each of them times a number of its own.
_ODD = np.uint64(0x9E3779B97F4A7C15)

# What is compared at once stays in the second-level cache.
_COMPARED_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Records uint8 (n, size) whose layouts have one mask, those of one layout together.

    ``begins`` tells where those of each layout begin. ``members`` (n,) is which of all records
    they are, rising within each layout.
    """

    layouts: list[Layout]
    begins: list[int]
    members: NDArray[np.int64]
    records: NDArray[np.uint8]

    def __iter__(self) -> Iterator[tuple[Layout, slice]]:
        """Yield each layout, and which of the records have it."""
        for layout, (begin, end) in zip(
            self.layouts, pairwise([*self.begins, len(self.members)]), strict=True
        ):
            yield layout, slice(begin, end)

    def steps(self) -> NDArray[np.int64]:
        """Return the steps (n,), of which each takes as many bytes."""
        steps = np.zeros(len(self.records), np.uint64)
        for place, offset in enumerate(self.layouts[0].step):
            bits = (self.records[:, offset] & 0x7F).astype(np.uint64)
            steps |= bits << np.uint64(7 * place)
        return steps.view(np.int64)

    def wall_times(self) -> NDArray[np.float64]:
        """Return the wall times (n,); 0.0 where the field is left out."""
        if not self.layouts[0].wall_time:
            return np.zeros(len(self.records))
        return self._column("<f8", self.layouts[0].wall_time.start).astype(np.float64)

    def values(self, offset: int) -> NDArray[np.float32]:
        """Return the float32 (n,) that begin at an offset of each record."""
        return self._column("<f4", offset).astype(np.float32)

    def is_sound(self) -> NDArray[np.bool_]:
        """Tell of which records (n,) the checksum is right."""
        return tfrecord.verify(self.records, self.layouts[0].varying, self.begins)

    def _column(self, dtype: str, offset: int) -> NDArray[np.generic]:
        count, size = self.records.shape
        return np.ndarray(count, dtype, self.records, offset, (size,))


def of_one_size(frames: tfrecord.Frames, data: bytes) -> Iterator[_Batch]:
    """Yield which of all records are of one size, rising, and these, uint8 (n, size)."""
    by_size = np.argsort(frames.sizes, kind="stable")
    for which in _runs(frames.sizes[by_size], least=1):
        members = by_size[which]
        size = int(frames.sizes[members[0]])
        # a window of one record's size at every byte: numpy then moves whole records
        windows = np.ndarray(len(data) - size + 1, f"V{size}", data, strides=(1,))
        yield members, windows[frames.starts[members]].view(np.uint8).reshape(-1, size)


def of_one_layout(batch: _Batch, layouts: Layouts) -> tuple[list[Alike], NDArray[np.int64]]:
    """Sort records of one size by their layouts, and tell which are left over."""
    members, records = batch
    found: list[Alike] = []
    for turn in range(_ROUNDS):
        if len(members) < _FEW:
            break
        layout = layouts.of(records[len(records) * turn // _ROUNDS])
        if layout is None:
            continue
        mask = np.frombuffer(layout.mask, np.uint8)
        if _is_one(records, mask):
            found.append(Alike([layout], [0], members, records))
            return found, members[:0]
        kinds = [
            (own, which)
            for which in _kinds(records, mask)
            if (own := layouts.of(records[which[0]])) and own.mask == layout.mask
        ]
        if not kinds:
            continue
        begins = np.cumsum([0, *(len(which) for _, which in kinds)])[:-1].tolist()
        taken = np.concatenate([which for _, which in kinds])
        found.append(Alike([own for own, _ in kinds], begins, members[taken], records[taken]))
        is_left = np.ones(len(members), bool)
        is_left[taken] = False
        members, records = members[is_left], records[is_left]
    return found, members


_Batch = tuple[NDArray[np.int64], NDArray[np.uint8]]


def _is_one(records: NDArray[np.uint8], mask: NDArray[np.uint8]) -> bool:
    """Tell whether records are the same under a mask."""
    rows = max(1, _COMPARED_BYTES // records.shape[1])
    for begin in range(0, len(records), rows):
        differs = records[begin : begin + rows] ^ records[0]
        differs &= mask
        if differs.any():
            return False
    return True


def _kinds(records: NDArray[np.uint8], mask: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
    """Return which records are the same under a mask: each kind that has more than a few."""
    keys = np.zeros(len(records), np.uint64)
    for word, bits in _words(records, mask):
        keys = (keys ^ (word & bits)) * _ODD
        keys ^= keys >> np.uint64(32)
    by_key = np.argsort(keys, kind="stable")
    runs = list(_runs(keys[by_key], least=_FEW))
    if not runs:
        return []
    # two kinds may have one key
    taken = np.concatenate([by_key[run] for run in runs])
    counts = [run.stop - run.start for run in runs]
    first = np.repeat(by_key[[run.start for run in runs]], counts)
    is_other = np.zeros(len(taken), bool)
    for word, bits in _words(records, mask):
        is_other |= ((word[taken] ^ word[first]) & bits) != 0
    ends = np.cumsum(counts)[:-1]
    return [
        which[~other]
        for which, other in zip(np.split(taken, ends), np.split(is_other, ends), strict=True)
    ]


def _words(
    records: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> Iterator[tuple[NDArray[np.uint64], np.uint64]]:
    """Yield the payloads of records (n, size) as words (n,), each with its bits of the mask."""
    count, size = records.shape
    last = size - FOOT - 8  # is of the layout of an event with a value, so there are as many
    for offset in (*range(HEAD, last, 8), last):
        bits = mask[offset : offset + 8].view("<u8")[0]
        if bits:
            yield np.ndarray(count, "<u8", records, offset, (size,)), bits


def _runs(numbers: NDArray[np.generic], least: int) -> Iterator[slice]:
    """Yield where numbers are the same, at least so many of them in a row."""
    if not len(numbers):
        return
    borders = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    begins = np.concatenate(([0], borders))
    ends = np.concatenate((borders, [len(numbers)]))
    is_long = ends - begins >= least
    for begin, end in zip(begins[is_long].tolist(), ends[is_long].tolist(), strict=True):
        yield slice(begin, end)
