"""Documents of results, and histories, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back

METRICS = [{"step": n, "train loss": 1 / n, "elapsed time": 10.0 * n} for n in (1, 2, 3)]


@pytest.mark.parametrize("began", ["2025-06-19T19:15:35", "2025-06-19T21:15:35+02:00", None, "?"])
def test_an_experiment_of_peft_is_placed_in_time_if_it_tells_it(
    tmp_path: Path, began: str | None
) -> None:
    info: dict[str, Any] = {"created_at": began, "train_config": {"lr": 0.5}}
    document = {"run_info": info, "train_info": {"metrics": METRICS}}
    log = tmp_path / "a.json"
    log.write_text(json.dumps(document))

    report = ingest(log, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["sources"][0]["dialect"], run["hparams"]) == ("peft", 1)
    loss = read_back(tmp_path / "runs")["a"]["train loss"]
    assert loss.steps.tolist() == [1, 2, 3]
    assert loss.wall_times[2] - loss.wall_times[0] == 20
    if began not in (None, "?"):
        assert loss.wall_times[0] == 1_750_360_535 + 10


def test_an_experiment_of_peft_that_tells_nothing_else_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text(json.dumps({"run_info": {}, "train_info": {"metrics": METRICS}}))

    ingest(log, logdir=tmp_path / "runs")

    assert read_back(tmp_path / "runs")["a"]["train loss"].steps.tolist() == [1, 2, 3]


def test_lm_eval_before_0_4(tmp_path: Path) -> None:
    document = {
        "results": {"piqa": {"acc": 0.75, "acc_stderr": 0.5}, "lambada": {"ppl": 8.5}},
        "versions": {"piqa": 0, "lambada": 0},
        "config": {"model": "gpt2", "model_args": "", "batch_size": 4, "limit": None},
    }
    log = tmp_path / "gpt2.json"
    log.write_text(json.dumps(document))

    report = ingest(tmp_path, logdir=tmp_path / "runs")

    assert report["runs"][0]["hparams"] == 3
    served = read_back(tmp_path / "runs")["gpt2"]
    points = {tag: of.values.tolist() for tag, of in served.items() if of.plugin == "scalars"}
    assert points == {"piqa/acc": [0.75], "piqa/acc_stderr": [0.5], "lambada/ppl": [8.5]}


def test_a_log_named_like_keras_is_not_of_it(tmp_path: Path) -> None:
    (tmp_path / "training.log").write_text("epoch,step,loss\n0,10,2.5\n1,20,1.5\n")

    report = ingest(tmp_path / "training.log", logdir=tmp_path / "runs")

    (source,) = report["runs"][0]["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("generic", "step")


def test_yolo_8_without_a_clock_pads_its_cells(tmp_path: Path) -> None:
    log = tmp_path / "train2" / "results.csv"
    log.parent.mkdir()
    names = ("epoch", "train/box_loss", "val/box_loss", "metrics/mAP50(B)", "lr/pg0")
    rows = [names, (0, 1.5, 1.25, 0.5, 0.01), (1, 1.25, 1.0, 0.75, 0.005)]
    log.write_text("".join(",".join(f"{cell!s:>23}" for cell in row) + "\n" for row in rows))

    report = ingest(log, logdir=tmp_path / "runs")

    (source,) = report["runs"][0]["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("ultralytics", "epoch")
    assert read_back(tmp_path / "runs")["train2"].keys() == {*names} - {"epoch"}


def test_skorch_says_once_what_it_leaves_out(tmp_path: Path) -> None:
    epochs = [
        {"batches": [{"train_loss": 0.5}] * 2_000, "epoch": n, "dur": 0.5, "train_loss": 1 / n}
        for n in range(1, 150)
    ]
    (tmp_path / "net.json").write_text(json.dumps(epochs))

    report = ingest(tmp_path / "net.json", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    (problem,) = run["problems"]
    assert problem["column"] == "batches"
    assert "(149 cells)" in problem["problem"]
    assert run["scalars"] == {"tags": 2, "points": 2 * 149}
