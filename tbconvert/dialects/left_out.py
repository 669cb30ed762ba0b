"""What an adapter leaves out by design: which columns, how many cells of each, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter
from tbconvert.dialects.reshape import without
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Source

_SHOWN = 5
"""Columns that are named; of the others the number is told."""

_LONGEST = 60
"""Letters of a name that are told."""

_NOTHING = pa.RecordBatch.from_arrays([], names=[])


@dataclass(slots=True, eq=False)
class LeftOut:
    """Counts the cells of a source that are no curve by design, and says so at its end.

    ``why`` is what comes before their names in the report.
    """

    source: Source
    why: str
    hint: str = ""
    cells: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, cells: int = 1) -> None:
        """Count cells of a column."""
        if cells:
            self.cells[name] = self.cells.get(name, 0) + cells

    def of(self, table: RawTable, names: Collection[str]) -> RawTable:
        """Return a table without some columns, whose cells are counted."""
        for name, array in zip(table.batch.schema.names, table.batch.columns, strict=True):
            if name in names:
                self.count(name, len(array) - array.null_count)
        return without(table, names)

    def unless(self, raw: RawTable, is_used: Callable[[str], bool]) -> RawTable:
        """Return a table with the columns that are used; the cells of the others are counted."""
        return self.of(raw, {name for name in raw.batch.schema.names if not is_used(name)})

    def settings(self, raw: RawSettings, is_wanted: Callable[[str], bool]) -> RawSettings:
        """Return the settings that are wanted; the others are counted."""
        for name in raw.values:
            if not is_wanted(name):
                self.count(name)
        values = {name: value for name, value in raw.values.items() if is_wanted(name)}
        return RawSettings(raw.origin, values, raw.problems, raw.run)

    def after(self, adapt: Adapter) -> Ending:
        """Return what says at the end of the source what was left out."""
        return Ending(adapt, self)

    def finish(self) -> Iterator[Raw]:
        """Yield the remark on what was left out, if there was anything."""
        if self.cells:
            names = sorted(self.cells, key=lambda name: -self.cells[name])
            shown = [f"{_short(name)} ({_cells(self.cells[name])})" for name in names[:_SHOWN]]
            if others := names[_SHOWN:]:
                columns = f"{len(others):,} more column{'s' * (len(others) > 1)}"
                shown.append(f"{columns} ({_cells(sum(map(self.cells.__getitem__, others)))})")
            said = f"{self.why}: left out were {', '.join(shown)}"
            origin = Origin(self.source.uri, column=names[0] if len(names) == 1 else None)
            remark = Problem(origin, said, self.hint)
            yield RawTable(Origin(self.source.uri), _NOTHING, range(0), problems=(remark,))


def _short(name: str) -> str:
    return repr(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…")


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' * (count != 1)}"


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """An adapter, and what is said behind all that it yields."""

    adapt: Adapter
    left: LeftOut

    def __call__(self, raw: Raw) -> Iterator[Raw]:
        """Yield what the adapter makes of it."""
        return self.adapt(raw)

    def finish(self) -> Iterator[Raw]:
        """Yield what the adapter has held back, then what is said."""
        if (finish := getattr(self.adapt, "finish", None)) is not None:
            yield from finish()
        yield from self.left.finish()
