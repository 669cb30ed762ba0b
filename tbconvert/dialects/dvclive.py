"""DVCLive: a table for each metric, which its path names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawTable, Source

_ROLES = ("step", "timestamp")


def _adapter(source: Source) -> Adapter:
    path = PurePosixPath(source.read_options.get("below", ""))
    inner = path.relative_to("metrics") if path.is_relative_to("metrics") else path
    tag = inner.with_suffix("").as_posix()

    called = reshape.Names({name: name for name in _ROLES})

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        if path.suffix == ".tsv":
            # the header has only the last part of a name that has slashes
            names = [name for name in raw.batch.schema.names if name not in _ROLES]
            if len(names) == 1:
                raw = called.renamed(raw, lambda name: tag if name == names[0] else name)
        yield raw

    return adapted


DVCLIVE = on_generic(
    "dvclive",
    "DVCLive: plots/metrics/**.tsv, metrics.json, params.yaml",
    Mark(("plots/metrics/**.tsv", "scalars/**.tsv"), formats=("csv",), columns=("step",)),
    Mark(("dvclive/*.tsv",), formats=("csv",), columns=("timestamp", "step")),
    Mark(("metrics.json",), formats=("json",), columns=("step",), beside=("plots/metrics",)),
    Mark(("dvclive.json",), formats=("json",), columns=("step",), beside=("dvclive",)),
    sample="tbconvert ingest dvclive/ --logdir runs",
    wall_times=("timestamp",),
    homes={"plots", "scalars"},
    joins=True,
    lasts=("*.json",),
    adapt=_adapter,
)
