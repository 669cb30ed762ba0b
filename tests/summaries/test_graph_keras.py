"""Models of Keras, drawn by TensorBoard's own code; Keras printed them (keras_models/ORIGIN)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graph_files import KERAS_MODELS, WALL_TIME, write_run
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import read_back
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def

from tbconvert.model import TensorPoint
from tbconvert.summaries.graph import GraphError, graph_point


def model(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KERAS_MODELS / f"{name}.json").read_bytes())
    return found


def point_of(found: Any) -> TensorPoint:
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    point = graph_point("keras", data, WALL_TIME)
    assert isinstance(point, TensorPoint)
    return point


def conceptual(found: Any) -> GraphDef:
    """Return the graph that TensorBoard draws of a model."""
    (written,) = point_of(found).strings
    graph: GraphDef = keras_model_to_graph_def(json.loads(written))
    return graph


def edges(found: Any) -> dict[str, list[str]]:
    graph = conceptual(found)
    inputs = {node.name: list(node.input) for node in graph.node}
    assert len(inputs) == len(graph.node)
    return inputs


def layer(name: str, class_name: str = "Dense", **more: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name}, **more}


@pytest.mark.parametrize("version", [2, 3])
def test_sequential_model(version: int) -> None:
    first = {2: "digits/input_1", 3: "digits/input_layer"}[version]

    graph = conceptual(model(f"sequential_{version}"))

    assert edges(model(f"sequential_{version}")) == {
        first: [],
        "digits/hidden": [first],
        "digits/out": ["digits/hidden"],
    }
    assert [node.attr["keras_class"].s for node in graph.node] == [
        b"InputLayer",
        b"Dense",
        b"Dense",
    ]
    # TensorBoard does not know the policy mixed_float16; its layers compute in float16
    assert [node.attr["dtype"].type for node in graph.node] == [
        types_pb2.DT_FLOAT,
        types_pb2.DT_FLOAT,
        types_pb2.DT_HALF,
    ]


@pytest.mark.parametrize("version", [2, 3])
def test_functional_model_with_models_in_it(version: int) -> None:
    inner, add = {
        2: ("both/encoder/input_2", "both/tf.__operators__.add"),
        3: ("both/encoder/input_layer_1", "both/add"),
    }[version]

    assert edges(model(f"functional_{version}")) == {
        "both/one": [],
        "both/two": [],
        "both/shared": ["both/one", "both/two"],
        inner: ["both/shared"],
        "both/encoder/narrow": [inner],
        "both/decoder/left": ["both/encoder/narrow"],
        "both/decoder/right": ["both/shared"],
        "both/decoder/join": ["both/decoder/left", "both/decoder/right"],
        "both/decoder/wide": ["both/decoder/join"],
        "both/head": ["both/decoder/wide"],
        add: ["both/head"],
    }


@pytest.mark.parametrize("version", [2, 3])
def test_functional_model_in_a_sequential_one(version: int) -> None:
    decoder = next(
        each
        for each in model(f"functional_{version}")["config"]["layers"]
        if each["config"]["name"] == "decoder"
    )
    decoder["config"]["layers"] = decoder["config"]["layers"][:1]
    for key in ("input_layers", "output_layers"):
        decoder["config"][key] = [["left", 0, 0]] if version == 2 else ["left", 0, 0]
    del decoder["inbound_nodes"]
    whole = {
        "class_name": "Sequential",
        "config": {"name": "s", "layers": [layer("in", "InputLayer"), decoder, layer("out")]},
    }

    assert edges(whole) == {"s/in": [], "s/decoder/left": ["s/in"], "s/out": ["s/decoder/left"]}


def test_a_model_of_several_inputs_that_nothing_is_connected_to() -> None:
    found = model("functional_3")
    for each in found["config"]["layers"]:
        if each["config"]["name"] == "decoder":
            each["inbound_nodes"] = []

    drawn = edges(found)

    assert drawn["both/decoder/join"] == ["both/decoder/left", "both/decoder/right"]
    assert drawn["both/head"] == ["both/decoder/wide"]


def wrapped(found: Any) -> dict[str, Any]:
    return {"format": "layers-model", "modelTopology": found, "weightsManifest": []}


@pytest.mark.parametrize(
    "wrap",
    [
        wrapped,
        lambda found: wrapped({"keras_version": "2.15.0", "model_config": found}),
        lambda found: {"model_config": json.dumps(found)},
        lambda found: b"\xef\xbb\xbf" + json.dumps(found).encode(),
        lambda found: json.dumps(found).encode("utf-16"),
    ],
    ids=["tfjs", "converted to tfjs", "hdf5 attribute", "byte order mark", "utf-16"],
)
def test_wrapped_models(wrap: Any) -> None:
    found = model("sequential_2")

    assert edges(wrap(found)) == edges(found)


def test_layers_without_a_configuration_around_them() -> None:
    old = {"class_name": "Sequential", "config": [layer("a"), layer("b")]}

    assert edges(old) == {"Sequential_model/a": [], "Sequential_model/b": ["Sequential_model/a"]}


def test_layers_without_names_and_with_odd_ones() -> None:
    layers = [
        {"class_name": "Dense", "config": {}},
        {"class_name": "Größe", "config": {"name": 'it\'s "x"\\:0', "dtype": {"odd": 1}}},
        {"class_name": "Empty", "config": {"name": "empty", "layers": [], "dtype": "posit8"}},
        {"config": {"name": "bare", "dtype": 3}},
    ]
    found = {"class_name": "Sequential", "config": {"name": "m/^n", "layers": layers}}

    assert list(edges(found)) == [
        "m/_n/Dense_layer_0",
        "m/_n/it_s _x___0",
        "m/_n/empty",
        "m/_n/bare",
    ]
    assert [node.attr["keras_class"].s for node in conceptual(found).node][1] == b"Gr??e"


def test_only_what_is_drawn_is_kept() -> None:
    found = model("sequential_3")
    found["config"]["layers"][1]["config"]["vocabulary"] = ["word"] * 100_000

    point = point_of(found)

    assert len(point.strings[0]) < 1000
    assert (point.tag, point.step, point.shape) == ("keras", 0, ())
    assert point.wall_time == WALL_TIME


@pytest.mark.parametrize("name", ["sequential_2", "functional_3"])
def test_both_readers_serve_it(name: str, tmp_path: Path) -> None:
    point = point_of(model(name))
    write_run(tmp_path / "run", point)

    series = read_back(tmp_path)["run"]["keras"]

    assert (series.plugin, series.content) == ("graph_keras_model", b"1")
    assert series.values[0] == point.strings


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n", "is empty, wanted a Keras model"),
        (b'{"class_name": "Seq', "not a Keras model: not JSON: unterminated string"),
        (b'{"a": "\xff"}', "not a Keras model: byte 7 is not UTF-8"),
        (b"[1, 2]", "not a Keras model: got a JSON array, wanted class_name and config"),
        (b"3", "not a Keras model: got a JSON value, wanted class_name and config"),
        (
            b'{"model_type": "bert", "hidden_size": 768}',
            "not a Keras model: got the keys model_type, hidden_size, wanted class_name and config",
        ),
        (
            b'{"class_name": "Net", "config": {"units": 3}}',
            "a Keras model of class 'Net' says nothing of its layers, wanted a Sequential or",
        ),
        (
            b'{"class_name": "Sequential", "config": {"name": "s", "layers": []}}',
            "a Keras model of class 'Sequential' says nothing of its layers",
        ),
        (
            b'{"class_name": "Sequential", "config": {"name": "s", "layers": [1]}}',
            "not a Keras model: layer_0 is no object",
        ),
        (
            b'{"class_name": "S", "config": {"layers": ' + b"[" * 10**5 + b"]" * 10**5 + b"}}",
            "not a Keras model: it is nested too deeply",
        ),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(GraphError) as err:
        point_of(data)

    assert str(err.value).startswith(said)


def places(found: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in a document that could matter to a graph."""
    pairs: Any = ()
    if isinstance(found, dict):
        pairs = found.items()
    elif isinstance(found, list):
        pairs = enumerate(found)
    for key, value in pairs:
        if not str(key).endswith(("_initializer", "_regularizer", "_constraint")):
            yield (*path, key)
            yield from places(value, (*path, key))


MODELS = {name: model(name) for name in ("functional_2", "functional_3", "sequential_3")}
PLACES = {name: sorted(places(found), key=str) for name, found in MODELS.items()}
ODD = st.sampled_from([None, 0, True, "x", "", [], {}, [[]], ["a", 0, 0], {"config": 3}])


@settings(max_examples=300)
@given(data=st.data(), name=st.sampled_from(sorted(MODELS)))
def test_whatever_a_document_says_tensorboard_draws_what_is_written(
    data: st.DataObject, name: str
) -> None:
    found = copy.deepcopy(MODELS[name])
    for path in data.draw(st.lists(st.sampled_from(PLACES[name]), min_size=1, max_size=4)):
        parent: Any = found
        try:
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = copy.deepcopy(data.draw(ODD))
        except (KeyError, IndexError, TypeError):
            continue  # what stood there was replaced before
    try:
        graph = conceptual(found)
    except GraphError:
        return
    assert graph.node
