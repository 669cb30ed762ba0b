"""Flair's loss.tsv: a time of day without a date, and one learning rate or several in a cell."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import column, of_tables, with_columns, without
from tbconvert.model import Raw, RawTable, Source

_TIME, _DAY = "TIMESTAMP", 86_400
_NOTHING = "_"
"""What older releases write where a data set was not evaluated."""


def _adapt(source: Source) -> Adapter:
    return _Losses().adapt


class _Losses:
    """Reads times of day as seconds since the first midnight: what goes back is the next day."""

    def __init__(self) -> None:
        self._days = 0
        self._last = -1

    @of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        table = _without_signs(raw)
        times = column(table, _TIME)
        if times is not None:
            seconds = [self._seconds(cell) for cell in map(_of_day, times.to_pylist())]
            if any(cell is not None for cell in seconds):
                table = with_columns(table, {_TIME: pa.array(seconds, pa.int64())})
        yield _with_rates(table)

    def _seconds(self, of_day: int | None) -> int | None:
        if of_day is None:
            return None
        self._days += of_day < self._last
        self._last = of_day
        return self._days * _DAY + of_day


def _of_day(cell: object) -> int | None:
    parts = str(cell).strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return 3600 * hours + 60 * minutes + seconds


def _without_signs(table: RawTable) -> RawTable:
    """Return a table in which a cell without a value is none."""
    emptied = {}
    for name, cells in zip(table.batch.schema.names, table.batch.columns, strict=True):
        if pa.types.is_string(cells.type) and name != _TIME:
            texts = cells.to_pylist()
            if _NOTHING in texts:
                emptied[name] = pa.array([t if t != _NOTHING else None for t in texts], cells.type)
    return with_columns(table, emptied) if emptied else table


def _with_rates(table: RawTable) -> RawTable:
    """Return a table with a column for each learning rate of a cell such as ``0.1,0.05``."""
    for name in ("LEARNING_RATE", "MOMENTUM"):
        cells = column(table, name)
        if cells is None or not pa.types.is_string(cells.type):
            continue
        parts = [(cell or "").split(",") for cell in cells.to_pylist()]
        most = max(map(len, parts), default=1)
        if most < 2:
            continue
        rates = {
            f"{name}/{place}": pa.array([p[place] if place < len(p) else None for p in parts])
            for place in range(most)
        }
        numbers = {rate: _numbers(texts) for rate, texts in rates.items()}
        table = with_columns(without(table, [name]), numbers)
    return table


def _numbers(texts: pa.Array) -> pa.Array:
    try:
        return pa.array([float(t) if t else None for t in texts.to_pylist()], pa.float64())
    except ValueError:  # the cells that are no numbers are told later
        return texts


FLAIR = on_generic(
    "flair",
    "loss.tsv of Flair's trainers",
    Mark(("loss.tsv",), columns=("epoch", "timestamp", "train_loss")),
    Mark(formats=("csv",), columns=("epoch", "timestamp", "learning_rate", "train_loss", "dev_*")),
    sample="tbconvert ingest resources/taggers --logdir runs",
    steps=("epoch",),
    clocks=("timestamp",),
    unshown=("timestamp",),
    stock_names={"loss"},
    adapt=_adapt,
)
