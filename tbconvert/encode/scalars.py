"""A ScalarBlock as records: an event for each row, all of its values in it, by whole columns.

Rows whose steps take the same number of bytes make records of one length that differ in few
places only. Protobuf makes one such record; the others are copies of it, and the columns are
written into them. So the bytes are those that protobuf would have made, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.model import Records, ScalarBlock, Tag
from tbconvert.proto.event_pb2 import Event, Summary

# What is being written stays in the second-level cache until it is sealed.
_CHUNK_BYTES = 512 << 10

# The least steps, as uint64, that take 1, 2, … 10 bytes as a varint (7 bits to a byte).
_STEP_LIMITS = np.uint64(1) << np.arange(0, 70, 7, dtype=np.uint64)

# A kind of row is the number of bytes of its step, plus this where it has a wall time.
_HAS_WALL_TIME = 16


def encode_block(block: ScalarBlock) -> Records:
    """Return the records of a block, in the order of its rows; none where it has no tags.

    Values take the form ``simple_value``: every reader knows it, and it needs no metadata.
    float32 is kept bit by bit, also of a NaN.
    """
    rows = len(block.steps)
    if not rows or not block.tags:
        return Records(b"", 0)
    layouts = _Layouts(block.tags)
    data = np.empty(rows * layouts.widest, np.uint8)  # memory that is not reached costs nothing
    used = 0
    chunk = max(1, _CHUNK_BYTES // layouts.widest)
    for start in range(0, rows, chunk):
        used += _write(_rows(block, slice(start, start + chunk)), layouts, data[used:])
    return Records(data.data[:used], rows)


@dataclass(frozen=True, slots=True)
class _Layout:
    """One whole record, and the offsets in it of what differs from row to row.

    ``wall_time`` and ``step`` are empty where the field is left out, as proto3 does with
    zeros; ``values`` intp (m,) is where the four bytes of each value begin; ``varying``
    is every byte of all of these.
    """

    record: NDArray[np.uint8]
    wall_time: range
    step: range
    values: NDArray[np.intp]
    varying: list[int]


class _Layouts(dict[int, _Layout]):
    """The layouts of the records of some tags by kind of row, each made when first asked for."""

    def __init__(self, tags: tuple[Tag, ...]) -> None:
        super().__init__()
        values = [Summary.Value(tag=tag, simple_value=0.0) for tag in tags]
        self._summary = Summary(value=values)
        self._ends = np.cumsum([Summary(value=[value]).ByteSize() for value in values])
        self.widest = len(self[len(_STEP_LIMITS) + _HAS_WALL_TIME].record)

    def __missing__(self, kind: int) -> _Layout:
        wall_time, step_bytes = float(kind & _HAS_WALL_TIME), kind & ~_HAS_WALL_TIME
        step = int(_STEP_LIMITS.view(np.int64)[step_bytes - 1]) if step_bytes else 0
        event = Event(wall_time=wall_time, step=step, summary=self._summary)
        record = tfrecord.frame(event.SerializeToString())
        # a field is its key, one byte, and then what is looked for
        step_at = tfrecord.HEAD + Event(wall_time=wall_time).ByteSize()
        wall_times = range(tfrecord.HEAD + 1, step_at)
        steps = range(step_at + 1, step_at + Event(step=step).ByteSize())
        values = len(record) - tfrecord.FOOT - self._ends[-1] + self._ends - 4
        value_bytes = (values[:, np.newaxis] + np.arange(4)).ravel().tolist()
        varying = [*wall_times, *steps, *value_bytes]
        layout = self[kind] = _Layout(
            np.frombuffer(record, np.uint8), wall_times, steps, values, varying
        )
        return layout


def _write(rows: ScalarBlock, layouts: _Layouts, data: NDArray[np.uint8]) -> int:
    """Write some rows as records to the front of ``data``, and return how many bytes."""
    kinds = _kinds(rows)
    if (kinds == kinds[0]).all():
        layout = layouts[int(kinds[0])]
        records = data[: len(kinds) * len(layout.record)].reshape(len(kinds), -1)
        _fill(records, layout, rows)
        return records.size

    sizes = np.empty(len(kinds), np.intp)
    groups = []
    # np.unique would import numpy.ma, which takes as long as a small log
    for kind in np.flatnonzero(np.bincount(kinds)).tolist():
        members = np.flatnonzero(kinds == kind)
        records = np.empty((len(members), len(layouts[kind].record)), np.uint8)
        _fill(records, layouts[kind], _rows(rows, members))
        sizes[members] = records.shape[1]
        groups.append((members, records))
    ends = np.cumsum(sizes)
    for members, records in groups:
        size = records.shape[1]
        # a window of one record's size at every byte: numpy then moves whole records
        windows = np.ndarray(len(data) - size + 1, f"V{size}", data, strides=(1,))
        windows[ends[members] - size] = records.view(f"V{size}")[:, 0]
    return int(ends[-1])


def _fill(records: NDArray[np.uint8], layout: _Layout, rows: ScalarBlock) -> None:
    """Write rows of one kind as records, uint8 (n, size), C-contiguous."""
    count, size = records.shape
    records[:] = layout.record
    if layout.wall_time:
        wall_times = np.ndarray(count, "<f8", records, layout.wall_time.start, (size,))
        wall_times[:] = rows.wall_times
    rest = rows.steps.view(np.uint64)
    for offset in layout.step:
        records[:, offset] = rest.astype(np.uint8) | 0x80  # the high bit: there is more
        rest = rest >> np.uint64(7)
    if layout.step:
        records[:, layout.step[-1]] ^= 0x80
    # four bytes from every offset on: one assignment, of whatever number of columns
    places = np.ndarray((count, size - 3), "<f4", records, strides=(size, 1))
    places[:, layout.values] = rows.values
    tfrecord.seal(records, layout.varying)


def _kinds(rows: ScalarBlock) -> NDArray[np.intp]:
    kinds = np.searchsorted(_STEP_LIMITS, rows.steps.view(np.uint64), side="right")
    # by its bits: protobuf leaves out 0.0, but not -0.0
    kinds += _HAS_WALL_TIME * (rows.wall_times.view(np.uint64) != 0)
    return kinds


def _rows(block: ScalarBlock, which: slice | NDArray[np.intp]) -> ScalarBlock:
    return ScalarBlock(block.tags, block.steps[which], block.wall_times[which], block.values[which])
