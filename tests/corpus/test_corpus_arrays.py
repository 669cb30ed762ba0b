"""Genuine arrays and graphs from public repositories; skipped where they are not."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from oracle import Logdir, ingest, read_back
from PIL import Image
from tensorboard.compat.proto.graph_pb2 import GraphDef

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.exists(), reason=MISSING),
]


def convert(log: str, tmp_path: Path) -> tuple[Logdir, dict[str, Any]]:
    alone = tmp_path / log
    alone.parent.mkdir()
    shutil.copy(CORPUS / log, alone)
    report = ingest(alone, logdir=tmp_path / "logdir")
    return read_back(tmp_path / "logdir"), report


def graph(log: str, tmp_path: Path) -> GraphDef:
    served, report = convert(log, tmp_path)
    assert report["runs"][0]["graph"] is True
    (tags,) = served.values()
    (series,) = [series for series in tags.values() if series.plugin == "graphs"]
    return GraphDef.FromString(series.values[0][0])


def test_evaluations_of_stable_baselines(tmp_path: Path) -> None:
    served, _ = convert("sb3_evaluations_npz/evaluations.npz", tmp_path)
    (tags,) = served.values()

    with np.load(CORPUS / "sb3_evaluations_npz" / "evaluations.npz") as arrays:
        for name in ("results", "ep_lengths"):
            series = tags[f"{name}/mean"]
            assert series.steps.tolist() == arrays["timesteps"].tolist()
            np.testing.assert_allclose(series.values, arrays[name].mean(1), rtol=1e-6)
    assert (len(tags["results/mean"]), tags["results/mean"].values[0]) == (50, -428)
    np.testing.assert_allclose(tags["ep_lengths/mean"].values[-1], 86.2, rtol=1e-6)


def test_gradients(tmp_path: Path) -> None:
    served, report = convert("npz_gradients_dump/gradients.npz", tmp_path)
    (tags,) = served.values()

    histograms = {tag: series for tag, series in tags.items() if series.plugin == "histograms"}
    assert sorted(histograms) == ["layer_0", "layer_1", "layer_2", "layer_3"]
    assert all(series.steps.tolist() == [0] for series in histograms.values())
    assert histograms["layer_0"].values[0][:, 2].sum() == 64 * 3 * 7 * 7
    np.testing.assert_allclose(tags["layer_0/min"].values, [-3.58084], rtol=1e-5)
    np.testing.assert_allclose(tags["layer_0/max"].values, [3.58531], rtol=1e-5)
    np.testing.assert_allclose(tags["layer_3/mean"].values, [0.052441], rtol=1e-4)
    assert report["runs"][0]["rejected"] == 0


@pytest.mark.parametrize("log", ["samples_32x16x16x1.npz", "samples_32x1x16x16.npz"])
def test_samples(log: str, tmp_path: Path) -> None:
    served, report = convert(f"npz_images_float_nhwc_nchw/{log}", tmp_path)
    (tags,) = served.values()

    with np.load(CORPUS / "npz_images_float_nhwc_nchw" / log) as arrays:
        images = arrays["arr_0"].reshape(32, 16, 16)
    assert len(tags) == 10
    for number in range(10):
        series = tags[f"arr_0/image/{number}"]
        got = np.asarray(Image.open(io.BytesIO(series.values[0][2])))
        wanted = images[number] * (np.float32(255) / images[number].max())
        np.testing.assert_array_equal(got, wanted.astype(np.uint8))
    said = [problem["problem"] for problem in report["runs"][0]["problems"]]
    assert "22 more images of it were left out" in said


def test_an_onnx_model(tmp_path: Path) -> None:
    found = graph("onnx_mnist8/mnist-8.onnx", tmp_path)

    ops = [node.op for node in found.node]
    for op, count in {"Conv": 2, "Relu": 2, "MaxPool": 2, "MatMul": 1, "Reshape": 2}.items():
        assert ops.count(op) == count


def test_a_graph_in_text(tmp_path: Path) -> None:
    found = graph("graphdef_pbtxt/graph.pbtxt", tmp_path)

    assert len(found.node) == 118
    assert len({node.op for node in found.node}) == 32


def test_a_saved_model(tmp_path: Path) -> None:
    found = graph("saved_model_pb/saved_model.pb", tmp_path)

    assert len(found.node) == 31
    assert len(found.library.function) == 18


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    log = CORPUS / "graphdef_pbtxt_runmetadata" / "run_metadata_run_step99_tag_train.pbtxt"

    report = ingest(log, logdir=tmp_path / "logdir", status=1)

    assert not (tmp_path / "logdir").exists()
    assert report["runs"][0]["status"] == "failed"
