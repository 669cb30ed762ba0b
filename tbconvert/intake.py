"""One source on its way: what it was found to be, when its points were, what is said of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tbconvert.dialects import by_name
from tbconvert.model import Raw, RawSnapshot, RawTable, Run, Setting, Source
from tbconvert.normalize import Layout, RunSplitter, Study, joined, last_reading
from tbconvert.options import Options
from tbconvert.read import holds, open_source, read_source
from tbconvert.report import Chosen, SourceReport
from tbconvert.storage import STDIN, absolute
from tbconvert.streams import InputFile, InputStream
from tbconvert.write import Stamp

_Kind = TypeVar("_Kind", RawTable, RawSnapshot)
_Time = TypeVar("_Time", float, None)

_MOST_AHEAD = 32 << 20
"""Bytes of tables that are held at most, while the end of a log is looked for."""


def options_for(source: Source, options: Options) -> Options:
    """Return the options for one source of a job; standard input goes by the name "stdin"."""
    return options.of_source("stdin" if source.uri == STDIN else absolute(source.uri))


@dataclass(slots=True, eq=False)
class Intake:
    """A source while it is read; ``begun`` are the runs that have something of it by now.

    ``rows`` counts the rows, or arrays, that were read.
    """

    source: Source
    stamp: Stamp
    options: Options
    study: Study
    splitter: RunSplitter = field(init=False)
    begun: set[Run] = field(default_factory=set)
    rows: int = 0
    _raws: Iterator[Raw] = field(default_factory=lambda: iter(()))
    _ahead: deque[Raw] = field(default_factory=deque)
    _current: RawTable | None = None
    _elapsed: dict[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.options = options_for(self.source, self.options)
        self.splitter = RunSplitter(self.source, self.options, self.study)

    @property
    def time(self) -> float:
        """The time of what has none, in seconds since the epoch."""
        given = self.options.file_time
        return self.stamp.mtime if given is None else given

    def start(self, layout: Layout, table: RawTable) -> float:
        """Return the time of a row without one; with a clock, the time at which it began."""
        if not layout.is_clock:
            return self.time
        column = str(layout.wall_time.column)
        if holds(self.source) == "arrays":  # a snapshot has but one table
            return self._begun(_last_reading([table], column), self.time)
        return self._begun(self._last_shown(column), self.time)

    def clock_start(self, column: str) -> float | None:
        """Return the time at which a clock of the source began; None if it has no such clock.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        return self._begun(self._last_shown(column), None)

    def _begun(self, elapsed: float | None, otherwise: _Time) -> float | _Time:
        return otherwise if elapsed is None else self.time - elapsed

    def _last_shown(self, column: str) -> float | None:
        """Return what a clock of the source shows last; None if it shows nothing."""
        if column not in self._elapsed:
            shown = _last_reading(self._to_come(), column)
            if shown is None:
                shown = _last_reading(self._again(RawTable), column)
            self._elapsed[column] = shown
        return self._elapsed[column]

    def _to_come(self) -> list[RawTable]:
        """Return the table at hand and those after it; none where they are too many to hold."""
        if self._current is None:
            return []
        size = sum(raw.batch.nbytes for raw in self._ahead if isinstance(raw, RawTable))
        while size <= _MOST_AHEAD:
            if (raw := next(self._raws, None)) is None:
                return [self._current, *(raw for raw in self._ahead if isinstance(raw, RawTable))]
            self._ahead.append(raw)
            size += raw.batch.nbytes if isinstance(raw, RawTable) else 0
        return []

    def look(self) -> None:
        """Look at the columns of its tables, for as long as rows could change what they are.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        for table in self._again(RawTable):
            if not self.study.take(self.source, table, self.options):
                break

    def snapshots(self) -> Iterator[RawSnapshot]:
        """Yield the snapshots of the source, for a look at them before they flow.

        Raises
        ------
        SourceError
            It cannot be read.
        """
        yield from self._again(RawSnapshot)

    def _again(self, kind: type[_Kind]) -> Iterator[_Kind]:
        with open_source(self.source) as stream:
            for raw in self._joined(stream):
                if isinstance(raw, kind):
                    yield raw

    def read(self, stream: InputStream | InputFile) -> Iterator[Raw]:
        """Yield what the source holds, as its dialect knows it to be.

        Raises
        ------
        SourceError
            It cannot be read any further.
        """
        self._raws = self._joined(stream)
        try:
            while (raw := self._next()) is not None:
                self._current = raw if isinstance(raw, RawTable) else self._current
                yield raw
        finally:  # whoever reads no further, to begin anew, needs the memory
            self._raws, self._current = iter(()), None
            self._ahead.clear()

    def _next(self) -> Raw | None:
        return self._ahead.popleft() if self._ahead else next(self._raws, None)

    def _joined(self, stream: InputStream | InputFile) -> Iterator[Raw]:
        return joined(self._as_called(stream), self.source, self.options)

    def _as_called(self, stream: InputStream | InputFile) -> Iterator[Raw]:
        adapt = by_name(self.source.dialect).adapt
        asked = {**self.source.read_options, "run_column": self.options.run_column}
        adapted = None if adapt is None else adapt(replace(self.source, read_options=asked))
        for raw in read_source(self.source, stream):
            if adapted is not None:
                yield from adapted(raw)
            else:
                yield raw
        if (finish := getattr(adapted, "finish", None)) is not None:
            yield from finish()

    def is_setting(self, column: str) -> bool:
        """Tell whether a column is known to say what the training was started with."""
        return by_name(self.source.dialect).is_setting(column)

    def told(self, settings: Mapping[str, Setting]) -> Mapping[str, Setting]:
        """Return the settings that columns told, as the dialect calls them."""
        told = by_name(self.source.dialect).told
        return settings if told is None else told(settings)

    def stamped(self, sha256: str) -> Stamp:
        """Return what the source looked like when it was read."""
        return replace(self.stamp, sha256=sha256)

    def report(self) -> SourceReport:
        """Return how the source was understood."""
        source, layout = self.source, self.splitter.layout
        step, wall_time = Chosen(None, "row number"), Chosen(None, "file time")
        if layout is not None:
            step = Chosen(layout.step.column, layout.step.how)
            wall_time = Chosen(layout.wall_time.column, layout.wall_time.how)
        elif holds(source) != "table":
            has_step = source.read_options.get("step") is not None
            step = Chosen(None, "file name" if has_step else "none")
            if name := source.read_options.get("step_array"):
                step = Chosen(name, "array")
        if wall_time.column is None and self.options.file_time is not None:
            wall_time = Chosen(None, "SOURCE_DATE_EPOCH")
        return SourceReport(source.uri, source.format, source.dialect, self.rows, step, wall_time)


def _last_reading(tables: Iterable[RawTable], column: str) -> float | None:
    """Return what the column of a clock shows last in some tables; None if it shows nothing."""
    elapsed: float | None = None
    for table in tables:
        if column in table.batch.schema.names:
            last = last_reading(table.batch.column(column))
            elapsed = elapsed if last is None else last
    return elapsed
