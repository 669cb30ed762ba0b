"""Events as rows of matrices: all of one layout are copies of one that protobuf made.

Rows whose steps take the same number of bytes make records of one length that differ in few
places only. Protobuf makes one such record; the others are copies of it, and columns are
written into them. So the bytes are those that protobuf would have made, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.proto.event_pb2 import Event, Summary

# The least steps, as uint64, that take 1, 2, … 10 bytes as a varint (7 bits to a byte).
_STEP_LIMITS = np.uint64(1) << np.arange(0, 70, 7, dtype=np.uint64)

# A kind of event is the number of bytes of its step, plus this where it has a wall time.
_HAS_WALL_TIME = 16

KINDS = 32
"""All kinds of events are below."""

WIDEST = len(_STEP_LIMITS) + _HAS_WALL_TIME
"""The kind of those that take most bytes."""

Group = tuple[NDArray[np.intp], NDArray[np.uint8]]
"""The places (n,) of some records among all, rising, and these, uint8 (n, size)."""


def kinds(steps: NDArray[np.int64], wall_times: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return of which kind the event of each row is."""
    found = np.searchsorted(_STEP_LIMITS, steps.view(np.uint64), side="right")
    # by its bits: protobuf leaves out 0.0, but not -0.0
    found += _HAS_WALL_TIME * (wall_times.view(np.uint64) != 0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One whole record, and the offsets in it of the wall time and of the step.

    These are empty where the field is left out, as proto3 does with zeros.
    """

    record: NDArray[np.uint8]
    wall_time: range
    step: range

    @classmethod
    def of(cls, kind: int, summary: Summary) -> Layout:
        """Return the layout of events of a kind that have a summary such as this one."""
        wall_time, step_bytes = float(kind & _HAS_WALL_TIME), kind & ~_HAS_WALL_TIME
        step = int(_STEP_LIMITS.view(np.int64)[step_bytes - 1]) if step_bytes else 0
        event = Event(wall_time=wall_time, step=step, summary=summary)
        record = tfrecord.frame(event.SerializeToString())
        # a field is its key, one byte, and then what is looked for
        step_at = tfrecord.HEAD + Event(wall_time=wall_time).ByteSize()
        wall_times = range(tfrecord.HEAD + 1, step_at)
        steps = range(step_at + 1, step_at + Event(step=step).ByteSize())
        return cls(np.frombuffer(record, np.uint8), wall_times, steps)

    def fill(
        self,
        records: NDArray[np.uint8],
        steps: NDArray[np.int64],
        wall_times: NDArray[np.float64],
    ) -> None:
        """Write all but values into records, uint8 (n, size), C-contiguous."""
        records[:] = self.record
        if self.wall_time:
            places = np.ndarray(
                len(records), "<f8", records, self.wall_time.start, records.strides[:1]
            )
            places[:] = wall_times
        rest = steps.view(np.uint64)
        for offset in self.step:
            records[:, offset] = rest.astype(np.uint8) | 0x80  # the high bit: there is more
            rest = rest >> np.uint64(7)
        if self.step:
            records[:, self.step[-1]] ^= 0x80


def lay_out(groups: Iterable[Group], ends: NDArray[np.intp], data: NDArray[np.uint8]) -> None:
    """Write records to where they belong in ``data``; ``ends`` (n,) is where each one ends."""
    for members, records in groups:
        size = records.shape[1]
        # a window of one record's size at every byte: numpy then moves whole records
        windows = np.ndarray(len(data) - size + 1, f"V{size}", data, strides=(1,))
        windows[ends[members] - size] = records.view(f"V{size}")[:, 0]
