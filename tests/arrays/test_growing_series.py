"""A training that goes on: more snapshots than there were when it was converted before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import read_back

from tbconvert import ingest
from tbconvert.report import RunReport


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("training").mkdir()
    for step in (1, 2, 3):
        snapshot(step)


def snapshot(step: int) -> Path:
    path = Path(f"training/step_{step}.npz")
    np.savez(path, w=np.full((4, 3), step, np.float32), loss=np.float32(1 / step))
    return path


def convert(**options: Any) -> RunReport:
    (run,) = ingest("training", logdir="runs", **options).runs
    return run


def steps() -> list[int]:
    found: list[int] = read_back("runs")["training"]["loss"].steps.tolist()
    return found


def test_a_series_that_has_grown_is_converted_anew() -> None:
    convert()
    snapshot(4)

    assert convert().status == "written"
    assert steps() == [1, 2, 3, 4]
    assert convert().status == "unchanged"


def test_a_snapshot_that_was_empty_and_is_whole_now_comes_in() -> None:
    Path("training/step_4.npz").touch()
    convert()
    snapshot(4)

    assert convert().status == "written"
    assert steps() == [1, 2, 3, 4]


def test_a_snapshot_that_is_gone_keeps_its_points() -> None:
    convert()
    snapshot(4)
    gone = Path("training/step_1.npz")
    gone.unlink()

    refused = convert()

    assert refused.status == "failed"
    (problem,) = refused.problems
    assert problem.problem.endswith("step_1.npz too, which is not among the sources any more")
    assert "--if-exists replace leaves out what came of it" in problem.hint
    assert steps() == [1, 2, 3]
    assert convert(if_exists="replace").status == "written"
    assert steps() == [2, 3, 4]


def test_what_is_being_written_is_passed_over() -> None:
    for name in ("step_4.npz.tmp", "tmp_step_5.npz", "step_6.npz~"):
        Path("training", name).write_bytes(Path("training/step_3.npz").read_bytes()[:99])

    report = ingest("training", logdir="runs")

    assert [run.run for run in report.runs] == ["training"]
    assert len(report.skipped) == 3
    assert all("being written" in skipped.reason for skipped in report.skipped)
    assert steps() == [1, 2, 3]


def test_a_pattern_for_steps_that_does_not_match_is_told() -> None:
    run = convert(step_from=r"zz(\d+)")

    said = [problem.problem for problem in run.problems]
    assert r"--step-from 'zz(\\d+)' does not match 'training/step_1.npz'" in said


def test_a_run_of_nothing_but_a_drawn_graph_is_none() -> None:
    whole = snapshot(1).read_bytes()
    for step in (1, 2, 3):
        path = Path(f"training/step_{step}.npz")
        np.savez(path, w=np.ones((4, 3), np.float32))
        whole = path.read_bytes()
        at = whole.index(np.ones(3, np.float32).tobytes())
        path.write_bytes(whole[:at] + b"\1" + whole[at + 1 :])

    run = convert()

    assert (run.status, run.rejected) == ("empty", 3)
    assert not list(Path("runs").rglob("*tfevents*"))
