"""What TensorBoard's Python reader keeps of a run: ``--load_fast=false``, and on Windows.

``tensorboard/backend/event_processing`` is the source: ``plugin_event_accumulator.py``,
``event_file_loader.py`` and, beside them, ``data_compat.py`` and ``dataclass_compat.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tbconvert.model import Tag
from tbconvert.serving.contents import Contents
from tbconvert.serving.listing import Listing, by_python, own_metadata, tensor_of_python
from tbconvert.serving.names import SKIPPED_BY_PYTHON
from tbconvert.serving.nature import BLOBS, SCALAR, TENSOR, Nature
from tbconvert.serving.series import Series, Steps
from tbconvert.serving.sessions import Purges, Sessions
from tbconvert.serving.track import Stretch


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

    def append(self, nature: Nature, stretch: Stretch, purges: Purges) -> None:
        """Take points, less those that a later event of the same file purges."""
        self.has_tensors = True
        for steps in purges.survivors(stretch):
            self.series.append(nature, steps)
            self.purged -= len(steps)
        self.purged += len(stretch)


class PythonReader:
    """The series of a run by tag, file after file, until ``has_failed``."""

    def __init__(self) -> None:
        self.read_series: dict[Tag, ReadSeries] = {}
        self.has_failed = False
        self._sessions = Sessions()

    def read(self, contents: Contents) -> None:
        """Take what the Python reader takes of the next file."""
        if self.has_failed or contents.name.endswith(SKIPPED_BY_PYTHON):
            return
        end = contents.python_ends()
        tracks = {
            tag: [part for whole in track.arranged() if (part := whole.before(end))]
            for tag, track in contents.tracks.items()
        }
        tracks = {tag: stretches for tag, stretches in tracks.items() if stretches}
        restarts = self._sessions.read(contents, tracks.values(), end)
        for tag in self.read_series.keys() - tracks.keys():
            self.read_series[tag].purge(restarts.of_all.least)
        for tag, stretches in tracks.items():
            series = self.read_series.setdefault(tag, ReadSeries())
            self._take(series, stretches, restarts.of(stretches))
        self.has_failed = contents.fails_python()

    def _take(self, series: ReadSeries, stretches: list[Stretch], purges: Purges) -> None:
        series.purge(purges.least)
        initial = next(
            (
                own_metadata(stretch.nature)
                for stretch in stretches
                if stretch.nature.form not in ("graph_def", "tagged_run_metadata")
            ),
            None,
        )
        for stretch in stretches:
            if series.listing is None:
                series.listing = by_python(stretch.nature, initial)
            if tensor := tensor_of_python(stretch.nature, initial):
                series.append(tensor, stretch, purges)
