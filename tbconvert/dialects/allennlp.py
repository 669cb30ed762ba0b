"""AllenNLP: a document of metrics for each epoch, and one for the whole training."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.durations import in_seconds
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import file_name, is_there, of_tables, whole, with_columns
from tbconvert.model import Raw, RawTable, Source

_CLOCK = "training_duration"
_NUMBERED = re.compile(r"metrics_epoch_(\d+)\.json")


def _adapt(source: Source) -> Adapter:
    number = _NUMBERED.match(file_name(source.uri))

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        if raw.batch.num_rows:
            raw = in_seconds(raw, _CLOCK)
            if number and not is_there(raw, "epoch").any():
                epochs = np.full(raw.batch.num_rows, float(number[1]))
                raw = with_columns(raw, {"epoch": whole(epochs)})
        yield raw

    return adapt


ALLENNLP = on_generic(
    "allennlp",
    "metrics_epoch_*.json and metrics.json of AllenNLP",
    Mark(("metrics_epoch_*.json",), formats=("json",), columns=("training_*",)),
    # says once more what the last epoch's does, and the evaluation of the test set
    Mark(("metrics.json",), formats=("json",), columns=("best_epoch", _CLOCK)),
    sample="tbconvert ingest output --logdir runs",
    steps=("epoch",),
    clocks=(_CLOCK,),
    stock_names={"metrics_epoch_*"},
    joins=True,
    lasts=("metrics.json",),
    adapt=_adapt,
)
