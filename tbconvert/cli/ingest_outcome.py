"""What came of an ingest: its runs, and why it leaves with a status other than 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tbconvert.cli.faults import failed_on
from tbconvert.cli.outcome import Fault, Note, Outcome, RunOutcome, unmet
from tbconvert.cli.show import failed_input, problem_line, summary_of
from tbconvert.report import ProblemReport, Report, RunReport


def outcome_of(report: Report) -> Outcome:
    """Return what a pipeline is told of an ingest."""
    runs = tuple(_run(run, is_whole=not report.interrupted) for run in report.runs)
    summary = summary_of(report) if report.runs else "no run"
    faults = tuple(_faults(report, runs))
    return Outcome("ingest", summary, runs, faults, report.requirements, report.seconds)


def _run(run: RunReport, *, is_whole: bool) -> RunOutcome:
    has_failed = run.status == "failed"
    return RunOutcome(
        run.run,
        failed_input(run.run, run.status, [problem.uri for problem in run.problems]) or run.run,
        run.sources[0].uri if run.sources else "",
        is_there=is_whole and run.status in ("written", "unchanged"),
        is_error=has_failed,
        skipped="it has no point" if run.status == "empty" else "",
        warnings=() if has_failed else tuple(map(_note, run.problems)),
    )


def _note(problem: ProblemReport) -> Note:
    return Note(problem.said, problem_line(problem), problem.uri, problem.row)


def _faults(report: Report, runs: Sequence[RunOutcome]) -> Iterator[Fault]:
    """Yield all reasons, what was asked for first."""
    yield from unmet(report.requirements, runs)
    for word in report.failed_on:
        yield from failed_on(report, word)
    for place, run in enumerate(report.runs):
        if run.status == "failed":
            said = f"run {run.run!r} failed"
            notes = list(map(_note, run.problems)) or [Note(said, said, runs[place].uri)]
            yield from (Fault("failed", note, place) for note in notes)
    if report.interrupted:
        yield _of_none("interrupted", "what is not in the list was left as it was")
    elif report.is_nothing and not report.failed:
        said = "no run has a point" if report.runs else "no training log was found"
        yield _of_none("nothing to convert", said)


def _of_none(why: str, said: str) -> Fault:
    return Fault(why, Note(said, said))
