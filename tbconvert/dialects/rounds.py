"""What boosters print: a line for each round, or some, with what each data set came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects.dialect import Adapter
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, column, of_tables, rows, select, with_columns, without
from tbconvert.model import Raw, RawTable, Source

STEP = "step"
_NUMBER = r"[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf)"
VALUE = rf"(?P<value>{_NUMBER}(?: ?\+ ?{_NUMBER})?)(?=\s|$)"
"""A number; of folds their mean, and how far they are apart."""

ROUND = rf"(?:^\s*\[(?P<{STEP}>\d+)\])?"
_FOLDS = rf"^(?P<mean>{_NUMBER}) ?\+ ?(?P<std>{_NUMBER})$"


def adapter(name_of: Callable[[str], str]) -> Callable[[Source], Adapter]:
    """Return what makes adapters for such lines; ``name_of`` returns what a column is called."""

    def adapt(source: Source) -> Adapter:
        if source.format != "text":
            return _as_it_is
        left = LeftOut(source, "rounds are printed again, such as the best one at the end")
        return left.after(_Rounds(left, name_of))

    return adapt


def _as_it_is(raw: Raw) -> Iterator[Raw]:
    yield raw


@dataclass(slots=True, eq=False)
class _Rounds:
    """Names columns by data set and metric, and leaves out a round that is said again."""

    left: LeftOut
    name_of: Callable[[str], str]
    _names: Names = field(default_factory=lambda: Names({STEP: STEP}))
    _last: int = -1
    _said: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the rounds in a table of lines."""
        again = self._again(raw)
        if again.any():
            self.left.of(rows(raw, again), raw.batch.schema.names)
            raw = rows(raw, ~again)
        yield _unfolded(self._names.renamed(raw, self.name_of))

    def _again(self, table: RawTable) -> NDArray[np.bool_]:
        """Tell which rows go back to a round, and say what it said; (n,)."""
        again = np.zeros(table.batch.num_rows, np.bool_)
        steps = column(table, STEP)
        if steps is None or not pa.types.is_integer(steps.type):
            return again
        others = select(table, lambda name: name != STEP).batch.columns
        cells = zip(*(map(str, array.to_pylist()) for array in others), strict=True)
        for place, (step, said) in enumerate(zip(steps.to_pylist(), cells, strict=True)):
            if step is None:
                continue
            again[place] = step < self._last and self._said.get(step) == said
            if again[place]:
                continue
            if step < self._last:
                self._said.clear()
            self._last = step
            self._said[step] = said
        return again


def _unfolded(table: RawTable) -> RawTable:
    """Return a table in which a mean and a deviation have columns of their own."""
    import pyarrow.compute as pc  # only texts need it

    columns: dict[str, pa.Array] = {}
    for name, cells in zip(table.batch.schema.names, table.batch.columns, strict=True):
        if not pa.types.is_string(cells.type):
            continue
        found = pc.extract_regex(cells, _FOLDS)
        is_folded = found.is_valid()
        if not is_folded.true_count:
            continue
        columns[name] = pc.if_else(is_folded, None, cells)
        for part in ("mean", "std"):
            texts = pc.if_else(is_folded, found.field(part), None)
            columns[f"{name}-{part}"] = texts.cast(pa.float64())
    unfolded = with_columns(table, columns)
    bare = {name for name in columns if columns[name].null_count == table.batch.num_rows}
    return without(unfolded, bare) if bare else unfolded
