"""What came of a check: its runs, and why it leaves with a status other than 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tbconvert.checking import SIGNS, Finding, RunVerdict, Verdict
from tbconvert.cli.checked import CAUSES, difference_line, finding_line, summary
from tbconvert.cli.outcome import Fault, Note, Outcome, RunOutcome, unmet
from tbconvert.cli.telling import counted
from tbconvert.report import RequirementReport
from tbconvert.storage import STDIN


def outcome_of(verdict: Verdict, requirements: tuple[RequirementReport, ...] = ()) -> Outcome:
    """Return what a pipeline is told of a check, and of what it asked of metrics."""
    runs = tuple(_run(run, verdict.logdir) for run in verdict.runs)
    return Outcome(
        "check",
        summary(verdict) if verdict.runs else "no run",
        runs,
        (*unmet(requirements, runs), *_faults(verdict, runs)),
        requirements,
        verdict.seconds,
        columns=("sign", "findings"),
    )


def _run(run: RunVerdict, logdir: str) -> RunOutcome:
    hints = [one for one in run.findings if one.severity == "hint"]
    codes = dict.fromkeys(one.code for one in _losses(run.findings))
    return RunOutcome(
        run.run,
        run.run,
        _uri(run, logdir),
        is_there=bool(run.event_files),
        is_error=run.status == "unreadable",
        cells=(SIGNS[run.status], ", ".join(codes)),
        details=(*map(difference_line, run.differences), *map(finding_line, hints)),
    )


def _uri(run: RunVerdict, logdir: str) -> str:
    """Return the log of a run where it is a file that is known, or else its event file."""
    logs = [uri for uri in run.sources if uri != STDIN and not uri.startswith("/dev/")]
    paths = [f"{logdir}/{run.run}/{name}" for name in run.event_files]
    return next(iter((*logs, *paths)), "")


def _losses(findings: Sequence[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity == "loss"]


def _faults(verdict: Verdict, runs: Sequence[RunOutcome]) -> Iterator[Fault]:
    """Yield all reasons, those of runs first."""
    for place, run in enumerate(verdict.runs):
        yield from _of_run(run, runs[place].uri, place)
    for finding in _losses(verdict.findings):
        said = finding_line(finding)
        yield Fault(finding.code, Note(said, said))
    if not verdict.runs:
        said = "no event file is in there"
        yield Fault("nothing to check", Note(said, said))


def _of_run(run: RunVerdict, uri: str, place: int) -> Iterator[Fault]:
    losses = _losses(run.findings)
    for finding in losses:
        text = said = f"run {run.run!r}: {finding_line(finding)}"
        if finding.file in run.sources:
            uri, said = finding.file, f"run {run.run!r}: {finding.said}; {finding.cure}"
        yield Fault(finding.code, Note(said, text, uri), place)
    differences = [one for one in run.differences if one.against == "sources"]
    if differences:
        said = f"run {run.run!r}: {difference_line(differences[0])}"
        more = len(differences) - 1
        said += f", and {counted(more, 'more tag')}" if more else ""
        causes = [finding_line(one) for one in run.findings if one.code in CAUSES]
        said = "; ".join((said, *causes[:1]))
        yield Fault("differs", Note(said, said, uri), place)
    elif not losses and not run.is_right:
        said = f"run {run.run!r} is {run.status}"
        yield Fault(run.status, Note(said, said, uri), place)
