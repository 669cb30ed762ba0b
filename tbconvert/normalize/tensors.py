"""Snapshots of one run → rows of tags: what becomes of a weight, a gradient, a number, a text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.cells import Findings
from tbconvert.dialects import by_name
from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSnapshot, RawTable, RawTensor, Series
from tbconvert.normalize.changes import Changes
from tbconvert.normalize.drawing import Drawing
from tbconvert.normalize.figures import Figures
from tbconvert.normalize.graphs import checkpoint_rows
from tbconvert.normalize.remarks import Remarks
from tbconvert.normalize.rows import Rows, single_row
from tbconvert.normalize.series_names import SeriesNames
from tbconvert.normalize.snapshots import (
    Contents,
    doubts,
    is_many,
    role_of,
    sort_out,
)
from tbconvert.normalize.tags import TagNames
from tbconvert.options import Options
from tbconvert.summaries.floats import as_floats
from tbconvert.summaries.histogram import Distribution, distribution
from tbconvert.summaries.image import image_point
from tbconvert.summaries.text import shown_text, text_point

_MOST_STRINGS = 1000


@dataclass(slots=True)
class _Frame:
    """What the arrays of a snapshot share; ``curves`` are the points of one value so far.

    ``names`` are those of its arrays in the run, by those of the file.
    """

    origin: Origin
    names: dict[str, str]
    series: Series
    step: int
    wall_time: float
    curves: dict[str, float] = field(default_factory=dict)

    def at(self, name: str) -> Origin:
        """Return the place of an array, for messages."""
        return Origin(self.origin.uri, name)


class TensorNormalizer:
    """Turns the snapshots of one run into rows of tags; remembers what spans snapshots.

    It ``draws`` a graph of the first weights that it meets, where the run has no other.
    """

    def __init__(
        self, options: Options, dialect: str, findings: Findings, tags: TagNames, *, draws: bool
    ) -> None:
        self._options = options
        self._dialect = by_name(dialect)
        self._draws_graph = draws
        self._findings = findings
        self._tags = tags
        self._remarks = Remarks(findings)
        self._drawing = Drawing(options, self._remarks)
        self._figures = Figures(options, self._remarks)
        self._changes: dict[str, Changes] = {}
        self._names = SeriesNames(findings, self._remarks, tags)

    def measure(self, snapshot: RawSnapshot, series: Series) -> None:
        """Let a snapshot count for the scale that all pictures of an array are to have.

        What cannot be read is passed over here, and told when it is to be drawn.
        """
        for tensor in snapshot.tensors:
            if tensor.dtype.kind in "biufcV" and self._tags.is_wanted(tensor.name):
                with suppress(SourceError, ValueError):
                    self._drawing.measure(tensor, tensor.load(), role_of(tensor.name, series.name))

    def push(
        self, snapshot: RawSnapshot, series: Series, wall_time: float
    ) -> Iterator[RawTable | Rows]:
        """Yield what is in a snapshot: the table that it holds, and rows of tags.

        ``wall_time`` is that of the file, in seconds since the epoch.

        Raises
        ------
        SourceError
            What should tell the step cannot be read.
        """
        for problem in snapshot.problems:
            self._findings.note(problem)
        contents = sort_out(snapshot, series.name, self._options, self._dialect)
        if contents.table:
            yield from self._tables(snapshot, contents)
        names = frozenset(tensor.name for tensor in snapshot.tensors)
        frame = self._frame(snapshot, contents, names, series, wall_time)
        self._drawing.meet(names, frame.origin)
        for tensor in contents.others:
            self._leave_out(tensor, frame)
        for tensor in contents.scalars:
            array = self._load(tensor, frame) if self._tags.is_wanted(tensor.name) else None
            if array is not None:
                frame.curves[frame.names[tensor.name]] = float(as_floats(array.reshape(-1))[0])
        for tensor in contents.texts:
            yield from self._text(tensor, frame)
        yield from self._graph(contents, frame)
        yield from self._tensors(contents, frame)
        if frame.curves:
            yield self._curves(frame)

    # ------------------------------------------------------------------------------ the frame

    def _frame(
        self,
        snapshot: RawSnapshot,
        contents: Contents,
        names: frozenset[str],
        series: Series,
        wall_time: float,
    ) -> _Frame:
        where = snapshot.origin
        step = contents.step
        if step is None or (snapshot.step is not None and _counts_epochs(contents.step_name)):
            step = snapshot.step
        if step is None and contents.axis is not None:
            step = int(contents.axis.load()[-1])
        if step is None:
            step = 0
            if contents.tensors or contents.scalars:
                self._remarks.say_once(
                    "no step", where, "no step in its name, nor in it: all stands at step 0",
                    "--step-from takes it from the name by a regular expression",
                )  # fmt: skip
        shown = (*contents.tensors, *contents.scalars, *contents.texts, *contents.series)
        paths = self._names.settle(shown, names, series, step, where)
        time = wall_time if contents.wall_time is None else contents.wall_time
        return _Frame(where, paths, series, step, time)

    # ------------------------------------------------------------------------ tables and texts

    def _tables(self, snapshot: RawSnapshot, contents: Contents) -> Iterator[RawTable]:
        """Yield the columns of a snapshot as a table, and what is known of each of its rows."""
        columns: dict[str, NDArray[Any]] = {}
        for tensor in contents.table:
            columns[tensor.name] = _column(tensor.load())
        for tensor in contents.series:
            if is_many(tensor):
                continue
            parts = np.asarray(tensor.load(), np.float64).reshape(tensor.shape[0], -1)
            with np.errstate(invalid="ignore"):
                columns[f"{tensor.name}/mean"] = parts.mean(axis=1)
                columns[f"{tensor.name}/std"] = parts.std(axis=1)
            for trial in range(parts.shape[1]):
                columns[f"{tensor.name}/{trial}"] = parts[:, trial]
        if len({*map(len, columns.values())}) > 1:
            lengths = ", ".join(f"{name!r} {len(cells)}" for name, cells in columns.items())
            said = f"curves are not of one length: {lengths[:300]}; all begin with the first row"
            self._remarks.say_once("lengths", snapshot.origin, said)
        first = 0
        for stop in sorted({*map(len, columns.values())}):
            # where a column has ended there is no cell that could be missing
            rest = {
                name: cells[first:stop] for name, cells in columns.items() if len(cells) >= stop
            }
            batch = pa.RecordBatch.from_arrays(
                [pa.array(cells) for cells in rest.values()], names=list(rest)
            )
            yield RawTable(snapshot.origin, batch, range(first, stop))
            first = stop

    def _text(self, tensor: RawTensor, frame: _Frame) -> Iterator[Rows]:
        if tensor.size > _MOST_STRINGS:
            said = f"{tensor.size} strings, at most {_MOST_STRINGS} are shown; it was left out"
            self._findings.note(Problem(frame.at(tensor.name), said, cells=1))
            return
        array = self._load(tensor, frame)
        if array is None or not array.size or not self._tags.is_wanted(tensor.name):
            return
        strings = [
            cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
            for cell in array.reshape(-1).tolist()
        ]
        name = frame.names[tensor.name]
        tag = self._tags.tag(name, "text", frame.at(tensor.name))
        # two blanks: Markdown then ends the line
        text, remark = shown_text("  \n".join(strings))
        if remark:
            key = ("not whole", tensor.name)
            self._remarks.say_of_first(key, frame.at(tensor.name), remark)
        yield single_row(text_point(tag, frame.step, frame.wall_time, text))

    def _curves(self, frame: _Frame) -> Rows:
        tags = tuple(
            self._tags.tag(name, "scalar of arrays", frame.at(name)) for name in frame.curves
        )
        values = np.array([list(frame.curves.values())])
        with np.errstate(over="ignore"):
            row = values.astype(np.float32)
        step, time = np.array([frame.step]), np.array([frame.wall_time])
        return Rows(tags, step, time, np.zeros(1, np.int64), row)

    # -------------------------------------------------------------------------------- tensors

    def _tensors(self, contents: Contents, frame: _Frame) -> Iterator[Rows]:
        wanted = [t for t in contents.tensors if self._tags.is_wanted(t.name)]
        self._figures.settle(len(wanted), frame.origin)
        for doubt in doubts(contents, wanted, frame.origin, frame.series.name):
            key = ("doubt", doubt.origin.part)
            self._remarks.say_once(key, doubt.origin, doubt.problem, doubt.hint)
        changes = self._changes.setdefault(frame.series.name, Changes())
        for tensor in wanted:
            role = role_of(tensor.name, frame.series.name)
            array = self._load(tensor, frame)
            if array is None:
                continue
            name = frame.names[tensor.name]
            if self._drawing.is_only_drawn(tensor, role):
                yield from self._drawn(name, tensor, array, role, frame)
                continue
            found = distribution(array)
            if found.finite:
                tag = self._tags.tag(name, "histogram", frame.at(tensor.name))
                yield single_row(found.point(tag, frame.step, frame.wall_time))
            if self._figures.are_wanted:
                frame.curves.update(self._figures.of(name, found))
                if role == "weight":
                    self._follow(name, tensor, array, found, changes, frame)
            else:
                hint = "--tensor-stats draws how many"
                bad = found.size - found.finite
                self._figures.miss(name, bad, found.size, frame.at(tensor.name), hint)
            yield from self._drawn(name, tensor, array, role, frame)
            del array  # before the next one comes to memory
        changes.advance()
        for tensor in contents.series:
            if is_many(tensor) and self._tags.is_wanted(tensor.name):
                yield from self._parts(tensor, contents, frame)

    def _graph(self, contents: Contents, frame: _Frame) -> Iterator[Rows]:
        """Yield a graph of the weights, where there is no other and it was not drawn yet."""
        weights = [
            (frame.names[tensor.name], tensor)
            for tensor in contents.tensors
            if role_of(tensor.name, frame.series.name) == "weight"
        ]
        if weights and self._draws_graph:
            self._draws_graph = False
            said = "the graph was drawn from the names of the arrays"
            hint = "--graph takes that of a file, or none"
            self._remarks.say_once("graph", frame.origin, said, hint)
            yield checkpoint_rows(weights, frame.wall_time)

    def _follow(
        self,
        name: str,
        tensor: RawTensor,
        array: NDArray[Any],
        found: Distribution,
        changes: Changes,
        frame: _Frame,
    ) -> None:
        """Add how far a weight has moved since the snapshot before."""
        try:
            update, remark = changes.update(name, tensor, array, found.norm)
        except SourceError as err:
            update, remark = None, ""
            said = f"no update: what stood in {err.origin.uri} before cannot be read again"
            key = (frame.origin, err.origin.uri, err.problem)
            self._remarks.say_once(key, frame.origin, f"{said}: {err.problem}", err.hint)
        if update is not None:
            frame.curves[f"{name}/update"] = update
        if remark:
            self._findings.note(Problem(frame.at(tensor.name), remark))

    def _drawn(
        self, name: str, tensor: RawTensor, array: NDArray[Any], role: str, frame: _Frame
    ) -> Iterator[Rows]:
        where = frame.at(tensor.name)
        for suffix, pixels in self._drawing.drawn(tensor, array, role, where):
            tag = self._tags.tag(f"{name}/{suffix}", "image", where)
            yield single_row(image_point(tag, frame.step, frame.wall_time, pixels))

    def _parts(self, tensor: RawTensor, contents: Contents, frame: _Frame) -> Iterator[Rows]:
        """Yield the distribution of each part of an array that has one for each step."""
        array = self._load(tensor, frame)
        if array is None or contents.axis is None:
            return
        name, bad = frame.names[tensor.name], 0
        tag = self._tags.tag(name, "histogram", frame.at(tensor.name))
        for step, part in zip(contents.axis.load().tolist(), array, strict=True):
            found = distribution(part)
            bad += found.size - found.finite
            if found.finite:
                yield single_row(found.point(tag, int(step), frame.wall_time))
        self._figures.miss(name, bad, array.size, frame.at(tensor.name))

    # --------------------------------------------------------------------------------- loading

    def _load(self, tensor: RawTensor, frame: _Frame) -> NDArray[Any] | None:
        """Return an array; None if it cannot be read, which is taken down."""
        for kind, said in _READ_AS.items():
            if tensor.dtype.kind == kind:
                self._remarks.say_once(said, frame.at(tensor.name), said)
        try:
            return tensor.load()
        except SourceError as err:
            problem = f"{err.problem}; it was left out"
            self._findings.note(Problem(frame.at(tensor.name), problem, err.hint, 1))
            return None

    def _leave_out(self, tensor: RawTensor, frame: _Frame) -> None:
        """Take down an array that holds nothing, or nothing that is shown."""
        said, cells = f"got elements of {tensor.dtype}, wanted numbers or texts", 1
        if not tensor.size:
            said, cells = "is empty", 0
        self._findings.note(Problem(frame.at(tensor.name), f"{said}; it was left out", cells=cells))


_READ_AS = {
    "V": "elements of two bytes are read as bfloat16",
    "c": "of complex numbers the magnitudes are shown",
}


def _column(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as Arrow takes it: flat, of this machine's byte order, of plain numbers."""
    flat = array.reshape(-1)
    if flat.dtype.kind == "c":
        flat = np.abs(flat)
    return flat.astype(flat.dtype.newbyteorder("="))


def _counts_epochs(name: str | None) -> bool:
    return name is not None and name.casefold().rpartition("/")[2] in ("epoch", "epochs")
