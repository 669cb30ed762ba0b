"""A ScalarBlock as records: an event for each row, all of its values in it, by whole columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.encode import events
from tbconvert.model import Records, ScalarBlock, Tag
from tbconvert.proto.event_pb2 import Summary

# What is being written stays in the second-level cache until it is sealed.
_CHUNK_BYTES = 512 << 10


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


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The layout of an event, and the offsets in its record of what differs from row to row.

    ``values`` intp (m,) is where the four bytes of each value begin; ``varying`` is every byte
    of these, of the wall time and of the step.
    """

    event: events.Layout
    values: NDArray[np.intp]
    varying: list[int]


class _Layouts(dict[int, _Layout]):
    """The layouts of the records of some tags by kind of row, each made when first asked for."""

    def __init__(self, tags: tuple[Tag, ...]) -> None:
        super().__init__()
        values = [Summary.Value(tag=tag, simple_value=0.0) for tag in tags]
        self._summary = Summary(value=values)
        self._ends = np.cumsum([Summary(value=[value]).ByteSize() for value in values])
        self.widest = len(self[events.WIDEST].event.record)

    def __missing__(self, kind: int) -> _Layout:
        event = events.Layout.of(kind, self._summary)
        values = len(event.record) - tfrecord.FOOT - self._ends[-1] + self._ends - 4
        value_bytes = (values[:, np.newaxis] + np.arange(4)).ravel().tolist()
        layout = _Layout(event, values, [*event.wall_time, *event.step, *value_bytes])
        self[kind] = layout
        return layout


def _write(rows: ScalarBlock, layouts: _Layouts, data: NDArray[np.uint8]) -> int:
    """Write some rows as records to the front of ``data``, and return how many bytes."""
    kinds = events.kinds(rows.steps, rows.wall_times)
    if (kinds == kinds[0]).all():
        layout = layouts[int(kinds[0])]
        records = data[: len(kinds) * len(layout.event.record)].reshape(len(kinds), -1)
        _fill(records, layout, rows)
        return records.size

    sizes = np.empty(len(kinds), np.intp)
    groups = []
    # np.unique would import numpy.ma, which takes as long as a small log
    for kind in np.flatnonzero(np.bincount(kinds)).tolist():
        members = np.flatnonzero(kinds == kind)
        records = np.empty((len(members), len(layouts[kind].event.record)), np.uint8)
        _fill(records, layouts[kind], _rows(rows, members))
        sizes[members] = records.shape[1]
        groups.append((members, records))
    ends = np.cumsum(sizes)
    events.lay_out(groups, ends, data)
    return int(ends[-1])


def _fill(records: NDArray[np.uint8], layout: _Layout, rows: ScalarBlock) -> None:
    """Write rows of one kind as records, uint8 (n, size), C-contiguous."""
    count, size = records.shape
    layout.event.fill(records, rows.steps, rows.wall_times)
    # four bytes from every offset on: one assignment, of whatever number of columns
    places = np.ndarray((count, size - 3), "<f4", records, strides=(size, 1))
    places[:, layout.values] = rows.values
    tfrecord.seal(records, layout.varying)


def _rows(block: ScalarBlock, which: slice | NDArray[np.intp]) -> ScalarBlock:
    return ScalarBlock(block.tags, block.steps[which], block.wall_times[which], block.values[which])
