"""Ludwig before it told how often it evaluates, StyleGAN's odd snapshots, Detectron2's times."""

from __future__ import annotations

import json
from pathlib import Path

from oracle import ingest, read_back


def test_ludwig_of_old_evaluated_each_epoch(tmp_path: Path) -> None:
    lists = {"combined": {"loss": [3, 2, 1]}, "label": {"accuracy": [0.25, 0.5, 0.75]}}
    log = tmp_path / "a" / "training_statistics.json"
    log.parent.mkdir()
    log.write_text(json.dumps({"train": lists, "validation": lists}))

    ingest(tmp_path / "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert served["train/combined/loss"].steps.tolist() == [1, 2, 3]


def test_stylegan_metric_of_no_numbered_snapshot(tmp_path: Path) -> None:
    lines = [
        {"results": {"kid50k": 0.5}, "snapshot_pkl": name, "timestamp": 1_700_000_000.5 + at}
        for at, name in enumerate(("network-snapshot-000200.pkl", "stylegan3-r-afhq.pkl", None))
    ]
    log = tmp_path / "a" / "metric-kid50k.jsonl"
    log.parent.mkdir()
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))

    report = ingest(tmp_path / "a", logdir=tmp_path / "runs")

    assert read_back(tmp_path / "runs")["a"]["Metrics/kid50k"].steps.tolist() == [200]
    assert report["runs"][0]["rejected"] == 2


def test_detectron2_under_another_name(tmp_path: Path) -> None:
    lines = [
        {"iteration": n, "data_time": 0.5, "eta_seconds": 1e9 - n, "time": 2e9 + n, "total_loss": 1}
        for n in (19, 39)
    ]
    (tmp_path / "a.json").write_text("".join(json.dumps(line) + "\n" for line in lines))

    report = ingest(tmp_path / "a.json", logdir=tmp_path / "runs")

    assert report["runs"][0]["sources"][0]["dialect"] == "detectron2"
    assert {*read_back(tmp_path / "runs")["a"]} == {
        "data_time",
        "eta_seconds",
        "time",
        "total_loss",
    }


def test_settings_of_hydra_are_in_a_hidden_folder(tmp_path: Path) -> None:
    folder = tmp_path / "multirun" / "0"
    (folder / ".hydra").mkdir(parents=True)
    (folder / "metrics.csv").write_text("epoch,step,loss\n0,9,0.5\n1,19,0.25\n")
    (folder / ".hydra" / "config.yaml").write_text("seed: 1\nmodel:\n  lr: 0.5\n")
    (folder / ".hydra" / "overrides.yaml").write_text("- model.lr=0.5\n")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "other.csv").write_text("step,loss\n0,1\n")

    report = ingest(tmp_path / "multirun", logdir=tmp_path / "runs")

    assert [(run["run"], run["hparams"]) for run in report["runs"]] == [("0", 2)]
