"""StyleGAN2-ADA, StyleGAN3 and EDM: statistics of a training, and metrics of its snapshots."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import (
    Names,
    column,
    file_name,
    numbers,
    of_tables,
    whole,
    with_columns,
    without,
)
from tbconvert.model import Raw, RawTable, Source

_KIMG, _MEAN, _RESULTS = "Progress/kimg", "/mean", "results/"
_SNAPSHOTS = "snapshot_pkl"
_MEANS_SHOWN = "of each {num, mean, std} the mean is shown, by thousands of images"
_RESULTS_SHOWN = "the results are shown; not how long it took, nor on how many GPUs"
_SNAPSHOT = re.compile(r"(\d+)\.pkl")


def _adapt(source: Source) -> Adapter:
    is_metrics = file_name(source.uri).startswith("metric")
    reshaped, why = (_metrics, _RESULTS_SHOWN) if is_metrics else (_statistics, _MEANS_SHOWN)
    left, called = LeftOut(source, why, "--dialect generic shows all"), Names()

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield reshaped(raw, left, called) if raw.batch.num_columns else raw

    return left.after(adapt)


def _statistics(table: RawTable, left: LeftOut, called: Names) -> RawTable:
    """Keep the mean of each {num, mean, std}, under the name alone: as in its event file."""
    names = {*table.batch.schema.names}
    bases = {
        base
        for name in names
        if (base := name.removesuffix(_MEAN)) != name and f"{base}/num" in names
    }
    steps = whole(np.floor(numbers(table, _KIMG + _MEAN)))
    table = left.of(table, {f"{base}/{part}" for base in bases for part in ("num", "std")})
    means = {base + _MEAN: base for base in bases}
    table = called.renamed(table, lambda name: means.get(name, name))
    return with_columns(table, {"step": steps})


def _metrics(table: RawTable, left: LeftOut, called: Names) -> RawTable:
    """Keep the results, at the step that the name of the snapshot tells."""
    snapshots = column(table, _SNAPSHOTS)
    found = [_SNAPSHOT.search(str(cell)) for cell in snapshots.to_pylist()] if snapshots else []
    if not any(found):
        return table
    steps = np.array([float(match[1]) if match else np.nan for match in found])
    table = without(table, (_SNAPSHOTS,))
    table = left.unless(table, lambda name: name.startswith(_RESULTS) or name == "timestamp")
    return with_columns(called.renamed(table, _as_metric), {"step": whole(steps)})


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
