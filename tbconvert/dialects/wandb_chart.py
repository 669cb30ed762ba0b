"""A chart of W&B's page, saved as CSV: runs and metrics stand in the names of the columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import GENERIC, on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawTable, Source

_RUN = "run"
_STEP = "Step"
_BETWEEN = " - "
_ENDS = ("__MIN", "__MAX")
_TIMES = (*GENERIC.wall_times, *GENERIC.clocks)


def _adapter(source: Source) -> Adapter:
    left = LeftOut(source, "'_step' counts what a run logged, and a range may be but its mean")
    return left.after(_Chart(Origin(source.uri), left).adapt)


@dataclass(slots=True, eq=False)
class _Chart:
    """Parts a chart into a table for each run.

    ``ranges`` are the columns for the least and the greatest value that say more than their
    mean: where points were thinned out, or runs grouped. A chart has some hundred rows, so
    that its first block nearly always tells; once they say more they are kept.
    """

    origin: Origin
    left: LeftOut
    ranges: set[str] = field(default_factory=set)
    is_axis_step: bool = True
    rows: int = 0

    @reshape.of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield a table for each run, with the columns of its metrics."""
        if not any(map(_of_run, raw.batch.schema.names)):
            yield raw
            return
        names = raw.batch.schema.names
        tags: dict[str, dict[str, str]] = {}
        for name in names[1:]:
            run, _, tag = name.rpartition(_BETWEEN)
            if _of_run(name) and not _is_count(tag) and self._says_more(raw, name):
                tags.setdefault(run, {})[name] = tag
        used = {names[0], *(name for of_run in tags.values() for name in of_run)}
        self.left.unless(raw, used.__contains__)
        raw = self._looked_at(raw)
        axis = self._axis(raw)
        self.rows += raw.batch.num_rows
        problems = raw.problems
        for run, of_run in tags.items():
            cells = {tag: raw.batch.column(names.index(name)) for name, tag in of_run.items()}
            yield replace(_table(raw, run, axis, cells), problems=problems)
            problems = ()
        if problems:
            yield replace(reshape.select(raw, lambda name: False), problems=problems)

    def _says_more(self, raw: RawTable, name: str) -> bool:
        """Tell whether a column is no mere copy of the one that it gives a range for."""
        middle = name.removesuffix(_ENDS[0]).removesuffix(_ENDS[1])
        if middle == name or name in self.ranges:
            return True
        cells, of = reshape.column(raw, name), reshape.column(raw, middle)
        if cells is None or (of is not None and cells.equals(of)):
            return False
        if of is not None:
            found, wanted = reshape.numbers(raw, name), reshape.numbers(raw, middle)
            if np.array_equal(found, wanted, equal_nan=True):
                return False
        self.ranges.add(name)
        return True

    def _looked_at(self, raw: RawTable) -> RawTable:
        """Tell by its first rows whether the axis is a step; say it where it has decimals."""
        if self.rows or not raw.batch.num_rows:
            return raw
        name = raw.batch.schema.names[0]
        axis = reshape.numbers(raw, name)
        there = axis[~np.isnan(axis)]
        has_decimals = bool((np.trunc(there) != there).any())
        is_time = name.strip().casefold() in _TIMES
        self.is_axis_step = not is_time and not has_decimals
        if is_time or not has_decimals:
            return raw
        said = "the axis has decimals: rows are numbered as steps, and the axis is a curve"
        remark = Problem(replace(self.origin, column=name), said)
        return replace(raw, problems=(*raw.problems, remark))

    def _axis(self, raw: RawTable) -> dict[str, pa.Array]:
        """Return the columns that all runs share."""
        name, cells = raw.batch.schema.names[0], raw.batch.column(0)
        if self.is_axis_step:
            return {_STEP: cells}
        counted = np.arange(self.rows, self.rows + raw.batch.num_rows)
        return {_STEP: pa.array(counted), name: cells}


def _of_run(name: str) -> bool:
    return _BETWEEN in name


def _is_count(tag: str) -> bool:
    return tag in ("_step", *(f"_step{end}" for end in _ENDS))


def _table(
    raw: RawTable, run: str, axis: dict[str, pa.Array], cells: dict[str, pa.Array]
) -> RawTable:
    """Return the rows of a chart in which a run has something."""
    columns = {_RUN: pa.array([run] * raw.batch.num_rows, pa.string()), **axis, **cells}
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    there = np.zeros(raw.batch.num_rows, np.bool_)
    for array in cells.values():
        there |= array.is_valid().to_numpy(zero_copy_only=False)
    return reshape.rows(replace(raw, batch=batch, problems=()), there)


WANDB_CHART = on_generic(
    "wandb-chart",
    "charts of Weights & Biases, exported as CSV: <run> - <metric>",
    Mark(formats=("csv",), columns=(f"*{_BETWEEN}*__min", f"*{_BETWEEN}*__max")),
    Mark(("wandb*export*.csv",), formats=("csv",), columns=(f"*{_BETWEEN}*",)),
    sample="tbconvert ingest wandb_export_*.csv --logdir runs",
    steps=(_STEP.casefold(),),
    run=_RUN,
    joins=True,
    names_runs=True,
    adapt=_adapter,
)
