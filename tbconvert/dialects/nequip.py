"""NequIP before it came to use Lightning: tables of epochs, and of batches within them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import Names, file_name, numbers, of_tables, whole, with_columns
from tbconvert.model import Raw, RawTable, Source

_BATCH = "batch"


def _adapt(source: Source) -> Adapter:
    name = file_name(source.uri).removeprefix("metrics_").partition(".")[0]
    return _Batches(name).adapt if name.startswith(_BATCH) else _as_it_is


def _as_it_is(raw: Raw) -> Iterator[Raw]:
    yield raw


class _Batches:
    """Counts batches on over epochs, each of which counts them anew.

    Columns get the name of the file: those of the training and of the validation have the same.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._called = Names({_BATCH: _BATCH})
        self._first = np.nan
        self._length = 0.0

    @of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        if not raw.batch.num_rows:
            yield raw
            return
        epochs, batches = numbers(raw, "epoch"), numbers(raw, _BATCH)
        if np.isnan(self._first) and np.isfinite(epochs).any():
            self._first = float(epochs[np.isfinite(epochs)][0])
        self._length = max(self._length, float(np.nanmax(batches, initial=0)))
        steps = whole((epochs - self._first) * self._length + batches)
        table = self._called.renamed(raw, lambda name: f"{self._name}/{name}")
        yield with_columns(table, {_BATCH: steps})


NEQUIP = on_generic(
    "nequip",
    "metrics_epoch.csv, metrics_batch_*.csv and metrics_initialization.csv of NequIP 0",
    Mark(("metrics_initialization.csv",), columns=("epoch", "wall", "validation_*")),
    Mark(("metrics_epoch.csv",), columns=("epoch", "wall", "training_*")),
    Mark(("metrics_batch_*.csv",), columns=("epoch", _BATCH)),
    sample="tbconvert ingest results --logdir runs",
    steps=(_BATCH, "epoch"),
    clocks=("wall",),
    stock_names={"metrics_epoch", "metrics_batch_*", "metrics_initialization"},
    joins=True,
    adapt=_adapt,
)
