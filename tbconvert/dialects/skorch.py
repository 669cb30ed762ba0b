"""skorch's history: an object for each epoch, which has one for each batch inside."""

from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import of_tables
from tbconvert.model import Raw, RawTable, Source

_BATCHES = "batches"


def _adapt(source: Source) -> Adapter:
    left = LeftOut(source, "of what was noted of each batch the means of the epoch are shown")

    @of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        yield left.unless(raw, lambda name: name.partition("/")[0] != _BATCHES)

    return left.after(adapted)


SKORCH = on_generic(
    "skorch",
    "history of skorch: history.json",
    Mark(formats=("json",), columns=(_BATCHES, "epoch", "dur")),
    sample="tbconvert ingest history.json --logdir runs",
    steps=("epoch",),
    adapt=_adapt,
)
