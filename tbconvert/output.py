"""The event file of one run as it grows: summaries in, counts and a published file out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tbconvert.digests import EVENT, Digests, Points, Told, kind_of
from tbconvert.encode import Encoder
from tbconvert.model import (
    GraphPoint,
    HistogramBlock,
    HistogramPoint,
    ImagePoint,
    Records,
    Run,
    ScalarBlock,
    Summary,
    Tag,
    TensorPoint,
)
from tbconvert.proto.event_pb2 import Event
from tbconvert.report import Kind
from tbconvert.tfrecord import FOOT, HEAD
from tbconvert.write import Claim, OpenRun, Sink


class RunOutput:
    """Encodes and writes the summaries of a run; the file begins with its first point.

    A run without points has no file. ``non_finite`` counts the values that are NaN or
    infinite. ``tell``, if there is one, is told of each summary as well.
    """

    def __init__(
        self, sink: Sink, run: Run, tell: Callable[[Run, Summary], None] | None = None
    ) -> None:
        self.non_finite = 0
        self._sink = sink
        self._run = run
        self._tell = tell
        self._encoder = Encoder()
        self._digests = Digests()
        self._open: OpenRun | None = None
        self._first_time = 0.0
        self._last_time = 0.0
        self._tags: dict[str, set[Tag]] = {}
        self._points: dict[str, int] = {}

    def put(self, summary: Summary) -> None:
        """Encode a summary and append it.

        Raises
        ------
        TargetError
            It cannot be written.
        """
        if self._open is None:
            self._open = self._sink.open_run(self._run)
            self._first_time = first_time(summary)
            self._last_time = self._first_time
            opening = self._encoder.begin(self._first_time)
            self._open.write(opening)
            take_down_opening(self._digests, opening)
        records = self._encoder.encode(summary)
        self._open.write(records)
        take_down(self._digests, summary, records)
        self._count(summary)
        if self._tell is not None:
            self._tell(self._run, summary)

    def _count(self, summary: Summary) -> None:
        self._last_time = max(self._last_time, _last_time(summary))
        kind = _kind(summary)
        tags, points = self._tags.setdefault(kind, set()), 1
        if isinstance(summary, ScalarBlock):
            tags.update(summary.tags)
            points = summary.values.size
            self.non_finite += points - int(np.count_nonzero(np.isfinite(summary.values)))
        elif not isinstance(summary, GraphPoint):
            tags.add(summary.tag)
            points = len(summary.steps) if isinstance(summary, HistogramBlock) else 1
        self._points[kind] = self._points.get(kind, 0) + points

    @property
    def points(self) -> int:
        """How many points of all kinds there are by now."""
        return sum(self._points.values())

    @property
    def first_time(self) -> float | None:
        """When the first point was, in seconds since the epoch; None if there is none."""
        return None if self._open is None else self._first_time

    @property
    def last_time(self) -> float | None:
        """When the latest point was, in seconds since the epoch; None if there is none."""
        return None if self._open is None else self._last_time

    def kinds(self) -> dict[str, Kind]:
        """Return how much was written of each kind, by the names of the report."""
        return {
            kind: Kind(len(self._tags.get(kind, ())), self._points.get(kind, 0)) for kind in KINDS
        }

    def digests(self) -> dict[str, Told]:
        """Return what the run is known again by, under its name."""
        return {self._run: self._digests.told()}

    def settle(self) -> None:
        """Bring everything to the disk; nothing can be seen of it yet.

        Raises
        ------
        TargetError
            There is no room for it.
        """
        if self._open is not None:
            self._open.settle()

    def named(self, claim: Claim) -> tuple[str | None, int]:
        """Return the name that the file is to have, None if there are no points, and its size."""
        if self._open is None:
            return None, 0
        return self._open.named(claim, self._first_time)

    def publish(self, claim: Claim) -> None:
        """Make the file visible, in place of what the claim says.

        Raises
        ------
        TargetError
            It cannot be given its name.
        """
        name, _ = self.named(claim)
        if self._open is not None and name is not None:
            self._open.publish(claim, name)

    def discard(self) -> None:
        """Leave what stood before."""
        if self._open is not None:
            self._open.discard()


KINDS = ("scalars", "histograms", "images", "texts", "graphs", "hparams")
"""What a run may hold, by the names of the report."""


def take_down_opening(points: Points, records: Records) -> None:
    """Take down the record that a file opens with."""
    event = Event.FromString(bytes(records.data)[HEAD:-FOOT])
    version = event.file_version.encode()
    points.add_value(EVENT, "file_version", event.step, event.wall_time, version)


def take_down(points: Points, summary: Summary, records: Records) -> None:
    """Take down a summary, and what it was encoded to: that is not asked of scalars."""
    match summary:
        case ScalarBlock():
            points.add_scalars(summary.tags, summary.steps, summary.wall_times, summary.values)
        case GraphPoint():
            points.add_value(EVENT, "graph_def", 0, summary.wall_time, summary.graph_def)
        case HistogramBlock():
            places = summary.steps.tolist(), summary.wall_times.tolist()
            for step, wall_time, payload in zip(*places, records.values, strict=True):
                points.add_value(kind_of("histo"), summary.tag, step, wall_time, payload)
        case HistogramPoint() | ImagePoint() | TensorPoint():
            (payload,) = records.values
            kind = kind_of(_FIELDS[type(summary)])
            points.add_value(kind, summary.tag, summary.step, summary.wall_time, payload)


_FIELDS: dict[type[Summary], str] = {
    HistogramPoint: "histo",
    ImagePoint: "image",
    TensorPoint: "tensor",
}
"""The fields of values that single summaries become."""


def _kind(summary: Summary) -> str:
    match summary:
        case ScalarBlock():
            return "scalars"
        case HistogramPoint() | HistogramBlock():
            return "histograms"
        case ImagePoint():
            return "images"
        case TensorPoint(plugin="text"):
            return "texts"
        case TensorPoint(plugin="hparams"):
            return "hparams"
        case _:
            return "graphs"


def first_time(summary: Summary) -> float:
    """Return the time of the first point of a summary."""
    if isinstance(summary, ScalarBlock | HistogramBlock):
        return float(summary.wall_times[0])
    return summary.wall_time


def _last_time(summary: Summary) -> float:
    if isinstance(summary, ScalarBlock | HistogramBlock):
        return float(summary.wall_times.max())
    return summary.wall_time
