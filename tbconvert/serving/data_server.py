"""What TensorBoard's data server keeps of a run: the Rust program behind it by default.

``tensorboard/data/server/run.rs`` and ``reservoir.rs`` are the source. It knows neither
versions nor sessions: what it keeps of one tag never depends on another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tbconvert.model import Tag
from tbconvert.serving.contents import Contents
from tbconvert.serving.listing import Listing, by_data_server, fits_data_server
from tbconvert.serving.nature import UNKNOWN
from tbconvert.serving.series import Series, Steps
from tbconvert.serving.track import Stretch


@dataclass(frozen=True, slots=True)
class Fall:
    """Where a step is not above the one before it: the file that it is in, and both.

    ``is_at_start`` tells that the one before is in an earlier file.
    """

    file: str
    before: int
    after: int
    is_at_start: bool


@dataclass(slots=True)
class KeptSeries:
    """One tag: ``series`` rises, ``erased`` counts the points that later ones took the place of.

    What bears metadata alone is no point.
    """

    listing: Listing
    series: Series = field(default_factory=Series)
    erased: int = 0
    fall: Fall | None = None

    def offer(self, stretch: Stretch, file: str, is_first: bool) -> None:
        """Take points: each removes all that are not below it."""
        if self.fall is None:
            self.fall = self._fall(stretch, file, is_first)
        rising = stretch.steps.rising()
        self.erased += self.series.end_before(stretch.steps.lowest)
        self.erased += (len(stretch) - len(rising)) * stretch.nature.is_point
        self.series.append(stretch.nature, rising)

    def shown(self) -> Steps:
        """Return the steps of the points that can be shown."""
        return self.series.only(lambda nature: fits_data_server(nature, self.listing))

    def _fall(self, stretch: Stretch, file: str, is_first: bool) -> Fall | None:
        pieces, steps = self.series.pieces, stretch.steps
        if pieces and pieces[-1].steps.last >= steps.first:
            return Fall(file, pieces[-1].steps.last, steps.first, is_first)
        at = steps.fall()
        if at is None:
            return None
        return Fall(file, steps.part(at - 1, at).first, steps.part(at, at + 1).first, False)


class DataServer:
    """The series of a run by tag, file after file."""

    def __init__(self) -> None:
        self.kept: dict[Tag, KeptSeries] = {}

    def read(self, contents: Contents) -> None:
        """Take what the data server takes of the next file."""
        end = contents.data_server_ends()
        for tag, track in contents.tracks.items():
            is_first = True
            for whole in track.arranged():
                stretch = whole.before(end)
                # an event with an infinite time is dropped before anything is made of it
                if stretch is None or stretch.nature.is_timeless:
                    continue
                kept = self.kept.get(tag)
                if kept is None:
                    kept = self.kept[tag] = KeptSeries(by_data_server(stretch.nature))
                if kept.listing.data_class != UNKNOWN:
                    kept.offer(stretch, contents.name, is_first)
                is_first = False
