"""An outcome as Markdown, for the page of a job: why it failed, its runs, their curves."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tbconvert.cli.outcome import Outcome, RunOutcome, held
from tbconvert.cli.sparkline import sparkline
from tbconvert.cli.telling import begin_of, counted

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
_FIGURES = (
    {"tag": "---"} | dict.fromkeys(("points", "last", "min", "max"), "--:") | {"curve": "---"}
)
"""What is told of a tag, and how it is aligned."""

Row = Sequence[str]


class Page:
    """The summary of an outcome, made while one run of it after the other is looked at.

    It has room for some runs; those that something is wrong with come first.
    """

    def __init__(self, outcome: Outcome) -> None:
        wrong = {fault.run for fault in outcome.faults}
        told = [place for place, run in enumerate(outcome.runs) if run.is_there or run.cells]
        chosen = sorted(told, key=lambda place: place not in wrong)[:_RUNS]
        self._chosen = {outcome.runs[place] for place in chosen}
        self._more = len(told) - len(chosen)
        self._rows: list[tuple[RunOutcome, Row]] = []
        self._columns = outcome.columns
        self._is_of_wrong = False

    def wants(self, run: RunOutcome) -> bool:
        """Tell whether a run will be on it."""
        return run in self._chosen

    def look(
        self, run: RunOutcome, tags: Mapping[str, Figures], damage: Collection[str] = ()
    ) -> None:
        """Take a run in, if there is room."""
        if not self.wants(run):
            return
        shown = list(tags.items())[:_TAGS]
        rows = [_figures(tag, figures) for tag, figures in shown]
        if more := len(tags) - len(shown):
            rows.append((f"and {counted(more, 'more tag')}",))
        elif not tags:
            rows.append(("no scalars" if run.is_there else "not there",))
        rows += [(f"damaged: {cell(said)}",) for said in damage]
        about = tuple(map(cell, run.cells))
        for row in rows:
            self._rows.append((run, (cell(run.run), *about, *row)))
            about = ("",) * len(about)  # once will do

    def leave_out_what_is_right(self) -> None:
        """Show those runs only that something is wrong with."""
        self._is_of_wrong = True

    def text(self, outcome: Outcome, already: int = 0) -> str:
        """Return the Markdown of an outcome, for a page on which some bytes are already."""
        draft = _Draft(_ROOM - already)
        draft.add(f"### tbconvert {outcome.command}: {cell(outcome.summary)}\n\n")
        wrong = [f"- **{cell(fault.why)}**: {cell(fault.note.text)}\n" for fault in outcome.faults]
        draft.list(wrong, _LINES, "- and {} more\n")
        if outcome.requirements:
            draft.add(f"{held(outcome.requirements)}\n\n")
        wrong_runs = {outcome.runs[one.run] for one in outcome.faults if one.run is not None}
        found = [row for run, row in self._rows if run in wrong_runs or not self._is_of_wrong]
        if found:
            header = ("run", *self._columns, *_FIGURES)
            aligned = ("---", *["---"] * len(self._columns), *_FIGURES.values())
            draft.add(f"{_line(header)}{_line(aligned)}")
            rows = [_line((*row, *[""] * (len(header) - len(row)))) for row in found]
            draft.list(rows, len(rows), _line(("and {} more rows", *[""] * (len(header) - 1))))
        if self._more and not self._is_of_wrong:
            draft.add(f"and {counted(self._more, 'more run')}\n\n")
        notes = [f"- {cell(note.text)}\n" for run in outcome.runs for note in run.warnings]
        if notes:
            draft.add(f"{counted(len(notes), 'problem')}:\n\n")
            draft.list(notes, _LINES, "- and {} more\n")
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
    text = "".join(sign if sign.isprintable() else " " for sign in begin_of(text, _LONGEST))
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
