"""Files of arrays, and graphs, that are not what they should be: what is said of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from oracle import ingest
from snapshots import convert, messages, snapshot, weights

from tbconvert import convert as convert_jobs
from tbconvert import plan_runs

GRAPH = 'node { name: "x" op: "Placeholder" }\nnode { name: "y" op: "Relu" input: "x" }\n'


def said_by(*arguments: Path | str, logdir: Path, status: int = 0) -> str:
    """Return all that the command says to people."""
    command = [sys.executable, "-m", "tbconvert", "ingest", *map(str, arguments)]
    done = subprocess.run(
        [*command, "--logdir", str(logdir)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("suffix", ["npz", "npy", "safetensors"])
def test_an_empty_snapshot_is_told(suffix: str, tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "weights_1.npz", w=weights(1))
    empty = tmp_path / "run" / f"weights_2.{suffix}"
    empty.touch()

    said = said_by(tmp_path / "run", logdir=tmp_path / "text")
    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    problem = "empty file: nothing was written, or it was cut off; it was left out"
    assert f"{empty}: {problem}" in said
    assert problem in messages(report)
    assert report["runs"][0]["rejected"] == 1
    assert served["run"]["w"].steps.tolist() == [1]


def test_an_empty_snapshot_that_is_named_has_failed(tmp_path: Path) -> None:
    (tmp_path / "weights_2.npz").touch()

    said = said_by(tmp_path / "weights_2.npz", logdir=tmp_path / "runs", status=1)

    assert "weights_2.npz: empty file: nothing was written, or it was cut off" in said


def test_a_name_that_stands_twice_in_a_header_is_told(tmp_path: Path) -> None:
    entry = '{{"dtype": "F32", "shape": [4], "data_offsets": [{}, {}]}}'
    first, last = entry.format(0, 16), entry.format(16, 32)
    header = f'{{"w": {first}, "w": {last}}}'.encode()
    data = np.float32([1, 2, 3, 4, 5, 6, 7, 9]).tobytes()
    path = tmp_path / "run" / "step_1.safetensors"
    path.parent.mkdir()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)

    served, report = convert(path.parent, logdir=tmp_path / "runs")

    assert served["run"]["w/max"].values.tolist() == [9]
    (problem,) = (p for p in report["runs"][0]["problems"] if "more than once" in p["problem"])
    assert problem["uri"] == f"{path}#w"
    assert report["runs"][0]["rejected"] == 1


def test_metadata_in_which_a_name_stands_twice_is_no_problem(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    header = f'{{"__metadata__": {{"a": "1", "a": "2"}}, "w": {json.dumps(entry)}}}'.encode()
    path = tmp_path / "run" / "step_1.safetensors"
    path.parent.mkdir()
    path.write_bytes(len(header).to_bytes(8, "little") + header + np.float32([1, 2]).tobytes())

    _, report = convert(path.parent, logdir=tmp_path / "runs")

    assert not any("more than once" in said for said in messages(report))


def test_a_snapshot_that_changes_meanwhile_is_told_once_by_the_next(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        arrays = {f"layer{number}": weights(step) for number in range(5)}
        snapshot(tmp_path / "run" / f"step_{step}.npz", **arrays)
    (job,) = plan_runs([str(tmp_path / "run")], str(tmp_path / "runs")).jobs

    # told of the bytes of a snapshot as soon as it was taken
    ((_, (report,)),) = convert_jobs([job], None, lambda _: os.utime(job.sources[0].uri, (1, 1)))

    (problem,) = (p for p in report.problems if "cannot be read again" in p.problem)
    assert problem.uri == str(tmp_path / "run" / "step_2.npz")
    assert problem.problem == (
        f"no update: what stood in {tmp_path / 'run' / 'step_1.npz'} before cannot be read again: "
        "changed while it was read"
    )
    assert report.histograms.points == 15


def test_a_graph_that_was_asked_for_and_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    log, graph = tmp_path / "a.csv", tmp_path / "model.pbtxt"
    log.write_text("step,loss\n0,2.5\n1,1.5\n")
    graph.write_text(GRAPH + "node { name: }")

    report = ingest(log, "--graph", graph, logdir=tmp_path / "runs", status=1)

    (run,) = report["runs"]
    assert run["status"] == "failed"
    assert run["problems"][0]["uri"].startswith(str(graph))
    assert not (tmp_path / "runs" / "a").exists()


def test_a_graph_that_lies_beside_and_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n0,2.5\n1,1.5\n")
    (tmp_path / "model.pbtxt").write_text(GRAPH + "node { name: }")

    report = ingest(tmp_path, logdir=tmp_path / "runs")

    assert any("it was left out" in said for said in messages(report))


def test_a_run_of_a_graph_alone_is_no_run_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.pbtxt").write_text(GRAPH)

    said = said_by(tmp_path / "model.pbtxt", logdir=tmp_path / "runs")

    assert "\n1 run written, a graph, " in said
    assert said.splitlines()[1].split()[:4] == ["model", "written", "a", "graph"]


def test_the_graphs_of_runs_that_have_no_points_are_counted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.pbtxt").write_text(GRAPH)
    (tmp_path / "c.csv").write_text("step,loss\n0,2.5\n1,1.5\n")
    logs = (tmp_path / "a" / "model.pbtxt", tmp_path / "b" / "model.pbtxt", tmp_path / "c.csv")

    assert "\n3 runs written, 2 points, 2 graphs, " in said_by(*logs, logdir=tmp_path / "runs")
