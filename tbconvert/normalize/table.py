"""The rows of one run → rows of tags: every cell becomes a value, or is counted with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.model import Findings, Origin, Problem, RawTable
from tbconvert.normalize import arrays, steps
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.columns import Layout
from tbconvert.normalize.rows import Column, Rows, dense
from tbconvert.normalize.tags import TagNames
from tbconvert.normalize.times import EARLIEST, LATEST, read_times
from tbconvert.normalize.values import PLAIN, Form, guess_form, to_numbers
from tbconvert.options import Options

_SHOWN = 20
"""Bad cells of one column of one table that are named one by one; the others are counted."""

_MEASURED = re.compile("loss|acc|err|reward|return|score|rate|time|norm", re.IGNORECASE)
"""What is in names of metrics, which are no steps though they may be whole and rise."""

_EXACT = 1 << 24
"""Whole numbers above it may not be told apart in float32."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the cells of a row share: its step, its time, its line, and whether it has a step."""

    origin: Origin
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    lines: NDArray[np.int64]
    stepped: Mask


class Normalizer:
    """Turns the tables of one run into rows of tags; remembers what spans tables.

    ``tags`` are those of the run.
    """

    def __init__(self, options: Options, findings: Findings, tags: TagNames) -> None:
        self._options = options
        self._findings = findings
        self._tags = tags
        self.begin(0.0)

    def begin(self, start: float, part: str = "") -> None:
        """Begin another source of the run; names are those of this ``part`` of it.

        ``start`` is the time, in seconds since the epoch, of a row without one, and the zero
        of a clock that starts with the run.
        """
        self._start = start
        self._kind = f"scalar of {part}" if part else "scalar"
        self._rows = 0
        self._last_time: float | None = None
        self._forms: dict[str, Form | None] = {}
        self._said: set[tuple[str, str]] = set()

    def push(self, table: RawTable, layout: Layout) -> Iterator[Rows]:
        """Yield the rows of a table, tags that share their gaps together.

        Raises
        ------
        SourceError
            A step has decimals.
        """
        frame = self._frame(table, layout)
        if layout.tag is not None:
            yield from self._long(table, layout, frame)
            return
        columns = [
            (name, table.batch.column(place))
            for place, name in enumerate(table.batch.schema.names)
            if layout.is_metric(name) and self._tags.is_wanted(name)
        ]
        self._leave_out_unstepped(frame, [array for _, array in columns], table, layout)
        scalars: list[Column] = []
        for name, array in columns:
            if array.null_count == len(array):
                self._findings.missing += len(array)
                continue
            form = self._form(name, array, frame)
            if form is None:
                yield from self._objects(name, array, frame)
            else:
                scalars.append(self._scalars(name, array, form, frame))
        yield from dense(scalars, frame.steps, frame.wall_times, frame.lines)

    # -------------------------------------------------------------- what a row's cells share

    def _frame(self, table: RawTable, layout: Layout) -> _Frame:
        rows = table.batch.num_rows
        lines = table.line_numbers()
        of_rows, stepped = self._steps(table, layout, lines)
        self._rows += rows
        return _Frame(table.origin, of_rows, self._times(table, layout), lines, stepped)

    def _steps(
        self, table: RawTable, layout: Layout, lines: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Mask]:
        rows = table.batch.num_rows
        name = layout.step.column
        if name is None:
            return np.arange(self._rows, self._rows + rows, dtype=np.int64), None
        array = _column(table.batch, name)
        if array is None:
            return np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
        found = steps.read_steps(array, self._options.step_scale)
        if found.fractional is not None and found.fractional.any():
            place = int(np.argmax(found.fractional))
            raise SourceError(
                replace(table.origin, row=int(lines[place]), column=name),
                f"got {array[place].as_py()}, wanted a whole number as step",
                _other_step(table.batch, layout),
            )
        return found.values, found.present

    def _times(self, table: RawTable, layout: Layout) -> NDArray[np.float64]:
        rows = table.batch.num_rows
        name = layout.wall_time.column
        array = _column(table.batch, name) if name is not None else None
        if array is None:
            return np.full(rows, self._start if self._last_time is None else self._last_time)
        seconds, there = read_times(array, layout.unit)
        if layout.is_clock:
            seconds = seconds + self._start
        self._say_implausible(table, str(name), array, seconds)
        if there is not None:
            self._say_untimed(table, str(name), array, there)
            seconds = self._carried(seconds, there)
        self._last_time = float(seconds[-1])
        return seconds

    def _say_implausible(
        self, table: RawTable, name: str, array: pa.Array, seconds: NDArray[np.float64]
    ) -> None:
        """Say of one time that it can hardly be that of a training."""
        with np.errstate(invalid="ignore"):
            odd = (seconds < EARLIEST) | (seconds > LATEST)
        if odd.any():
            place = int(np.argmax(odd))
            where = replace(table.origin, row=int(table.line_numbers()[place]), column=name)
            got = _shortened(array[place].as_py())
            said = f"got {got}, hardly the time of a training; it and others like it were kept"
            self._say_once("odd time", where, said)

    def _carried(
        self, seconds: NDArray[np.float64], there: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Give rows without a time that of the row before, or the first one there is."""
        places = np.where(there, np.arange(len(there)), -1)
        places = np.maximum.accumulate(places)
        first = seconds[np.argmax(there)] if there.any() else self._start
        before = first if self._last_time is None else self._last_time
        return np.where(places >= 0, seconds[places], before)

    def _say_untimed(
        self, table: RawTable, name: str, array: pa.Array, there: NDArray[np.bool_]
    ) -> None:
        """Say of one row without a time, and of one whose time is none, what became of them."""
        filled = arrays.present(array)
        bad = ~there if filled is None else filled & ~there
        for kind, places in (("no time", ~there & ~bad), ("bad time", bad)):
            if not places.any():
                continue
            place = int(np.argmax(places))
            got = _shortened(array[place].as_py())
            said = "no time in this row" if kind == "no time" else f"got {got}, wanted a time"
            where = replace(table.origin, row=int(table.line_numbers()[place]), column=name)
            self._say_once(
                kind, where, f"{said}; it and others like it took that of the row before"
            )

    def _leave_out_unstepped(
        self, frame: _Frame, cells: list[pa.Array], table: RawTable, layout: Layout
    ) -> None:
        """Count the cells of the rows that have no step."""
        if frame.stepped is None:
            return
        lost = np.zeros(len(frame.stepped), np.int64)
        for array in cells:
            there = arrays.present(array)
            lost += 1 if there is None else there
        name = layout.step.column
        array = _column(table.batch, str(name))
        for place in np.flatnonzero(~frame.stepped):
            cell = None if array is None else array[int(place)].as_py()
            got = "nothing" if cell is None else _shortened(cell)
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            said = f"got {got}, wanted a whole number as step; the row was left out"
            self._findings.note(Problem(where, said, cells=int(lost[place])))

    # ------------------------------------------------------------------------------- columns

    def _form(self, name: str, array: pa.Array, frame: _Frame) -> Form | None:
        """Return how a column writes numbers, as its first cells did; None for text and lists."""
        if name not in self._forms:
            form = guess_form(array)
            self._forms[name] = form
            if form is not None and form.about:
                odd = to_numbers(array, PLAIN).bad
                cell = array[0 if odd is None else int(np.argmax(odd))].as_py()
                where = Origin(frame.origin.uri, frame.origin.part, column=name)
                self._findings.note(Problem(where, f"read {form.about}, as in {cell!r}"))
        return self._forms[name]

    def _scalars(self, name: str, array: pa.Array, form: Form, frame: _Frame) -> Column:
        found = to_numbers(array, form)
        absent = len(array) - arrays.count(found.present, len(array))
        if found.bad is not None:
            absent -= int(np.count_nonzero(found.bad))
            self._reject(name, array, arrays.both(found.bad, frame.stepped), form, frame)
        self._findings.missing += absent
        self._note_rounding(name, found.values, found.present, frame)
        tag = self._tags.tag(name, self._kind, frame.origin)
        return Column(tag, found.values, arrays.both(found.present, frame.stepped))

    def _objects(self, name: str, array: pa.Array, frame: _Frame) -> Iterator[Rows]:
        """Yield the rows of a column of texts, or of lists of numbers."""
        kind = "histogram" if arrays.is_list(array.type) else "text"
        self._findings.missing += array.null_count
        there = arrays.both(arrays.present(array), frame.stepped)
        rows = np.arange(len(array)) if there is None else np.flatnonzero(there)
        if not len(rows):
            return
        cells = np.empty((len(rows), 1), object)
        for place, row in enumerate(rows):
            cell = array[row].as_py()
            cells[place, 0] = cell if kind == "histogram" else _text(cell)
        tags = (self._tags.tag(name, kind, frame.origin),)
        yield Rows(tags, frame.steps[rows], frame.wall_times[rows], frame.lines[rows], cells)

    def _long(self, table: RawTable, layout: Layout, frame: _Frame) -> Iterator[Rows]:
        """Yield the rows of each tag of a long table: its values, and the numbers beside them."""
        tags = _column(table.batch, str(layout.tag))
        if tags is None:
            return
        columns = {
            name: (array, form)
            for name, array in zip(table.batch.schema.names, table.batch.columns, strict=True)
            if layout.is_metric(name)
            and (
                form := self._form(name, array, frame) or (PLAIN if name == layout.value else None)
            )
        }
        self._leave_out_unstepped(frame, [array for array, _ in columns.values()], table, layout)
        scalars = {name: self._scalars(name, *column, frame) for name, column in columns.items()}
        places: dict[str, list[int]] = {}
        for place, cell in enumerate(tags.to_pylist()):
            if cell is None:
                self._leave_out_untagged(place, scalars, layout, frame)
            else:
                places.setdefault(str(cell), []).append(place)
        for of_tag, rows in places.items():
            picked = np.array(rows)
            parts = []
            for column, cells in scalars.items():
                there = None if cells.present is None else cells.present[picked]
                name = of_tag if column == layout.value else f"{of_tag}/{column}"
                if self._tags.is_wanted(name) and arrays.count(there, len(picked)):
                    tag = self._tags.tag(name, self._kind, frame.origin)
                    parts.append(Column(tag, cells.values[picked], there))
            of_rows = (frame.steps[picked], frame.wall_times[picked], frame.lines[picked])
            yield from dense(parts, *of_rows)

    def _leave_out_untagged(
        self, row: int, scalars: dict[str, Column], layout: Layout, frame: _Frame
    ) -> None:
        cells = sum(c.present is None or bool(c.present[row]) for c in scalars.values())
        if cells:
            where = replace(frame.origin, row=int(frame.lines[row]), column=layout.tag)
            self._findings.note(Problem(where, "no tag; the row was left out", cells=cells))

    # ------------------------------------------------------------------------------- remarks

    def _reject(self, name: str, array: pa.Array, bad: Mask, form: Form, frame: _Frame) -> None:
        """Take down the cells that are no numbers: some of them by name, all of them by count."""
        wanted = form.about or "a number"
        places = np.flatnonzero([] if bad is None else bad)
        for place in places[:_SHOWN]:
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            cell = _shortened(array[place].as_py())
            said = f"got {cell}, wanted {wanted}; the cell was left out"
            self._findings.note(Problem(where, said, cells=1))
        if len(places) > _SHOWN:
            more = len(places) - _SHOWN
            where = replace(frame.origin, row=int(frame.lines[places[_SHOWN]]), column=name)
            self._findings.note(Problem(where, f"{more} more cells are no numbers", cells=more))

    def _note_rounding(
        self, name: str, values: NDArray[np.generic], present: Mask, frame: _Frame
    ) -> None:
        if not np.issubdtype(values.dtype, np.integer) or ("rounded", name) in self._said:
            return
        # float32 holds every whole number up to 2^24, so only larger ones are looked at
        if not len(values) or max(abs(int(values.max())), abs(int(values.min()))) <= _EXACT:
            return
        rounded = values.astype(np.float32).astype(np.float64) != values.astype(np.float64)
        if present is not None:
            rounded &= present
        if rounded.any():
            place = int(np.argmax(rounded))
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            self._say_once(
                "rounded", where, f"{values[place]} was rounded: TensorBoard's scalars are float32"
            )

    def _say_once(self, kind: str, where: Origin, said: str) -> None:
        if (kind, str(where.column)) not in self._said:
            self._said.add((kind, str(where.column)))
            self._findings.note(Problem(where, said))


def _column(batch: pa.RecordBatch, name: str) -> pa.Array | None:
    names = batch.schema.names
    return batch.column(names.index(name)) if name in names else None


def _other_step(batch: pa.RecordBatch, layout: Layout) -> str:
    """Propose a column of whole numbers that rises, or a scale."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        whole = name != layout.step.column and pa.types.is_integer(array.type)
        if whole and not _MEASURED.search(name) and steps.are_rising(array):
            return f"--step {name!r} takes another column, --step-scale 1000 counts in thousandths"
    return "--step-scale 1000 counts in thousandths, --step none numbers the rows"


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell)


def _shortened(cell: Any) -> str:
    shown = repr(cell)
    return shown if len(shown) <= 60 else shown[:57] + "…" + shown[-1]
