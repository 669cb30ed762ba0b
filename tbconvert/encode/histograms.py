"""A HistogramBlock as records: those of one number of buckets together, by whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.encode import events
from tbconvert.model import HistogramBlock, Records, Tag
from tbconvert.proto.event_pb2 import HistogramProto, Summary

_FIGURES = ("min", "max", "num", "sum", "sum_squares")
"""In the order of their fields, which come before those of the buckets."""

_FIELD = 9
"""Bytes of a figure: its key, and a float64."""


def encode_block(block: HistogramBlock) -> Records:
    """Return the records of a block, in the order of its rows, as ``encode_histogram`` each."""
    sizes, value_sizes = np.zeros((2, len(block.steps)), np.intp)
    groups: list[events.Group] = []
    for alike in _of_one_layout(block):
        layout = _Layout.of(block.tag, alike)
        records = layout.records(alike)
        sizes[alike.members] = records.shape[1]
        value_sizes[alike.members] = layout.value_size
        groups.append((alike.members, records))
    ends = np.cumsum(sizes)
    data = np.empty(int(sizes.sum()), np.uint8)
    events.lay_out(groups, ends, data)
    written, last = data.tobytes(), ends - tfrecord.FOOT
    places = zip((last - value_sizes).tolist(), last.tolist(), strict=True)
    return Records(written, len(sizes), [written[start:end] for start, end in places])


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """The rows ``members`` (n,) of a block whose records are of one layout.

    Their events are of one ``kind``. ``figures`` float64 (n, 5), of which ``is_there`` bool (5,)
    tells those that are not left out; ``limits`` and ``counts`` float64 (n, k).
    """

    members: NDArray[np.intp]
    kind: int
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    figures: NDArray[np.float64]
    is_there: NDArray[np.bool_]
    limits: NDArray[np.float64]
    counts: NDArray[np.float64]


def _of_one_layout(block: HistogramBlock) -> Iterator[_Alike]:
    starts = np.cumsum(block.sizes) - block.sizes
    for size in sorted(set(block.sizes.tolist())):
        members = np.flatnonzero(block.sizes == size)
        places = starts[members, np.newaxis] + np.arange(size)
        limits, counts = block.limits[places], block.counts[places]
        low, high, total, squares = (
            column[members]
            for column in (block.minimum, block.maximum, block.total, block.sum_squares)
        )
        figures = np.column_stack((low, high, counts.sum(axis=1), total, squares))
        are_there = figures.view(np.uint64) != 0
        steps, wall_times = block.steps[members], block.wall_times[members]
        of_figures = are_there @ (events.KINDS << np.arange(len(_FIGURES)))
        kinds = events.kinds(steps, wall_times) + of_figures
        for kind in np.flatnonzero(np.bincount(kinds)).tolist():
            here = np.flatnonzero(kinds == kind)
            yield _Alike(
                members[here],
                kind % events.KINDS,
                steps[here],
                wall_times[here],
                figures[here],
                are_there[here[0]],
                limits[here],
                counts[here],
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The layout of an event, how large its value is, and where in the record the numbers begin."""

    event: events.Layout
    value_size: int
    figures: int
    limits: int
    counts: int

    @classmethod
    def of(cls, tag: Tag, alike: _Alike) -> _Layout:
        """Return the layout of the histograms of a tag that are alike."""
        zeros = [0.0] * alike.limits.shape[1]
        there = [name for name, is_there in zip(_FIGURES, alike.is_there, strict=True) if is_there]
        histo = HistogramProto(bucket_limit=zeros, bucket=zeros, **dict.fromkeys(there, 1.0))
        value = Summary.Value(tag=tag, histo=histo)
        event = events.Layout.of(alike.kind, Summary(value=[value]))
        # all of them are at the end of the record, one after the other
        packed, size = HistogramProto(bucket=zeros).ByteSize(), 8 * len(zeros)
        counts = len(event.record) - tfrecord.FOOT - size
        limits = counts - packed
        figures = limits - (packed - size) - _FIELD * len(there)
        return cls(event, value.ByteSize(), figures + 1, limits, counts)

    def records(self, alike: _Alike) -> NDArray[np.uint8]:
        """Return the records, uint8 (n, size)."""
        shape = len(alike.members), len(self.event.record)
        records = np.empty(shape, np.uint8)
        self.event.fill(records, alike.steps, alike.wall_times)
        figures = alike.figures[:, alike.is_there]
        _write(figures, records, self.figures, _FIELD)
        _write(alike.limits, records, self.limits, 8)
        _write(alike.counts, records, self.counts, 8)
        tfrecord.seal(records, range(tfrecord.HEAD, shape[1] - tfrecord.FOOT))
        return records


def _write(
    numbers: NDArray[np.float64], records: NDArray[np.uint8], offset: int, stride: int
) -> None:
    """Write numbers (n, k) into records (n, size), from an offset on."""
    strides = records.strides[0], stride
    np.ndarray(numbers.shape, "<f8", records, offset, strides)[:] = numbers
