"""Documents of experiments: curves beside settings, epochs beside the best, other steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found import Found
from oracle import ingest, read_back

Read = Callable[..., Found]
Points = dict[str, list[tuple[int, float]]]


def curves(log: Path, value: Any) -> tuple[Points, dict[str, Any]]:
    """Return the points that TensorBoard shows of a document in a folder, and its run's report."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(json.dumps(value))
    report = ingest(log.parent, logdir=log.parent.parent / "runs")
    (served,) = read_back(log.parent.parent / "runs").values()
    points = {
        tag: list(zip(of.steps.tolist(), of.values.tolist(), strict=True))
        for tag, of in served.items()
        if of.plugin == "scalars"
    }
    return points, report["runs"][0]


# ------------------------------------------------------------- short lists beside settings


def test_a_few_epochs_beside_many_settings(tmp_path: Path) -> None:
    lists = {"train_loss": [1.5, 1.0], "train_acc": [0.5, 0.75], "test_loss": [1.75, 1.25]}
    settings = {"model": "resnet18", "lr": 0.5, "batch": 128, "wd": 0.25, "seed": 3, "best": 0.75}
    points, report = curves(tmp_path / "a" / "results.json", {**settings, **lists})
    assert points == {name: [*enumerate(cells)] for name, cells in lists.items()}
    assert (report["hparams"], report["rejected"]) == (6, 0)


def test_experiments_that_have_curves_and_settings_each(tmp_path: Path) -> None:
    value = {
        name: {
            "config": {"d_model": 64, "heads": 4, "name": name},
            "metrics": {"train_losses": [1.5, first], "val_losses": [1.25, 1.0], "best": 1.0},
        }
        for name, first in (("baseline", 1.0), ("ablated", 1.25))
    }
    points, report = curves(tmp_path / "a" / "ablations.json", value)
    assert points == {
        "baseline/metrics/train_losses": [(0, 1.5), (1, 1.0)],
        "baseline/metrics/val_losses": [(0, 1.25), (1, 1.0)],
        "ablated/metrics/train_losses": [(0, 1.5), (1, 1.25)],
        "ablated/metrics/val_losses": [(0, 1.25), (1, 1.0)],
    }
    assert report["hparams"] == 8


def test_settings_that_are_lists_are_no_curves(read: Read) -> None:
    value = {"lr": 0.5, "name": "a", "seed": 1, "betas": [0.5, 0.75], "loss_weights": [1.5, 2.5]}
    found = read(json.dumps(value), name="x.json")
    assert found.options["shape"] == "single"


def test_an_array_of_histories(tmp_path: Path) -> None:
    value = [{"loss": [1.5, 1.0], "val_loss": [2.5, 2.0]}, {"loss": [1.75, 1.25]}]
    points, _ = curves(tmp_path / "a" / "folds.json", value)
    assert points == {
        "0/loss": [(0, 1.5), (1, 1.0)],
        "0/val_loss": [(0, 2.5), (1, 2.0)],
        "1/loss": [(0, 1.75), (1, 1.25)],
    }


# ---------------------------------------------------------------- lists beside records


def test_lists_that_are_as_long_as_an_array_of_records(tmp_path: Path) -> None:
    value = {
        "mean_test_score": [0.5, 0.75, 0.25],
        "rank_test_score": [2, 1, 3],
        "params": [{"C": 0.5, "kernel": "rbf"}, {"C": 1, "kernel": "rbf"}, {"C": 2.5}],
    }
    points, report = curves(tmp_path / "a" / "cv_results.json", value)
    assert points == {
        "mean_test_score": [(0, 0.5), (1, 0.75), (2, 0.25)],
        "rank_test_score": [(0, 2.0), (1, 1.0), (2, 3.0)],
        "params/C": [(0, 0.5), (1, 1.0), (2, 2.5)],
    }
    assert (report["hparams"], report["missing"]) == (1, 0)  # the kernel


def test_curves_are_the_log_beside_a_shorter_array_of_records(tmp_path: Path) -> None:
    losses = [n / 4 for n in range(20)]
    value = {
        "train_loss": losses,
        "val_loss": losses,
        "per_class": [{"name": "cat", "f1": 0.5}, {"name": "dog", "f1": 0.75}],
    }
    points, report = curves(tmp_path / "a" / "results.json", value)
    assert points == {"train_loss": [*enumerate(losses)], "val_loss": [*enumerate(losses)]}
    said = [problem["problem"] for problem in report["problems"]]
    assert said == ["an array of 2 beside the log was left out"]


# ------------------------------------------------------------------ epochs beside others


def test_keys_that_count_beside_the_best(tmp_path: Path) -> None:
    value = {
        "best": {"valid": {"loss": 0.5}, "_epoch_": 2},
        **{f"epoch_{n}": {"train": {"loss": n / 4}, "valid": {"loss": n / 2}} for n in (1, 2, 10)},
    }
    points, report = curves(tmp_path / "a" / "_metrics.json", value)
    assert points == {
        "train/loss": [(1, 0.25), (2, 0.5), (10, 2.5)],
        "valid/loss": [(1, 0.5), (2, 1.0), (10, 5.0)],
    }
    assert report["hparams"] == 2


def test_keys_that_count_beside_the_best_in_two_places(tmp_path: Path) -> None:
    value = {
        of: {"best": 0.5, **{f"epoch_{n}": {"loss": n / 4} for n in (1, 2)}}
        for of in ("train", "val")
    }
    points, _ = curves(tmp_path / "a" / "log.json", value)
    assert points == {
        "train/loss": [(1, 0.25), (2, 0.5)],
        "val/loss": [(1, 0.25), (2, 0.5)],
    }


def test_epochs_whose_numbers_are_all_further_down(tmp_path: Path) -> None:
    epochs = {str(n): {"train": {"loss": n / 4}, "val": {"loss": n / 2}} for n in (1, 2)}
    points, _ = curves(tmp_path / "a" / "log.json", {"epochs": epochs})
    assert points == {"train/loss": [(1, 0.25), (2, 0.5)], "val/loss": [(1, 0.5), (2, 1.0)]}


def test_classes_that_are_numbers_are_no_epochs(read: Read) -> None:
    scores = {"precision": 0.5, "recall": 0.75}
    value = {"0": scores, "1": scores, "accuracy": 0.5, "macro avg": scores}
    found = read(json.dumps(value), name="report.json")
    assert found.options["shape"] == "single"


# ------------------------------------------------------------- steps that have other names


def test_records_by_step_beside_records_by_epoch(tmp_path: Path) -> None:
    value = {
        "train": [{"epoch": n // 2, "step": 5 * n, "loss": n / 4} for n in range(4)],
        "val": [{"epoch": 0, "loss": 1.5, "acc": 0.5}, {"epoch": 1, "loss": 1.25, "acc": 0.75}],
    }
    points, report = curves(tmp_path / "a" / "log.json", value)
    assert points == {
        "epoch": [(0, 0.0), (5, 0.0), (10, 1.0), (15, 1.0)],
        "train/loss": [(0, 0.0), (5, 0.25), (10, 0.5), (15, 0.75)],
        "val/loss": [(0, 1.5), (1, 1.25)],
        "val/acc": [(0, 0.5), (1, 0.75)],
    }
    assert (report["rejected"], report["superseded"]) == (0, 0)
    assert report["problems"][0]["problem"] == (
        "several arrays have steps: 'train' by 'step', 'val' by 'epoch'"
    )


def test_checkpoints_beside_a_log_cost_it_nothing(tmp_path: Path) -> None:
    value = {
        "adapters": [{"epoch": 1, "global_step": 5}, {"epoch": 2, "global_step": 10}],
        "log_history": [
            {"loss": 1.5, "epoch": 0.5, "step": 3},
            {"eval_loss": 0.5, "epoch": 1.0, "step": 5},
            {"eval_loss": 0.25, "epoch": 2.0, "step": 10},
            {"train_loss": 0.75, "epoch": 2.0, "step": 10},
        ],
    }
    points, report = curves(tmp_path / "a" / "train_log.json", value)
    assert points["log_history/loss"] == [(3, 1.5)]
    assert points["log_history/eval_loss"] == [(5, 0.5), (10, 0.25)]
    assert points["log_history/train_loss"] == [(10, 0.75)]
    assert points["epoch"] == [(3, 0.5), (5, 1.0), (10, 2.0)]
    assert report["rejected"] == 0


def test_arrays_that_have_their_own_steps_and_measure_the_same(tmp_path: Path) -> None:
    value = {
        "train": [{"step": 5, "loss": 1.5}, {"step": 10, "loss": 1.25}],
        "val": [{"epoch": 1, "loss": 1.75}, {"epoch": 2, "loss": 1.5}],
    }
    points, _ = curves(tmp_path / "a" / "log.json", value)
    assert points == {
        "train/loss": [(5, 1.5), (10, 1.25)],
        "val/loss": [(1, 1.75), (2, 1.5)],
    }


@pytest.mark.parametrize("word", ["epoch", "epochs"])
def test_a_short_list_of_epochs_beside_the_losses_of_all_batches(tmp_path: Path, word: str) -> None:
    value = {word: [1, 2], "val_loss": [1.5, 1.25], "batch_losses": [2.5, 2.25, 2.0, 1.75, 1.5]}
    points, report = curves(tmp_path / "a" / "log.json", value)
    assert points == {
        "val_loss": [(1, 1.5), (2, 1.25)],
        "batch_losses": [(0, 2.5), (1, 2.25), (2, 2.0), (3, 1.75), (4, 1.5)],
    }
    assert report["rejected"] == 0


def test_short_lists_of_steps_that_come_again(tmp_path: Path) -> None:
    value = {
        "loss": {"epoch": [0, 0, 1, 1], "batch": [0, 9, 0, 9], "loss": [1.5, 1.25, 1.0, 0.75]},
        "grad": {"epoch": [0, 0], "batch": [9, 0], "norm": [2.5, 2.0]},
    }
    points, report = curves(tmp_path / "a" / "log.json", value)
    assert points["loss/loss"] == [(0, 1.5), (1, 1.25), (2, 1.0), (3, 0.75)]
    assert points["grad/norm"] == [(0, 2.5), (1, 2.0)]
    assert (report["rejected"], report["superseded"]) == (0, 0)
