"""What one event file holds, as far as it matters to what is served of it."""

from __future__ import annotations

import math
from dataclasses import replace
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.decode import messages
from tbconvert.decode.parts import Damage, Mark, Part, Scalars, Value
from tbconvert.model import Tag
from tbconvert.proto.event_pb2 import SessionLog, TaggedRunMetadata
from tbconvert.serving.listing import breaks_python, own_metadata
from tbconvert.serving.nature import (
    GRAPH,
    NOTHING,
    RUN_METADATA,
    About,
    Form,
    Nature,
    nature_of,
    timeless,
)
from tbconvert.serving.numbers import Numbers, compress
from tbconvert.serving.track import Stretch, Track

GRAPH_TAG = Tag("__run_graph__")
"""The tag under which readers keep the graph of a run."""


class Contents:
    """What is in one event file: told part by part, and kept small.

    ``tracks`` are the values by tag, ``nodes`` those without a tag by their node's name.
    ``versions`` and ``starts`` are (order, number) and (order, step) of the events that say which
    file this is and that a session began, ``summaries`` those of no values. ``nan_from`` is the
    order of the first event whose time is NaN, ``graph_from`` that of the first graph;
    ``earliest`` and ``latest`` are of the finite times; all infinite where there is none.
    ``has_graph`` tells that the Python reader met a graph in an earlier file.
    """

    def __init__(self, name: str, has_graph: bool = False) -> None:
        self.name = name
        self.has_graph = has_graph
        self.tracks: dict[Tag, Track] = {}
        self.nodes: dict[Tag, Track] = {}
        self.versions: list[tuple[int, float]] = []
        self.starts: list[tuple[int, int]] = []
        self.summaries = Track()
        self.damages: list[Damage] = []
        self.nan_from: float = math.inf
        self.graph_from: float = math.inf
        self.earliest = math.inf
        self.latest = -math.inf
        self.is_empty = True
        self._columns: tuple[NDArray[Any], ...] = (_NONE, _NONE, _NONE)
        self._places: list[tuple[bool, Numbers, Numbers]] = []
        self._odd: dict[tuple[Tag, Nature], int] = {}
        self._odd_graph: float = math.inf

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
        ends = [
            damage.order
            for damage in self.damages
            if damage.wrong != "checksum" and damage.parsed_by != "prost"
        ]
        return min([*ends, self.nan_from])

    def python_ends(self) -> float:
        """Return the order of the first record that the Python reader does not take."""
        return min([*self._python_stops(), *self._python_fails()], default=math.inf)

    def fails_python(self) -> bool:
        """Tell whether the Python reader does not just end there, but fails, and reads no more."""
        # a wrong checksum is found before the payload is looked at
        return min(self._python_fails(), default=math.inf) < min(
            self._python_stops(), default=math.inf
        )

    def breaks(self) -> dict[Form, int]:
        """Return where the Python reader fails at an event: of each form of values the first."""
        found: dict[Form, int] = {}
        for (tag, nature), order in self._odd.items():
            if breaks_python(nature, self.initial(tag)):
                found[nature.form] = min(order, found.get(nature.form, order))
        return found

    def graph_breaks(self) -> float:
        """Return the order of the graph that the Python reader fails at; infinite without one."""
        # one beside other things is looked at only while there is no better one
        is_read = not self.has_graph and self._odd_graph < self.graph_from
        return self._odd_graph if is_read else math.inf

    def initial(self, tag: Tag) -> About | None:
        """Return the metadata of the first value of a tag, as the Python reader takes them."""
        of_values = (
            own_metadata(stretch.nature)
            for stretch in self.tracks[tag].arranged()
            if stretch.nature.form not in ("graph_def", "tagged_run_metadata")
        )
        return next(of_values, None)

    def _python_stops(self) -> list[int]:
        return [damage.order for damage in self.damages if damage.wrong != "payload"]

    def _python_fails(self) -> list[float]:
        fails: list[float] = [
            damage.order
            for damage in self.damages
            if damage.wrong == "payload" and damage.parsed_by != "protobuf"
        ]
        return [*fails, *self.breaks().values(), self.graph_breaks()]

    def _see_scalars(self, part: Scalars) -> None:
        track, nature = self.tracks.setdefault(part.tag, Track()), nature_of(part)
        # tags that are written together share these, and nearly all are
        columns = part.order, part.steps, part.wall_times
        if not all(map(is_, columns, self._columns)):
            self._columns, self._places = columns, self._places_of(*columns)
        for is_timeless, orders, steps in self._places:
            mine = timeless(nature) if is_timeless else nature
            track.add(Stretch(mine, orders, steps))

    def _places_of(
        self, orders: NDArray[np.int64], steps: NDArray[np.int64], times: NDArray[np.float64]
    ) -> list[tuple[bool, Numbers, Numbers]]:
        """Return orders and steps of what has an infinite time, and of what has none."""
        self._take_times(orders, times)
        is_infinite = np.isinf(times)
        if not is_infinite.any():
            return [(False, compress(orders), compress(steps))]
        return [
            (is_timeless, compress(orders[of_it]), compress(steps[of_it]))
            for is_timeless, of_it in ((False, ~is_infinite), (True, is_infinite))
            if of_it.any()
        ]

    def _see_value(self, part: Value) -> None:
        nature = nature_of(part)
        if nature.breaks or nature.without_clips:
            first = self._odd.get((part.tag, nature), part.order)
            self._odd[part.tag, nature] = min(first, part.order)
        self._add_one(self.tracks, part.tag, nature, part)
        if nature.node:
            self._add_one(self.nodes, Tag(nature.node), replace(nature, node=""), part)

    def _see_mark(self, mark: Mark) -> None:
        match mark.what:
            case "file_version":
                self.versions.append((mark.order, _version(mark.content.decode())))
            case "session_log":
                if SessionLog.FromString(mark.content).status == SessionLog.START:
                    self.starts.append((mark.order, mark.step))
            case "summary":
                self.summaries.add_one(NOTHING, mark.order, mark.step)
            case "meta_graph_def":
                if not messages.is_message("MetaGraphDef", mark.content):
                    self._odd_graph = min(self._odd_graph, mark.order)
            case "graph_def":
                self.graph_from = min(self.graph_from, mark.order)
                self._add_one(self.tracks, GRAPH_TAG, GRAPH, mark)
                return
            case "tagged_run_metadata":
                tag = TaggedRunMetadata.FromString(mark.content).tag
                self._add_one(self.tracks, Tag(tag), RUN_METADATA, mark)
                return
        self._take_time(mark.order, mark.wall_time)

    def _add_one(
        self, tracks: dict[Tag, Track], tag: Tag, nature: Nature, part: Value | Mark
    ) -> None:
        self._take_time(part.order, part.wall_time)
        mine = timeless(nature) if math.isinf(part.wall_time) else nature
        tracks.setdefault(tag, Track()).add_one(mine, part.order, part.step)

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


_NONE = np.empty(0)


def _version(text: str) -> float:
    """Return the number that the Python reader takes a ``file_version`` for."""
    try:
        return float(text.split("brain.Event:")[-1])
    except ValueError:
        return -1.0
