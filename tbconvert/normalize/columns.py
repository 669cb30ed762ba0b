"""Which column is the step, the wall time, the run, the tag: given, known by name, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tbconvert.dialects import Dialect
from tbconvert.globs import is_like
from tbconvert.model import Origin
from tbconvert.normalize import arrays, steps, times
from tbconvert.normalize.evidence import Evidence
from tbconvert.normalize.named import NONE, Columns, Pick
from tbconvert.normalize.stacks import can_part
from tbconvert.normalize.step_column import step_column
from tbconvert.normalize.values import guess_form
from tbconvert.options import Options


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The roles of the columns of a table; every column that has none is a metric or a text.

    ``unit`` tells how wall times are written; None for a clock that starts with the run.
    ``useless`` are columns named like steps that say the same in every row, and row numbers;
    of a long table, all that are named like steps, times or runs. ``outer`` starts over where
    the run does, if rows are numbered. ``watched`` columns had one value so far: with another
    one, the roles would be others. ``settings`` are globs, see ``Dialect``. ``has_gaps`` tells
    that the logger is known, so that rows without a reading of the clock are as they should be.
    Where ``run`` does not tell all runs apart, ``more_runs`` do so with it.
    """

    step: Pick
    wall_time: Pick
    unit: str | None = None
    run: str | None = None
    tag: str | None = None
    value: str | None = None
    useless: frozenset[str] = frozenset()
    outer: str | None = None
    watched: frozenset[str] = frozenset()
    settings: tuple[str, ...] = ()
    has_gaps: bool = False
    more_runs: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The columns that tell the runs apart."""
        return () if self.run is None else (self.run, *self.more_runs)

    def is_setting(self, column: str) -> bool:
        """Tell whether a column is named like one that says what the training was started with."""
        return is_like(self.settings, column)

    @property
    def is_clock(self) -> bool:
        """Tell whether the wall time has to be added to the start of the run."""
        return self.wall_time.column is not None and self.unit is None

    def is_metric(self, column: str) -> bool:
        """Tell whether a column is to become points."""
        if column == self.value:
            return True
        if column in self.useless:
            return False
        if column == self.wall_time.column:
            return self.is_clock and self.tag is None
        return column not in (self.step.column, *self.runs, self.tag)


def first_evidence(batch: pa.RecordBatch, options: Options, dialect: Dialect) -> Evidence:
    """Return what the first rows of a table say of the columns that may have a role."""
    columns = Columns(batch, Origin(""))
    given = (columns.find(name) for name in (options.step, options.run_column))
    step, run = (() if name is None else (name,) for name in given)
    asked = options.tag_column or (options.value_column and dialect.tags[0])
    tag = columns.find(asked) if asked else _long_table(columns, options, dialect)[0]
    evidence = Evidence(
        columns.known(dialect.steps),
        (*columns.known(dialect.weak_steps, whole=True), *step),
        (*columns.known(dialect.runs, whole=True), *run),
        tag or "",
    )
    evidence.add(batch)
    return evidence


def choose_layout(
    batch: pa.RecordBatch,
    origin: Origin,
    options: Options,
    dialect: Dialect,
    evidence: Evidence | None = None,
) -> Layout:
    """Give each column its role, by the first rows of a table, and what is known of the others.

    Raises
    ------
    SourceError
        A column that the options name is not there, or cannot be what it was named for.
    """
    columns = Columns(batch, origin)
    evidence = evidence or first_evidence(batch, options, dialect)
    tag, value = _long_table(columns, options, dialect)
    run, other_runs = _run_column(columns, options, dialect, evidence)
    step, idle, outer = step_column(
        columns, options, dialect, evidence, is_stacked=bool(tag or run)
    )
    more_runs: list[str] = []
    is_guess = run and not options.run_column and run != dialect.run
    if is_guess and step.column and evidence.is_rising(step.column):
        run = None  # a table that is in order without its run column is one run
    elif is_guess and step.column:
        parted = evidence.parted(_named_like_runs(columns, dialect), step.column)
        run, *more_runs = parted or (run,)
    wall_time, unit = _time_column(columns, options, dialect)
    useless = _row_numbers(columns, dialect)
    useless |= _named_like_roles(columns, dialect) if tag else frozenset() if step.column else idle
    watched = idle if step.column else idle | other_runs
    useless |= frozenset(columns.known(dialect.unshown, whole=True))
    useless -= {step.column, value}
    has_gaps = bool(dialect.marks) and options.wall_time is None and unit is None
    return Layout(
        step,
        wall_time,
        unit,
        run,
        tag,
        value,
        useless,
        outer,
        watched,
        dialect.settings,
        has_gaps,
        tuple(more_runs),
    )


def _row_numbers(columns: Columns, dialect: Dialect) -> frozenset[str]:
    """Return the columns that a data frame wrote to number its rows, or every so many of them."""
    named = columns.known(dialect.indexes, whole=True)
    return frozenset(name for name in named if steps.are_row_numbers(columns[name]))


def _time_column(columns: Columns, options: Options, dialect: Dialect) -> tuple[Pick, str | None]:
    if options.wall_time == NONE and NONE not in columns.names:
        return Pick(None, "file time"), None
    if options.wall_time is not None:
        name = columns.given("--wall-time", options.wall_time)
        unit = times.epoch_unit(columns[name])
        if unit is None and not arrays.is_number(columns[name].type):
            raise columns.wrong(
                "--wall-time", name, "epoch seconds, ISO 8601, or a clock in seconds"
            )
        return Pick(name, "given"), unit
    for name in columns.known(dialect.wall_times):
        unit = times.epoch_unit(columns[name])
        if unit is not None:
            zone = " without a zone were taken as UTC" if times.has_no_zone(columns[name]) else ""
            return Pick(name, "inferred", f"times in column {name!r}{zone}" if zone else ""), unit
    for name in columns.known(dialect.clocks):
        if times.is_clock(columns[name]):
            return Pick(name, "inferred"), None
    return Pick(None, "file time"), None


def _long_table(
    columns: Columns, options: Options, dialect: Dialect
) -> tuple[str, str] | tuple[None, None]:
    if options.tag_column == NONE and NONE not in columns.names:
        return None, None
    if options.tag_column is not None or options.value_column is not None:
        tag = columns.given("--tag-column", options.tag_column or dialect.tags[0])
        value = columns.given("--value-column", options.value_column or dialect.values[0])
        return tag, value
    for tag in columns.known(dialect.tags, whole=True):
        for value in columns.known(dialect.values, whole=True):
            if not arrays.is_text(columns[tag].type) or guess_form(columns[value]) is None:
                continue
            is_plain = value.strip().casefold() == dialect.values[0]
            if not _stands_beside_metrics(columns, value, dialect) or (
                is_plain and _parts_steps(columns, tag, dialect)
            ):
                return tag, value
    return None, None


def _stands_beside_metrics(columns: Columns, value: str, dialect: Dialect) -> bool:
    """Tell whether other columns hold numbers, and are named like no step, time or run."""
    named = _named_like_roles(columns, dialect) | {value, *columns.known(dialect.weak_steps)}
    return any(arrays.is_number(columns[name].type) for name in columns.names if name not in named)


def _named_like_roles(columns: Columns, dialect: Dialect) -> frozenset[str]:
    return frozenset(
        (
            *columns.known((*dialect.steps, *dialect.wall_times, *dialect.clocks)),
            *columns.known((*dialect.runs, *dialect.indexes), whole=True),
        )
    )


def _parts_steps(columns: Columns, tag: str, dialect: Dialect) -> bool:
    """Tell whether rows of one step have several tags: only where the tag changes a step stays."""
    for name in columns.known(dialect.steps):
        if steps.are_whole(columns[name]):
            at = steps.read_steps(columns[name]).values
            tags = np.array(columns[tag].to_pylist(), object)
            stays, changes = at[1:] <= at[:-1], tags[1:] != tags[:-1]
            return bool(stays.any()) and bool((stays <= changes).all())
    return False


def _run_column(
    columns: Columns, options: Options, dialect: Dialect, evidence: Evidence
) -> tuple[str | None, frozenset[str]]:
    """Return the run column; where there is none, those that could come to be one."""
    if options.run_column == NONE and NONE not in columns.names:
        return None, frozenset()
    if options.run_column is not None:
        return columns.given("--run-column", options.run_column), frozenset()
    if dialect.run and dialect.run in columns.names:
        return dialect.run, frozenset()
    named = _named_like_runs(columns, dialect)
    found = next(filter(evidence.varies, named), None)
    return found, frozenset() if found else frozenset(named)


def _named_like_runs(columns: Columns, dialect: Dialect) -> list[str]:
    named = columns.known(dialect.runs, whole=True)
    return [name for name in named if can_part(columns[name])]
