"""What people see of a check: a line for each run, and below it what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from tbconvert.checking import (
    SIGNS,
    Difference,
    Finding,
    Odd,
    Point,
    RunVerdict,
    Verdict,
    count_of,
)
from tbconvert.cli.telling import counted, printable, takes_colour

_FEW = 5
"""Lines about one run, and points of one tag, unless all are asked for."""

CAUSES = ("source-changed", "source-touched", "source-new", "source-gone", "version")
"""Hints that tell why points differ."""

_LIMITS = ("no-source", "no-inputs", "no-digests", "other-run", "growing")
"""Hints that tell of a run what could not be compared."""

_WHATS = {
    "missing": "missing",
    "extra": "extra",
    "step": "with another step",
    "wall_time": "with another time",
    "value": "with another value",
    "order": "in another order",
}
"""What is said of points that differ."""


class Checked:
    """Renders verdicts; ``verbose`` leaves nothing out."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose

    def show(self, verdict: Verdict) -> None:
        """Show all runs, what is of none of them, and how many there are of each kind."""
        for run in verdict.runs:
            self._run(run)
        for finding in verdict.findings:
            _say(finding_line(finding), "red" if finding.severity == "loss" else None)
        if not verdict.runs:
            _say("no event file is in there: nothing to check", "red")
            return
        _say("")
        _say(summary(verdict))
        findings = [finding for run in verdict.runs for finding in run.findings]
        hints = sum(one.severity == "hint" and one.code not in _LIMITS for one in findings)
        if hints and not self._verbose:
            _say(f"{counted(hints, 'hint')}; --verbose shows them")

    def _run(self, run: RunVerdict) -> None:
        sign, colour = SIGNS[run.status], None if run.is_right else "red"
        what = f"{counted(run.tags, 'tag')}, {counted(run.points, 'point')}"
        said = f"{sign} {run.run}" + (f": {what}" if run.event_files else "")
        _say(said, colour)
        lines = list(self._lines(run))
        shown = lines if self._verbose else lines[:_FEW]
        for line in shown:
            _say(f"    {line}")
        if more := len(lines) - len(shown):
            _say(f"    {counted(more, 'more line')}; --verbose shows them")

    def _lines(self, run: RunVerdict) -> Iterator[str]:
        """Yield all that is to be said of a run: what is wrong with it, then its points."""
        for finding in run.findings:
            is_cause = bool(run.differences) and finding.code in CAUSES
            is_said = is_cause or finding.severity == "loss" or finding.code in _LIMITS
            if self._verbose or is_said:
                yield finding_line(finding)
        yield from self._differences(run.differences)

    def _differences(self, differences: Iterable[Difference]) -> Iterator[str]:
        for one in differences:
            yield difference_line(one)
            shown = one.first if self._verbose else one.first[:_FEW]
            yield from (f"  {point_line(odd)}" for odd in shown)


def summary(verdict: Verdict) -> str:
    """Return how many runs are how: "2 runs, all the same as their ledgers"."""
    runs, against = verdict.runs, "logs" if verdict.against_sources else "ledgers"
    counts = {status: count_of(runs, status) for status in SIGNS}
    words = {
        "same": f"the same as in their {against}",
        "missing": "missing",
        "extra": "of no log",
        "foreign": "of other programs",
        "differs": "not the same",
        "unreadable": "unreadable",
    }
    parts = sum(any(one.code in _LIMITS for one in run.findings) for run in runs)
    words["same"] += f" ({parts:,} as far as could be compared)" if parts else ""
    there = [f"{count:,} {words[status]}" for status, count in counts.items() if count]
    points = counted(sum(run.points for run in runs), "point")
    return f"{counted(len(runs), 'run')}: {', '.join(there)}; {points}, {verdict.seconds:.2f} s"


def finding_line(finding: Finding) -> str:
    """Say what is wrong, where, and what to do."""
    place = "" if finding.file is None else f"{finding.file}: "
    tag = "" if finding.tag is None else f"tag {finding.tag!r}: "
    cure = f"; {finding.cure}" if finding.cure else ""
    return f"{place}{tag}{finding.said}{cure}"


def difference_line(one: Difference) -> str:
    """Say how a tag differs from what it should be."""
    what = f"{one.kind} {one.tag!r}"
    if not one.counts:
        return f"{what}: {one.said}, against the {one.against}"
    counts = [f"{counted(count, 'point')} {_WHATS[what]}" for what, count in one.counts.items()]
    return f"{what}: {', '.join(counts)}, against the {one.against}"


def point_line(odd: Odd) -> str:
    """Say how a point differs: "step 7: value 0.5, wanted 0.25"."""
    match odd:
        case Odd(wanted=None, got=Point() as got):
            return f"step {got.step}: value {_value(got)} is extra"
        case Odd(wanted=Point() as wanted, got=None):
            return f"step {wanted.step}: value {_value(wanted)} is missing"
        case Odd(what="step", wanted=Point() as wanted, got=Point() as got):
            return f"step {got.step}, wanted {wanted.step}: value {_value(got)}"
        case Odd(what="order", got=Point() as got):
            return f"step {got.step}: does not come where it should"
        case Odd(wanted=Point() as wanted, got=Point() as got):
            times = f"time {got.wall_time!r}, wanted {wanted.wall_time!r}"
            values = f"value {_value(got)}, wanted {_value(wanted)}"
            parts = [values] if odd.what == "value" else []
            parts += [times] if got.wall_time != wanted.wall_time else []
            return f"step {got.step}: {', '.join(parts)}"
    return ""


def _value(point: Point) -> str:
    return f"with digest {point.value}" if isinstance(point.value, str) else repr(point.value)


def _say(text: str, colour: str | None = None) -> None:
    is_coloured = colour is not None and takes_colour(sys.stdout)
    text = printable(text)
    click.echo(click.style(text, fg=colour) if is_coloured else text)
