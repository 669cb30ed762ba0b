"""What adapters do to tables: columns that are added, named otherwise, or left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVarTuple, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.model import Origin, Problem, Raw, RawTable

_Self = TypeVarTuple("_Self")


def of_tables(
    adapt: Callable[[*_Self, RawTable], Iterator[Raw]],
) -> Callable[[*_Self, Raw], Iterator[Raw]]:
    """Return an adapter, or a method that is one, which has to do with tables only."""

    @wraps(adapt)
    def adapted(*given: Any) -> Iterator[Raw]:
        is_table = isinstance(given[-1], RawTable)
        return adapt(*given) if is_table else iter(given[-1:])  # type: ignore[call-arg]

    return cast("Callable[[*_Self, Raw], Iterator[Raw]]", adapted)


def column(table: RawTable, name: str) -> pa.Array | None:
    """Return a column by its name, None if there is none."""
    names = table.batch.schema.names
    return table.batch.column(names.index(name)) if name in names else None


def numbers(table: RawTable, name: str) -> NDArray[np.float64]:
    """Return a column as float64, NaN where nothing or no number stands; (n,)."""
    cells = column(table, name)
    if cells is None:
        return np.full(table.batch.num_rows, np.nan)
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return np.asarray(cells.to_numpy(zero_copy_only=False), np.float64)
    return np.array([_number(cell) for cell in plain(cells)], np.float64)


def plain(cells: pa.Array) -> list[Any]:
    """Return the cells of a column as Python has them: times to the microsecond."""
    if pa.types.is_timestamp(cells.type) and cells.type.unit == "ns":
        cells = cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
    found: list[Any] = cells.to_pylist()
    return found


def records(table: RawTable, is_wanted: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return the rows of a table, each with the cells of some columns."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    columns = {name: plain(cells) for name, cells in pairs if is_wanted(name)}
    return [
        {name: cells[row] for name, cells in columns.items()} for row in range(table.batch.num_rows)
    ]


def _number(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(cell)
    except (TypeError, ValueError):
        return float("nan")


def with_columns(table: RawTable, added: Mapping[str, Any]) -> RawTable:
    """Return a table with more columns, or others in the place of those of their names."""
    columns = dict(zip(table.batch.schema.names, table.batch.columns, strict=True))
    columns |= {name: cells if isinstance(cells, pa.Array) else pa.array(cells)
                for name, cells in added.items()}  # fmt: skip
    return _of(table, columns)


def without(table: RawTable, names: Collection[str]) -> RawTable:
    """Return a table without some columns."""
    return select(table, lambda name: name not in names)


def select(table: RawTable, is_wanted: Callable[[str], bool]) -> RawTable:
    """Return a table with the columns whose names are wanted."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    return _of(table, {name: cells for name, cells in pairs if is_wanted(name)})


def rows(table: RawTable, keep: NDArray[np.bool_]) -> RawTable:
    """Return some rows of a table, by mask (n,)."""
    if keep.all():
        return table
    places = np.flatnonzero(keep)
    batch = table.batch.take(pa.array(places))
    return replace(table, batch=batch, lines=table.line_numbers()[places])


def span(table: RawTable, start: int, count: int) -> RawTable:
    """Return some rows of a table that follow one another."""
    lines = table.line_numbers()[start : start + count]
    return replace(table, batch=table.batch.slice(start, count), lines=lines)


def _of(table: RawTable, columns: Mapping[str, Any]) -> RawTable:
    # a batch without columns has no rows either
    lines = table.lines if columns else range(0)
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return replace(table, batch=batch, lines=lines)


def whole(numbers: NDArray[np.float64]) -> pa.Array:
    """Return numbers, none of which has decimals, as steps; null where none can be."""
    there = np.abs(numbers) < 2.0**63
    return pa.array(np.where(there, numbers, 0).astype(np.int64), mask=~there)


@dataclass(slots=True, eq=False)
class Names:
    """What the columns of a source are called, by what they stand there as.

    Of several that get one name the first to come has it, the others are told apart by a number
    behind it. ``roles`` are columns whose names are theirs, whenever they come.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    _given: dict[tuple[str, str], str] = field(default_factory=dict)

    def renamed(self, table: RawTable, name_of: Callable[[str], str]) -> RawTable:
        """Return a table whose columns have other names; says where one had to be told apart."""
        columns: dict[str, Any] = {}
        problems = list(table.problems)
        for name, cells in zip(table.batch.schema.names, table.batch.columns, strict=True):
            wanted = self.roles.get(name) or name_of(name)
            key = name, wanted
            if key not in self._given:
                self._given[key] = given = self._unique(*key)
                if given != wanted:
                    where = Origin(table.origin.uri, table.origin.part, column=name)
                    said = f"another column is called {wanted!r} as well: this one is {given!r}"
                    problems.append(Problem(where, said))
            columns[self._given[key]] = cells
        return replace(_of(table, columns), problems=tuple(problems))

    def _unique(self, name: str, wanted: str) -> str:
        taken = {*self._given.values(), *self.roles.values()}
        if name in self.roles:
            return wanted
        given, count = wanted, 0
        while given in taken:
            count += 1
            given = f"{wanted}.{count}"
        return given


def renaming(name_of: Callable[[str], str]) -> Callable[[Raw], Iterator[Raw]]:
    """Return an adapter, for one source, that does nothing but name columns otherwise."""
    called = Names()

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield called.renamed(raw, name_of)

    return adapt


@dataclass(slots=True, eq=False)
class Once:
    """Says one thing of a source, where it comes up first."""

    is_told: bool = False

    def say(self, table: RawTable, remark: Problem) -> RawTable:
        """Return a table with a remark, if it was not made before."""
        if self.is_told:
            return table
        self.is_told = True
        return replace(table, problems=(*table.problems, remark))


def part(table: RawTable, keep: NDArray[np.bool_]) -> RawTable:
    """Return some rows, by mask (n,), with the columns that say something in one of them."""
    chosen = rows(table, keep)
    pairs = zip(chosen.batch.schema.names, chosen.batch.columns, strict=True)
    return _of(chosen, {name: cells for name, cells in pairs if cells.null_count < len(cells)})


def is_there(table: RawTable, name: str) -> NDArray[np.bool_]:
    """Tell in which rows a column has a cell; in none if there is no such column; (n,)."""
    cells = column(table, name)
    if cells is None:
        return np.zeros(table.batch.num_rows, np.bool_)
    return np.asarray(cells.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def file_name(uri: str) -> str:
    """Return the name of a file, without folders, in small letters."""
    return uri.replace("\\", "/").rpartition("/")[2].casefold()
