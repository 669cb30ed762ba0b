"""One table → the runs that it holds: by a run column, or where steps start over.

They do so below a header that comes again; without one only if it is known that they always do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import by_name
from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawTable, Run, Source
from tbconvert.normalize.columns import Layout, choose_layout, first_evidence
from tbconvert.normalize.evidence import Evidence
from tbconvert.normalize.stacks import MOST_RUNS, combined
from tbconvert.normalize.steps import read_steps
from tbconvert.options import Options
from tbconvert.run_names import safe_run


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The rows of a table that belong to one run, and the roles of their columns."""

    run: Run
    table: RawTable
    layout: Layout


class RolesInDoubt(Exception):  # noqa: N818 -- not an error: it asks for another pass
    """A later block contradicts what the first one said of a column."""


class Study:
    """What all rows of the tables of a job say of their columns, for the passes that come after.

    Roles are chosen by the first block, which nearly always tells. Where it did not, and where
    steps go back, the columns that may have a role are looked at in all rows: no more than a
    few numbers are held for each. ``is_done`` once that was. ``varied`` are the columns that
    said one thing for long, and then another. ``parts_attempts`` once it is known that steps
    which go back start over.
    """

    def __init__(self, varied: set[str] | None = None) -> None:
        self.is_done = False
        self.parts_attempts = False
        self.varied = set() if varied is None else varied
        self._found: dict[tuple[str, int], Evidence] = {}

    def take(self, source: Source, table: RawTable, options: Options) -> bool:
        """Take rows into account; tell whether those that follow could change anything."""
        if table.batch.num_rows == 0:
            return True
        found = self.evidence(source, table)
        if found is None:
            found = first_evidence(table.batch, options, by_name(source.dialect))
            self._found[source.uri, table.segment] = found
        else:
            found.add(table.batch)
        return not found.is_settled

    def evidence(self, source: Source, table: RawTable) -> Evidence | None:
        """Return what is known of the columns under the header of a table."""
        return self._found.get((source.uri, table.segment))


class RunSplitter:
    """Tells to which run the rows of one source belong; gives the columns their roles.

    ``layout`` is that of the first header, None before a row was seen.
    """

    def __init__(self, source: Source, options: Options, study: Study | None = None) -> None:
        self.layout: Layout | None = None
        self._source = source
        self._base = source.read_options.get("runs_below", source.run)
        self._options = options
        self._study = study or Study()
        self._dialect = by_name(source.dialect)
        self._current: Layout | None = None
        self._evidence: Evidence | None = None
        self._segment = -1
        self._attempt = 0
        self._begun: _Begun | None = None
        self._last_step: int | None = None
        self._runs: dict[str, Run] = {}
        self._remarks: list[Problem] = []

    def remarks(self) -> list[Problem]:
        """Return what the report should say and has not been told yet."""
        said, self._remarks = self._remarks, []
        return said

    def split(self, table: RawTable) -> Iterator[Part]:
        """Yield the rows of each run, in the order in which the runs appear.

        Raises
        ------
        SourceError
            An option names a column that is not there; or there are too many runs.
        RolesInDoubt
            The columns are not what they seemed to be, and were not studied yet.
        """
        if table.batch.num_rows == 0:
            return
        if self._current is None or table.segment != self._segment:
            self._current = self._begin(table)
        else:
            self._watch(table)
        layout = self._current
        told = [name for name in table.batch.schema.names if name in layout.runs]
        if not told:
            for part in self._attempts(table, layout):
                yield Part(self._run_of_attempt(), part, layout)
            return
        for cells, part in _by_value(table, told):
            cell = cells[0] if len(layout.runs) == 1 else _called(told, cells)
            yield Part(self._run_of_cell(cell, told[-1]), part, layout)

    def _begin(self, table: RawTable) -> Layout:
        origin = replace(table.origin, row=int(table.lines[0]))
        self._evidence = self._study.evidence(self._source, table) or first_evidence(
            table.batch, self._options, self._dialect
        )
        layout = choose_layout(table.batch, origin, self._options, self._dialect, self._evidence)
        if self.layout is None:
            self.layout = layout
            self._remark(layout)
        begun = _Begun.of(table.batch, layout)
        if self._attempt == 0:
            self._attempt, self._begun = 1, begun
        elif begun is not None and self._begun is not None and begun.over(self._begun):
            self._begin_attempt(origin, "the header comes again and the steps start over")
            self._begun, self._last_step = begun, None
        self._segment = table.segment
        return layout

    def _begin_attempt(self, origin: Origin, why: str, hint: str = "") -> None:
        self._attempt += 1
        said = f"{why}: from here on run {self._run_of_attempt()!r}"
        self._remarks.append(Problem(origin, said, hint))

    def _attempts(self, table: RawTable, layout: Layout) -> Iterator[RawTable]:
        """Yield the rows of each attempt, one after the other; of all, if they are not parted."""
        if not self._study.parts_attempts or layout.tag is not None or self._begun is None:
            yield table
            return
        rows, steps = _steps(table.batch, layout)
        before = np.append(steps[:1] if self._last_step is None else self._last_step, steps[:-1])
        is_over = (steps < before) & (steps <= self._begun.first)
        begin, lines = 0, table.line_numbers()
        for row in (*rows[is_over].tolist(), table.batch.num_rows):
            if begin < row:
                part = table.batch.slice(begin, row - begin)
                yield replace(table, batch=part, lines=lines[begin:row], problems=())
            if row < table.batch.num_rows:
                origin = replace(table.origin, row=int(lines[row]))
                hint = "--on-backward sort makes one run of all, --step none numbers the rows"
                self._begin_attempt(origin, "the steps start over", hint)
            begin = row
        if len(steps):
            self._last_step = int(steps[-1])

    def _watch(self, table: RawTable) -> None:
        if self._study.is_done or self._current is None or self._evidence is None:
            return
        watched = self._current.watched
        if watched:
            self._evidence.add(table.batch, only=watched)
            if any(map(self._evidence.varies, watched)):
                raise RolesInDoubt

    def _remark(self, layout: Layout) -> None:
        where = Origin(self._source.uri)
        for pick, hint in (
            (layout.step, "--step overrules"),
            (layout.wall_time, "--wall-time overrules"),
        ):
            if pick.remark:
                self._remarks.append(Problem(where, pick.remark, hint))
        if layout.run not in (None, self._dialect.run) and self._options.run_column is None:
            names = " and ".join(map(repr, layout.runs))
            several = len(layout.runs) > 1
            said = f"column{'s'[:several]} {names} tell{'s'[several:]} the runs apart"
            self._remarks.append(Problem(where, said, "--run-column none overrules"))
        if layout.tag is not None and self._options.tag_column is None and not self._dialect.marks:
            said = f"column {layout.tag!r} has the tags, {layout.value!r} the values"
            hint = "--tag-column none overrules"
            self._remarks.append(Problem(where, said, hint))

    def run_named(self, name: str) -> Run:
        """Return the run that a column of runs calls so, that of the source for ""."""
        return self._run_of_cell(name, "run") if name else self._source.run

    def _run_of_attempt(self) -> Run:
        run = self._source.run
        return run if self._attempt == 1 else Run(f"{run}-{self._attempt}")

    def _run_of_cell(self, cell: object, column: str) -> Run:
        name = "none" if cell is None else str(cell)
        if name not in self._runs:
            if len(self._runs) >= MOST_RUNS:
                raise SourceError(
                    Origin(self._source.uri, column=column),
                    f"more than {MOST_RUNS} different values, each would be a run",
                    "--run-column none makes it one run, another --run-column other runs",
                )
            self._runs[name] = run = self._free_run(safe_run(name))
            if cell is None or run.removeprefix(f"{self._base}/") != name:
                where = Origin(self._source.uri, column=column)
                got = "the rows without a value" if cell is None else repr(name)
                self._remarks.append(Problem(where, f"{got} became run {run!r}"))
        return self._runs[name]

    def _free_run(self, wanted: Run) -> Run:
        below = wanted if self._base == "." else f"{self._base}/{wanted}"
        # file systems that know no case would make one folder of two such names
        taken = {run.casefold() for run in self._runs.values()}
        run, number = below, 1
        while run.casefold() in taken:
            number += 1
            run = f"{below}-{number}"
        return Run(run)


class _Begun(NamedTuple):
    """The first step of an attempt, and the next one, if it is known."""

    first: int
    second: int | None

    @classmethod
    def of(cls, batch: pa.RecordBatch, layout: Layout) -> _Begun | None:
        """Return those of a table; None if it has no step."""
        _, steps = _steps(batch, layout)
        if not len(steps):
            return None
        higher = steps[steps > steps[0]]
        return cls(int(steps[0]), int(higher[0]) if len(higher) else None)

    def over(self, before: _Begun) -> bool:
        """Tell whether steps start over: of the attempt before, its first one would stay at most.

        Those of a total, such as frames, need not begin at the same.
        """
        return (
            self.first < before.second if before.second is not None else self.first <= before.first
        )


def _steps(batch: pa.RecordBatch, layout: Layout) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows that have a step, and these steps."""
    names = batch.schema.names
    counter = layout.step.column or layout.outer
    if counter is None or counter not in names:
        return np.empty(0, np.intp), np.empty(0, np.int64)
    found = read_steps(batch.column(names.index(counter)))
    rows = np.arange(batch.num_rows)
    return (
        (rows, found.values)
        if found.present is None
        else (rows[found.present], found.values[found.present])
    )


def _called(columns: Sequence[str], cells: Sequence[object]) -> str:
    """Return what the run of several cells is called: ``model=a,seed=1``."""
    told = ("none" if cell is None else cell for cell in cells)
    return ",".join(f"{column}={cell}" for column, cell in zip(columns, told, strict=True))


def _by_value(
    table: RawTable, columns: Sequence[str]
) -> Iterator[tuple[tuple[object, ...], RawTable]]:
    """Cut a table by the cells of some columns; each part keeps the order of its rows."""
    codes, labels = combined([table.batch.column(name) for name in columns])
    lines = table.line_numbers()
    _, firsts = np.unique(codes, return_index=True)
    for first in np.sort(firsts):
        rows = np.flatnonzero(codes == codes[first])
        part = replace(
            table, batch=table.batch.take(pa.array(rows)), lines=lines[rows], problems=()
        )
        yield labels[codes[first]], part
