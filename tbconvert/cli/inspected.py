"""What people see of an inspection: sources with their columns, runs with their curves."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import click

from tbconvert.cli.show import failed_input, problem_line
from tbconvert.cli.sparkline import sparkline
from tbconvert.cli.telling import begin_of, can_spell, counted, printable, takes_colour
from tbconvert.report import ProblemReport

_FEW_RUNS = 3
"""That are shown in full unless all are asked for."""

_FEW_KINDS = 4
"""Of sources, of which one each is shown in full."""

_MOST = 30
"""Columns of a source, tags of a run, unless all are asked for."""

_SETTINGS = "hparams"
"""The tag of the text that has the settings as a table; ``hparams`` of the run has them too."""

_PROBLEMS = 10
_LONGEST = 48
_WIDTH = 24
_SIGNS = {"–": "-", "×": "x", "…": "...", "µ": "u"}

Found = dict[str, Any]


class Inspected:
    """Renders what an inspection found; ``verbose`` leaves nothing out."""

    def __init__(self, found: Found, *, verbose: bool) -> None:
        self._found = found
        self._verbose = verbose
        self._in_blocks = can_spell("▁▂▃▄▅▆▇█–×…", sys.stdout)
        self._in_colour = takes_colour(sys.stdout)
        self._is_apart = True

    def show(self, *, is_interrupted: bool) -> None:
        """Show the sources, the runs, what was passed over, and how to go on."""
        runs = self._found["runs"]
        self._sources()
        if len(runs) <= _FEW_RUNS or self._verbose:
            for run in runs:
                self._run(run)
        else:
            self._list(runs)
        self._skipped()
        self._event_files()
        if is_interrupted:
            self._say("interrupted: this is not all of it", "red")
        elif not runs:
            self._say("nothing to convert: no training log was found", "red")
        if any(run["status"] == "written" for run in runs):
            self._part()
            self._say(f"    {self._found['command']}")

    # --------------------------------------------------------------------------- sources

    def _sources(self) -> None:
        kinds: dict[tuple[str, ...], list[Found]] = {}
        for source in self._found["sources"]:
            key = (source["uri"],) if self._verbose else self._kind(source)
            kinds.setdefault(key, []).append(source)
        if len(kinds) > _FEW_KINDS and not self._verbose:
            return
        for first, *others in kinds.values():
            self._source(first)
            if others:
                self._say(f"  and {counted(len(others), 'source')} of its kind; --verbose has all")
            self._part()

    @staticmethod
    def _kind(source: Found) -> tuple[str, ...]:
        names = (column["name"] for column in source["columns"])
        return (source["format"], source["dialect"]["name"], *names)

    def _source(self, source: Found) -> None:
        self._say(source["uri"], "bold")
        dialect = source["dialect"]
        fits = f"; {' and '.join(dialect['others'])} would fit too" if dialect["others"] else ""
        rows = [
            ("format", self._format(source), "--format"),
            ("dialect", f"{dialect['name']}, {dialect['why']}{fits}", "--dialect"),
        ]
        if source["columns"] or source["arrays"]:
            rows += [
                ("step", _chosen(source["step"]), "--step" if source["columns"] else "--step-from"),
                ("time", _chosen(source["wall_time"]), "--wall-time"),
            ]
        self._table([(name, f"{said} ({knob})") for name, said, knob in rows])
        if source["columns"]:
            self._part()
            columns = [(c["name"], c["type"], c["role"], c["why"]) for c in source["columns"]]
            self._table(columns, ("column", "type", "role", "why"), "columns")
        if source["arrays"]:
            self._part()
            arrays = [
                (one["name"], " × ".join(map(str, one["shape"])) or "1", one["type"])
                for one in source["arrays"]
            ]
            self._table(arrays, ("array", "shape", "type"), "arrays")

    def _format(self, source: Found) -> str:
        delimiter, decimal, line = source["delimiter"], source["decimal"], source["header_line"]
        parts = [source["format"], source["compression"], source["encoding"]]
        if delimiter is not None:
            names = {" ": "blanks", "\t": "tabs"}
            parts.append(f"{names.get(delimiter, repr(delimiter))} between cells")
            parts.append("" if decimal in (None, ".") else f"decimal {decimal!r}")
            parts.append(f"header in line {line}" if line else "no header")
        is_read = source["columns"] or source["arrays"]  # settings and graphs have no rows
        if source["rows"] is not None and is_read:
            parts.append(counted(source["rows"], "array" if source["arrays"] else "row"))
        return ", ".join(part for part in parts if part)

    # ------------------------------------------------------------------------------ runs

    def _run(self, run: Found) -> None:
        self._say(_heading(run), "bold")
        scalars = run["scalars"]
        if scalars:
            header = ("scalar", "points", "steps", "last", "min", "max", "")
            self._table([self._curve(one) for one in scalars], header, "tags", right=(1, 3, 4, 5))
        for kind, detail in (("histogram", _bounds), ("image", _pixels), ("text", _last)):
            rows = [
                (one["tag"], f"{one['points']:,}", _steps(one), detail(one))
                for one in run[f"{kind}s"]
                if not (run["hparams"] and (kind, one["tag"]) == ("text", _SETTINGS))
            ]
            if rows:
                self._table(rows, (kind, "points", "steps", ""), "tags", right=(1,))
        if run["hparams"]:
            pairs = [f"{name}={_value(value)}" for name, value in run["hparams"].items()]
            self._say(f"  hparams: {', '.join(self._some(pairs, 'more'))}")
        if run["graph"] and run["points"]:
            self._say("  a graph")
        counts = [f"{run[name]:,} {name}" for name in ("missing", "rejected", "superseded")
                  if run[name]]  # fmt: skip
        if counts:
            self._say(f"  cells that are no points: {', '.join(counts)}")
        self._problems(run)
        self._part()

    def _curve(self, one: Found) -> tuple[str, ...]:
        curve = one["curve"]
        drawn = sparkline(curve["min"], curve["max"], _WIDTH, in_blocks=self._in_blocks)
        odd = f" {one['non_finite']:,} not finite" if one["non_finite"] else ""
        numbers = (_number(one[name]) for name in ("last", "min", "max"))
        return (one["tag"], f"{one['points']:,}", _steps(one), *numbers, drawn + odd)

    def _problems(self, run: Found) -> None:
        problems = run["problems"]
        shown = problems if self._verbose else problems[:_PROBLEMS]
        for problem in shown:
            said = problem_line(ProblemReport(**problem))
            self._say(f"  {said}", "red" if run["status"] == "failed" else "yellow")
        if len(problems) > len(shown):
            self._say(f"  {counted(len(problems) - len(shown), 'more problem')}; --verbose")

    def _list(self, runs: Sequence[Found]) -> None:
        of_uri = {source["uri"]: source for source in self._found["sources"]}
        rows = []
        for run in runs:
            tags = [one for kind in ("scalars", "histograms", "images", "texts")
                    for one in run[kind]]  # fmt: skip
            ends = {
                "first_step": min((one["first_step"] for one in tags), default=0),
                "last_step": max((one["last_step"] for one in tags), default=0),
            }
            source = of_uri.get(run["sources"][0]) if run["sources"] else None
            dialect = source["dialect"]["name"] if source else ""
            problems = str(len(run["problems"]) or "")
            where = source["uri"] if source else ""
            steps = _steps(ends) if tags else ""
            status = "" if run["status"] == "written" else run["status"]
            points = "a graph" if _is_graph(run) else f"{run['points']:,}"
            named = _failed_input(run)
            rows.append(
                ("", "", "", "", "", problems, status, named)
                if named
                else (run["run"], points, str(len(tags)), steps, dialect, problems, status, where)
            )
        header = ("run", "points", "tags", "steps", "dialect", "problems", "", "from")
        self._table(rows, header, right=(1, 2, 5))
        self._say("--verbose shows columns, curves and problems of each")

    def _skipped(self) -> None:
        skipped = self._found["skipped"]
        if self._verbose:
            for one in skipped:
                self._say(f"{one['uri']}: skipped: {one['reason']}")
        elif skipped:
            self._say(f"{counted(len(skipped), 'file')} skipped; --verbose says why")

    def _event_files(self) -> None:
        files = self._found["event_files"]
        if files:
            more = len(files) - 1
            what = f"and {more:,} more are TensorBoard runs" if more else "is a TensorBoard run"
            logdir = shlex.quote(_folder_of(files))
            self._say(f"{files[0]} {what} already: tensorboard --logdir {logdir}", "yellow")

    # --------------------------------------------------------------------------- printing

    def _some(self, parts: list[str], what: str) -> list[str]:
        if self._verbose or len(parts) <= _MOST:
            return parts
        return [*parts[:_MOST], f"and {len(parts) - _MOST:,} {what}"]

    def _table(
        self,
        rows: Sequence[Sequence[str]],
        header: Sequence[str] = (),
        noun: str = "",
        right: Iterable[int] = (),
    ) -> None:
        shown = rows if self._verbose or not noun else rows[:_MOST]
        lines = [tuple(map(_shortened, row[:1])) + tuple(row[1:]) for row in shown]
        lines = [tuple(header), *lines] if header else lines
        widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
        for number, line in enumerate(lines):
            cells = [
                cell.rjust(width) if place in right else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            self._say("  " + "  ".join(cells).rstrip(), "dim" if header and not number else None)
        if len(rows) > len(shown):
            self._say(f"  and {len(rows) - len(shown):,} more {noun}; --verbose has all")

    def _part(self) -> None:
        """Leave a line between what was said and what comes."""
        if not self._is_apart:
            self._say("")
            self._is_apart = True

    def _say(self, text: str, how: str | None = None) -> None:
        self._is_apart = False
        text = printable(text)
        if not self._in_blocks:
            text = "".join(_SIGNS.get(sign, sign) for sign in text)
        if self._in_colour and how in ("bold", "dim"):
            text = click.style(text, **{how: True})
        elif self._in_colour and how:
            text = click.style(text, fg=how)
        click.echo(text)


def _folder_of(files: Sequence[str]) -> str:
    """Return the folder below which some files lie."""
    folders = [str(PurePath(file).parent) for file in files]
    try:
        return os.path.commonpath(folders) or "."
    except ValueError:  # some paths are in full, and others are not
        return folders[0]


def _heading(run: Found) -> str:
    if named := _failed_input(run):
        return f"{named}: failed"
    points = "a graph" if _is_graph(run) else counted(run["points"], "point")
    status = "" if run["status"] == "written" else f", {run['status']}"
    return f"run {run['run']}: {points}{status}"


def _is_graph(run: Found) -> bool:
    return run["graph"] and not run["points"]


def _failed_input(run: Found) -> str:
    return failed_input(run["run"], run["status"], [one["uri"] for one in run["problems"]])


def _chosen(chosen: Found) -> str:
    column, how, why = chosen["column"], chosen["how"], chosen["why"]
    if column is not None:
        return f"column {_shortened(column)!r}" + (f": {why}" if why != how else f", by {how}")
    return how if why == how else f"{how}: {why}"


def _steps(one: Found) -> str:
    first, last = one["first_step"], one["last_step"]
    return f"{first}" if first == last else f"{first}–{last}"


def _bounds(one: Found) -> str:
    return f"{_number(one['min'])} to {_number(one['max'])}"


def _pixels(one: Found) -> str:
    return f"{one['height']} × {one['width']}, {counted(one['channels'], 'channel')}"


def _last(one: Found) -> str:
    return begin_of(" ".join(one["last"].split()), _LONGEST)


def _number(number: float | None) -> str:
    if number is None:
        return "–"
    if number == int(number) and abs(number) < 1_000_000:
        return f"{int(number):,}"
    return f"{number:.4g}"


def _value(value: Any) -> str:
    return _number(value) if isinstance(value, float) else begin_of(str(value), _LONGEST)


def _shortened(text: str) -> str:
    """Return a name that is not too long: its end tells as much as its begin."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}…{text[1 - half :]}"
