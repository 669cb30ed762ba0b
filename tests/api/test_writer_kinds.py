"""``RunWriter``: distributions, pictures, graphs, texts and settings, as others read them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from oracle import read_back
from PIL import Image
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.plugins.hparams.metadata import (
    parse_session_end_info_plugin_data,
    parse_session_start_info_plugin_data,
)
from written import NOW, writer

from tbconvert import RunWriter, UsageError


def test_histograms_are_read_back(logdir: Path) -> None:
    random = np.random.default_rng(0)
    given = [random.normal(size=(20, 30)), random.integers(0, 9, 500)]
    with writer(logdir) as out:
        for step, values in enumerate(given):
            out.add_histogram("layer/weights", values, step, NOW + step)

    series = read_back(logdir)["run"]["layer/weights"]
    assert (series.plugin, series.steps.tolist()) == ("histograms", [0, 1])
    assert series.wall_times.tolist() == [NOW, NOW + 1]
    for values, buckets in zip(given, series.values, strict=True):
        filled = buckets[buckets[:, 2] > 0]
        assert filled[:, 2].sum() == values.size
        assert (filled[0, 0], filled[-1, 1]) == (values.min(), values.max())


def test_images_are_read_back(logdir: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (12, 7, 3), np.uint8)
    with writer(logdir) as out:
        out.add_image("photo", rgb, 3)
        out.add_image("weights", [[-1.0, 0.0], [0.5, 1.0]], 3)

    tags = read_back(logdir)["run"]
    photo, weights = (Image.open(io.BytesIO(tags[t].values[0][2])) for t in ("photo", "weights"))
    np.testing.assert_array_equal(np.asarray(photo), rgb)
    np.testing.assert_array_equal(np.asarray(weights), [[1, 128], [191, 255]])


def test_a_graph_is_read_back(logdir: Path) -> None:
    graph = GraphDef(node=[NodeDef(name="a", op="Const"), NodeDef(name="b", input=["a"])])
    with writer(logdir) as out:
        out.add_graph(graph.SerializeToString())
        with pytest.raises(UsageError, match="there is a graph already"):
            out.add_graph(graph.SerializeToString())

    (series,) = read_back(logdir)["run"].values()
    assert GraphDef.FromString(series.values[0][0]) == graph


def test_texts_are_read_back(logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_text("note", "**bold** ü", 3)
        out.add_text("note", "x " * 100_000, 4, NOW + 1)

    series = read_back(logdir)["run"]["note"]
    assert (series.plugin, series.steps.tolist()) == ("text", [3, 4])
    assert series.wall_times.tolist() == [NOW, NOW + 1]
    assert series.values[0] == "**bold** ü"
    assert series.values[1].endswith(" more characters were left out")


def test_what_it_was_started_with_is_read_back(logdir: Path) -> None:
    times = iter([NOW, NOW + 60])
    given = {
        "lr": np.float32(0.5),
        "model": {"name": "cnn", "sizes": [1, 2], "bias": True},
        "seed": None,
        "root": Path("data"),
        "city": "Zürich",
    }
    with RunWriter(logdir, "run", clock=lambda: next(times)) as out:
        said = out.add_hparams(given)
        out.add_scalars("loss", [0, 1], [1.0, 0.5], NOW)
        with pytest.raises(UsageError, match="there are some already"):
            out.add_hparams({"a": 1})

    assert said == ["setting 'city' beyond ASCII: HParams shows it, but cannot filter by it"]
    served = read_back(logdir)["run"]
    assert served.keys() == {
        "_hparams_/session_start_info",
        "_hparams_/session_end_info",
        "hparams",
        "loss",
    }
    start = parse_session_start_info_plugin_data(served["_hparams_/session_start_info"].content)
    assert json_format.MessageToDict(start) == {
        "hparams": {
            "lr": 0.5,
            "model/name": "cnn",
            "model/sizes": "[1, 2]",
            "model/bias": True,
            "root": "data",
            "city": "Zürich",
        },
        "startTimeSecs": NOW,
    }
    end = parse_session_end_info_plugin_data(served["_hparams_/session_end_info"].content)
    assert (end.end_time_secs, end.status) == (NOW + 60, 1)
    (table,) = served["hparams"].values
    assert "| model/name | cnn |" in table


@pytest.mark.parametrize(
    "add",
    [
        lambda out: out.add_text("loss", "a", 9),
        lambda out: out.add_text("h", "a", 9),
        lambda out: out.add_text("t", 5, 0),
        lambda out: out.add_hparams({}),
        lambda out: out.add_hparams({"a": None}),
        lambda out: out.add_hparams([1]),
        lambda out: out.add_hparams({"a": 1}, np.inf),
        lambda out: out.add_histogram("a", ["x"], 0),
        lambda out: out.add_histogram("a", [], 0),
        lambda out: out.add_histogram("a", [np.nan], 0),
        lambda out: out.add_histogram("loss", [1.0], 9),
        lambda out: out.add_histogram("a", [1.0], 0.5),
        lambda out: out.add_histogram("a", [1.0], 0, np.nan),
        lambda out: out.add_histogram("h", [1.0], 5),
        lambda out: out.add_scalars("h", 9, 1.0),
        lambda out: out.add_image("a", np.zeros((2, 2, 2)), 0),
        lambda out: out.add_image("a", np.zeros(5), 0),
        lambda out: out.add_image("a", np.zeros((0, 5)), 0),
        lambda out: out.add_image("a", [["x"]], 0),
        lambda out: out.add_graph(b"no graph"),
    ],
)
def test_what_makes_no_sense_is_refused_and_costs_nothing(add: Any, logdir: Path) -> None:
    with writer(logdir) as out:
        out.add_scalars("loss", 1, 0.5)
        out.add_histogram("h", [1.0, 2.0], 5)
        with pytest.raises(UsageError):
            add(out)

    assert set(read_back(logdir)["run"]) == {"loss", "h"}
