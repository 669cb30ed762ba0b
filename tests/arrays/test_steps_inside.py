"""Snapshots whose names tell no step: those that tell it inside are one run, in its order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from snapshots import convert, messages, snapshot, weights

from tbconvert import plan_runs
from tbconvert.options import Options

STEPS_OF = {"alpha": 300, "beta": 100, "gamma": 200}


@pytest.mark.parametrize("name", ["step", "global_step", "trainer/global_step", "epoch"])
def test_they_are_one_run_in_the_order_of_their_steps(name: str, tmp_path: Path) -> None:
    for stem, step in STEPS_OF.items():
        snapshot(tmp_path / "run" / f"{stem}.npz", **{name: np.int64(step), "w": weights(step)})

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert list(served) == ["run"]
    assert served["run"]["w"].steps.tolist() == [100, 200, 300]
    norms = [np.linalg.norm(weights(step)) for step in (100, 200, 300)]
    np.testing.assert_allclose(served["run"]["w/norm"].values, norms, rtol=1e-6)
    assert served["run"]["w/update"].steps.tolist() == [200, 300]
    (run,) = report["runs"]
    assert run["superseded"] == 0
    assert {source["step"]["column"] for source in run["sources"]} == {name}


def test_a_safetensors_file_tells_its_step_too(tmp_path: Path) -> None:
    for stem, step in STEPS_OF.items():
        entries = {
            "step": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]},
            "w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [8, 24]},
        }
        header = json.dumps(entries).encode()
        data = np.int64(step).tobytes() + weights(step, (2, 2)).tobytes()
        path = tmp_path / "run" / f"{stem}.safetensors"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(len(header).to_bytes(8, "little") + header + data)

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert {run: tags["w"].steps.tolist() for run, tags in served.items()} == {
        "run": [100, 200, 300]
    }


def test_they_are_the_run_of_the_log_beside(tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "metrics.csv").write_text("step,loss\n0,2.5\n100,1.5\n")
    for stem, step in STEPS_OF.items():
        path = tmp_path / "run" / "checkpoints" / f"{stem}.npz"
        snapshot(path, step=np.int64(step), w=weights(step))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert list(served) == ["run"]
    assert served["run"]["w"].steps.tolist() == [100, 200, 300]
    assert served["run"]["loss"].steps.tolist() == [0, 100]


def test_the_last_one_goes_on_where_those_with_a_number_ended(tmp_path: Path) -> None:
    for step in (1, 2):
        snapshot(tmp_path / "run" / f"step_{step}.npz", step=np.int64(step), w=weights(step))
    snapshot(tmp_path / "run" / "final.npz", step=np.int64(3), w=weights(3))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [1, 2, 3]
    assert report["runs"][0]["superseded"] == 0


def test_parts_of_one_moment_are_told_apart_in_one_run(tmp_path: Path) -> None:
    snapshot(tmp_path / "gan" / "generator.npz", step=np.int64(100), up=weights(1))
    snapshot(tmp_path / "gan" / "discriminator.npz", step=np.int64(100), down=weights(2))

    served, _ = convert(tmp_path / "gan", logdir=tmp_path / "runs")

    assert list(served) == ["gan"]
    for tag in ("generator/up", "discriminator/down"):
        assert served["gan"][tag].steps.tolist() == [100]


def test_models_with_the_same_arrays_at_one_moment_are_told_apart(tmp_path: Path) -> None:
    for number, stem in enumerate(("encoder", "decoder")):
        snapshot(tmp_path / "vae" / f"{stem}.npz", step=np.int64(7), w=weights(number))

    served, report = convert(tmp_path / "vae", logdir=tmp_path / "runs")

    assert served["vae"]["encoder/w"].steps.tolist() == [7]
    assert served["vae"]["decoder/w"].steps.tolist() == [7]
    assert report["runs"][0]["superseded"] == 0


def test_two_models_through_the_whole_training(tmp_path: Path) -> None:
    for when, step in (("early", 1), ("late", 2)):
        for model, array in (("maker", "up"), ("critic", "down")):
            path = tmp_path / "gan" / f"{model}-{when}.npz"
            snapshot(path, step=np.int64(step), **{array: weights(step)})

    served, _ = convert(tmp_path / "gan", logdir=tmp_path / "runs")

    assert list(served) == ["gan"]
    assert served["gan"]["maker/up"].steps.tolist() == [1, 2]
    assert served["gan"]["critic/down"].steps.tolist() == [1, 2]


def test_those_that_share_a_step_are_told(tmp_path: Path) -> None:
    for stem, step in (("best", 20), ("first", 10), ("last", 20)):
        snapshot(tmp_path / "run" / f"{stem}.npz", step=np.int64(step), w=weights(step))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [10, 20]
    (problem,) = (p for p in report["runs"][0]["problems"] if "is that of" in p["problem"])
    assert problem["uri"].endswith("last.npz")
    assert problem["problem"] == f"step 20 is that of {tmp_path / 'run' / 'best.npz'} already"
    assert "--on-duplicate" in problem["hint"]


def test_models_that_share_nothing_stay_runs_of_their_own(tmp_path: Path) -> None:
    snapshot(tmp_path / "zoo" / "resnet.npz", step=np.int64(5), conv=weights(1))
    snapshot(tmp_path / "zoo" / "bert.npz", step=np.int64(9), attention=weights(2))

    served, _ = convert(tmp_path / "zoo", logdir=tmp_path / "runs")

    assert sorted(served) == ["bert", "resnet"]


def test_tables_stay_tables(tmp_path: Path) -> None:
    for stem in ("baseline", "wider"):
        curve = np.linspace(1, 0, 5)
        snapshot(tmp_path / "run" / f"{stem}.npz", step=np.arange(5), epoch=np.int64(3), loss=curve)

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert sorted(served) == ["baseline", "wider"]
    assert all(run["loss"].steps.tolist() == [0, 1, 2, 3, 4] for run in served.values())


def test_no_step_is_taken_from_inside_if_that_is_not_wanted(tmp_path: Path) -> None:
    for stem, step in STEPS_OF.items():
        snapshot(tmp_path / "run" / f"{stem}.npz", step=np.int64(step), w=weights(step))

    served, _ = convert(tmp_path / "run", "--step", "none", logdir=tmp_path / "runs")

    assert sorted(served) == sorted(STEPS_OF)


def test_a_damaged_one_costs_none_of_the_others(tmp_path: Path) -> None:
    for stem, step in STEPS_OF.items():
        snapshot(tmp_path / "run" / f"{stem}.npz", step=np.int64(step), w=weights(step))
    whole = (tmp_path / "run" / "alpha.npz").read_bytes()
    (tmp_path / "run" / "delta.npz").write_bytes(whole[: len(whole) // 2])

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs", status=1)

    assert served["run"]["w"].steps.tolist() == [100, 200, 300]
    failed = [run["run"] for run in report["runs"] if run["status"] == "failed"]
    assert failed == ["delta"]
    assert any("not a whole archive" in said for said in messages(report))


def test_of_many_arrays_the_step_alone_is_read(tmp_path: Path) -> None:
    for stem, step in STEPS_OF.items():
        arrays = {f"layer{number}": weights(number, (4, 4)) for number in range(50)}
        path = snapshot(tmp_path / "run" / f"{stem}.npz", step=np.int64(step), **arrays)
        data = path.read_bytes()  # the headers of all other arrays are none any more
        first = data.index(b"\x93NUMPY", data.index(b"layer0.npy"))
        path.write_bytes(data[:first] + data[first:].replace(b"\x93NUMPY", b"\x93DUMMY"))

    (job,) = plan_runs([str(tmp_path / "run")], "runs", Options()).jobs

    stems = [Path(source.uri).stem for source in job.sources]
    assert stems == ["beta", "gamma", "alpha"]
