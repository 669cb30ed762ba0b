"""What a run has that an option wants it not to have."""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.cli.outcome import Fault, Note
from tbconvert.cli.telling import counted
from tbconvert.report import FailOn, Report


def failed_on(report: Report, word: FailOn) -> Iterator[Fault]:
    """Yield the runs that have what there was not to be."""
    for place, run in enumerate(report.runs):
        if count := run.count(word):
            said = _said(run.run, word, count)
            uri = run.sources[0].uri if run.sources else ""
            yield Fault(f"--fail-on {word}", Note(said, said, uri), place)


def _said(run: str, word: FailOn, count: int) -> str:
    are, were = ("is", "was") if count == 1 else ("are", "were")
    match word:
        case "nan":
            return f"{counted(count, 'point')} of run {run!r} {are} nan or infinite"
        case "empty":
            return f"run {run!r} has no point"
        case _:
            return f"{counted(count, 'cell')} of run {run!r} {were} {word}"
