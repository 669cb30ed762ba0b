"""The plain types that cross rooms: ``Raw`` in, ``Summary`` in the middle, ``Records`` out.

Nothing in here reads, infers or writes. Arrays are held, not copied; a value that no
event file may hold (a step that is not an integer, a wall time that is not finite, a
ragged block) cannot be built.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NewType

from tbconvert.packed import Packed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Run = NewType("Run", str)
"""A directory relative to the logdir, "/"-separated; "." is the logdir itself."""

Tag = NewType("Tag", str)
"""The name of one curve; what stands before its first "/" is its card in TensorBoard."""


@dataclass(frozen=True, slots=True)
class Origin(Packed):
    """Where in the input something stood: for messages and for the report.

    ``row`` is the 1-based line of the file, ``column`` a name as the file spells it.
    """

    uri: str
    part: str = ""
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.uri + (f"#{self.part}" if self.part else "")
        if self.row is not None:
            place += f":{self.row}"
        return place + (f": column {self.column!r}" if self.column is not None else "")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the input that did not become a point as it stood, and what became of it.

    ``cells`` counts the metric cells that were left out because of it; 0 for a remark.
    """

    origin: Origin
    problem: str
    hint: str = ""
    cells: int = 0

    def __str__(self) -> str:
        return f"{self.origin}: {self.problem}" + (f"; {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Series(Packed):
    """Snapshots of one training: what they are called, and how their names are told apart.

    ``prefix`` stands before the names of arrays; ``is_apart`` tells that there is another
    series in the same run.
    """

    name: str = ""
    prefix: str = ""
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Source(Packed):
    """One input of a run, and how it is to be read. Picklable.

    ``format`` names a row of ``read.FORMATS``, ``dialect`` one of ``dialects.DIALECTS``;
    ``read_options`` is what was found by looking at the file (compression, encoding, …).
    ``location`` is where the bytes really are, when that is not ``uri``: spooled stdin.
    ``series`` is the one that a file of arrays is of.
    """

    uri: str
    run: Run
    format: str
    dialect: str
    read_options: Mapping[str, Any] = field(default_factory=dict)
    location: str = ""
    series: Series = Series()


# ---------------------------------------------------------------- Raw: out of a reader


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Some consecutive rows of a table, under the file's own names, units and gaps.

    Each table carries its own schema: a column may be int64 in one, double or string in
    the next, and absent before. A null is a missing cell; NaN is a value. A list is a
    distribution of numbers, a struct of lists one of ``edges`` and ``counts`` of buckets.

    ``lines`` holds the 1-based line of each row. ``segment`` grows by one where a header
    is met again: a restarted run, or changed columns. ``problems`` are the cells and rows
    that the reader could not keep; they may come with a table of no rows.
    """

    origin: Origin
    batch: pa.RecordBatch
    lines: range | NDArray[np.int64]
    segment: int = 0
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if len(self.lines) != self.batch.num_rows:
            raise ValueError(f"{len(self.lines)} lines for {self.batch.num_rows} rows")

    def line_numbers(self) -> NDArray[np.int64]:
        """Return the line of each row as an array."""
        if isinstance(self.lines, range):  # numpy would take it number by number
            import numpy as np  # slow to import, and errors need nothing but an origin

            return np.arange(self.lines.start, self.lines.stop, self.lines.step, dtype=np.int64)
        return self.lines


@dataclass(frozen=True, slots=True, eq=False)
class RawTensor:
    """An array of numbers or texts, under the file's own name; ``load`` brings it to memory.

    What is to become of an array depends on its neighbours, so shapes and dtypes are known
    before any is loaded, and no more than one needs to be in memory. ``dtype`` is numpy's;
    two bytes without a meaning ("V2") are bfloat16. ``load`` raises ``SourceError``.

    ``stream``, if there is one, yields the elements piece by piece in the order of the file:
    row by row, or column by column if it ``is_fortran``. Each piece is flat, and good until the
    next one is asked for. It raises as ``load`` does, at the very end if need be.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[], NDArray[Any]]
    stream: Callable[[], Iterator[NDArray[Any]]] | None = None
    is_fortran: bool = False

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def ndim(self) -> int:
        """How many sides it has."""
        return len(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class RawSnapshot:
    """All arrays of one file, in its order: what a training was at some step.

    ``step`` is the one that the file's name tells. ``problems`` are the arrays that the
    reader could not keep; ``others`` are the names of those that it was not asked for.
    """

    origin: Origin
    tensors: tuple[RawTensor, ...]
    step: int | None = None
    problems: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RawGraph:
    """A model's graph as its file has it; ``form`` says in which of ``summaries.graph.FORMS``."""

    origin: Origin
    form: str
    data: bytes


Setting = bool | int | float | str
"""What a training was started with, one thing of it."""


@dataclass(frozen=True, slots=True, eq=False)
class RawSettings:
    """What a training was started with: "/" stands between the names of what is nested.

    Arrays are given as their JSON text. ``problems`` are what could not be kept. ``run`` is the
    run that they are of, by what a column of runs says, "" for that of the source: it is shown
    even where nothing else is known of it. None for whatever runs come of the source.
    """

    origin: Origin
    values: Mapping[str, Setting]
    problems: tuple[Problem, ...] = ()
    run: str | None = None


Raw = RawTable | RawSnapshot | RawGraph | RawSettings


# -------------------------------------------------------- Summary: what a run consists of


@dataclass(frozen=True, slots=True, eq=False)
class ScalarBlock:
    """Points of ``m`` tags that share their ``n`` rows; dense, in the order of the file.

    ``steps`` int64 (n,), ``wall_times`` float64 (n,) finite seconds since the epoch,
    ``values`` float32 (n, m), any memory order.
    """

    tags: tuple[Tag, ...]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        _check_columns(self.steps, self.wall_times)
        shape, values = (len(self.steps), len(self.tags)), self.values
        if values.shape != shape or values.dtype != "float32":
            raise ValueError(f"steps and tags {shape}, but values {values.shape} {values.dtype}")


@dataclass(frozen=True, slots=True, eq=False)
class HistogramPoint:
    """The distribution of some numbers at one step.

    ``limits`` float64 (k,) are the right edges of the buckets, ascending; ``counts``
    float64 (k,) what each holds. The first bucket is empty and ends at ``minimum``.
    """

    tag: Tag
    step: int
    wall_time: float
    minimum: float
    maximum: float
    total: float
    sum_squares: float
    limits: NDArray[np.float64]
    counts: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.limits.shape != self.counts.shape:
            raise ValueError(f"{self.limits.shape} limits for {self.counts.shape} counts")
        _check_time(self.wall_time)


@dataclass(frozen=True, slots=True, eq=False)
class HistogramBlock:
    """Histograms of one tag, as ``HistogramPoint`` each, in the order of the file.

    ``steps`` int64 (n,), ``wall_times`` float64 (n,) finite seconds since the epoch; the
    figures are float64 (n,). ``sizes`` (n,) tells how many buckets each has, of those of all
    one behind the other: ``limits`` and ``counts`` float64 (k,).
    """

    tag: Tag
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    sum_squares: NDArray[np.float64]
    sizes: NDArray[np.intp]
    limits: NDArray[np.float64]
    counts: NDArray[np.float64]

    def __post_init__(self) -> None:
        figures = (self.minimum, self.maximum, self.total, self.sum_squares)
        _check_columns(self.steps, self.wall_times)
        of_each = {column.shape for column in (self.steps, self.sizes, *figures)}
        of_all = {(int(self.sizes.sum()),), self.limits.shape, self.counts.shape}
        if len(of_each) > 1 or len(of_all) > 1:
            raise ValueError(f"histograms of {sorted(of_each)}, buckets of {sorted(of_all)}")


@dataclass(frozen=True, slots=True, eq=False)
class TensorPoint:
    """A tensor of strings at one step, for the plugin that draws it (``text``, …).

    ``shape`` () is a single string; ``content`` is what the plugin wants in the metadata.
    """

    tag: Tag
    step: int
    wall_time: float
    plugin: str
    strings: tuple[bytes, ...]
    shape: tuple[int, ...] = ()
    content: bytes = b""

    def __post_init__(self) -> None:
        if len(self.strings) != math.prod(self.shape):
            raise ValueError(f"{len(self.strings)} strings for shape {self.shape}")
        _check_time(self.wall_time)


@dataclass(frozen=True, slots=True, eq=False)
class ImagePoint:
    """A picture at one step: ``png`` is the whole file, ``channels`` 1, 3 or 4."""

    tag: Tag
    step: int
    wall_time: float
    height: int
    width: int
    channels: int
    png: bytes

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1 or self.channels not in (1, 3, 4):
            raise ValueError(f"{self.height} × {self.width} pixels of {self.channels} channels")
        _check_time(self.wall_time)


@dataclass(frozen=True, slots=True)
class GraphPoint:
    """The graph of a run, a serialised ``GraphDef``; TensorBoard shows one a run."""

    wall_time: float
    graph_def: bytes

    def __post_init__(self) -> None:
        _check_time(self.wall_time)


def _check_time(wall_time: float) -> None:
    # TensorBoard's Rust reader drops the rest of a file after one that is not finite
    if not math.isfinite(wall_time):
        raise ValueError(f"wall time {wall_time}")


def _check_columns(steps: NDArray[np.int64], wall_times: NDArray[np.float64]) -> None:
    if steps.dtype != "int64" or steps.shape != wall_times.shape:
        raise ValueError(f"steps {steps.shape} {steps.dtype}, wall times {wall_times.shape}")
    if wall_times.dtype != "float64":
        raise ValueError(f"wall times {wall_times.dtype}, wanted float64")
    _check_time(wall_times.min(initial=0))
    _check_time(wall_times.max(initial=0))


Point = HistogramPoint | ImagePoint | TensorPoint | GraphPoint
Summary = ScalarBlock | HistogramBlock | Point
"""Closed: the encoder matches on it."""


# ------------------------------------------------------------------ Records: what is written


@dataclass(frozen=True, slots=True)
class Records:
    """Whole framed records, ready to be appended to an event file.

    ``values`` are the messages within, one an event; none where they are scalars, or no values.
    """

    data: bytes | memoryview
    events: int
    values: Sequence[bytes] = ()
