"""Snapshots of a training: the step in a name, and which files make one run."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from tbconvert import plan_runs
from tbconvert.errors import UsageError
from tbconvert.naming import Place
from tbconvert.options import Options
from tbconvert.plan import RunJob
from tbconvert.series import snapshot_of


@pytest.mark.parametrize(
    ("path", "step", "series"),
    [
        ("ckpt/step_000100.npz", 100, "step"),
        ("ckpt/step100.npz", 100, "step"),
        ("ckpt/ckpt-100.npz", 100, "ckpt"),
        ("ckpt/epoch=3-step=500.npz", 500, "epoch-step"),
        ("ckpt/epoch=3-step=500-v1.npz", 500, "epoch-step"),
        ("ckpt/weights.012.npz", 12, "weights"),
        ("ckpt/model_12.safetensors", 12, "model"),
        ("ckpt/iter_500_weights.npz", 500, "iter_weights"),
        ("ckpt/global_step500.npz", 500, "global_step"),
        ("ckpt/resnet50_ckpt_7.npz", 7, "resnet50_ckpt"),
        ("ckpt/mnist_epoch_3.npz", 3, "mnist_epoch"),
        ("ckpt/000250.npz", 250, ""),
        ("ckpt/checkpoint-500/model.safetensors", 500, "model"),
        ("ckpt/step_20/weights.npz", 20, "weights"),
        ("ckpt/checkpoint-500/model-00001-of-00002.safetensors", 500, "model"),
        ("ckpt/resnet50.npz", None, "resnet50"),
        ("ckpt/samples_32x16x16x1.npz", None, "samples_32x16x16x1"),
        ("ckpt/weights_2024-01-05.npz", None, "weights_2024-01-05"),
        ("ckpt/gradients.npz", None, "gradients"),
        ("ckpt/timestamp.npz", None, "timestamp"),
        ("run_5/weights.npz", None, "weights"),
        ("ckpt/step_-5.npz", -5, "step"),
        ("ckpt/step=-5.npz", -5, "step"),
        ("ckpt/step-5.npz", 5, "step"),
        ("ckpt/step--5.npz", 5, "step-"),
        ("ckpt/epoch=-1.npz", -1, "epoch"),
        ("ckpt/epoch=-1-step=-5.npz", -5, "epoch-step"),
        ("ckpt/weights_-5.npz", -5, "weights"),
        ("ckpt/model-12.npz", 12, "model"),
        ("ckpt/a-5.npz", 5, "a"),
        ("ckpt/-5.npz", -5, ""),
        ("ckpt/step_-20/weights.npz", -20, "weights"),
        ("ckpt/step_9223372036854775807.npz", 2**63 - 1, "step"),
        ("ckpt/step_-9223372036854775808.npz", -(2**63), "step"),
    ],
)
def test_the_step_in_a_name(path: str, step: int | None, series: str) -> None:
    *folders, name = path.split("/")

    found = snapshot_of(Place(tuple(folders), name), None)

    assert (found.step, found.place.name) == (step, series)


@pytest.mark.parametrize(("pattern", "step"), [(r"_b(\d+)", 40), (r"_b(?P<step>\d+)_e(\d+)", 40)])
def test_a_pattern_of_the_users_own(pattern: str, step: int | None) -> None:
    found = snapshot_of(Place(("runs",), "net_b40_e3.npz"), pattern)

    assert found.step == step


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("step_9223372036854775808.npz", "got 9223372036854775808 for a step"),
        ("step_-9223372036854775809.npz", "got -9223372036854775809 for a step"),
        ("99999999999999999999.npz", "got 99999999999999999999 for a step"),
        ("step_99999999999999999999/w.npz", "got 99999999999999999999 for a step"),
    ],
)
def test_a_step_beyond_all_steps_is_none(path: str, said: str) -> None:
    *folders, name = path.split("/")

    found = snapshot_of(Place(("ckpt", *folders), name), None)

    assert (found.step, found.remark) == (None, f"{said}, wanted a number of 64 bits")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"zz(\d+)", r"--step-from 'zz(\\d+)' does not match 'runs/net_b40_e3.npz'"),
        (
            r"net_(\w+)",
            r"the group of --step-from 'net_(\\w+)' holds 'b40_e3' of 'runs/net_b40_e3.npz'",
        ),
        (
            r"net_(\d+)?",
            r"the group of --step-from 'net_(\\d+)?' holds '' of 'runs/net_b40_e3.npz'",
        ),
    ],
)
def test_a_pattern_that_finds_no_step_is_told(pattern: str, said: str) -> None:
    found = snapshot_of(Place(("runs",), "net_b40_e3.npz"), pattern)

    assert found.step is None
    assert found.remark.removesuffix(", wanted a whole number") == said


def test_a_pattern_may_take_a_sign_along() -> None:
    assert snapshot_of(Place(("runs",), "net_b-40.npz"), r"_b([+-]?\d+)").step == -40
    assert snapshot_of(Place(("runs",), "net_b+40.npz"), r"_b([+-]?\d+)").step == 40


def test_a_pattern_that_takes_a_step_beyond_all_steps() -> None:
    found = snapshot_of(Place(("runs",), "net_b99999999999999999999.npz"), r"_b(\d+)")

    assert found.step is None
    assert found.remark == "got 99999999999999999999 for a step, wanted a number of 64 bits"


def test_a_pattern_may_speak_of_the_folder() -> None:
    found = snapshot_of(Place(("runs", "after_40_batches"), "w.npz"), r"after_(\d+)_")

    assert (found.step, found.place.folders) == (40, ("runs",))


@pytest.mark.parametrize("pattern", ["(", r"step\d+"])
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(UsageError, match="--step-from"):
        plan_runs(["."], "runs", Options(step_from=pattern))


# --------------------------------------------------------------------------- what makes one run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


def put(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            path.write_text("step,loss\n0,1.0\n1,0.5\n")
        else:
            buffer = io.BytesIO()
            np.savez(buffer, w=np.ones((2, 2)))
            path.write_bytes(buffer.getvalue())


def jobs(*inputs: str) -> list[RunJob]:
    return plan_runs(inputs or ("experiment",), "runs").jobs


def runs(*inputs: str) -> dict[str, list[str]]:
    """Return the sources of each run, without the folder that was named."""
    return {
        str(job.run): [source.uri.removeprefix("experiment/") for source in job.sources]
        for job in jobs(*inputs)
    }


def test_snapshots_are_one_run_in_the_order_of_their_steps() -> None:
    put("experiment/step_9.npz", "experiment/step_10.npz", "experiment/step_100.npz")

    assert runs() == {"experiment": ["step_9.npz", "step_10.npz", "step_100.npz"]}


def test_a_log_and_its_checkpoints_are_one_run() -> None:
    put("experiment/metrics.csv", "experiment/checkpoints/step_1.npz")

    assert runs() == {"experiment": ["metrics.csv", "checkpoints/step_1.npz"]}


def test_the_only_table_of_a_folder_names_the_run() -> None:
    put("experiment/baseline.csv", "experiment/ckpt/step_1.npz", "experiment/ckpt/step_2.npz")

    assert runs() == {"baseline": ["baseline.csv", "ckpt/step_1.npz", "ckpt/step_2.npz"]}


def test_checkpoints_in_folders_of_their_own() -> None:
    put(
        "experiment/metrics.csv",
        "experiment/checkpoint-500/model.npz",
        "experiment/checkpoint-1000/model.npz",
    )

    assert runs() == {
        "experiment": ["metrics.csv", "checkpoint-500/model.npz", "checkpoint-1000/model.npz"]
    }


def test_experiments_side_by_side_stay_apart() -> None:
    put("experiment/a/metrics.csv", "experiment/a/checkpoints/step_1.npz")
    put("experiment/b/metrics.csv", "experiment/b/checkpoints/step_1.npz")

    assert runs() == {
        "a": ["a/metrics.csv", "a/checkpoints/step_1.npz"],
        "b": ["b/metrics.csv", "b/checkpoints/step_1.npz"],
    }


def test_beside_several_tables_snapshots_are_a_run_of_their_own() -> None:
    put("experiment/x.csv", "experiment/y.csv", "experiment/step_1.npz")

    assert runs() == {"x": ["x.csv"], "y": ["y.csv"], "experiment": ["step_1.npz"]}


def test_series_with_names_of_their_own_are_runs() -> None:
    put("experiment/encoder_1.npz", "experiment/encoder_2.npz", "experiment/decoder_1.npz")

    assert runs() == {
        "decoder": ["decoder_1.npz"],
        "encoder": ["encoder_1.npz", "encoder_2.npz"],
    }


def test_a_snapshot_that_is_named_by_itself() -> None:
    put("experiment/ckpt_3.npz", "experiment/teacher.npz")

    assert runs("experiment/ckpt_3.npz") == {"experiment": ["ckpt_3.npz"]}
    assert runs("experiment/teacher.npz") == {"teacher": ["teacher.npz"]}


def test_weights_and_gradients_of_one_training_are_told_apart() -> None:
    put("experiment/metrics.csv", "experiment/weights/step_1.npz", "experiment/grads/step_1.npz")

    (job,) = jobs()
    snapshots = [source for source in job.sources if source.format == "npz"]

    assert {source.series.name for source in snapshots} == {"weights/step", "grads/step"}
    assert all(source.series.is_apart for source in snapshots)
    assert all(source.read_options["step"] == 1 for source in snapshots)
