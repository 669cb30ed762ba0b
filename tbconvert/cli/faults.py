"""Why an ingest leaves with a status other than 0, reason by reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tbconvert.cli.telling import counted
from tbconvert.report import FailOn, ProblemReport, Report, RunReport


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason: ``why`` is its kind or option, ``run`` and ``problem`` where it lies.

    ``said`` needs no other words but the place of the problem.
    """

    why: str
    said: str
    run: RunReport | None = None
    problem: ProblemReport | None = None


def faults(report: Report) -> Iterator[Fault]:
    """Yield all reasons, what was asked for first; none if and only if the status is 0."""
    yield from unmet(report)
    for word in report.failed_on:
        yield from failed_on(report, word)
    for run in report.runs:
        if run.status == "failed":
            for problem in run.problems:
                yield Fault("failed", problem.said, run, problem)
            if not run.problems:
                yield Fault("failed", f"run {run.run!r} failed", run)
    if report.interrupted:
        yield Fault("interrupted", "what is not in the list was left as it was")
    elif report.is_nothing and not report.failed:
        said = "no run has a point" if report.runs else "no training log was found"
        yield Fault("nothing to convert", said)


def unmet(report: Report) -> Iterator[Fault]:
    """Yield the requirements that do not hold."""
    runs = {run.run: run for run in report.runs}
    for one in report.requirements:
        if not one.ok:
            run = runs.get(one.run) if one.run is not None else None
            yield Fault(f"--require {one.require!r}", one.problem, run)


def failed_on(report: Report, word: FailOn) -> Iterator[Fault]:
    """Yield the runs that have what there was not to be."""
    for run in report.runs:
        if count := run.count(word):
            yield Fault(f"--fail-on {word}", _said(run.run, word, count), run)


def _said(run: str, word: FailOn, count: int) -> str:
    are, were = ("is", "was") if count == 1 else ("are", "were")
    match word:
        case "nan":
            return f"{counted(count, 'point')} of run {run!r} {are} nan or infinite"
        case "empty":
            return f"run {run!r} has no point"
        case _:
            return f"{counted(count, 'cell')} of run {run!r} {were} {word}"
