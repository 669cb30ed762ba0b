"""A report as Markdown, for the page of a job: why it failed, its runs, their curves."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tbconvert.cli.faults import faults
from tbconvert.cli.show import problem_line, summary_of
from tbconvert.cli.sparkline import sparkline
from tbconvert.cli.telling import counted
from tbconvert.report import Report

if TYPE_CHECKING:
    from tbconvert.figures import Figures

_ROOM = 1_000_000
"""Bytes of a page: GitHub takes 1 MiB of a step, and drops it all if there is more."""

_RUNS, _TAGS, _LINES = 100, 20, 50
"""Runs that are shown with curves, tags of each, and lines of a list."""

_WIDTH = 24
_LONGEST = 400
_NO_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {"~": "&#126;", "$": "&#36;", "@": "&#64;"}
"""Also what GitHub alone makes something of: it knows no other way to say those."""

_MARKS = re.compile(r"[\\`*_\[\]|#!]|^[-+]")
_HEADER = ("run", "tag", "points", "last", "min", "max", "curve")
_ALIGNED = ("---", "---", "--:", "--:", "--:", "--:", "---")

Row = Sequence[str]


class Page:
    """The summary of an ingest, made while one run after the other is looked at."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._runs = 0

    @property
    def has_room(self) -> bool:
        """Whether another run will be on it."""
        return self._runs < _RUNS

    def look(self, run: str, tags: Mapping[str, Figures], damage: Collection[str] = ()) -> None:
        """Take a run in, if there is room."""
        if not self.has_room:
            return
        self._runs += 1
        shown = list(tags.items())[:_TAGS]
        self._rows += [(cell(run), *_figures(tag, figures)) for tag, figures in shown]
        if more := len(tags) - len(shown):
            self._rows.append((cell(run), f"and {counted(more, 'more tag')}"))
        elif not tags:
            self._rows.append((cell(run), "no scalars"))
        self._rows += [(cell(run), f"damaged: {cell(said)}") for said in damage]

    def text(self, report: Report, already: int = 0) -> str:
        """Return the Markdown of a report, for a page on which some bytes are already."""
        draft = _Draft(_ROOM - already)
        what = summary_of(report) if report.runs else "no run"
        draft.add(f"### tbconvert: {cell(what)}\n\n")
        wrong = [
            f"- **{cell(one.why)}**: "
            f"{cell(problem_line(one.problem) if one.problem else one.said)}\n"
            for one in faults(report)
        ]
        draft.list(wrong, _LINES, "- and {} more\n")
        if report.requirements:
            held = sum(one.ok for one in report.requirements)
            draft.add(f"requirements that hold: {held:,} of {len(report.requirements):,}\n\n")
        if self._rows:
            draft.add(f"{_line(_HEADER)}{_line(_ALIGNED)}")
            rows = [_line((*row, *[""] * (len(_HEADER) - len(row)))) for row in self._rows]
            draft.list(rows, len(rows), _line(("and {} more rows", *[""] * (len(_HEADER) - 1))))
        if more := report.standing - self._runs if self._rows else 0:
            draft.add(f"and {counted(more, 'more run')}\n\n")
        problems = [
            f"- {cell(problem_line(problem))}\n"
            for run in report.runs
            if run.status != "failed"
            for problem in run.problems
        ]
        if problems:
            draft.add(f"{counted(len(problems), 'problem')}:\n\n")
            draft.list(problems, _LINES, "- and {} more\n")
        return draft.text


class _Draft:
    """A text that is not longer than there is room for."""

    def __init__(self, room: int) -> None:
        self._parts: list[str] = []
        self._room = room

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, part: str, spare: int = 0) -> bool:
        """Append a part, if there is room for it, and more to spare."""
        size = len(part.encode(errors="backslashreplace"))
        if size + spare > self._room:
            return False
        self._room -= size
        self._parts.append(part)
        return True

    def list(self, lines: Iterable[str], most: int, rest: str) -> None:
        """Append lines, and how many more there are than can be shown."""
        lines = list(lines)
        spare = len(rest) + 20
        shown = 0
        for line in lines[:most]:
            if not self.add(line, spare):
                break
            shown += 1
        if more := len(lines) - shown:
            self.add(rest.format(f"{more:,}"))
        if lines:
            self.add("\n")


def cell(text: str) -> str:
    """Return a text as Markdown shows it unchanged, in a table too: no mark, no HTML."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return "".join(_NO_HTML.get(sign, sign) for sign in _MARKS.sub(r"\\\g<0>", text))


def _figures(tag: str, figures: Figures) -> Row:
    outline = figures.curve.to_json()["curve"]
    drawn = sparkline(outline["min"], outline["max"], _WIDTH, in_blocks=True).replace(" ", "·")
    odd = figures.points - figures.finite
    numbers = (number(one) for one in (figures.last, figures.min, figures.max))
    said = f" {odd:,} not finite" if odd else ""
    return (cell(tag), f"{figures.points:,}", *numbers, f"`{drawn}`{said}")


def number(given: float) -> str:
    """Return a number as people read it."""
    if not math.isfinite(given):
        return str(given)
    if given == int(given) and abs(given) < 1_000_000:
        return f"{int(given):,}"
    return f"{given:.4g}"


def _line(row: Iterable[str]) -> str:
    return f"| {' | '.join(row)} |\n"
