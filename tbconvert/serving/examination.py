"""One run as both of TensorBoard's readers will serve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tbconvert.decode.parts import Part
from tbconvert.model import Tag
from tbconvert.serving.contents import Contents
from tbconvert.serving.data_server import DataServer
from tbconvert.serving.files import file_findings
from tbconvert.serving.finding import Finding
from tbconvert.serving.nature import Nature
from tbconvert.serving.python_reader import PythonReader
from tbconvert.serving.runs import Span, order_findings, sampling_findings
from tbconvert.serving.series import Steps
from tbconvert.serving.tags import TagCase


@dataclass(frozen=True, slots=True)
class Shown:
    """What one reader serves of a tag, before it takes samples of it.

    ``plugin`` is the dashboard that lists it; ``data_class`` 1 for scalars, 2 for tensors,
    3 for blobs.
    """

    plugin: str
    data_class: int
    steps: Steps

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class Served:
    """What becomes of a tag of which ``written`` values are in the files.

    ``data_server`` and ``python`` are what the two readers serve, None where that is nothing.
    """

    written: int
    data_server: Shown | None
    python: Shown | None

    @property
    def plugin(self) -> str:
        """The dashboard that lists the tag, "" for none."""
        shown = self.data_server or self.python
        return shown.plugin if shown else ""


class Examination:
    """One run: told file by file, in plain order of their names, and part by part."""

    def __init__(self) -> None:
        self._data_server = DataServer()
        self._python = PythonReader()
        self._file: Contents | None = None
        self._written: dict[Tag, Counter[Nature]] = {}
        self._nodes: set[Tag] = set()
        self._spans: list[Span] = []
        self._of_files: list[Finding] = []

    def begin_file(self, name: str) -> None:
        """Go on to the next file."""
        self._end_file()
        self._file = Contents(name, self._python.has_graph)

    def see(self, part: Part) -> None:
        """Take down one part of the file."""
        if self._file is None:
            raise ValueError("a part of no file: wanted begin_file() before it")
        self._file.see(part)

    def drop_file(self) -> None:
        """Forget the file: it turned out that it cannot be read."""
        self._file = None

    def served(self) -> Mapping[Tag, Served]:
        """Return what is served of each tag that has a value in any file."""
        self._end_file()
        return {
            tag: Served(written.total(), self._by_data_server(tag), self._by_python(tag))
            for tag, written in self._written.items()
        }

    def findings(self) -> list[Finding]:
        """Return what is the matter with the run: its files, then its tags.

        Where points are not served, or not the same by both readers, there is a loss.
        """
        self._end_file()
        found = list(self._of_files)
        kept = self._data_server.kept.values()
        found += order_findings(self._spans, (series.fall for series in kept if series.fall))
        is_explained = any(finding.severity == "loss" for finding in found)
        cases = [self._case(tag) for tag in self._written]
        for case in cases:
            of_tag = case.findings()
            if not of_tag and not is_explained and (difference := case.differs()):
                of_tag.append(difference)
            found += of_tag
        return [*found, *sampling_findings(cases)]

    def _end_file(self) -> None:
        contents, self._file = self._file, None
        if contents is None:
            return
        self._data_server.read(contents)
        self._python.read(contents)
        for tag, track in contents.tracks.items():
            written = self._written.setdefault(tag, Counter())
            for stretch in track.arranged():
                written[stretch.nature] += len(stretch)
        for tag in contents.nodes:
            self._nodes.add(tag)
            self._written.setdefault(tag, Counter())
        self._of_files += file_findings(contents)
        self._spans.append(Span(contents.name, contents.earliest, contents.latest))

    def _case(self, tag: Tag) -> TagCase:
        data_server, python = self._by_data_server(tag), self._by_python(tag)
        return TagCase(
            tag,
            self._written[tag],
            self._data_server.kept.get(tag),
            self._python.read_series.get(tag),
            data_server.steps if data_server else Steps(),
            python.steps if python else Steps(),
            tag in self._nodes,
        )

    def _by_data_server(self, tag: Tag) -> Shown | None:
        kept = self._data_server.kept.get(tag)
        if kept is None or not kept.listing.is_listed:
            return None
        steps = kept.shown()
        return Shown(*kept.listing, steps) if len(steps) else None

    def _by_python(self, tag: Tag) -> Shown | None:
        read = self._python.read_series.get(tag)
        if read is None or read.listing is None or not read.listing.is_listed:
            return None
        if not read.has_tensors or read.unreadable():
            return None
        return Shown(*read.listing, read.shown())
