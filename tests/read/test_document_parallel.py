"""Documents whose lists stand side by side: steps and values, pairs, epochs as keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found import Found
from oracle import ingest, read_back

from tbconvert.errors import SourceError

Read = Callable[..., Found]
Points = dict[str, list[tuple[int, float]]]


def curves(log: Path, value: Any) -> tuple[Points, dict[str, Any]]:
    """Return the points that TensorBoard shows of a document, and the report of its run."""
    log.write_text(json.dumps(value))
    report = ingest(log, logdir=log.parent / "runs")
    served = read_back(log.parent / "runs")[log.stem]
    points = {
        tag: list(zip(of.steps.tolist(), of.values.tolist(), strict=True))
        for tag, of in served.items()
        if of.plugin == "scalars"
    }
    return points, report["runs"][0]


# ------------------------------------------------------------------------ an array of numbers


def test_an_array_of_numbers_is_a_curve(tmp_path: Path) -> None:
    points, _ = curves(tmp_path / "losses.json", [1.5, 0.75, 2, 0.25])
    assert points == {"value": [(0, 1.5), (1, 0.75), (2, 2.0), (3, 0.25)]}


def test_an_array_of_numbers_that_is_long_and_in_one_line(tmp_path: Path) -> None:
    losses = [n / 4 for n in range(50_000)]
    points, _ = curves(tmp_path / "losses.json", losses)
    assert points == {"value": [*enumerate(losses)]}


def test_whole_numbers_are_a_curve_if_that_is_asked_for(read: Read) -> None:
    with pytest.raises(SourceError) as err:
        read("[10, 12, 9]", name="lengths.json")
    assert err.value.problem.startswith(
        "a JSON document, but no training log: got an array of numbers"
    )
    assert err.value.hint == "--format json takes any array of objects, or of numbers"
    found = read("[10, 12, 9]", name="lengths.json", format="json")
    assert found.rows == [{"value": 10}, {"value": 12}, {"value": 9}]


def test_an_array_of_numbers_that_is_cut_off(read: Read) -> None:
    found = read("[\n1.5,\n0.75,\n0.2", name="losses.json")
    assert [row["value"] for row in found.rows][:2] == [1.5, 0.75]
    assert found.lost == 1


# ---------------------------------------------------------------------------------- pairs


def test_pairs_of_step_and_value_are_curves(tmp_path: Path) -> None:
    value = {
        "losses_distributed": [[1, 0.5], [3, 0.25]],
        "losses_centralized": [[0, 2.5], [1, None], [3, 1]],
        "metrics_distributed_fit": {},
        "metrics_distributed": {"accuracy": [[1, 0.5], [3, 0.75]]},
        "seconds": 12.5,
        "config": {"lr": 0.5},
    }
    points, report = curves(tmp_path / "flower.json", value)
    assert points == {
        "losses_distributed": [(1, 0.5), (3, 0.25)],
        "losses_centralized": [(0, 2.5), (3, 1.0)],
        "metrics_distributed/accuracy": [(1, 0.5), (3, 0.75)],
    }
    assert report["missing"] == 1
    assert report["hparams"] == 2


def test_an_array_of_pairs(tmp_path: Path) -> None:
    points, _ = curves(tmp_path / "loss.json", [[0, 2.5], [100, 1.5]])
    assert points == {"value": [(0, 2.5), (100, 1.5)]}


def test_what_is_no_pair_is_told(read: Read) -> None:
    rows = [[n, n / 2] for n in range(300)]
    found = read(json.dumps({"loss": [*rows, 7, [1, 2, 3]]}, indent=1), name="l.json")
    assert len(found.rows) == 300
    assert found.remarks == [
        (None, "loss", 1, "got '7', wanted a step and a value; it was left out"),
        (None, "loss", 1, "got '[1, 2, 3]', wanted a step and a value; it was left out"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2], [3, 4]],  # no float: a confusion matrix
        [[0.5, 1.5], [0.75, 2.5]],
        [[2, 1.5], [1, 2.5]],
        [[1, 1.5, 2.5], [2, 1.5, 2.5]],
    ],
)
def test_other_arrays_of_arrays_are_no_pairs(read: Read, rows: Any) -> None:
    with pytest.raises(SourceError, match="got an array of arrays"):
        read(json.dumps(rows), name="m.json")


# ------------------------------------------------------------------- steps of their own


def test_lists_that_have_steps_of_their_own(tmp_path: Path) -> None:
    value = {
        "num_epochs": 15,
        "train_steps": [5, 10, 15],
        "train_losses": [1.5, 1.25, 1.0],
        "val_steps": [6, 12],
        "val_losses": [1.75, 1.5],
        "lr": [0.5, 0.25, 0.125],
        "seconds": [1.5, 2.5, 3.5, 4.5],
    }
    points, report = curves(tmp_path / "a.json", value)
    assert points == {
        "train_losses": [(5, 1.5), (10, 1.25), (15, 1.0)],
        "lr": [(5, 0.5), (10, 0.25), (15, 0.125)],
        "val_losses": [(6, 1.75), (12, 1.5)],
        "seconds": [(0, 1.5), (1, 2.5), (2, 3.5), (3, 4.5)],
    }
    assert report["hparams"] == 1
    assert report["problems"][0]["problem"] == (
        "several lists have steps: 'train_losses' by 'train_steps', 'val_losses' by 'val_steps', "
        "'lr' by 'train_steps', 'seconds' by 'row'"
    )


def test_lists_of_one_length_that_have_steps_of_their_own(tmp_path: Path) -> None:
    value = {
        "train_step": [1, 2],
        "train_loss": [1.5, 1.25],
        "val_step": [10, 20],
        "val_loss": [1.75, 1.5],
    }
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {
        "train_loss": [(1, 1.5), (2, 1.25)],
        "val_loss": [(10, 1.75), (20, 1.5)],
    }


def test_steps_and_epochs_of_the_same_rows_are_one_table(tmp_path: Path) -> None:
    value = {"epoch": [1, 2], "step": [100, 200], "loss": [1.5, 0.5]}
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {
        "epoch": [(100, 1.0), (200, 2.0)],
        "loss": [(100, 1.5), (200, 0.5)],
    }


def test_values_that_have_more_steps_than_their_list(read: Read) -> None:
    value = {"a_steps": [1, 2, 3], "a": [0.5] * 3, "b_steps": [4, 5, 6, 7], "b_loss": [0.25] * 3}
    found = read(json.dumps(value, indent=1), name="a.json")
    assert [(row["step"], row["tag"]) for row in found.rows if row["tag"] == "b_loss"] == [
        (4, "b_loss"),
        (5, "b_loss"),
        (6, "b_loss"),
    ]


def test_series_below_other_keys(tmp_path: Path) -> None:
    value = {
        "train": {"loss": {"name": "loss", "x": [0, 100], "y": [1.5, 0.5]}},
        "val": {"loss": {"name": "loss", "x": [100], "y": [1.25]}},
    }
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {"train/loss": [(0, 1.5), (100, 0.5)], "val/loss": [(100, 1.25)]}


def test_steps_and_values_beside_other_lists_keep_them(tmp_path: Path) -> None:
    value = {"steps": [1, 2], "values": [0.5, 0.25], "losses": [1.5, 1.25]}
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {"values": [(1, 0.5), (2, 0.25)], "losses": [(1, 1.5), (2, 1.25)]}


# ------------------------------------------------------------------------- epochs as keys


@pytest.mark.parametrize("key", ["epoch_{}", "Epoch {}", "epoch{}", "step-{}"])
def test_keys_that_count(tmp_path: Path, key: str) -> None:
    value = {key.format(n): {"train": {"loss": n / 4}, "val": {"loss": n / 2}} for n in (1, 10, 2)}
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {
        "train/loss": [(1, 0.25), (2, 0.5), (10, 2.5)],
        "val/loss": [(1, 0.5), (2, 1.0), (10, 5.0)],
    }


def test_whole_numbers_as_keys_that_were_sorted_as_texts(tmp_path: Path) -> None:
    value = {key: {"loss": int(key) / 4} for key in sorted(map(str, range(1, 12)))}
    points, report = curves(tmp_path / "a.json", value)
    assert points == {"loss": [(n, n / 4) for n in range(1, 12)]}
    assert report["superseded"] == 0


def test_keys_that_count_beside_what_they_count(tmp_path: Path) -> None:
    value = {f"epoch_{n}": {"epoch": n, "loss": n / 4} for n in (1, 2)}
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {"loss": [(1, 0.25), (2, 0.5)]}


@pytest.mark.parametrize(
    ("name", "key"), [("history", "epoch_{}"), ("epochs", "{}"), ("rounds", "{}")]
)
def test_keys_that_count_below_another(tmp_path: Path, name: str, key: str) -> None:
    inner = {key.format(n): {"loss": n / 4} for n in (1, 10, 2)}
    points, report = curves(tmp_path / "a.json", {"config": {"lr": 0.5}, "of": {name: inner}})
    assert points == {"loss": [(1, 0.25), (2, 0.5), (10, 2.5)]}
    assert (report["hparams"], report["problems"]) == (1, [])


def test_keys_that_count_in_two_places(tmp_path: Path) -> None:
    value = {of: {f"epoch_{n}": {"loss": n / 4} for n in (1, 2)} for of in ("train", "val")}
    points, _ = curves(tmp_path / "a.json", {"lr": 0.5, **value})
    assert points == {
        "train/loss": [(1, 0.25), (2, 0.5)],
        "val/loss": [(1, 0.25), (2, 0.5)],
    }


def test_classes_are_no_steps(tmp_path: Path) -> None:
    value = {"acc": 0.5, "per_class": {"0": {"f1": 0.25}, "1": {"f1": 0.75}}}
    points, _ = curves(tmp_path / "a.json", value)
    assert {*points} == {"acc", "per_class/0/f1", "per_class/1/f1"}


def test_other_keys_with_numbers_are_names(tmp_path: Path) -> None:
    value = {f"fold_{n}": {"loss": n / 4} for n in (1, 2)}
    points, _ = curves(tmp_path / "a.json", value)
    assert points == {"fold_1/loss": [(0, 0.25)], "fold_2/loss": [(0, 0.5)]}


# ----------------------------------------------------------- records without a step, abreast


def test_arrays_of_records_without_a_step(tmp_path: Path) -> None:
    value = {
        "lr": 0.5,
        "train": [{"loss": 1.5, "acc": 0.5}, {"loss": 1.25, "acc": 0.75}, {"loss": 1.0}],
        "val": [{"loss": 1.75, "acc": 0.25}, {"loss": 1.5, "acc": 0.5}],
    }
    points, report = curves(tmp_path / "a.json", value)
    assert points == {
        "train/loss": [(0, 1.5), (1, 1.25), (2, 1.0)],
        "train/acc": [(0, 0.5), (1, 0.75)],
        "val/loss": [(0, 1.75), (1, 1.5)],
        "val/acc": [(0, 0.25), (1, 0.5)],
    }
    assert (report["missing"], report["rejected"], report["problems"]) == (1, 0, [])


def test_arrays_of_records_that_have_nothing_to_do_with_each_other(tmp_path: Path) -> None:
    value = {"results": [{"acc": 0.5}, {"acc": 0.75}], "layers": [{"width": 8.5}, {"width": 4.5}]}
    points, report = curves(tmp_path / "a.json", value)
    assert {*points} == {"acc"}
    assert "'layers' (2)" in report["problems"][0]["problem"]
