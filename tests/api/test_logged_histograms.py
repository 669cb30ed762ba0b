"""Logs with a histogram in each row: what is written of them, and what is noted of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from oracle import read_back

import tbconvert
from tbconvert.checking.reading import contents_of

NOW = 1.75e9

Row = tuple[int, list[float], list[float]]
"""A step, edges, counts."""


def log(*rows: Row) -> str:
    """Write a history of W&B, a second from row to row."""
    lines = []
    for place, (step, edges, counts) in enumerate(rows):
        histogram = {"_type": "histogram", "values": counts, "bins": edges}
        lines.append(
            {"_step": step, "_timestamp": NOW + place, "loss": 1 / (place + 1), "w": histogram}
        )
    path = Path("wandb/run-20260101_000000-abcdefgh/files/wandb-history.jsonl")
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def converted(*rows: Row, **options: Any) -> Path:
    """Return the folder of the run that a history becomes."""
    (run,) = tbconvert.ingest(log(*rows), logdir="runs", **options).runs
    assert run.status == "written", run
    return Path("runs", run.run)


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def row(step: int, size: int) -> Row:
    return step, [step + place / 4 for place in range(size + 1)], [1.0 * step] + [2.0] * (size - 1)


def test_every_histogram_is_read_back() -> None:
    """Also where they have not all as many buckets."""
    rows = [row(step, 3 + step % 3) for step in range(1, 301)]

    folder = converted(*rows)

    served = read_back(Path("runs"))[folder.name]["w"]
    assert (served.plugin, served.steps.tolist()) == ("histograms", [*range(1, 301)])
    assert served.wall_times.tolist() == [NOW + place for place in range(300)]
    for (_, edges, counts), buckets in zip(rows, served.values, strict=True):
        wanted = list(zip(edges, edges[1:], counts, strict=False))
        assert buckets[1:].tolist() == [list(bucket) for bucket in wanted]


@pytest.mark.parametrize(
    ("steps", "options", "kept"),
    [
        ([0, 1, 2, 1, 2, 3], {}, [0, 3, 4, 5]),
        ([0, 1, 1, 2], {}, [0, 2, 3]),
        ([0, 1, 1, 2], {"on_duplicate": "first"}, [0, 1, 3]),
        ([0, 1, 1, 2], {"on_duplicate": "mean"}, [0, 2, 3]),
        ([3, 1, 2, 0], {"on_backward": "sort"}, [3, 1, 2, 0]),
    ],
)
def test_steps_that_repeat_or_go_back(
    steps: list[int], options: dict[str, str], kept: list[int]
) -> None:
    edges = [[float(place), place + 1.0] for place in range(len(steps))]
    rows = [(step, ends, [5.0]) for step, ends in zip(steps, edges, strict=True)]

    folder = converted(*rows, **options)

    served = read_back(Path("runs"))[folder.name]["w"]
    assert served.steps.tolist() == [steps[place] for place in kept]
    assert [buckets[-1, :2].tolist() for buckets in served.values] == [edges[p] for p in kept]


def test_what_is_noted_of_them_is_what_is_read() -> None:
    folder = converted(*(row(step, 2 + step % 2) for step in range(1, 41)))

    (file,) = folder.glob("*.tfevents.*")
    (one,) = json.loads((folder / "tbconvert.json").read_text())["ingests"]
    read = contents_of(file.name, str(file), lambda part: None)
    assert read.is_sound
    assert one["digests"] == {folder.name: json.loads(json.dumps(read.told))}
    assert read.told["histogram"]["w"][0] == 40
