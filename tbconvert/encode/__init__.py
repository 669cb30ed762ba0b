"""Summary → Records: the bytes of an event file.

Where they go is no concern of this room; nor is the order of steps, which is right already.
"""

from __future__ import annotations

from typing import assert_never

from tbconvert.encode import histograms, points, scalars
from tbconvert.model import (
    GraphPoint,
    HistogramBlock,
    HistogramPoint,
    ImagePoint,
    Records,
    ScalarBlock,
    Summary,
    Tag,
    TensorPoint,
)

__all__ = ["Encoder"]


class Encoder:
    """What one event file needs to remember: which of its tags have their metadata already."""

    def __init__(self) -> None:
        self._described: set[Tag] = set()

    def begin(self, wall_time: float) -> Records:
        """Return the record a file opens with; ``wall_time`` seconds since the epoch."""
        return points.encode_version(wall_time)

    def encode(self, summary: Summary) -> Records:
        """Return the records of one summary, which go after all that came before."""
        match summary:
            case ScalarBlock():
                return scalars.encode_block(summary)
            case HistogramBlock():
                return histograms.encode_block(summary)
            case HistogramPoint():
                return points.encode_histogram(summary)
            case ImagePoint():
                return points.encode_image(summary)
            case GraphPoint():
                return points.encode_graph(summary)
            case TensorPoint():
                first = summary.tag not in self._described
                self._described.add(summary.tag)
                return points.encode_tensor(summary, first=first)
            case _:
                assert_never(summary)
