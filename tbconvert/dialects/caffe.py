"""Caffe's parse_log.py, and parse_log.sh before it: a table of the training, one of the tests."""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawTable, Source

_PARTS = ("train", "test")
_STEPS = ("numiters", "iters")
_CLOCK = "seconds"
"""Counts from the first line of the log in both tables: one clock, and a curve of each."""


def _adapter(source: Source) -> Adapter:
    part = reshape.file_name(source.uri).rpartition(".")[2]
    called = reshape.Names()

    def name_of(column: str) -> str:
        is_step = column.casefold() in _STEPS
        return column if is_step or part not in _PARTS else f"{part}/{column}"

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        names = raw.batch.schema.names
        clock = {n: reshape.column(raw, n) for n in names if n.casefold() == _CLOCK}
        yield reshape.with_columns(called.renamed(raw, name_of), clock)

    return adapted


def _called(stem: str) -> str:
    """Return what the log was called that was parsed: ``log.train`` tells nothing."""
    name, _, part = stem.rpartition(".")
    name = (name if part.casefold() in _PARTS else stem).removesuffix(".log")
    return "" if CAFFE.is_stock_name(name) else name


CAFFE = on_generic(
    "caffe",
    "what parse_log.py and parse_log.sh of Caffe make of its log: *.train and *.test",
    Mark(("*.train", "*.test"), ("csv",), columns=("numiters", "seconds")),
    Mark(("*.train", "*.test"), ("csv",), columns=("iters", "seconds")),
    sample="tbconvert ingest caffe.log.train caffe.log.test --logdir runs",
    steps=_STEPS,
    clocks=(_CLOCK,),
    unshown=(_CLOCK,),
    joins=True,
    called=_called,
    adapt=_adapter,
)
