"""The rows of one run → rows of tags: every cell becomes a value, or is counted with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.model import Findings, Origin, Problem, RawTable, Setting
from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.columns import Layout
from tbconvert.normalize.constants import Constants
from tbconvert.normalize.frame import Frame, Frames
from tbconvert.normalize.remarks import Remarks, shortened
from tbconvert.normalize.rows import Column, Rows, dense
from tbconvert.normalize.tags import TagNames
from tbconvert.normalize.values import PLAIN, Form, guess_form, to_numbers
from tbconvert.options import Options

_SHOWN = 20
"""Bad cells of one column of one table that are named one by one; the others are counted."""

_EXACT = 1 << 24
"""Whole numbers above it may not be told apart in float32."""


class Normalizer:
    """Turns the tables of one run into rows of tags; remembers what spans tables.

    ``tags`` are those of the run; ``varied`` columns known to say more than one thing.
    """

    def __init__(
        self, options: Options, findings: Findings, tags: TagNames, varied: set[str] | None = None
    ) -> None:
        self._varied = set() if varied is None else varied
        self._options = options
        self._findings = findings
        self._tags = tags
        self.begin(0.0)

    def begin(
        self, start: float, part: str = "", step_scale: float = 1.0, *, only_new: bool = False
    ) -> None:
        """Begin another source of the run; names are those of this ``part`` of it.

        ``start`` is the time, in seconds since the epoch, of a row without one, and the zero
        of a clock that starts with the run. Steps are multiplied by ``step_scale``.
        With ``only_new`` it has nothing to say of what was told of the run before.
        """
        self._told = self._tags.names() if only_new else frozenset()
        self._remarks = Remarks(self._findings)
        self._frames = Frames(self._remarks, start, step_scale)
        self._constants = Constants(self._varied)
        self._kind = f"scalar of {part}" if part else "scalar"
        self._forms: dict[str, Form | None] = {}

    def push(self, table: RawTable, layout: Layout) -> Iterator[Rows]:
        """Yield the rows of a table, tags that share their gaps together.

        Raises
        ------
        SourceError
            A step has decimals.
        """
        frame = self._frames.frame(table, layout)
        if layout.tag is not None:
            yield from self._long(table, layout, frame)
            return
        columns = [
            (name, table.batch.column(place))
            for place, name in enumerate(table.batch.schema.names)
            if layout.is_metric(name) and name not in self._told and self._tags.is_wanted(name)
        ]
        self._leave_out_unstepped(frame, [array for _, array in columns], table, layout)
        scalars: list[Column] = []
        for name, array in columns:
            if array.null_count == len(array):
                self._findings.missing += len(array)
                continue
            is_setting = self._options.constants != "scalars" and layout.is_setting(name)
            form = None if is_setting else self._form(name, array, frame)
            if self._may_be_constant(array, form, is_setting=is_setting):
                held = self._constants.take(name, array, frame, is_setting=is_setting)
                for cells, of_rows in held:
                    yield from self._points(name, cells, of_rows)
            elif form is None:
                yield from self._objects(name, array, frame)
            else:
                scalars.append(self._scalars(name, array, form, frame))
        yield from dense(scalars, frame.steps, frame.wall_times, frame.lines)

    def finish(self) -> tuple[dict[str, Setting], list[Rows]]:
        """End a source: return what it says of the settings, and the rows that are left."""
        settings, left = self._constants.finish()
        rows = [rows for name, (cells, of) in left for rows in self._points(name, cells, of)]
        return settings, rows

    def _may_be_constant(self, array: pa.Array, form: Form | None, *, is_setting: bool) -> bool:
        """Tell whether a column is a setting rather than a curve, if it says one thing."""
        is_text = form is None and not arrays.is_distribution(array.type)
        return is_setting or (is_text and self._options.constants != "scalars")

    def _points(self, name: str, cells: pa.Array, frame: Frame) -> Iterator[Rows]:
        """Yield the rows of a column that was held back."""
        form = self._form(name, cells, frame)
        if form is None:
            yield from self._objects(name, cells, frame)
            return
        column = self._scalars(name, cells, form, frame)
        yield from dense([column], frame.steps, frame.wall_times, frame.lines)

    def _leave_out_unstepped(
        self, frame: Frame, cells: list[pa.Array], table: RawTable, layout: Layout
    ) -> None:
        """Count the cells of the rows that have no step."""
        if frame.stepped is None:
            return
        lost = np.zeros(len(frame.stepped), np.int64)
        for array in cells:
            there = arrays.present(array)
            lost += 1 if there is None else there
        name = layout.step.column
        array = arrays.column_of(table.batch, str(name))
        for place in np.flatnonzero(~frame.stepped):
            cell = None if array is None else array[int(place)].as_py()
            got = "nothing" if cell is None else shortened(cell)
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            said = f"got {got}, wanted a whole number as step; the row was left out"
            self._findings.note(Problem(where, said, cells=int(lost[place])))

    # ------------------------------------------------------------------------------- columns

    def _form(self, name: str, array: pa.Array, frame: Frame) -> Form | None:
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

    def _scalars(self, name: str, array: pa.Array, form: Form, frame: Frame) -> Column:
        found = to_numbers(array, form)
        absent = len(array) - arrays.count(found.present, len(array))
        if found.bad is not None:
            absent -= int(np.count_nonzero(found.bad))
            self._reject(name, array, arrays.both(found.bad, frame.stepped), form, frame)
        self._findings.missing += absent
        self._note_rounding(name, found.values, found.present, frame)
        tag = self._tags.tag(name, self._kind, frame.origin)
        return Column(tag, found.values, arrays.both(found.present, frame.stepped))

    def _objects(self, name: str, array: pa.Array, frame: Frame) -> Iterator[Rows]:
        """Yield the rows of a column of texts, of lists of numbers, or of counts of them."""
        kind = "histogram" if arrays.is_distribution(array.type) else "text"
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

    def _long(self, table: RawTable, layout: Layout, frame: Frame) -> Iterator[Rows]:
        """Yield the rows of each tag of a long table: its values, and the numbers beside them."""
        tags = arrays.column_of(table.batch, str(layout.tag))
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
        for name, array in zip(table.batch.schema.names, table.batch.columns, strict=True):
            if layout.is_metric(name) and name not in columns:
                self._beside_values(name, array, frame)
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

    def _beside_values(self, name: str, array: pa.Array, frame: Frame) -> None:
        """Take a column of texts in a long table: a setting as long as it says one thing."""
        if name in self._told or not self._tags.is_wanted(name):
            return
        if array.null_count == len(array):
            self._findings.missing += len(array)
            return
        is_held = self._may_be_constant(array, None, is_setting=False)
        if not is_held or self._constants.take(name, array, frame, is_setting=False):
            said = "is no number beside the values of a long table: left out"
            where = replace(frame.origin, row=None, column=name)
            self._remarks.say_once(("beside values", name), where, said)

    def _leave_out_untagged(
        self, row: int, scalars: dict[str, Column], layout: Layout, frame: Frame
    ) -> None:
        cells = sum(c.present is None or bool(c.present[row]) for c in scalars.values())
        if cells:
            where = replace(frame.origin, row=int(frame.lines[row]), column=layout.tag)
            self._findings.note(Problem(where, "no tag; the row was left out", cells=cells))

    # ------------------------------------------------------------------------------- remarks

    def _reject(self, name: str, array: pa.Array, bad: Mask, form: Form, frame: Frame) -> None:
        """Take down the cells that are no numbers: some of them by name, all of them by count."""
        wanted = form.about or "a number"
        places = np.flatnonzero([] if bad is None else bad)
        for place in places[:_SHOWN]:
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            cell = shortened(array[place].as_py())
            said = f"got {cell}, wanted {wanted}; the cell was left out"
            self._findings.note(Problem(where, said, cells=1))
        if len(places) > _SHOWN:
            more = len(places) - _SHOWN
            where = replace(frame.origin, row=int(frame.lines[places[_SHOWN]]), column=name)
            self._findings.note(Problem(where, f"{more} more cells are no numbers", cells=more))

    def _note_rounding(
        self, name: str, values: NDArray[np.generic], present: Mask, frame: Frame
    ) -> None:
        if not np.issubdtype(values.dtype, np.integer):
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
            said = f"{values[place]} was rounded: TensorBoard's scalars are float32"
            self._remarks.say_once(("rounded", name), where, said)


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell)
