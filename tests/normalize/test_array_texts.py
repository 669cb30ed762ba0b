"""Texts of snapshots that cannot be shown whole: what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from oracle import ingest, read_back


def test_texts_of_snapshots_that_cannot_be_shown_whole_are_told_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(300).decode("latin-1")
    folder = tmp_path / "r"
    folder.mkdir()
    for step in (1, 2, 3):
        note = np.array("fine" if step == 1 else noise)
        np.savez(folder / f"step_{step}.npz", w=np.eye(3), note=note)

    report = ingest(folder, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    said = [
        (Path(problem["uri"]).name, problem["problem"])
        for problem in run["problems"]
        if "binary" in problem["problem"]
    ]
    assert said == [("step_2.npz#note", "binary data was left out; and likewise 1 times more")]
    assert read_back(tmp_path / "runs")["r"]["note"].values.tolist() == [
        "fine",
        f"binary data, {len(noise)} characters",
        f"binary data, {len(noise)} characters",
    ]
