"""Which column is the step, the wall time, the run, the tag: given, known by name, or none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from tbconvert.dialects import Dialect
from tbconvert.errors import SourceError
from tbconvert.globs import is_like
from tbconvert.model import Origin
from tbconvert.normalize import arrays, steps, times
from tbconvert.normalize.evidence import Evidence
from tbconvert.normalize.stacks import can_part
from tbconvert.normalize.values import guess_form
from tbconvert.options import Options

NONE = "none"
"""What a user says to have no such column, although one would be inferred."""

_SIGNS = re.compile(r"^#\s*|[\s_]*(?:#|:|\b(?:no|nr)\.|\.|\(s(?:ec(?:ond)?s?)?\))$")
"""A number sign, the dot of what is shortened, and the unit of a clock."""

_BETWEEN_WORDS = re.compile(r"(?<=[^\W_])[\s_.-]+(?=[^\W_])")


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """A column and how it was found; ``column`` is None where there is none."""

    column: str | None
    how: str
    remark: str = ""
    why: str = ""
    """What spoke for it beside its name."""


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
    columns = _Columns(batch, Origin(""))
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
    columns = _Columns(batch, origin)
    evidence = evidence or first_evidence(batch, options, dialect)
    tag, value = _long_table(columns, options, dialect)
    run, other_runs = _run_column(columns, options, dialect, evidence)
    step, idle, outer = _step_column(
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


class _Columns:
    """The first rows of a table, looked up by the names that loggers use."""

    def __init__(self, batch: pa.RecordBatch, origin: Origin) -> None:
        self.names: list[str] = list(batch.schema.names)
        self._cells = dict(zip(self.names, batch.columns, strict=True))
        self._origin = origin
        self._whole = {name.strip().casefold(): name for name in reversed(self.names)}
        self._last = {name.rpartition("/")[2]: name for name in reversed(self._whole)}
        self._run_together = {_run_together(name): name for name in reversed(self._whole)}
        self._last_together = {_run_together(name): name for name in reversed(self._last)}

    def __getitem__(self, name: str) -> pa.Array:
        return self._cells[name]

    def known(self, candidates: Iterable[str], *, whole: bool = False) -> Iterable[str]:
        """Yield the columns of these names, then those whose last part is one of them.

        ``Total steps`` and ``total-steps`` are ``total_steps``, where there is no such column.
        """
        candidates = tuple(candidates)
        for name in candidates:
            found = name if name in self._whole else self._run_together.get(_run_together(name))
            if found is not None:
                yield self._whole[found]
        if not whole:
            for name in candidates:
                last = name if name in self._last else self._last_together.get(_run_together(name))
                column = None if last is None else self._last[last]
                if column is not None and column != last:
                    yield self._whole[column]

    def some_differ(self, but: str) -> bool:
        """Tell whether another column of numbers has several of them."""
        return any(
            arrays.is_number(self[name].type) and arrays.varies(self[name])
            for name in self.names
            if name != but
        )

    def find(self, name: str | None) -> str | None:
        """Return the column of this name, in any case; None if there is none."""
        if name is None or name in self.names:
            return name
        return self._whole.get(name.strip().casefold())

    def given(self, option: str, name: str) -> str:
        """Return a column that the user named, in any case.

        Raises
        ------
        SourceError
            There is none; the message has the nearest name.
        """
        found = self.find(name)
        if found is None:
            raise SourceError(self._origin, f"{option}: no column {name!r}", self._nearest(name))
        return found

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name.casefold(), self._whole, n=1, cutoff=0.5)
        if near:
            return f"did you mean {self._whole[near[0]]!r}?"
        shown = ", ".join(map(repr, self.names[:10])) + (", …" if len(self.names) > 10 else "")
        return f"the columns are {shown}"

    def wrong(self, option: str, name: str, wanted: str) -> SourceError:
        """Return the error for a column that cannot be what the user named it for."""
        got = f"column {name!r}: got {self.first(name)!r}"
        return SourceError(self._origin, f"{option}: {got}, wanted {wanted}")

    def first(self, name: str) -> object:
        """Return the first cell of a column that is there."""
        return next((cell.as_py() for cell in self[name] if cell.is_valid), None)


@lru_cache(1024)  # every log is asked for the same names
def _run_together(name: str) -> str:
    """Return a name without what stands between its words, or signs at its end."""
    return _BETWEEN_WORDS.sub("", _SIGNS.sub("", name))


def _row_numbers(columns: _Columns, dialect: Dialect) -> frozenset[str]:
    """Return the columns that a data frame wrote to number its rows, or every so many of them."""
    named = columns.known(dialect.indexes, whole=True)
    return frozenset(name for name in named if steps.are_row_numbers(columns[name]))


def _step_column(
    columns: _Columns, options: Options, dialect: Dialect, evidence: Evidence, *, is_stacked: bool
) -> tuple[Pick, frozenset[str], str | None]:
    """Return the step, the columns passed over since they never change, and an outer counter."""
    never = frozenset[str]()
    if options.step == NONE and NONE not in columns.names:
        return Pick(None, "row number"), never, None
    if options.step is not None:
        return Pick(columns.given("--step", options.step), "given"), never, None
    remark, outer, fractional = "", None, None
    named = tuple(dict.fromkeys(columns.known(dialect.steps)))
    counting = tuple(dict.fromkeys((*named, *columns.known(dialect.weak_steps, whole=True))))
    for name in named:
        if not steps.are_whole(columns[name]):
            if fractional is None and steps.are_fractional(columns[name]):
                fractional = name
            elif (cell := steps.beyond(columns[name])) is not None:
                said = f"column {name!r} has {cell}, wanted whole numbers of 64 bits"
                remark = f"{said}: it was not taken as step"
        elif not is_stacked and evidence.is_constant(name) and columns.some_differ(name):
            never |= {name}
        elif outer is None and (inner := _inner(name, counting, evidence)):
            outer = str(evidence.outer(inner))
            is_always = evidence.always(inner, outer)
            when = "starts over whenever" if is_always else "mostly starts over when"
            remark = f"column {inner!r} {when} {outer!r} rises: it was not taken as step"
        elif outer is None or evidence.is_rising(name):
            return _steadier(name, named, evidence) or Pick(name, "inferred", remark), never, None
    if fractional is not None and outer is None:
        # kept as the step, so that the first row with decimals is named in the error
        return Pick(fractional, "inferred"), never, None
    for name in columns.known(dialect.weak_steps, whole=True):
        if steps.are_whole(columns[name]) and evidence.is_rising(name):
            return Pick(name, "inferred", remark), never, None
    for name in sorted(never)[:1] if outer is None else ():
        said = f"column {name!r} is {columns.first(name)} in every row"
        remark = f"{said}, and was not taken as step"
    return Pick(None, "row number", remark), never, outer


def _steadier(name: str, named: tuple[str, ...], evidence: Evidence) -> Pick | None:
    """Return the counter that rises where this one is no counter, but goes up and down."""
    if not evidence.wanders(name):
        return None
    for other in filter(evidence.counts, named):
        said = f"column {name!r} goes back time and again, {other!r} rises"
        why = f", and rises where {name!r} goes back"
        return Pick(other, "inferred", f"{said}: {name!r} was not taken as step", why)
    return None


def _inner(name: str, named: tuple[str, ...], evidence: Evidence) -> str | None:
    """Return which of two counters, one of which this is, starts over whenever the other rises.

    None where it does not, or has several rows at no step.
    """
    if evidence.outer(name):
        return name
    if evidence.is_rising(name):
        return None
    return next((other for other in named if evidence.outer(other) == name), None)


def _time_column(columns: _Columns, options: Options, dialect: Dialect) -> tuple[Pick, str | None]:
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
    columns: _Columns, options: Options, dialect: Dialect
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


def _stands_beside_metrics(columns: _Columns, value: str, dialect: Dialect) -> bool:
    """Tell whether other columns hold numbers, and are named like no step, time or run."""
    named = _named_like_roles(columns, dialect) | {value, *columns.known(dialect.weak_steps)}
    return any(arrays.is_number(columns[name].type) for name in columns.names if name not in named)


def _named_like_roles(columns: _Columns, dialect: Dialect) -> frozenset[str]:
    return frozenset(
        (
            *columns.known((*dialect.steps, *dialect.wall_times, *dialect.clocks)),
            *columns.known((*dialect.runs, *dialect.indexes), whole=True),
        )
    )


def _parts_steps(columns: _Columns, tag: str, dialect: Dialect) -> bool:
    """Tell whether rows of one step have several tags: only where the tag changes a step stays."""
    for name in columns.known(dialect.steps):
        if steps.are_whole(columns[name]):
            at = steps.read_steps(columns[name]).values
            tags = np.array(columns[tag].to_pylist(), object)
            stays, changes = at[1:] <= at[:-1], tags[1:] != tags[:-1]
            return bool(stays.any()) and bool((stays <= changes).all())
    return False


def _run_column(
    columns: _Columns, options: Options, dialect: Dialect, evidence: Evidence
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


def _named_like_runs(columns: _Columns, dialect: Dialect) -> list[str]:
    named = columns.known(dialect.runs, whole=True)
    return [name for name in named if can_part(columns[name])]
