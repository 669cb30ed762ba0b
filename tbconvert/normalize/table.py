"""The rows of one run → rows of tags: every cell becomes a value, or is counted with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.cells import Findings
from tbconvert.model import Origin, Problem, RawTable, Setting, Tag
from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.columns import Layout
from tbconvert.normalize.constants import Constants
from tbconvert.normalize.frame import Frame, Frames
from tbconvert.normalize.long import LongFrame
from tbconvert.normalize.remarks import Remarks, shortened
from tbconvert.normalize.rows import Column, Rows, dense
from tbconvert.normalize.tags import TagNames
from tbconvert.normalize.values import PLAIN, Form, guess_form, to_numbers
from tbconvert.options import Options
from tbconvert.summaries.text import shown_text

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
        self._left_out: dict[str, int] = {}

    def push(self, table: RawTable, layout: Layout) -> Iterator[Rows]:
        """Yield the rows of a table, tags that share their gaps together.

        Raises
        ------
        SourceError
            A step has decimals.
        """
        frame = self._frames.frame(table, layout)
        if layout.tag is not None:
            frame = LongFrame.of(frame, arrays.column_of(table.batch, layout.tag), layout)
            self._say_left_out(table, layout)
        given = [
            (name, table.batch.column(place))
            for place, name in enumerate(table.batch.schema.names)
            if layout.is_metric(name) and (layout.tag is not None or self._is_to_come(name))
        ]
        held = [one for name, array in given for one in self._held(name, array, frame, layout)]
        self._leave_out_unstepped(frame, held, table, layout)
        columns: list[_Cells] = []
        for name, cells, of_rows in held:
            read = self._read(name, cells, of_rows)
            if of_rows is frame:
                columns.append(read)
            else:
                self._leave_out_late(name, cells, of_rows)
                yield from self._rows([read], of_rows)
        yield from self._rows(columns, frame)

    def _held(
        self, name: str, array: pa.Array, frame: Frame, layout: Layout
    ) -> Iterator[tuple[str, pa.Array, Frame]]:
        """Yield the cells of a column that are to become points by now; count missing columns."""
        if array.null_count == len(array):
            self._findings.missing += len(array)
            return
        is_setting = name != layout.value and layout.is_setting(name)
        if not self._may_be_constant(name, array, frame, is_setting=is_setting):
            yield name, array, frame
            return
        for cells, of_rows in self._constants.take(name, array, frame, is_setting=is_setting):
            yield name, cells, of_rows

    def finish(self) -> tuple[dict[str, Setting], list[Rows]]:
        """End a source: return what it says of the settings, and the rows that are left."""
        settings, left = self._constants.finish()
        rows: list[Rows] = []
        for name, (cells, of_rows) in left:
            self._leave_out_late(name, cells, of_rows)
            rows += self._rows([self._read(name, cells, of_rows)], of_rows)
        return {n: value for n, value in settings.items() if self._tags.is_wanted(n)}, rows

    def _is_to_come(self, name: str) -> bool:
        """Tell whether points of a name are wanted, and were not told of the run before."""
        return name not in self._told and self._tags.is_wanted(name)

    def _may_be_constant(
        self, name: str, array: pa.Array, frame: Frame, *, is_setting: bool
    ) -> bool:
        """Tell whether a column is a setting rather than a curve, if it says one thing."""
        if self._options.constants == "scalars":
            return False
        return is_setting or (
            not arrays.is_distribution(array.type) and self._form(name, array, frame) is None
        )

    def _leave_out_unstepped(
        self,
        frame: Frame,
        held: list[tuple[str, pa.Array, Frame]],
        table: RawTable,
        layout: Layout,
    ) -> None:
        """Count the cells of the rows that have no step; what may be a setting needs none."""
        if frame.stepped is None:
            return
        lost = np.zeros(len(frame.stepped), np.int64)
        for _, cells, of_rows in held:
            if of_rows is frame:
                there = arrays.present(cells)
                lost += 1 if there is None else there
        name = layout.step.column
        array = arrays.column_of(table.batch, str(name))
        for place in np.flatnonzero(~frame.stepped):
            cell = None if array is None else array[int(place)].as_py()
            got = "nothing" if cell is None else shortened(cell)
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            said = f"got {got}, wanted a whole number as step; the row was left out"
            self._findings.note(Problem(where, said, cells=int(lost[place])))

    def _leave_out_late(self, name: str, cells: pa.Array, frame: Frame) -> None:
        """Count the cells of rows without a step that were no setting after all."""
        if frame.stepped is None:
            return
        there = arrays.present(cells)
        lost = ~frame.stepped if there is None else there & ~frame.stepped
        for place in np.flatnonzero(lost):
            where = replace(frame.origin, row=int(frame.lines[place]), column=name)
            said = "no whole number as step in this row; the cell was left out"
            self._findings.note(Problem(where, said, cells=1))

    # ------------------------------------------------------------------------------- columns

    def _form(self, name: str, array: pa.Array, frame: Frame) -> Form | None:
        """Return how a column writes numbers, as its first cells did; None for text and lists."""
        if name not in self._forms:
            form = guess_form(array)
            if form is None and isinstance(frame, LongFrame) and name == frame.value:
                form = PLAIN
            self._forms[name] = form
            if form is not None and form.about:
                odd = to_numbers(array, PLAIN).bad
                cell = array[0 if odd is None else int(np.argmax(odd))].as_py()
                where = Origin(frame.origin.uri, frame.origin.part, column=name)
                self._findings.note(Problem(where, f"read {form.about}, as in {cell!r}"))
        return self._forms[name]

    def _read(self, name: str, array: pa.Array, frame: Frame) -> _Cells:
        """Return the cells of a column that are to become points; count the others."""
        form = self._form(name, array, frame)
        if form is None:
            self._findings.missing += array.null_count
            kind = "histogram" if arrays.is_distribution(array.type) else "text"
            return _Cells(
                name, name, kind, array, arrays.both(arrays.present(array), frame.stepped)
            )
        found = to_numbers(array, form)
        absent = len(array) - arrays.count(found.present, len(array))
        if found.bad is not None:
            absent -= int(np.count_nonzero(found.bad))
            self._reject(name, array, arrays.both(found.bad, frame.stepped), form, frame)
        self._findings.missing += absent
        self._note_rounding(name, found.values, found.present, frame)
        there = arrays.both(found.present, frame.stepped)
        return _Cells(name, name, self._kind, found.values, there)

    def _rows(self, columns: list[_Cells], frame: Frame) -> Iterator[Rows]:
        """Yield the rows of columns under their tags; in a long table, those of each tag."""
        if not isinstance(frame, LongFrame):
            yield from self._tagged(columns, frame)
            return
        self._leave_out_untagged(columns, frame)
        for name, rows in frame.parts():
            parts = [
                part
                for part in (cells.take(frame.called(name, cells.name), rows) for cells in columns)
                if arrays.count(part.present, len(rows)) and self._is_to_come(part.name)
            ]
            yield from self._tagged(parts, frame.take(rows))
        for cells in columns:  # who asks for the tags of a column asks by its name
            if cells.name != frame.value and not self._tags.of_name(cells.name):
                self._tags.tag(cells.name, cells.kind, frame.origin)

    def _tagged(self, columns: list[_Cells], frame: Frame) -> Iterator[Rows]:
        """Yield the rows of columns that have names of their own, those alike in gaps together."""
        scalars: list[Column] = []
        for cells in columns:
            if cells.is_scalar:
                tag = self._tags.tag(cells.name, cells.kind, frame.origin)
                scalars.append(Column(tag, cells.values, cells.present))
            elif arrays.count(cells.present, len(frame.steps)):
                tag = self._tags.tag(cells.name, cells.kind, frame.origin)
                rows = cells.rows(tag, frame)
                yield self._as_shown(rows, cells.column, frame) if cells.kind == "text" else rows
        yield from dense(scalars, frame.steps, frame.wall_times, frame.lines)

    def _as_shown(self, rows: Rows, column: str, frame: Frame) -> Rows:
        """Return texts as they can be shown, and say of those that are not whole."""
        remarks: dict[int, str] = {}
        for place, text in enumerate(rows.values[:, 0]):
            rows.values[place, 0], remark = shown_text(text)
            if remark:
                remarks[place] = remark
        for place, remark in list(remarks.items())[:1]:
            where = replace(frame.origin, row=int(rows.lines[place]), column=column)
            self._remarks.say_of_first(("not whole", column), where, remark, len(remarks))
        return rows

    def _leave_out_untagged(self, columns: list[_Cells], frame: LongFrame) -> None:
        """Count the cells of the rows that have no tag."""
        for row in np.flatnonzero(frame.codes < 0):
            cells = sum(c.present is None or bool(c.present[row]) for c in columns)
            if cells:
                where = replace(frame.origin, row=int(frame.lines[row]), column=frame.tag)
                self._findings.note(Problem(where, "no tag; the row was left out", cells=cells))

    def _say_left_out(self, table: RawTable, layout: Layout) -> None:
        """Say how many cells of a long table are named like a role that others have."""
        roles = (layout.step.column, layout.wall_time.column, *layout.runs, layout.tag)
        for name in sorted(layout.useless.difference(roles).intersection(table.batch.schema.names)):
            array = table.batch.column(table.batch.schema.names.index(name))
            self._left_out[name] = self._left_out.get(name, 0) + len(array) - array.null_count
            if not self._left_out[name]:
                continue
            said = (
                "is named like a step, a time or a run, and is no value of a long table: "
                f"{self._left_out[name]:,} cells were left out"
            )
            where = Origin(table.origin.uri, table.origin.part, column=name)
            hint = "--step, --wall-time or --run-column takes it as one"
            self._remarks.say(("left out", name), where, said, hint)

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


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The cells of a ``column`` that are to become points: which of its ``values`` are ``present``.

    ``values`` are numbers (n,), or an Arrow array of texts or of distributions. ``name`` is what
    they are called.
    """

    name: str
    column: str
    kind: str
    values: Any
    present: Mask

    @property
    def is_scalar(self) -> bool:
        """Tell whether they are numbers."""
        return isinstance(self.values, np.ndarray)

    def take(self, name: str, rows: NDArray[np.intp]) -> _Cells:
        """Return the cells of some rows, under another name."""
        values = self.values[rows] if self.is_scalar else self.values.take(pa.array(rows))
        present = None if self.present is None else self.present[rows]
        return replace(self, name=name, values=values, present=present)

    def rows(self, tag: Tag, frame: Frame) -> Rows:
        """Return texts or distributions as the rows of a tag."""
        count = len(self.values)
        rows = np.arange(count) if self.present is None else np.flatnonzero(self.present)
        if self.kind == "text":
            texts = self.values.to_pylist()
            given = [str(texts[row]) for row in rows.tolist()]
        else:
            given = arrays.distributions(self.values, rows)
        cells = np.empty((len(rows), 1), object)
        for place, cell in enumerate(given):
            cells[place, 0] = cell
        return Rows((tag,), frame.steps[rows], frame.wall_times[rows], frame.lines[rows], cells)
