"""A column that numbers the rows of each epoch, and is called like an index."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import ingest, read_back


@pytest.mark.parametrize("name", ["idx", "batch_idx", "it", "n_iter"])
def test_rows_of_an_epoch_are_points_of_their_own(name: str, tmp_path: Path) -> None:
    log = tmp_path / "gan.csv"
    rows = [(row, epoch) for epoch in range(3) for row in range(4)]
    lines = "".join(f"{row},{100 * epoch + row},{epoch}\n" for row, epoch in rows)
    log.write_text(f"{name},loss,epoch\n{lines}")

    report = ingest(log, logdir=tmp_path / "runs")

    loss = read_back(tmp_path / "runs")["gan"]["loss"]
    assert loss.values.tolist() == [100 * epoch + row for row, epoch in rows]
    assert loss.steps.tolist() == list(range(12))
    (run,) = report["runs"]
    assert run["superseded"] == 0
    assert [f"column '{name}' starts over" in one["problem"] for one in run["problems"]] == [True]


def test_an_index_that_goes_on_is_none_of_that(tmp_path: Path) -> None:
    log = tmp_path / "gan.csv"
    lines = "".join(f"{row},{row // 4},{row}\n" for row in range(12))
    log.write_text(f"idx,epoch,loss\n{lines}")

    ingest(log, logdir=tmp_path / "runs")

    assert read_back(tmp_path / "runs")["gan"]["loss"].steps.tolist() == [0, 1, 2]
