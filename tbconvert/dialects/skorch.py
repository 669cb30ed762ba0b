"""skorch's history: an object for each epoch, which has one for each batch inside."""

from collections.abc import Iterator
from dataclasses import replace

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import select
from tbconvert.model import Problem, Raw, RawTable, Source

_BATCHES = "batches"


def _adapt(source: Source) -> Adapter:
    is_told = False

    def adapted(raw: Raw) -> Iterator[Raw]:
        nonlocal is_told
        if not isinstance(raw, RawTable):
            yield raw
            return
        table = select(raw, lambda name: name.partition("/")[0] != _BATCHES)
        if not is_told and table.batch.num_columns < raw.batch.num_columns:
            is_told = True
            said = "what was noted of each batch was left out: the means of the epoch are shown"
            where = replace(raw.origin, column=_BATCHES)
            table = replace(table, problems=(*table.problems, Problem(where, said)))
        yield table

    return adapted


SKORCH = on_generic(
    "skorch",
    "history of skorch: history.json",
    Mark(formats=("json",), columns=(_BATCHES, "epoch", "dur")),
    sample="tbconvert ingest history.json --logdir runs",
    steps=("epoch",),
    adapt=_adapt,
)
