"""What TensorBoard's pages and tensorboardX save, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle import ingest, read_back

ROWS = [[1.7e9, 0, 0.5], [1.7e9 + 1, 10, 0.25]]


def save(log: Path) -> None:
    if log.suffix == ".json":
        log.write_text(json.dumps(ROWS))
        return
    lines = "".join(",".join(map(str, row)) + "\n" for row in ROWS)
    log.write_text("Wall time,Step,Value\n" + lines)


@pytest.mark.parametrize(
    ("name", "run", "tag"),
    [
        ("run-a_b-tag-loss_x.json", "a_b", "loss_x"),
        ("run-a-tag-b-tag-c.csv", "a", "b-tag-c"),
        ("run_train-tag-loss.csv", "train", "loss"),
        ("train.csv", "train", "Value"),
        ("run-a-tag-loss (1).csv", "a", "loss (1)"),
    ],
)
def test_names_say_run_and_tag(tmp_path: Path, name: str, run: str, tag: str) -> None:
    save(tmp_path / name)

    ingest(tmp_path / name, logdir=tmp_path / "runs")

    series = read_back(tmp_path / "runs")[run][tag]
    assert series.steps.tolist() == [0, 10]
    assert series.wall_times.tolist() == [1.7e9, 1.7e9 + 1]


def test_json_and_csv_of_one_run_join(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    for name in ("run-a-tag-loss.json", "run-a-tag-acc.csv", "run-b-tag-loss.csv"):
        save(folder / name)

    ingest(tmp_path / "saved", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")
    assert {run: sorted(tags) for run, tags in served.items()} == {
        "a": ["acc", "loss"],
        "b": ["loss"],
    }


@pytest.mark.parametrize(
    ("keys", "tags"),
    [
        (["runs/x/loss/train", "runs/x/loss/val"], ["loss/train", "loss/val"]),
        (["/abs/elsewhere/loss/train", "/abs/elsewhere/acc/val"], ["acc/val", "loss/train"]),
        (["x/loss/train"], ["loss/train"]),
    ],
)
def test_the_logdir_is_no_part_of_a_tag(tmp_path: Path, keys: list[str], tags: list[str]) -> None:
    folder = tmp_path / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "all_scalars.json").write_text(json.dumps(dict.fromkeys(keys, ROWS)))

    ingest(folder, logdir=tmp_path / "logdir")

    assert sorted(read_back(tmp_path / "logdir")["x"]) == tags
