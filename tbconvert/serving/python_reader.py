"""What TensorBoard's Python reader keeps of a run: ``--load_fast=false``, and on Windows.

``tensorboard/backend/event_processing`` is the source: ``plugin_event_accumulator.py``,
``event_file_loader.py`` and, beside them, ``data_compat.py`` and ``dataclass_compat.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tbconvert.model import Tag
from tbconvert.serving.contents import Contents
from tbconvert.serving.listing import Listing, by_python, tensor_of_python
from tbconvert.serving.names import SKIPPED_BY_PYTHON
from tbconvert.serving.nature import BLOBS, SCALAR, TENSOR, About, Nature
from tbconvert.serving.series import Series, Steps
from tbconvert.serving.sessions import Purges, Restarts, Sessions
from tbconvert.serving.track import Stretch, Track


@dataclass(slots=True)
class ReadSeries:
    """One tag: ``listing`` is None while no value had metadata, ``purged`` counts points.

    ``has_tensors`` tells that there was a point, purged or not.
    """

    listing: Listing | None = None
    series: Series = field(default_factory=Series)
    has_tensors: bool = False
    purged: int = 0

    def unreadable(self) -> Nature | None:
        """Return the first that cannot be made what its class has to be, None without any."""
        if self.listing is None or self.listing.data_class not in (SCALAR, TENSOR):
            return None
        is_scalar = self.listing.data_class == SCALAR
        for nature in self.series.natures():
            if not (nature.is_number if is_scalar else nature.is_array):
                return nature
        return None

    def shown(self) -> Steps:
        """Return the steps of the points in the order in which they are shown."""
        steps = self.series.only(lambda nature: True)
        is_blobs = self.listing is not None and self.listing.data_class == BLOBS
        # of several blobs at one step the first is shown
        return steps.sorted() if is_blobs else steps

    def purge(self, step: int | None) -> None:
        """Drop all points that are not below a step."""
        if step is not None:
            self.purged += self.series.drop_from(step)

    def take(
        self,
        stretches: Sequence[Stretch],
        of_nodes: Sequence[Stretch],
        initial: About | None,
        restarts: Restarts,
    ) -> None:
        """Take the values of one file, less the points that a later event of it purges.

        ``of_nodes`` have the tag as the name of their node only, ``initial`` are the metadata
        of the first of the others.
        """
        purges = restarts.of(stretches)
        self.purge(purges.least)
        for stretch in stretches:
            if self.listing is None:
                self.listing = by_python(stretch.nature, initial)
        found = Track()
        for stretch in (*stretches, *of_nodes):
            if tensor := tensor_of_python(stretch.nature, initial):
                found.add(replace(stretch, nature=tensor))
        for stretch in found.arranged():
            self._append(stretch, purges)

    def _append(self, stretch: Stretch, purges: Purges) -> None:
        self.has_tensors = True
        for steps in purges.survivors(stretch):
            self.series.append(stretch.nature, steps)
            self.purged -= len(steps)
        self.purged += len(stretch)


class PythonReader:
    """The series of a run by tag, file after file, until ``has_failed``.

    ``has_graph`` tells that there was a graph, after which those within others are passed over.
    """

    def __init__(self) -> None:
        self.read_series: dict[Tag, ReadSeries] = {}
        self.has_failed = False
        self.has_graph = False
        self._sessions = Sessions()

    def read(self, contents: Contents) -> None:
        """Take what the Python reader takes of the next file."""
        if self.has_failed or contents.name.endswith(SKIPPED_BY_PYTHON):
            return
        end = contents.python_ends()
        tracks = _before(contents.tracks, end)
        nodes = _before(contents.nodes, end)
        summaries = _before({Tag(""): contents.summaries}, end)
        restarts = self._sessions.read(contents, [*tracks.values(), *summaries.values()], end)
        for tag in self.read_series.keys() - tracks.keys() - nodes.keys():
            self.read_series[tag].purge(restarts.of_all.least)
        for tag in tracks.keys() | nodes.keys():
            series = self.read_series.setdefault(tag, ReadSeries())
            series.take(
                tracks.get(tag, []),
                nodes.get(tag, []),
                contents.initial(tag) if tag in tracks else None,
                restarts,
            )
        self.has_graph = self.has_graph or contents.graph_from < end
        self.has_failed = contents.fails_python()


def _before(tracks: Mapping[Tag, Track], end: float) -> dict[Tag, list[Stretch]]:
    """Return what is before a record of each tag that has something there."""
    found = {
        tag: [part for whole in track.arranged() if (part := whole.before(end))]
        for tag, track in tracks.items()
    }
    return {tag: stretches for tag, stretches in found.items() if stretches}
