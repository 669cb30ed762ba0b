"""fastai's CSVLogger: its time is that of one epoch, and no clock."""

from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.durations import in_seconds
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import of_tables
from tbconvert.model import Raw, RawTable, Source


def _adapt(source: Source) -> Adapter:
    @of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        yield in_seconds(raw, "time")

    return adapted


FASTAI = on_generic(
    "fastai",
    "CSVLogger of fastai: history.csv",
    Mark(formats=("csv",), columns=("epoch", "train_loss", "valid_loss", "time")),
    sample="tbconvert ingest history.csv --logdir runs",
    steps=("epoch",),
    adapt=_adapt,
)
