"""What one event file holds, as far as it matters to what is served of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tbconvert.decode.parts import Damage, Mark, Part, Scalars, Value
from tbconvert.model import Tag
from tbconvert.proto.event_pb2 import SessionLog, TaggedRunMetadata
from tbconvert.serving.nature import GRAPH, NOTHING, RUN_METADATA, Nature, nature_of, timeless
from tbconvert.serving.track import Track

GRAPH_TAG = Tag("__run_graph__")
"""The tag under which readers keep the graph of a run."""


class Contents:
    """What is in one event file: told part by part, and kept small.

    ``tracks`` are the values by tag. ``versions`` and ``starts`` are (order, number) and
    (order, step) of the events that say which file this is and that a session began; ``marks``
    are all events without values, ``breaks`` of those that the Python reader fails
    at. ``nan_from`` is the order of the first event whose time is NaN, ``earliest`` and
    ``latest`` are of the finite times; all infinite where there is none.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tracks: dict[Tag, Track] = {}
        self.versions: list[tuple[int, float]] = []
        self.starts: list[tuple[int, int]] = []
        self.damages: list[Damage] = []
        self.marks = Track()
        self.breaks: list[int] = []
        self.nan_from: float = math.inf
        self.earliest = math.inf
        self.latest = -math.inf
        self.is_empty = True

    def see(self, part: Part) -> None:
        """Take down one part."""
        self.is_empty = False
        match part:
            case Scalars():
                self._see_scalars(part)
            case Value():
                self._see_value(part)
            case Mark():
                self._see_mark(part)
            case Damage():
                self.damages.append(part)

    def data_server_ends(self) -> float:
        """Return the order of the first record that the data server does not take."""
        # a wrong checksum is overlooked where the payload is an event
        ends = [damage.order for damage in self.damages if damage.wrong != "checksum"]
        ends += self._without([damage.order for damage in self.damages])
        return min([*ends, self.nan_from])

    def python_ends(self) -> float:
        """Return the order of the first record that the Python reader does not take."""
        return min([damage.order for damage in self.damages] + self.breaks, default=math.inf)

    def fails_python(self) -> bool:
        """Tell whether the Python reader does not just end there, but fails, and reads no more."""
        end = self.python_ends()
        raising = [damage.order for damage in self.damages if damage.wrong == "payload"]
        # a wrong checksum is found before the payload is looked at
        before = [damage.order for damage in self.damages if damage.wrong != "payload"]
        return end in [*raising, *self.breaks] and end not in before

    def _without(self, orders: list[int]) -> list[int]:
        """Return which of some records have no event."""
        missing = np.unique(np.array(orders, np.int64))
        for track in (self.marks, *self.tracks.values()):
            for stretch in track.arranged() if len(missing) else ():
                missing = missing[~np.isin(missing, stretch.orders.array())]
        return [int(order) for order in missing]

    def _see_scalars(self, part: Scalars) -> None:
        track, nature = self._track(part.tag), nature_of(part)
        is_infinite = np.isinf(part.wall_times)
        self._take_times(part.order, part.wall_times)
        if not is_infinite.any():
            track.add(nature, part.order, part.steps)
            return
        for mine, of_it in ((nature, ~is_infinite), (timeless(nature), is_infinite)):
            if of_it.any():
                track.add(mine, part.order[of_it], part.steps[of_it])

    def _see_value(self, part: Value) -> None:
        nature = nature_of(part)
        if nature.breaks:
            self.breaks.append(part.order)
        self._add_one(part.tag, nature, part)

    def _see_mark(self, mark: Mark) -> None:
        self.marks.add_one(NOTHING, mark.order, mark.step)
        match mark.what:
            case "file_version":
                self.versions.append((mark.order, _version(mark.content.decode())))
            case "session_log":
                if SessionLog.FromString(mark.content).status == SessionLog.START:
                    self.starts.append((mark.order, mark.step))
            case "graph_def":
                self._add_one(GRAPH_TAG, GRAPH, mark)
                return
            case "tagged_run_metadata":
                tag = TaggedRunMetadata.FromString(mark.content).tag
                self._add_one(Tag(tag), RUN_METADATA, mark)
                return
        self._take_time(mark.order, mark.wall_time)

    def _add_one(self, tag: Tag, nature: Nature, part: Value | Mark) -> None:
        self._take_time(part.order, part.wall_time)
        mine = timeless(nature) if math.isinf(part.wall_time) else nature
        self._track(tag).add_one(mine, part.order, part.step)

    def _track(self, tag: Tag) -> Track:
        if (track := self.tracks.get(tag)) is None:
            track = self.tracks[tag] = Track()
        return track

    def _take_times(self, orders: NDArray[np.int64], times: NDArray[np.float64]) -> None:
        is_finite = np.isfinite(times)
        if not is_finite.all():
            if (is_nan := np.isnan(times)).any():
                self.nan_from = min(self.nan_from, int(orders[is_nan][0]))
            times = times[is_finite]
        if len(times):
            self.earliest = min(self.earliest, float(times.min()))
            self.latest = max(self.latest, float(times.max()))

    def _take_time(self, order: int, time: float) -> None:
        if math.isnan(time):
            self.nan_from = min(self.nan_from, order)
        elif math.isfinite(time):
            self.earliest = min(self.earliest, time)
            self.latest = max(self.latest, time)


def _version(text: str) -> float:
    """Return the number that the Python reader takes a ``file_version`` for."""
    try:
        return float(text.split("brain.Event:")[-1])
    except ValueError:
        return -1.0
