"""TorchRL's CSVLogger: a file for each metric, whose rows are a step and the value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawTable, Source

_HOME = "scalars"


def _adapter(source: Source) -> Adapter:
    below = PurePosixPath(source.read_options.get("below") or reshape.file_name(source.uri))
    inner = below.relative_to(_HOME) if below.is_relative_to(_HOME) else below
    tag = inner.as_posix()
    names = {"column_1": "step", "column_2": tag[: tag.casefold().rfind(".csv")]}

    def adapted(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            raw = reshape.renamed(raw, lambda name: names.get(name, name))
        yield raw

    return adapted


TORCHRL = on_generic(
    "torchrl",
    "CSVLogger of TorchRL: scalars/**.csv, a file for each metric",
    Mark((f"{_HOME}/**.csv",), ("csv",), ("column_1", "column_2"), but=("column_3",)),
    sample="tbconvert ingest my_experiment/ --logdir runs",
    steps=("step",),
    homes={_HOME},
    joins=True,
    names_columns=True,
    adapt=_adapter,
)
