"""What people see of a report: a table of runs on stdout, what went wrong on stderr."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import click

from tbconvert.cli.faults import failed_on
from tbconvert.cli.outcome import Fault, held, unmet
from tbconvert.cli.telling import amount_of, begin_of, counted, printable, takes_colour
from tbconvert.report import ProblemReport, Report, RunReport, Status
from tbconvert.run_names import safe_run

_PROBLEMS = 10
"""Of each run, unless all are asked for."""

_FAULTS = 10
"""Lines of one option that fails, unless all are asked for."""

_GONE = 10
"""Sources that are gone, of which each is told, unless all are asked for."""

_LONGEST = 100
"""Characters of a column's name; ``--json`` has all of it."""

_SAMPLED = 1000
"""Points of a curve that TensorBoard shows unless told otherwise (its default for scalars)."""


class Shown:
    """Renders reports; ``quiet`` leaves only errors, ``verbose`` leaves nothing out."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.quiet = quiet
        self._verbose = verbose

    def report(self, report: Report, *, dry_run: bool, strict: bool = False) -> None:
        """Show problems, what was passed over, the runs, and how to go on.

        Under ``strict`` the last line says what it made of rejected cells.
        """
        self._report(report, dry_run)
        self.faults(list(unmet(report.requirements)))
        for word in report.failed_on:
            if not (strict and word == "rejected"):
                self.faults(list(failed_on(report, word)))
        if strict and report.rejected:
            were = "was" if report.rejected == 1 else "were"
            _say(f"--strict: {counted(report.rejected, 'cell')} {were} rejected", "red")

    def faults(self, faults: Sequence[Fault]) -> None:
        """Show what an option wanted otherwise."""
        shown = faults if self._verbose else faults[:_FAULTS]
        for fault in shown:
            _say(f"{fault.why}: {fault.note.text}", "red")
        if more := len(faults) - len(shown):
            _say(f"{faults[0].why.split()[0]}: and {more:,} more; --verbose has them", "red")

    def complain(self, complaints: Sequence[str]) -> None:
        """Show what kept a file from being written that was asked for."""
        for complaint in complaints:
            _say(complaint, "red")

    def _report(self, report: Report, dry_run: bool) -> None:
        for run in report.runs:
            self._problems(run)
        if not self.quiet:
            self._skipped(report)
            self._gone(report)
        if report.interrupted:
            _say("interrupted: what is not in the list was left as it was", "red")
        elif not report.runs and report.shard:
            _say(f"no run is in shard {report.shard}")
        elif not report.runs:
            _say("nothing to convert: no training log was found", "red")
        if self.quiet:
            return
        if report.runs:
            _table(report.runs)
            self._summary(report, dry_run)

    def _problems(self, run: RunReport) -> None:
        failed = run.status == "failed"
        if self.quiet and not (failed or run.status == "empty"):
            return
        shown = run.problems if self._verbose else run.problems[:_PROBLEMS]
        for problem in shown:
            _say(problem_line(problem), "red" if failed else "yellow")
        if len(run.problems) > len(shown):
            more = len(run.problems) - len(shown)
            _say(
                f"run {run.run!r}: {counted(more, 'more problem')}; --verbose or --json shows them",
                "yellow",
            )

    def _skipped(self, report: Report) -> None:
        if self._verbose:
            for skipped in report.skipped:
                _say(f"{skipped.uri}: skipped: {skipped.reason}")
        elif report.skipped:
            _say(f"{counted(len(report.skipped), 'file')} skipped; --verbose says why")

    def _gone(self, report: Report) -> None:
        shown = report.gone if self._verbose else report.gone[:_GONE]
        for gone in shown:
            _say(f"{gone.uri} {gone.reason}", "yellow")
        if more := len(report.gone) - len(shown):
            are = "is" if more == 1 else "are"
            _say(f"{counted(more, 'more source')} {are} gone; --verbose names them", "yellow")

    def _summary(self, report: Report, dry_run: bool) -> None:
        click.echo(f"\n{summary_of(report, dry_run=dry_run)}")
        left_out = {
            name: sum(getattr(run, name) for run in report.runs)
            for name in ("missing", "rejected", "superseded")
        }
        if any(left_out.values()):
            counts = ", ".join(f"{n:,} {name}" for name, n in left_out.items() if n)
            click.echo(f"cells that are no points: {counts}")
        if report.requirements:
            click.echo(held(report.requirements))
        if not report.standing or dry_run:
            return
        line = f"tensorboard --logdir {shlex.quote(report.logdir)}"
        longest = max(-(-run.scalars.points // max(run.scalars.tags, 1)) for run in report.runs)
        if longest > _SAMPLED:
            line += f" --samples_per_plugin scalars={longest}"
            click.echo(
                f"curves of more than {_SAMPLED:,} points are sampled unless told otherwise:"
            )
        click.echo(f"\n    {line}")


def summary_of(report: Report, *, dry_run: bool = False) -> str:
    """Return a report in one line: "2 runs written, 14 points, 1.50 s"."""
    size = sum(run.bytes for run in report.runs if run.status == "written")
    amounts = [amount_of(size)] if dry_run and size else []
    what = [_statuses(report.runs, dry_run), *_what(report.runs), *amounts]
    return f"{', '.join(what)}, {report.seconds:.2f} s"


def _statuses(runs: tuple[RunReport, ...], dry_run: bool) -> str:
    """Return how many runs there are of each status: "2 runs unchanged", "1 written, 1 failed"."""
    said: dict[str, str] = {status: status for status in get_args(Status)}
    said |= {"written": "would be written"} if dry_run else {}
    counts = {status: sum(run.status == status for run in runs) for status in said}
    there = [status for status, count in counts.items() if count]
    if len(there) == 1:
        return f"{counted(len(runs), 'run')} {said[there[0]]}"
    parts = [f"{counts[status]:,} {said[status]}" for status in there]
    return f"{', '.join(parts)} of {len(runs):,} runs"


def _what(runs: tuple[RunReport, ...]) -> list[str]:
    """Return how much there is in some runs: their graphs, too, if there is nothing else in one."""
    points = sum(run.points for run in runs)
    graphs = sum(run.graph and not run.points for run in runs)
    said = [counted(points, "point")] if points else []
    return [*said, "a graph" if graphs == 1 else counted(graphs, "graph")] if graphs else said


def failed_input(run: str, status: str, uris: Sequence[str]) -> str:
    """Return the input that a failed run stands for, where none could be planned; otherwise "".

    ``uris`` are those of its problems. Such a run has the name of the input, made safe.
    """
    return next((uri for uri in uris[:1] if status == "failed" and run == safe_run(uri)), "")


def problem_line(problem: ProblemReport) -> str:
    """Say where a problem is, what it is, and what to do."""
    place = problem.uri + (f":{problem.row}" if problem.row is not None else "")
    if problem.column is not None:
        problem = replace(problem, column=begin_of(problem.column, _LONGEST))
    return f"{place}: {problem.said}"


def _table(runs: tuple[RunReport, ...]) -> None:
    header = ("run", "status", "points", "tags", "step", "from")
    rows = [header, *map(_row, runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(header))]
    for row in rows:
        cells = [
            cell.rjust(width) if place in (2, 3) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo(printable("  ".join(cells).rstrip()))


def _row(run: RunReport) -> tuple[str, ...]:
    tags = run.scalars.tags + run.histograms.tags + run.images.tags + run.texts.tags
    if named := failed_input(run.run, run.status, [problem.uri for problem in run.problems]):
        return ("", run.status, "", "", "", named)
    source = run.sources[0] if run.sources else None
    step = "" if source is None else source.step.column or source.step.how
    return (
        run.run,
        run.status,
        "a graph" if run.graph and not run.points else f"{run.points:,}",
        str(tags),
        step,
        source.uri if source is not None else "",
    )


def _say(text: str, colour: str | None = None) -> None:
    text = printable(text)
    coloured = colour is not None and takes_colour(sys.stderr)
    click.echo(click.style(text, fg=colour) if coloured else text, err=True)
