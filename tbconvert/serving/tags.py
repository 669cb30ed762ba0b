"""What is the matter with one tag of a run: where its values are not what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tbconvert.model import Tag
from tbconvert.serving.data_server import KeptSeries
from tbconvert.serving.finding import Finding, counted
from tbconvert.serving.listing import Listing, by_data_server, fits_data_server
from tbconvert.serving.nature import BLOBS, LIMITS_WANTED, SCALAR, TENSOR, Nature
from tbconvert.serving.python_reader import ReadSeries
from tbconvert.serving.series import Steps

_RISE = "let steps rise, or write each part as a run of its own"
_KINDS = {SCALAR: "scalars", TENSOR: "tensors", BLOBS: "blobs"}
_WANTED = {
    SCALAR: "write one number for each value",
    TENSOR: "write as many numbers as the shape of the tensor says",
    BLOBS: "write a list of strings",
}


@dataclass(frozen=True, slots=True)
class TagCase:
    """All that is known of a tag: its values by nature, and what the readers keep of them.

    ``kept`` and ``read`` are None where the reader came across no value; ``by_data_server`` and
    ``by_python`` are the steps that are shown, empty without any. ``is_node`` tells that it is the
    name of the node of values without a tag.
    """

    tag: Tag
    written: Counter[Nature]
    kept: KeptSeries | None
    read: ReadSeries | None
    by_data_server: Steps
    by_python: Steps
    is_node: bool = False

    @property
    def points(self) -> int:
        """How many values there are, apart from those that bear metadata alone."""
        return sum(count for nature, count in self.written.items() if nature.is_point)

    def findings(self) -> list[Finding]:
        """Return what is the matter with the tag, of each code one."""
        found: dict[str, Finding] = {}
        if not self._is_all_metadata:
            of_readers = (*self._of_data_server(), *self._of_python(), *self._of_both())
            for finding in (*self._of_nodes(), *of_readers):
                found.setdefault(finding.code, finding)
        return list(found.values())

    def differs(self) -> Finding | None:
        """Return what is left to say where the readers do not show all there is."""
        is_all = len(self.by_data_server) == len(self.by_python) == self.points
        if self._is_all_metadata or (is_all and self.by_data_server.equals(self.by_python)):
            return None
        return self._found("differs", self._shown(), "")

    @property
    def _is_all_metadata(self) -> bool:
        """Tell whether all that matters is in the metadata, so that no value can get lost."""
        return self.kept is not None and self.kept.listing == Listing("hparams", TENSOR)

    def _of_nodes(self) -> Iterator[Finding]:
        nodes = {nature.node for nature in self.written} - {""}
        if self.is_node:
            said = (
                "values without a tag, whose node is called so: the Python reader puts them here, "
                f"TensorBoard does not: {self._shown()}"
            )
        elif nodes:
            said = (
                "values without a tag, which the Python reader puts under the name of their node, "
                f"{min(nodes)!r}: {self._shown()}"
            )
        else:
            return
        yield self._found("no-tag", said, "write a tag on each value")

    def _of_data_server(self) -> Iterator[Finding]:
        if self.kept is None:
            return
        listing = self.kept.listing
        if not listing.is_listed:
            yield self._unlisted(listing)
            return
        if self.kept.erased and (fall := self.kept.fall):
            why = (
                f"step {fall.after} comes again"
                if fall.before == fall.after
                else f"step {fall.after} comes after {fall.before}"
            )
            yield self._found("steps-erased", f"{why} ({fall.file}): {self._shown()}", _RISE)
        natures = list(self.kept.series.natures())
        misfits = (nature for nature in natures if not fits_data_server(nature, listing))
        if odd := next((nature for nature in misfits if nature.is_point), None):
            yield self._misfit(odd, listing)
        if listing.data_class == TENSOR and not all(nature.is_point for nature in natures):
            said = f"metadata without a value, which TensorBoard shows as empty: {self._shown()}"
            yield self._found("no-value", said, "write metadata along with a value")

    def _unlisted(self, listing: Listing) -> Finding:
        first = next(iter(self.written))
        named = {nature.about.plugin for nature in self.written if nature.about} - {""}
        if listing.plugin:
            said = (
                f"metadata name the plugin {listing.plugin!r} and class {listing.data_class}, "
                f"which no reader keeps: {self._shown()}"
            )
            return self._found("unknown-plugin", said, "write a data_class of 1, 2 or 3")
        if named:
            said = (
                f"the first value, {first.trait}, is without metadata, and only a later one names "
                f"the plugin {min(named)!r}: {self._shown()}"
            )
            return self._found("late-metadata", said, "write metadata on the first value")
        said = f"{first.trait} without metadata: {self._shown()}"
        return self._found("no-metadata", said, "write metadata that name the plugin")

    def _of_python(self) -> Iterator[Finding]:
        read = self.read
        if read is None or read.listing is None or not read.listing.is_listed:
            return
        if not read.has_tensors:
            said = (
                "metadata, but never a value: the Python reader fails to list any tag of "
                f"{read.listing.plugin!r}, of any run"
            )
            yield self._found("no-value", said, "write a value")
        elif odd := read.unreadable():
            yield self._misfit(odd, read.listing)
        if read.purged:
            said = (
                "a session that starts again, or a step that goes back in a file without "
                f"version 2: the Python reader drops points ({read.purged:,}); {self._shown()}"
            )
            yield self._found("purged", said, _RISE)

    def _of_both(self) -> Iterator[Finding]:
        if not (len(self.by_data_server) and len(self.by_python) and self.kept and self.read):
            return
        one, other = self.kept.listing, self.read.listing
        if other is not None and one != other:
            said = (
                f"TensorBoard lists it for {one.plugin!r} and class {one.data_class}, its Python "
                f"reader for {other.plugin!r} and class {other.data_class}"
            )
            yield self._found("two-plugins", said, "write metadata that fit the value")

    def _misfit(self, nature: Nature, listing: Listing) -> Finding:
        """Return what is wrong with a value that one of the readers cannot show."""
        other = by_data_server(nature).plugin
        if other and other != listing.plugin:
            said = f"{nature.trait} among {listing.plugin}: {self._shown()}"
            return self._found("two-kinds", said, "give each kind a tag of its own")
        if listing.data_class == SCALAR and nature.is_number:
            said = (
                f"{nature.trait}, while TensorBoard takes scalars of float32 and rank 0 only: "
                f"{self._shown()}"
            )
            return self._found("hidden-dtype", said, "write simple_value, or float32 of rank 0")
        said = (
            f"{nature.trait} which cannot be shown among {_KINDS[listing.data_class]}: "
            f"{self._shown()}"
        )
        is_of_lists = listing.data_class == TENSOR and nature.form == "histo"
        cure = LIMITS_WANTED if is_of_lists else _WANTED[listing.data_class]
        return self._found("bad-value", said, cure)

    def _shown(self) -> str:
        """Return how many points the readers show; the Python one fails, or mixes kinds."""
        fails = self.read is not None and self.read.unreadable() is not None
        python = "fails to answer" if fails else f"shows {len(self.by_python):,}"
        return (
            f"of {counted(self.points, 'point')} TensorBoard shows {len(self.by_data_server):,}, "
            f"its Python reader {python}"
        )

    def _found(self, code: str, said: str, cure: str) -> Finding:
        return Finding(code, "loss", "", self.tag, said, cure)
