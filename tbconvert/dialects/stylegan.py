"""StyleGAN2-ADA, StyleGAN3 and EDM: statistics of a training, and metrics of its snapshots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import (
    column,
    file_name,
    numbers,
    renamed,
    select,
    told,
    whole,
    with_columns,
)
from tbconvert.model import Raw, RawTable, Source

_KIMG, _MEAN, _RESULTS = "Progress/kimg", "/mean", "results/"
_SNAPSHOT = re.compile(r"(\d+)\.pkl")


def _adapt(source: Source) -> Adapter:
    reshaped = _metrics if file_name(source.uri).startswith("metric") else _statistics
    is_told = False

    def adapt(raw: Raw) -> Iterator[Raw]:
        nonlocal is_told
        if not isinstance(raw, RawTable) or not raw.batch.num_columns:
            yield raw
            return
        table, said = reshaped(raw)
        if said and not is_told:
            table, is_told = told(table, said, "--dialect generic shows all"), True
        yield table

    return adapt


def _statistics(table: RawTable) -> tuple[RawTable, str]:
    """Keep the mean of each {num, mean, std}, under the name alone: as in its event file."""
    names = {*table.batch.schema.names}
    bases = {
        base
        for name in names
        if (base := name.removesuffix(_MEAN)) != name and f"{base}/num" in names
    }
    left = {f"{base}/{part}" for base in bases for part in ("num", "std")} & names
    steps = whole(np.floor(numbers(table, _KIMG + _MEAN)))
    table = select(table, lambda name: name not in left)
    table = renamed(table, lambda n: n.removesuffix(_MEAN) if n.removesuffix(_MEAN) in bases else n)
    said = "of each {num, mean, std} the mean is shown, by thousands of images" if left else ""
    return with_columns(table, {"step": steps}), said


def _metrics(table: RawTable) -> tuple[RawTable, str]:
    """Keep the results, at the step that the name of the snapshot tells."""
    names = table.batch.schema.names
    snapshots = column(table, "snapshot_pkl")
    found = [_SNAPSHOT.search(str(cell)) for cell in snapshots.to_pylist()] if snapshots else []
    if not any(found):
        return table, ""
    steps = np.array([float(match[1]) if match else np.nan for match in found])
    kept = {name for name in names if name.startswith(_RESULTS)} | {"timestamp"}
    table = renamed(select(table, lambda name: name in kept), _as_metric)
    said = "the results are shown; not how long it took, nor on how many GPUs"
    return with_columns(table, {"step": whole(steps)}), said


def _as_metric(name: str) -> str:
    return f"Metrics/{name.removeprefix(_RESULTS)}" if name.startswith(_RESULTS) else name


STYLEGAN = on_generic(
    "stylegan",
    "stats.jsonl and metric-*.jsonl of StyleGAN2-ADA, StyleGAN3 and EDM",
    Mark(("stats.jsonl",), formats=("jsonl",), columns=("progress/kimg/mean", "timestamp")),
    Mark(("metric-*.jsonl",), formats=("jsonl",), columns=("results/*", "snapshot_pkl")),
    Mark(("training_options.json",), formats=("json",), beside=("stats.jsonl",)),
    Mark(formats=("jsonl",), columns=("progress/kimg/mean", "progress/tick/mean")),
    sample="tbconvert ingest training-runs --logdir runs",
    steps=("step",),
    wall_times=("timestamp",),
    settings_names={"training_options"},
    joins=True,
    adapt=_adapt,
)
