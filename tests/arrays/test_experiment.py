"""Snapshots through the command line, and what TensorBoard's readers then show of them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import Logdir, Series, ingest, read_back
from PIL import Image

TIME = 1_700_000_000
STEPS = (100, 200, 300)


def weights(step: int, shape: tuple[int, ...] = (64, 10)) -> NDArray[np.float32]:
    return np.random.default_rng(step).normal(0, 1 + step / 100, shape).astype(np.float32)


def snapshot(path: Path, **arrays: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    os.utime(path, (TIME, TIME))
    return path


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """A log, and three snapshots of a weight, a bias and the weight's gradient."""
    folder = tmp_path / "experiment"
    for step in STEPS:
        snapshot(
            folder / "checkpoints" / f"step_{step:06}.npz",
            **{
                "output/kernel": weights(step),
                "output/bias": weights(step + 1, (10,)),
                "output/kernel_grad": weights(step + 2) / 1000,
            },
        )
    (folder / "metrics.csv").write_text("step,loss\n0,2.5\n100,1.5\n200,1.0\n300,0.5\n")
    os.utime(folder / "metrics.csv", (TIME, TIME))
    return folder


def convert(*arguments: Any, logdir: Path, **how: Any) -> tuple[Logdir, dict[str, Any]]:
    report = ingest(*arguments, logdir=logdir, **how)
    return read_back(logdir), report


def messages(report: dict[str, Any]) -> list[str]:
    return [problem["problem"] for run in report["runs"] for problem in run["problems"]]


def pixels(series: Series, step: int) -> NDArray[np.uint8]:
    files = series.values[list(series.steps).index(step)]
    return np.asarray(Image.open(io.BytesIO(files[2])))


def by_tensorflow(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the pixels that TensorFlow's ImageSummary gives to finite floats."""
    low, high = image.min(), image.max()
    if low < 0:
        return (image * (np.float32(127) / max(-low, high)) + np.float32(128)).astype(np.uint8)
    return (image * (np.float32(255) / high)).astype(np.uint8)


def test_one_run_has_it_all(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert list(served) == ["experiment"] == [run["run"]]
    plugins = {series.plugin for series in served["experiment"].values()}
    assert plugins == {"scalars", "histograms", "images", "graphs"}
    assert run["graph"] is True
    assert run["histograms"] == {"tags": 3, "points": 9}
    assert run["images"]["tags"] == 10
    assert run["rejected"] == run["superseded"] == 0


def test_curves_of_the_log_stand_as_they_are(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")

    loss = served["experiment"]["loss"]
    assert loss.steps.tolist() == [0, 100, 200, 300]
    assert loss.values.tolist() == [2.5, 1.5, 1.0, 0.5]


@pytest.mark.parametrize("name", ["output/kernel", "output/bias", "output/kernel_grad"])
def test_histograms_count_what_numpy_counts(name: str, experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")

    series = served["experiment"][name]
    assert series.steps.tolist() == list(STEPS)
    assert series.wall_times.tolist() == [TIME] * 3
    for step, buckets in zip(STEPS, series.values, strict=True):
        with np.load(experiment / "checkpoints" / f"step_{step:06}.npz") as arrays:
            array = arrays[name].astype(np.float64)
        filled = buckets[buckets[:, 2] > 0]
        assert filled[0, 0] == array.min()
        assert filled[-1, 1] == array.max()
        inner = np.concatenate([buckets[:1, 0], buckets[:, 1]])
        counts, _ = np.histogram(array, np.unique(inner))
        assert counts.sum() == filled[:, 2].sum() == array.size
        assert len(filled) <= 100


def test_statistics_are_numpys(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, logdir=tmp_path / "runs")
    run = served["experiment"]

    for place, step in enumerate(STEPS):
        array = weights(step).astype(np.float64)
        for name, wanted in {
            "norm": np.linalg.norm(array),
            "mean": array.mean(),
            "std": array.std(),
            "min": array.min(),
            "max": array.max(),
        }.items():
            assert run[f"output/kernel/{name}"].steps.tolist() == list(STEPS)
            np.testing.assert_allclose(
                run[f"output/kernel/{name}"].values[place], wanted, rtol=1e-6, atol=1e-7
            )
    moved = np.linalg.norm(weights(200).astype(float) - weights(100)) / np.linalg.norm(weights(100))
    update = run["output/kernel/update"]
    assert update.steps.tolist() == [200, 300]
    np.testing.assert_allclose(update.values[0], moved, rtol=1e-5)
    assert "output/kernel_grad/update" not in run
    assert not [tag for tag in run if tag.endswith(("nan_count", "inf_count"))]


def test_fingerprints_of_the_first_layer_are_drawn(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, logdir=tmp_path / "runs")
    run = served["experiment"]

    for neuron in range(10):
        series = run[f"output/kernel/image/{neuron}"]
        assert series.steps.tolist() == list(STEPS)
        for step in STEPS:
            wanted = by_tensorflow(weights(step)[:, neuron].reshape(8, 8))
            np.testing.assert_array_equal(pixels(series, step), wanted)
    assert any("8x8" in said for said in messages(report))


def test_pictures_as_asked_for(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(
        experiment,
        *("--image", "output/kernel=off", "--image", "*_grad=matrix"),
        logdir=tmp_path / "runs",
    )

    images = {tag: s for tag, s in served["experiment"].items() if s.plugin == "images"}
    assert list(images) == ["output/kernel_grad/image"]
    wanted = by_tensorflow((weights(102) / 1000).astype(np.float32))
    np.testing.assert_array_equal(pixels(images["output/kernel_grad/image"], 100), wanted)


def test_one_scale_for_the_whole_run(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, "--image-scale", "run", logdir=tmp_path / "runs")

    largest = max(np.abs(weights(step)).max() for step in STEPS)
    for step in STEPS:
        got = pixels(served["experiment"]["output/kernel/image/3"], step)
        wanted = weights(step)[:, 3].reshape(8, 8) * (np.float32(127) / largest) + np.float32(128)
        np.testing.assert_array_equal(got, wanted.astype(np.uint8))


def test_no_statistics_if_not_wanted(experiment: Path, tmp_path: Path) -> None:
    served, _ = convert(experiment, "--no-tensor-stats", logdir=tmp_path / "runs")

    curves = [tag for tag, series in served["experiment"].items() if series.plugin == "scalars"]
    assert curves == ["loss"]


def test_a_model_of_many_arrays_stays_legible(tmp_path: Path) -> None:
    arrays = {f"layer_{i}/kernel": weights(i, (5, 5)) for i in range(40)}
    for step in (1, 2):
        snapshot(tmp_path / "big" / f"step_{step}.npz", **arrays)

    served, report = convert(tmp_path / "big", logdir=tmp_path / "runs")

    curves = {tag for tag, s in served["big"].items() if s.plugin == "scalars"}
    assert curves == {f"layer_{i}/kernel/{what}" for i in range(40) for what in ("norm", "update")}
    assert any("only norm and update" in said for said in messages(report))
    served, _ = convert(
        tmp_path / "big", "--tensor-stats", "--if-exists", "replace", logdir=tmp_path / "runs"
    )
    assert "layer_7/kernel/std" in served["big"]


def test_the_graph_is_drawn_from_the_checkpoint(experiment: Path, tmp_path: Path) -> None:
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    served, _ = convert(experiment, logdir=tmp_path / "runs")

    (series,) = [s for s in served["experiment"].values() if s.plugin == "graphs"]
    nodes = {node.name for node in GraphDef.FromString(series.values[0][0]).node}
    assert {"output/kernel", "output/bias"} <= nodes
    assert not [name for name in nodes if "grad" in name]


def test_no_graph_if_not_wanted(experiment: Path, tmp_path: Path) -> None:
    served, report = convert(experiment, "--graph", "none", logdir=tmp_path / "runs")

    assert not [s for s in served["experiment"].values() if s.plugin == "graphs"]
    assert report["runs"][0]["graph"] is False


# --------------------------------------------------------------------------- steps and times


def test_the_step_stands_in_the_snapshot(tmp_path: Path) -> None:
    for number, step in enumerate((40, 80)):
        snapshot(tmp_path / "run" / f"ckpt_{number}.npz", step=np.int64(step), w=weights(step))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [40, 80]
    assert "step" not in served["run"]


def test_the_time_stands_in_the_snapshot(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", timestamp=np.float64(1.6e9), w=weights(1))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].wall_times.tolist() == [1.6e9]


def test_a_pattern_tells_the_step(tmp_path: Path) -> None:
    for step in (7, 30):
        snapshot(tmp_path / "run" / f"net_b{step}_e1.npz", w=weights(step))

    served, _ = convert(tmp_path / "run", "--step-from", r"_b(\d+)", logdir=tmp_path / "runs")

    assert served["net_b_e1"]["w"].steps.tolist() == [7, 30]


def test_snapshots_that_share_a_step_are_told(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "step_1.npz", w=weights(1))
    snapshot(tmp_path / "run" / "step_01.npz", w=weights(2))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert len(served["run"]["w"]) == 1
    assert report["runs"][0]["superseded"] > 0
    assert any(said.startswith("step 1 is that of") for said in messages(report))


def test_a_snapshot_without_a_step_is_told(tmp_path: Path) -> None:
    snapshot(tmp_path / "run" / "gradients.npz", w=weights(1))

    served, report = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["w"].steps.tolist() == [0]
    assert any("no step in its name" in said for said in messages(report))


def test_scalars_of_snapshots_are_curves(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        snapshot(tmp_path / "run" / f"step_{step}.npz", loss=np.float64(1 / step), w=weights(step))

    served, _ = convert(tmp_path / "run", logdir=tmp_path / "runs")

    assert served["run"]["loss"].steps.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(served["run"]["loss"].values, np.float32([1, 1 / 2, 1 / 3]))


def test_a_curve_of_the_log_and_one_of_the_snapshots_are_told_apart(
    experiment: Path, tmp_path: Path
) -> None:
    snapshot(experiment / "checkpoints" / "step_000400.npz", loss=np.float64(9), w=weights(1))

    served, report = convert(experiment, logdir=tmp_path / "runs")

    assert served["experiment"]["loss"].values.tolist() == [2.5, 1.5, 1.0, 0.5]
    assert served["experiment"]["loss.1"].values.tolist() == [9.0]
    assert any("'loss'" in said and "loss.1" in said for said in messages(report))


# ------------------------------------------------------------------------------------- tables


def test_arrays_of_one_length_are_a_table(tmp_path: Path) -> None:
    epochs = np.arange(1, 6)
    path = snapshot(tmp_path / "history.npz", epoch=epochs, loss=1 / epochs, val_loss=2 / epochs)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert set(served["r"]) == {"loss", "val_loss"}
    assert served["r"]["loss"].steps.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(served["r"]["val_loss"].values, np.float32(2 / epochs))


def test_a_table_without_steps_is_numbered(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "history.npz", loss=np.array([3.0, 2.0]), acc=np.array([0.1, 0.2]))

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["loss"].steps.tolist() == [0, 1]
    assert served["r"]["acc"].values.tolist() == np.float32([0.1, 0.2]).tolist()


def test_evaluations_of_stable_baselines(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    results, lengths = random.normal(size=(6, 5)), random.integers(1, 99, (6, 5))
    path = snapshot(
        tmp_path / "evaluations.npz",
        timesteps=np.arange(1, 7) * 500,
        results=results,
        ep_lengths=lengths,
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")
    run = served["r"]

    assert run["results/mean"].steps.tolist() == [500, 1000, 1500, 2000, 2500, 3000]
    np.testing.assert_allclose(run["results/mean"].values, results.mean(1), rtol=1e-6)
    np.testing.assert_allclose(run["results/std"].values, results.std(1), rtol=1e-6)
    np.testing.assert_allclose(run["ep_lengths/mean"].values, lengths.mean(1), rtol=1e-6)
    np.testing.assert_array_equal(run["results/4"].values, results[:, 4].astype(np.float32))


def test_a_single_evaluation(tmp_path: Path) -> None:
    results = np.array([[1.0, 2.0, 6.0]])
    path = snapshot(tmp_path / "evaluations.npz", timesteps=np.array([500]), results=results)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["results/mean"].steps.tolist() == [500]
    assert served["r"]["results/mean"].values.tolist() == [3.0]


def test_weights_and_a_table_in_one_file(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "final.npz",
        step=np.arange(10),
        loss=np.linspace(1, 0, 10),
        **{"weights/W": weights(1), "grads/W": weights(2)},
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["loss"].steps.tolist() == list(range(10))
    assert served["r"]["weights/W"].steps.tolist() == [9]
    assert served["r"]["grads/W"].plugin == "histograms"


def test_weights_of_every_step_in_one_array(tmp_path: Path) -> None:
    history = np.random.default_rng(0).normal(size=(4, 30, 20))
    path = snapshot(tmp_path / "history.npz", step=np.arange(4) * 10, layer=history)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["layer"].steps.tolist() == [0, 10, 20, 30]
    assert [buckets[:, 2].sum() for buckets in served["r"]["layer"].values] == [600] * 4


def test_biases_of_one_length_are_no_table(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_5.npz", b1=weights(1, (8,)), b2=weights(2, (8,)))

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["b1"].plugin == served["r"]["b2"].plugin == "histograms"


def test_texts(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "step_5.npz", note=np.array("hello *world*"), words=np.array(["a", "b"])
    )

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["note"].plugin == "text"
    assert served["r"]["note"].steps.tolist() == [5]
    assert "hello *world*" in str(served["r"]["note"].values[0])


# -------------------------------------------------------------------------------- odd arrays


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


def test_images_are_drawn_as_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rgb = random.integers(0, 256, (2, 16, 20, 3), np.uint8)
    gray = random.random((3, 1, 16, 16)).astype(np.float32)
    path = snapshot(tmp_path / "samples_1.npz", photos=rgb, samples=gray)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    for place in range(2):
        np.testing.assert_array_equal(pixels(served["r"][f"photos/image/{place}"], 1), rgb[place])
    for place in range(3):
        wanted = by_tensorflow(gray[place, 0])
        np.testing.assert_array_equal(pixels(served["r"][f"samples/image/{place}"], 1), wanted)


def test_the_same_snapshots_give_the_same_bytes(experiment: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        ingest(experiment, logdir=tmp_path / name)

    written = [
        {path.name: path.read_bytes() for path in (tmp_path / name / "experiment").iterdir()}
        for name in ("one", "two")
    ]
    events = [next(v for k, v in files.items() if "tfevents" in k) for files in written]
    assert events[0] == events[1]
    again = ingest(experiment, logdir=tmp_path / "one")
    assert again["runs"][0]["status"] == "unchanged"
