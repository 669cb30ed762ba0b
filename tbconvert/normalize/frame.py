"""What the cells of a row share: its step and its time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable
from tbconvert.normalize import arrays, steps
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.columns import Layout
from tbconvert.normalize.remarks import Remarks, shortened
from tbconvert.normalize.times import EARLIEST, LATEST, read_times

_MEASURED = re.compile("loss|acc|err|reward|return|score|rate|time|norm", re.IGNORECASE)
"""What is in names of metrics, which are no steps though they may be whole and rise."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The steps, times and lines of some rows, and which of them have a step.

    ``steps`` int64 (n,), ``wall_times`` float64 (n,), ``lines`` int64 (n,).
    """

    origin: Origin
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    lines: NDArray[np.int64]
    stepped: Mask

    def kept(self) -> Frame:
        """Return a frame to be held on to: no views of what was read."""
        return replace(
            self,
            steps=self.steps.copy(),
            wall_times=self.wall_times.copy(),
            lines=self.lines.copy(),
        )


class Frames:
    """Makes the frames of the tables of one source; remembers what spans tables.

    ``start`` is the time, in seconds since the epoch, of a row without one, and the zero of a
    clock that starts with the run.
    """

    def __init__(self, remarks: Remarks, start: float, step_scale: float) -> None:
        self._step_scale = step_scale
        self._remarks = remarks
        self._start = start
        self._rows = 0
        self._last_time: float | None = None

    def frame(self, table: RawTable, layout: Layout) -> Frame:
        """Return what the cells of each row of a table share.

        Raises
        ------
        SourceError
            A step has decimals.
        """
        rows = table.batch.num_rows
        lines = table.line_numbers()
        of_rows, stepped = self._steps(table, layout, lines)
        self._rows += rows
        return Frame(table.origin, of_rows, self._times(table, layout), lines, stepped)

    def _steps(
        self, table: RawTable, layout: Layout, lines: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Mask]:
        rows = table.batch.num_rows
        name = layout.step.column
        if name is None:
            return np.arange(self._rows, self._rows + rows, dtype=np.int64), None
        array = arrays.column_of(table.batch, name)
        if array is None:
            return np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
        if (cell := steps.with_thousands(array)) is not None:
            where = replace(table.origin, row=None, column=name)
            said = f"read a comma between thousands, as in {cell!r}"
            self._remarks.say_once(("thousands", name), where, said)
        found = steps.read_steps(array, self._step_scale)
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
        array = arrays.column_of(table.batch, name) if name is not None else None
        if array is None:
            return np.full(rows, self._start if self._last_time is None else self._last_time)
        seconds, there = read_times(array, layout.unit)
        if layout.is_clock:
            seconds = seconds + self._start
        self._say_implausible(table, str(name), array, seconds, there)
        if there is not None:
            self._say_untimed(table, layout, array, there)
            seconds = self._carried(seconds, there)
        self._last_time = float(seconds[-1])
        return seconds

    def _say_implausible(
        self,
        table: RawTable,
        name: str,
        array: pa.Array,
        seconds: NDArray[np.float64],
        there: Mask,
    ) -> None:
        """Say of one time that it can hardly be that of a training."""
        with np.errstate(invalid="ignore"):
            odd = arrays.both((seconds < EARLIEST) | (seconds > LATEST), there)
        if odd is not None and odd.any():
            place = int(np.argmax(odd))
            where = replace(table.origin, row=int(table.line_numbers()[place]), column=name)
            got = shortened(array[place].as_py())
            said = f"got {got}, hardly the time of a training; it and others like it were kept"
            self._remarks.say_once(("odd time", name), where, said)

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
        self, table: RawTable, layout: Layout, array: pa.Array, there: NDArray[np.bool_]
    ) -> None:
        """Say of a row without a time, and of one whose time is none, whose time they took."""
        name = layout.wall_time.column
        filled = arrays.present(array)
        bad = ~there if filled is None else filled & ~there
        led = np.maximum.accumulate(there) | (self._last_time is not None)
        otherwise = "the start of the run" if layout.is_clock else "the file"
        first = "the next row that has one" if there.any() else otherwise
        for kind, places in (("no time", ~there & ~bad), ("bad time", bad)):
            for whose, rows in ((first, places & ~led), ("the row before", places & led)):
                if not rows.any() or (kind == "no time" and layout.has_gaps):
                    continue
                place = int(np.argmax(rows))
                got = shortened(array[place].as_py())
                said = "no time in this row" if kind == "no time" else f"got {got}, wanted a time"
                where = replace(table.origin, row=int(table.line_numbers()[place]), column=name)
                said = f"{said}; it and others like it took that of {whose}"
                self._remarks.say_once((kind, name, whose), where, said)


def _other_step(batch: pa.RecordBatch, layout: Layout) -> str:
    """Propose a column of whole numbers that rises, or a scale."""
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        whole = name != layout.step.column and pa.types.is_integer(array.type)
        if whole and not _MEASURED.search(name) and steps.are_rising(array):
            return f"--step {name!r} takes another column, --step-scale 1000 counts in thousandths"
    return "--step-scale 1000 counts in thousandths, --step none numbers the rows"
