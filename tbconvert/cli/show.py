"""What people see of a report: a table of runs on stdout, what went wrong on stderr."""

from __future__ import annotations

import shlex
import sys

import click

from tbconvert.cli.telling import counted, printable, takes_colour
from tbconvert.report import ProblemReport, Report, RunReport

_PROBLEMS = 10
"""Of each run, unless all are asked for."""

_LONGEST = 100
"""Characters of a column's name; ``--json`` has all of it."""

_SAMPLED = 1000
"""Points of a curve that TensorBoard shows unless told otherwise (its default for scalars)."""


class Shown:
    """Renders reports; ``quiet`` leaves only errors, ``verbose`` leaves nothing out."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self.quiet = quiet
        self._verbose = verbose

    def report(self, report: Report, *, dry_run: bool) -> None:
        """Show problems, what was passed over, the runs, and how to go on."""
        for run in report.runs:
            self._problems(run)
        if not self.quiet:
            self._skipped(report)
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

    def _summary(self, report: Report, dry_run: bool) -> None:
        points = sum(run.points for run in report.runs)
        verb = "would be written" if dry_run else "written"
        written = sum(run.status == "written" for run in report.runs)
        click.echo(
            f"\n{written} of {len(report.runs)} runs {verb}, {_what(report.runs, points)}, "
            f"{report.seconds:.2f} s"
        )
        left_out = {
            name: sum(getattr(run, name) for run in report.runs)
            for name in ("missing", "rejected", "superseded")
        }
        if any(left_out.values()):
            counts = ", ".join(f"{n:,} {name}" for name, n in left_out.items() if n)
            click.echo(f"cells that are no points: {counts}")
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


def _what(runs: tuple[RunReport, ...], points: int) -> str:
    """Return how much there is in some runs: their graphs, too, if there is nothing else in one."""
    graphs = sum(run.graph and not run.points for run in runs)
    said = "a graph" if graphs == 1 else counted(graphs, "graph")
    if not graphs:
        return counted(points, "point")
    return f"{counted(points, 'point')}, {said}" if points else said


def problem_line(problem: ProblemReport) -> str:
    """Say where a problem is, what it is, and what to do."""
    place = problem.uri + (f":{problem.row}" if problem.row is not None else "")
    column = "" if problem.column is None else f" column {_shortened(problem.column)!r}:"
    hint = f"; {problem.hint}" if problem.hint else ""
    return f"{place}:{column} {problem.problem}{hint}"


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


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
