"""YAML that is called like a log, and is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back

Points = dict[str, list[tuple[int, float]]]


def curves(tmp_path: Path, text: str, name: str) -> tuple[Points, dict[str, Any]]:
    """Return the points that TensorBoard shows of a file in a folder, and its run's report."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / name).write_text(text)
    (run,) = ingest(tmp_path / "a", logdir=tmp_path / "runs")["runs"]
    (served,) = read_back(tmp_path / "runs").values()
    points = {
        tag: list(zip(of.steps.tolist(), of.values.tolist(), strict=True))
        for tag, of in served.items()
        if of.plugin == "scalars"
    }
    return points, run


@pytest.mark.parametrize("name", ["metrics.yaml", "results.yml"])
def test_one_value_of_each_metric(tmp_path: Path, name: str) -> None:
    points, run = curves(tmp_path, "train:\n  loss: 0.25\n  acc: 0.75\nauc: 0.5\n", name)
    assert points == {"train/loss": [(0, 0.25)], "train/acc": [(0, 0.75)], "auc": [(0, 0.5)]}
    assert run["run"] == "a"


def test_lists_by_name(tmp_path: Path) -> None:
    text = "lr: 0.5\nloss: [1.5, 1.25]\nval_loss:\n- 1.75\n- 1.5\n"
    points, run = curves(tmp_path, text, "history.yaml")
    assert points == {"loss": [(0, 1.5), (1, 1.25)], "val_loss": [(0, 1.75), (1, 1.5)]}
    assert run["hparams"] == 1


def test_epochs_that_are_keys(tmp_path: Path) -> None:
    text = "epoch_1: {loss: 0.5}\nepoch_2: {loss: 0.25}\nbest: 0.25\n"
    points, _ = curves(tmp_path, text, "results.yaml")
    assert points == {"loss": [(1, 0.5), (2, 0.25)]}


def test_settings_are_settings_whatever_lists_are_in_them(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log.csv").write_text("step,loss\n0,1.5\n1,1.0\n")
    (tmp_path / "a" / "config.yaml").write_text("loss: [1.5, 1.25]\nval_loss: [1.0, 2.0]\n")
    (run,) = ingest(tmp_path / "a", logdir=tmp_path / "runs")["runs"]
    assert (run["scalars"]["points"], run["hparams"]) == (2, 2)
