"""Logs converted, and what TensorBoard reads of their settings and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oracle import Series, ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

LOG = "step,loss\n0,3\n1,2\n2,1\n"


def settings(served: dict[str, Series]) -> dict[str, Any]:
    """Return what TensorBoard reads as the hyperparameters of a run."""
    if "_hparams_/session_start_info" not in served:
        return {}
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    return {
        name: getattr(value, value.WhichOneof("kind"))
        for name, value in data.session_start_info.hparams.items()
    }


def texts(served: dict[str, Series], tag: str) -> list[tuple[int, str]]:
    series = served.get(tag)
    if series is None or series.plugin != "text":
        return []
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def convert(*arguments: str, logdir: str = "runs", **more: Any) -> tuple[dict[str, Any], Any]:
    """Return the reports of the runs by name, and what is served of them."""
    report = ingest(*arguments, logdir=Path(logdir), **more)
    return {run["run"]: run for run in report["runs"]}, read_back(Path(logdir))


def convert_blocks(header: str, rows: list[str]) -> tuple[Any, dict[str, Series]]:
    """Return the report of a run whose rows come in two blocks, and what is served of it."""
    from tbconvert import api

    # a header that comes again begins another table, as another block would
    half = len(rows) // 2
    Path("a.csv").write_text("".join([header, *rows[:half], header, *rows[half:]]))
    report = api.ingest("a.csv", logdir="runs")
    return report.runs[0], read_back(Path("runs"))["a"]
