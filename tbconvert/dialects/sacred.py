"""Sacred's FileStorageObserver: a numbered folder for each run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawSettings, RawTable, Source

_TUPLE = "/py/tuple"


def _adapter(source: Source) -> Adapter:
    def adapted(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            yield _in_utc(raw)
        elif isinstance(raw, RawSettings):
            # jsonpickle, by which Sacred writes, has an object around each tuple
            yield replace(raw, values={n.removesuffix(_TUPLE): v for n, v in raw.values.items()})
        else:
            yield raw

    return adapted


def _in_utc(table: RawTable) -> RawTable:
    """Return a table whose times say what Sacred's are: UTC, by ``datetime.utcnow``."""
    cells = reshape.column(table, "wall_time")
    if cells is None or not pa.types.is_string(cells.type):
        return table
    times = [t if t is None or t.endswith(("Z", "+00:00")) else f"{t}Z" for t in cells.to_pylist()]
    return reshape.with_columns(table, {"wall_time": pa.array(times, pa.string())})


SACRED = on_generic(
    "sacred",
    "runs of Sacred's FileStorageObserver: metrics.json, config.json",
    Mark(("metrics.json",), formats=("json",), columns=("step", "tag", "value")),
    Mark(("config.json",), beside=("run.json", "metrics.json")),
    sample="tbconvert ingest sacred_runs/ --logdir runs",
    wall_times=("wall_time",),
    joins=True,
    adapt=_adapter,
)
