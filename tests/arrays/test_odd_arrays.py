"""Arrays that are odd, damaged or no numbers: shown as far as they go, the rest counted."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from oracle import ingest, read_back
from snapshots import convert, messages, snapshot, weights

import tbconvert
from tbconvert.streams import InputFile


def test_nan_and_infinity_everywhere(tmp_path: Path) -> None:
    sick = weights(2)
    sick[0, :4] = [np.nan, np.inf, -np.inf, np.nan]
    for step, array in ((1, weights(1)), (2, sick), (3, weights(3))):
        snapshot(tmp_path / "run" / f"step_{step}.npz", w=array, dead=np.full((3, 3), np.nan))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")
    run = served["run"]

    assert [buckets[:, 2].sum() for buckets in run["w"].values] == [640, 636, 640]
    assert (run["w/nan_count"].steps.tolist(), run["w/nan_count"].values.tolist()) == (
        [2, 3],
        [2, 0],
    )
    assert (run["w/inf_count"].steps.tolist(), run["w/inf_count"].values.tolist()) == (
        [2, 3],
        [2, 0],
    )
    assert "dead" not in run
    assert run["dead/nan_count"].values.tolist() == [9, 9, 9]
    assert report["exit_status"] == 0


@pytest.mark.parametrize("dtype", ["f2", ">f4", "f8", "i1", ">i8", "u8", "?", "c8", "c16"], ids=str)
def test_every_dtype(dtype: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 2 if dtype == "?" else 100, (20, 30))
    array = np.asfortranarray(random.astype(dtype))
    path = snapshot(tmp_path / "step_1.npz", w=array)

    served, _ = convert(path, "--run", "r", "--tensor-stats", logdir=tmp_path / "runs")

    assert served["r"]["w"].values[0][:, 2].sum() == 600
    np.testing.assert_allclose(
        served["r"]["w/norm"].values[0], np.linalg.norm(random.astype(float)), rtol=1e-6
    )


def test_bfloat16_is_read_and_said(tmp_path: Path) -> None:
    array = weights(1)
    raw = (array.view(np.uint32) >> 16).astype(np.uint16).view("V2")
    kept = (array.view(np.uint32) & 0xFFFF0000).view(np.float32)
    path = snapshot(tmp_path / "step_1.npz", w=raw)

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    np.testing.assert_allclose(
        served["r"]["w/norm"].values[0], np.linalg.norm(kept.astype(float)), rtol=1e-6
    )
    assert any("bfloat16" in said for said in messages(report))


def test_shapes_that_change_and_layers_that_appear_late(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", w=weights(1, (4, 4)))
    snapshot(tmp_path / "run" / "step_2.npz", w=weights(2, (5, 4)), late=weights(3, (3, 3)))
    snapshot(tmp_path / "run" / "step_3.npz", w=weights(4, (5, 4)), late=weights(5, (3, 3)))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [1, 2, 3]
    assert served["run"]["w/update"].steps.tolist() == [3]
    assert served["run"]["late"].steps.tolist() == [2, 3]
    assert any("its shape was (4, 4) before" in said for said in messages(report))


def test_a_snapshot_that_is_cut_off_is_left_out_and_said(experiment: Path, tmp_path: Path) -> None:
    cut = experiment / "checkpoints" / "step_000200.npz"
    cut.write_bytes(cut.read_bytes()[:500])

    served, report = convert(experiment, logdir=tmp_path / "runs")

    assert served["experiment"]["output/kernel"].steps.tolist() == [100, 300]
    assert report["runs"][0]["rejected"] == 1
    assert any("not a whole archive of arrays" in said for said in messages(report))


def test_a_snapshot_alone_that_is_cut_off_fails(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", w=weights(1))
    path.write_bytes(path.read_bytes()[:500])

    report = ingest(path, logdir=tmp_path / "runs", status=1)

    assert report["runs"][0]["status"] == "failed"
    assert not (tmp_path / "runs").exists()


def test_a_snapshot_that_is_cut_short_while_it_is_read_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    for step in (1, 2, 3):
        large = weights(step, (300, 400))
        snapshot(folder / f"step_{step}.npz", first=large, second=large, third=large)
    loaded = InputFile.read_into

    def cut_meanwhile(file: InputFile, start: int, room: memoryview) -> None:
        loaded(file, start, room)
        is_second = len(room) > 100_000 and start > 480_000
        if file.uri.endswith("step_2.npz") and is_second and file.state()[0] > 1000:
            os.truncate(file.uri, 1000)

    monkeypatch.setattr(InputFile, "read_into", cut_meanwhile)
    (report,) = tbconvert.ingest(folder, logdir=tmp_path / "runs").runs

    served = read_back(tmp_path / "runs")["run"]
    assert report.status == "written"
    assert served["first"].steps.tolist() == [1, 2, 3]
    assert served["second"].steps.tolist() == served["third"].steps.tolist() == [1, 3]
    told = [p for p in report.problems if p.problem.startswith("changed while it was read")]
    assert len(told) == report.rejected == 2
    assert {problem.hint for problem in told} == {"ingest again when it is written"}


def test_a_bomb_is_refused_with_the_advice_that_lets_it(tmp_path: Path) -> None:
    path = tmp_path / "step_1.npz"
    np.savez_compressed(path, zeros=np.zeros((3 << 20,), np.float32), w=weights(1))
    folder = tmp_path / "runs"

    _, report = convert(path, "--run", "r", "--max-unpacked", "1", logdir=folder)

    problem = next(p for p in report["runs"][0]["problems"] if "would unpack" in p["problem"])
    assert problem["hint"] == "--max-unpacked 12 lets it"
    advice = problem["hint"].split()[:2]
    served, again = convert(path, "--run", "r", *advice, "--if-exists", "replace", logdir=folder)
    assert (report["runs"][0]["rejected"], again["runs"][0]["rejected"]) == (1, 0)
    assert served["r"]["zeros"].values[0][:, 2].sum() == 3 << 20


def test_an_array_of_objects_is_counted_and_its_siblings_kept(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", w=weights(1), config=np.array({"lr": 1}, object))

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["w"].plugin == "histograms"
    assert report["runs"][0]["rejected"] == 1
    assert ingest(path, "--strict", "--run", "s", logdir=tmp_path / "runs", status=1)


def test_what_is_not_shown_is_counted_and_what_is_empty_is_said(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "step_1.npz",
        w=weights(1),
        when=np.array(["2024-01-01"], "M8[s]"),
        raw=np.zeros(3, "V5"),
        none=np.zeros((0, 3)),
    )

    _, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert report["runs"][0]["rejected"] == 2
    said = sorted(said for said in messages(report) if said.endswith("it was left out"))
    assert said == [
        "got elements of datetime64[s], wanted numbers or texts; it was left out",
        "got elements of |V5, wanted numbers or texts; it was left out",
        "is empty; it was left out",
    ]


def test_names_never_leave_the_logdir(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", **{"../../up": weights(1), "/abs/w": weights(2)})

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert {tag for tag, s in served["r"].items() if s.plugin == "histograms"} == {
        "../../up",
        "abs/w",
    }
    assert {path.name for path in tmp_path.iterdir()} == {"step_1.npz", "runs"}
