"""What is the matter with a run: its files beside one another, and its tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tbconvert.serving.data_server import Fall
from tbconvert.serving.finding import Finding, Severity
from tbconvert.serving.names import is_misplaced
from tbconvert.serving.nature import BLOBS, SCALAR, TENSOR
from tbconvert.serving.tags import TagCase

KEPT_AT_MOST = {SCALAR: 1000, TENSOR: 100, BLOBS: 10}
"""Points of a tag that TensorBoard keeps by default, at random, by class."""


@dataclass(frozen=True, slots=True)
class Span:
    """An event file, and the earliest and the latest of its finite wall times."""

    name: str
    earliest: float
    latest: float


def order_findings(spans: Sequence[Span], falls: Iterable[Fall]) -> Iterator[Finding]:
    """Yield what is the matter with the order of files, given where steps go back."""
    broken = {fall.file for fall in falls if fall.is_at_start}
    for before, after in pairwise(spans):
        if is_misplaced(before.name, after.name):
            said = f"{before.name} is read before it, since names are sorted as text" + (
                ": there steps go back, and TensorBoard drops points" * (after.name in broken)
            )
            cure = "rename the files, with numbers of equally many digits"
            severity: Severity = "loss" if after.name in broken else "hint"
            yield Finding("unsorted-names", severity, after.name, None, said, cure)
    for before, after in pairwise(sorted(spans, key=lambda span: span.earliest)):
        if after.earliest < before.latest:
            said = (
                f"it begins before {before.name} ends: they were written at the same time, and "
                "where steps overlap TensorBoard keeps those of the file with the later name"
            )
            cure = "give each writer a directory of its own"
            yield Finding("several-writers", "hint", after.name, None, said, cure)


def sampling_findings(cases: Iterable[TagCase]) -> Iterator[Finding]:
    """Yield for each plugin its longest tag, if TensorBoard would show a sample of it only."""
    longest: dict[str, TagCase] = {}
    for case in cases:
        listing = case.kept.listing if case.kept else None
        if listing and len(case.by_data_server) > KEPT_AT_MOST.get(listing.data_class, 0):
            other = longest.setdefault(listing.plugin, case)
            if len(case.by_data_server) > len(other.by_data_server):
                longest[listing.plugin] = case
    for plugin, case in sorted(longest.items()):
        assert case.kept is not None
        most, count = KEPT_AT_MOST[case.kept.listing.data_class], len(case.by_data_server)
        said = f"TensorBoard shows {most:,} of {count:,} points, drawn at random"
        cure = f"start it with --samples_per_plugin {plugin}={count}"
        yield Finding("sampled", "hint", "", case.tag, said, cure)
