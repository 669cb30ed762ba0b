"""d3rlpy: a file for each metric, whose rows are an epoch, a step and the value."""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, of_tables
from tbconvert.model import Raw, RawTable, Source

_COLUMNS = ("column_1", "column_2", "column_3")
_STATISTICS = ("epoch", "step", "min", "max", "mean", "std")

_EPOCHS_OF = "time_step"
"""Epochs stand in every file; they are one curve, and not one of each."""


def _adapt(source: Source) -> Adapter:
    name = source.uri.replace("\\", "/").rpartition("/")[2]
    metric = name[: name.casefold().rfind(".csv")] if ".csv" in name.casefold() else name
    names = dict(zip(_COLUMNS, ("epoch", "step", metric), strict=True))

    def name_of(column: str) -> str:
        """Return what a column is; of gradients a header tells it, but not of which ones."""
        if column in _STATISTICS:
            return column if column in _STATISTICS[:2] else f"{metric}/{column}"
        return names.get(column, column)

    called = Names()
    left = LeftOut(source, f"epochs stand in every file, and are shown of {_EPOCHS_OF}.csv")

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        if metric != _EPOCHS_OF:
            raw = left.unless(raw, lambda name: name_of(name) != "epoch")
        yield called.renamed(raw, name_of)

    return left.after(adapt)


_DAY = "20" + 12 * "[0-9]"

D3RLPY = on_generic(
    "d3rlpy",
    "logs of d3rlpy: a file for each metric, and params.json",
    Mark(("d3rlpy_logs/**.csv", f"*_{_DAY}/*.csv"), ("csv",), _COLUMNS, but=("column_4",)),
    Mark((), ("csv",), _COLUMNS, but=("column_4",), beside=("time_step.csv", "params.json")),
    Mark(("*_grad.csv",), ("csv",), _STATISTICS),
    sample="tbconvert ingest d3rlpy_logs/ --logdir runs",
    steps=("step",),
    joins=True,
    names_columns=True,
    adapt=_adapt,
)
