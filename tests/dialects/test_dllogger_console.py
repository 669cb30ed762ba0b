"""What DLLogger prints, as its StdOutBackend formats it, with steps as NVIDIA's examples do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

UNITS = {"train.total_ips": "img/s", "val.top1": "%"}


def printed(second: int, step: str, data: Mapping[str, Any]) -> str:
    """Return a line as ``StdOutBackend.log`` prints it."""
    metrics = " ".join(f"{name} : {value} {UNITS.get(name, '')}" for name, value in data.items())
    return f"DLL 2020-09-15 14:28:{second:02}.250000 - {step} {metrics}\n"


def labelled(*step: int) -> str:
    names = ("Epoch", "Iteration", "Validation Iteration")
    return "".join(f"{name}: {at} " for name, at in zip(names, step, strict=False))


def training(*step: int) -> str:
    names = ("Training Epoch", "Training Iteration")
    return "".join(f"{name}: {at} " for name, at in zip(names, step, strict=False))


@pytest.mark.parametrize("form", [labelled, training, lambda *step: str(step)])
def test_iterations_count_on_over_epochs(tmp_path: Path, form: Callable[..., str]) -> None:
    (tmp_path / "train.log").write_text(
        "=> creating model\n"
        + printed(1, form(0, 0), {"train.loss": 7.25, "train.total_ips": 100.5, "lr": "1e-05"})
        + printed(2, form(0, 1), {"train.loss": 6.5, "train.total_ips": 101.5, "lr": 0.125})
        + "a line of something else\n"
        + printed(3, form(0), {"train.loss": 6.875, "L1 dice": 0.5, "L2 dice": 0.25})
        + printed(4, form(1, 0), {"train.loss": 6.0, "val.top1": 50})
    )

    report = ingest(tmp_path / "train.log", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["train"]
    found = {tag: [*zip(of.steps, of.values, strict=True)] for tag, of in served.items()}
    assert found == {
        "train.loss": [(0, 7.25), (1, 6.5), (2, 6.0)],
        "train.total_ips": [(0, 100.5), (1, 101.5)],
        "lr": [(0, pytest.approx(1e-05)), (1, 0.125)],
        "train.loss_epoch": [(0, 6.875)],
        "L1 dice": [(0, 0.5)],
        "L2 dice": [(0, 0.25)],
        "val.top1": [(2, 50.0)],
    }
    # 2020-09-15 14:28:01.25 UTC
    times = [1_600_180_081.25, 1_600_180_082.25, 1_600_180_084.25]
    assert served["train.loss"].wall_times == pytest.approx(times, abs=1e-6)
    assert report["runs"][0]["rejected"] == 0


def test_parameters_are_settings(tmp_path: Path) -> None:
    given = {"data path": "/my images", "batch size": 128, "lr": 1.024, "resume": None}
    given |= {"fp16": False, "steps": [21, 31]}
    log = printed(1, "PARAMETER", given) + printed(2, "()", {"best": 0.5})
    (tmp_path / "train.log").write_text(log)

    (run,) = ingest(tmp_path / "train.log", logdir=tmp_path / "runs")["runs"]

    assert run["hparams"] == 5  # None says nothing
    data = HParamsPluginData.FromString(
        read_back(tmp_path / "runs")["train"]["_hparams_/session_start_info"].content
    )
    found = {
        name: getattr(value, value.WhichOneof("kind"))
        for name, value in data.session_start_info.hparams.items()
    }
    assert found == {name: value for name, value in given.items() if value} | {
        "fp16": False,
        "steps": "[21, 31]",
    }


def test_a_line_without_a_step_is_left_out_and_counted(tmp_path: Path) -> None:
    log = printed(1, "(0, 1)", {"loss": 2.5}) + printed(2, "evaluated", {"top1": 1, "top5": 2})
    (tmp_path / "train.log").write_text(log)

    (run,) = ingest(tmp_path / "train.log", logdir=tmp_path / "runs")["runs"]

    assert (run["scalars"]["points"], run["rejected"]) == (1, 2)
    (said,) = (p for p in run["problems"] if p["row"] == 2)
    assert said["problem"].startswith("no step such as (0, 20)")
