"""Logs without a header, and lines of names and numbers that say which step they are of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import ingest, read_back


def converted(tmp_path: Path, name: str, text: str, status: int = 0) -> tuple[Any, Any]:
    """Return the report of the one run of a log, and what TensorBoard shows of it."""
    log = tmp_path / "a" / name
    log.parent.mkdir(parents=True)
    log.write_text(text)
    (run,) = ingest(log, logdir=tmp_path / "runs", status=status)["runs"]
    return run, read_back(tmp_path / "runs").get(run["run"], {})


def points(tags: Any, tag: str) -> list[tuple[int, float]]:
    values = np.asarray(tags[tag].values, np.float64)
    return list(
        zip(tags[tag].steps.tolist(), [float(f"{value:.6g}") for value in values], strict=True)
    )


# YOLOv5's train.py: "%10s" * 2 + "%10.4g" * 6, then "%10.4g" * 7
YOLO = (
    "      0/29     1.86G   0.09854   0.09318         0    0.1917        24       416"
    "         0         0  0.004895 0.0009547   0.09176   0.05526         0\n"
    "      1/29     1.93G   0.09296    0.1009         0    0.1939        37       416"
    "   0.04823   0.01505  0.007566  0.001351    0.0922   0.05528       nan\n"
)


def test_yolov5_had_a_table_without_names(tmp_path: Path) -> None:
    run, tags = converted(tmp_path, "results.txt", YOLO)

    (source,) = run["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("yolov5", "epoch")
    assert run["problems"] == []
    assert points(tags, "train/box_loss") == [(0, 0.09854), (1, 0.09296)]
    assert points(tags, "metrics/mAP_0.5") == [(0, 0.004895), (1, 0.007566)]
    assert points(tags, "metrics/mAP_0.5:0.95") == [(0, 0.0009547), (1, 0.001351)]
    assert points(tags, "val/obj_loss") == [(0, 0.05526), (1, 0.05528)]
    assert points(tags, "gpu_mem") == [(0, 1.86), (1, 1.93)]
    assert np.isnan(tags["val/cls_loss"].values[1])
    assert run["run"] == "a"


def test_another_table_of_that_name_stays_what_it_is(tmp_path: Path) -> None:
    run, tags = converted(tmp_path, "results.txt", "epoch loss\n1 0.5\n2 0.25\n")

    assert run["sources"][0]["dialect"] == "generic"
    assert points(tags, "loss") == [(1, 0.5), (2, 0.25)]


def test_build_nanogpt_has_a_line_for_each_loss(tmp_path: Path) -> None:
    text = "0 val 10.9310\n0 hella 0.2413\n0 train 10.934416\n1 train 10.883945\n250 val 6.5\n"
    run, tags = converted(tmp_path, "log.txt", text)

    assert run["sources"][0]["dialect"] == "build-nanogpt"
    assert points(tags, "train") == [(0, 10.9344), (1, 10.8839)]
    assert points(tags, "val") == [(0, 10.931), (250, 6.5)]
    assert points(tags, "hella") == [(0, 0.2413)]


def test_llm_c_has_short_names(tmp_path: Path) -> None:
    text = (
        "s:0 tel:10.9829\ns:0 hel:0.2440\ns:1 trl:10.9901 lr:0.000001 norm:15.4\ns:250 tel:6.9829\n"
    )
    run, tags = converted(tmp_path, "main.log", text)

    assert run["sources"][0]["dialect"] == "llm.c"
    assert points(tags, "tel") == [(0, 10.9829), (250, 6.9829)]
    assert points(tags, "trl") == [(1, 10.9901)]
    assert points(tags, "norm") == [(1, 15.4)]


def test_cyclegan_counts_within_each_epoch(tmp_path: Path) -> None:
    line = "(epoch: {}, iters: {}, time: 0.245, data: 0.002) D_A: {} G_A: 0.310 cycle_A: nan \n"
    text = "================ Training Loss (Fri Oct  2 00:33:33 2020) ================\n"
    text += "".join(
        line.format(*cells) for cells in [(1, 100, 0.5), (1, 200, 0.25), (2, 66, 0.125)]
    )
    run, tags = converted(tmp_path, "loss_log.txt", text)

    assert run["sources"][0]["dialect"] == "cyclegan"
    assert points(tags, "D_A") == [(0, 0.5), (1, 0.25), (2, 0.125)]
    assert points(tags, "iters") == [(0, 100), (1, 200), (2, 66)]
    assert "'iters' starts over" in run["problems"][0]["problem"]


def test_speechbrain_has_a_line_for_each_epoch(tmp_path: Path) -> None:
    text = (
        "epoch: 1, lr: 1.00e+00 - train loss: 5.91 - valid loss: 5.16, valid CER: 98.50\n"
        "epoch: 2, lr: 8.00e-01 - train loss: 4.05 - valid loss: 3.16, valid CER: 68.50\n"
        "Epoch loaded: 2 - test loss: 3.50, test CER: 70.25\n"
    )
    run, tags = converted(tmp_path, "train_log.txt", text)

    assert run["sources"][0]["dialect"] == "speechbrain"
    assert points(tags, "train loss") == [(1, 5.91), (2, 4.05)]
    assert points(tags, "valid CER") == [(1, 98.5), (2, 68.5)]
    assert points(tags, "test CER") == [(2, 70.25)]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("1000, 0.02764, 0.005\n2000, 0.01891, 0.005\n3000, 0.01717, 0.02\n", "iteration"),
        ("step,losses/train.total_loss\n1000,0.02764\n2000,0.01891\n3000,0.01717\n", "step"),
    ],
)
def test_deeplabcut_had_no_header_with_tensorflow(text: str, step: str, tmp_path: Path) -> None:
    run, tags = converted(tmp_path, "learning_stats.csv", text)

    (source,) = run["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("deeplabcut", step)
    loss = "loss" if step == "iteration" else "losses/train.total_loss"
    assert points(tags, loss) == [(1000, 0.02764), (2000, 0.01891), (3000, 0.01717)]
    assert run["problems"] == []
