"""Graphs of TensorFlow, and what TensorBoard then shows of any graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import numpy as np
import pytest
from google.protobuf import text_format
from graph_files import (
    KERAS_MODELS,
    WALL_TIME,
    chain,
    drawn,
    edges,
    genuine,
    graph_def,
    message,
    onnx_model,
    onnx_node,
    onnx_tensor,
    saved_model,
    write_run,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import TensorBoard, read_back
from tensorboard.backend.process_graph import prepare_graph_for_ui
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def
from tensorboard.util.tensor_util import make_tensor_proto

from tbconvert.model import GraphPoint
from tbconvert.summaries.checkpoint_graph import Parameter, checkpoint_graph
from tbconvert.summaries.graph import FORMS, GraphError, drawn_graph, graph_point

SMALL = graph_def(("x", "Placeholder", []), ("dense/mm", "MatMul", ["x", "x:1"]))

# ----------------------------------------------------------------------------- GraphDef

TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8)
NUMBERS = st.floats(width=32, allow_nan=False)  # a text does not tell one NaN from another


@st.composite
def graph_defs(draw: st.DrawFn) -> GraphDef:
    names = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    graph = GraphDef()
    graph.versions.producer = draw(st.integers(-(2**31), 2**31 - 1))
    function = graph.library.function.add()
    function.signature.name = draw(TEXTS)
    function.signature.input_arg.add(name="x", type=DT_FLOAT, description=draw(TEXTS))
    function.node_def.add(name="inner", op="Add")
    function.ret["y"] = draw(TEXTS)
    function.arg_attr[draw(st.integers(0, 2**32 - 1))].attr["a"].b = True
    for name in names:
        node = graph.node.add(name=name, op=draw(TEXTS), input=draw(st.lists(TEXTS, max_size=2)))
        node.attr["s"].s = draw(st.binary(max_size=9))
        node.attr["i"].i = draw(st.integers(-(2**63), 2**63 - 1))
        node.attr["f"].f = draw(NUMBERS)
        node.attr["type"].type = draw(st.sampled_from([0, 1, 33, 101, 133]))
        node.attr["func"].func.attr["deep"].list.b.extend([True, False])
        node.attr["shapes"].list.shape.add().dim.add(size=draw(st.integers(-1, 2**40)))
        node.attr["shapes"].list.shape.add(unknown_rank=True)
        tensor = make_tensor_proto(np.array(draw(st.lists(NUMBERS, max_size=3)), "f4"))
        node.attr["tensor"].tensor.CopyFrom(tensor)
        node.experimental_type.args.add(type_id=1000, s=draw(TEXTS))
    return graph


@settings(max_examples=50)
@given(graph_defs())
def test_text_is_the_message_that_its_writer_had(graph: GraphDef) -> None:
    text = text_format.MessageToString(graph).encode()

    assert drawn("graph_def_text", text) == graph


@settings(max_examples=50)
@given(graph_defs())
def test_binary_is_kept_byte_by_byte(graph: GraphDef) -> None:
    data = graph.SerializeToString()

    assert graph_point("graph_def", data, WALL_TIME) == GraphPoint(WALL_TIME, data)


def test_what_this_version_does_not_know_is_kept() -> None:
    data = SMALL.SerializeToString() + message((99, "from the future"))

    assert graph_point("graph_def", data, WALL_TIME) == GraphPoint(WALL_TIME, data)


def test_hundred_thousand_nodes() -> None:
    data = chain(100_000).SerializeToString()

    found = drawn_graph("graph_def", data, WALL_TIME)

    assert found.point == GraphPoint(WALL_TIME, data)
    assert found.notes == ()


def test_text_in_other_spellings() -> None:
    text = b"""\xef\xbb\xbf# by hand
        node < name: 'a' op: "A" "dd" >  node: {name: "b", op: "Neg"; input: ["a", "^a"]}
        versions { producer: 0x16 }"""

    found = drawn("graph_def_text", text)

    assert edges(graph_def(("a", "Add", []), ("b", "Neg", ["a"]))).keys() == {"a", "b"}
    assert [(node.name, node.op, list(node.input)) for node in found.node] == [
        ("a", "Add", []),
        ("b", "Neg", ["a", "^a"]),
    ]
    assert found.versions.producer == 22


# ----------------------------------------------------------------------- what is too big


def frozen(elements: int) -> GraphDef:
    """A model with its weights in it, also in a function, as TensorFlow freezes one."""
    graph = graph_def(("w", "Const", []), ("b", "Const", []), ("y", "BiasAdd", ["w", "b"]))
    inner = graph.library.function.add().node_def.add(name="table", op="Const")
    for node, size in ((graph.node[0], elements), (graph.node[1], 3), (inner, 1000)):
        node.attr["dtype"].type = DT_FLOAT
        node.attr["value"].tensor.CopyFrom(make_tensor_proto(np.ones((size, 1), np.float32)))
    return graph


def test_weights_of_fifty_megabytes_leave_their_type_and_shape() -> None:
    graph = frozen(13_200_000)
    data = graph.SerializeToString()

    found = drawn_graph("graph_def", data, WALL_TIME)

    assert isinstance(found.point, GraphPoint)
    small = found.point.graph_def
    assert len(data) > 50 << 20
    assert len(small) < 1000
    left_out = len(data) - len(small)
    said = f"2 attrs are larger than the page shows: {left_out} bytes were left out"
    assert found.notes == (said,)
    shown = GraphDef.FromString(small)
    for node, size in (
        (shown.node[0], 13_200_000),
        (shown.library.function[0].node_def[0], 1000),
    ):
        assert node.attr["value"].tensor.dtype == DT_FLOAT
        assert [dim.size for dim in node.attr["value"].tensor.tensor_shape.dim] == [size, 1]
    assert shown.node[1] == graph.node[1]
    assert shown.node[2] == graph.node[2]
    # the page asks for no more than this, and still gets all of it
    before = GraphDef.FromString(small)
    prepare_graph_for_ui(shown)
    assert shown == before


@pytest.mark.parametrize("form", ["graph_def", "graph_def_text"])
def test_other_large_attrs_are_as_tensorboard_leaves_them(form: str) -> None:
    graph = graph_def(("engine", "TRTEngineOp", []), ("x", "Placeholder", []))
    graph.node[0].attr["serialized_segment"].s = bytes(range(256)) * 1000
    graph.node[0].attr["precision"].s = b"FP16"
    graph.node[1].attr["labels"].s = b"x" * 2000  # not shown either, but not big
    text = text_format.MessageToString(graph).encode()

    found = drawn(form, graph.SerializeToString() if form == "graph_def" else text)

    assert found.node[1] == graph.node[1]
    for each in (found, graph):
        prepare_graph_for_ui(each)
    assert found == graph


def test_names_that_are_there_twice_are_said() -> None:
    data = graph_def(*((name, "Add", []) for name in "abacbb")).SerializeToString()

    found = drawn_graph("graph_def", data, WALL_TIME)

    assert found.point == GraphPoint(WALL_TIME, data)
    assert found.notes == ("2 nodes are called 'a' and 1 more names: the page draws the last",)


# --------------------------------------------------------------------------- SavedModel


def test_saved_model_is_unwrapped() -> None:
    graph = frozen(5)

    found = drawn_graph("saved_model", saved_model(graph), WALL_TIME)

    assert isinstance(found.point, GraphPoint)
    left_out = graph.ByteSize() - len(found.point.graph_def)
    assert left_out > 4000
    said = f"1 attr is larger than the page shows: {left_out} bytes were left out"
    assert found.notes == (said,)
    inner = graph.library.function[0].node_def[0].attr["value"].tensor
    inner.ClearField("tensor_content")
    inner.ClearField("float_val")
    assert GraphDef.FromString(found.point.graph_def) == graph


def test_of_several_graphs_the_first_is_taken_and_said() -> None:
    data = saved_model(SMALL, chain(3), tags=["serve", "tpu"])

    found = drawn_graph("saved_model", data, WALL_TIME)

    assert isinstance(found.point, GraphPoint)
    assert GraphDef.FromString(found.point.graph_def) == SMALL
    assert found.notes == ("the first of 2 graphs, tagged 'serve', 'tpu'",)


def test_saved_model_as_text() -> None:
    graph = text_format.MessageToString(SMALL)
    text = f"""saved_model_schema_version: 1
        meta_graphs {{
          meta_info_def {{ tags: "serve" tensorflow_version: "2.15.1" }}
          graph_def {{ {graph} }}
          saver_def {{ filename_tensor_name: "saver:0" version: V2 }}
        }}"""

    assert drawn("saved_model", text.encode()) == SMALL


# ----------------------------------------------------------------------------- bad input

RUN_METADATA = RunMetadata()
RUN_METADATA.step_stats.dev_stats.add(device="/cpu:0").node_stats.add(node_name="_SOURCE")
DATA = SMALL.SerializeToString()
DEEP = b""
for _ in range(3000):
    DEEP = message((2, [(1, "k"), (2, [(10, DEEP)])]))
MODEL = onnx_model(onnx_node("Relu", "x", "y"), (11, [(1, "x")]))

BAD = [
    *((form, b"", "is empty, wanted a") for form in FORMS),
    ("graph_def", DATA[:-3], "not a GraphDef: it is cut off in node[1], where 3 bytes are missing"),
    ("graph_def", b"\x00" * 9, "not a GraphDef: byte 0 begins no field"),
    ("graph_def", b"\n", "not a GraphDef: it is cut off"),
    ("graph_def", message((1, 7)), "not a GraphDef: it has no node"),
    ("graph_def", message((4, [(1, 22)])), "not a GraphDef: it has no node"),
    ("graph_def", message((1, [(2, "Add")])), "not a GraphDef: node 0 has no name"),
    (
        "graph_def",
        message((1, [(1, "a")]), (1, [(1, b"caf\xe9"), (2, "Add")])),
        "not a GraphDef: node[1].name is not UTF-8: b'caf\\xe9'",
    ),
    (
        "graph_def",
        message((1, [(1, "a"), (5, [(1, "k"), (2, [(9, b"\xff")])])])),
        "not a GraphDef: node[0].attr[0].value.placeholder is not UTF-8: b'\\xff'",
    ),
    (
        "graph_def",
        RUN_METADATA.SerializeToString(),
        "not a GraphDef: node 0 is called '\\n\\x06/cp",
    ),
    ("graph_def", MODEL, "not a GraphDef: "),
    (
        "graph_def",
        message((1, [(1, "a"), (5, [(1, "k"), (2, [(10, DEEP)])])])),
        "not a GraphDef: it is nested too deeply",
    ),
    (
        "graph_def_text",
        b"node { attr { value { func {" + b"attr { value { func {" * 3000,
        "not a GraphDef: it is nested too deeply",
    ),
    ("graph_def", b"step,loss\n1,2\n", "not a GraphDef: "),
    ("graph_def_text", str(RUN_METADATA).encode(), "is a RunMetadata, wanted a GraphDef"),
    ("graph_def_text", b'model_checkpoint_path: "m"', "is a CheckpointState, wanted a GraphDef"),
    ("graph_def_text", b"saved_model_schema_version: 1", "is a SavedModel, wanted a GraphDef"),
    (
        "graph_def_text",
        b'node {\n  name: "a"\n  nmae: "b"\n}',
        'not a GraphDef: line 3: Message type "NodeDef" has no field named "nmae".',
    ),
    ("graph_def_text", b'node {\n  name: "a"\n', 'not a GraphDef: line 2: Expected "}".'),
    ("graph_def_text", b'node {\n  name: "caf\xe9"', "not a GraphDef: line 2 is not UTF-8"),
    ("graph_def_text", b"versions { producer: 22 }", "not a GraphDef: it has no node"),
    ("graph_def_text", b"epoch,loss\n1,2", "not a GraphDef: line 1: "),
    ("graph_def_text", DATA, "not a GraphDef: "),
    ("saved_model", saved_model(SMALL)[:-5], "not a SavedModel: it is cut off in meta_graphs[0]"),
    ("saved_model", message((1, 1)), "not a SavedModel: it has no graph"),
    ("saved_model", saved_model(GraphDef()), "not a GraphDef: it has no node"),
    ("saved_model", MODEL, "not a SavedModel: "),
    ("saved_model", b"meta_graphs { graph_def {", "not a SavedModel: line 1: "),
]


@pytest.mark.parametrize(("form", "data", "said"), BAD)
def test_what_is_no_graph_is_refused(form: str, data: bytes, said: str) -> None:
    with pytest.raises(GraphError) as err:
        graph_point(form, data, WALL_TIME)

    assert str(err.value).startswith(said)


@given(
    form=st.sampled_from(FORMS),
    source=st.sampled_from([DATA, saved_model(SMALL), MODEL, str(SMALL).encode()]),
    cut=st.integers(0, 200),
    rubbish=st.binary(max_size=20),
)
def test_damage_ends_in_a_graph_or_a_message(
    form: str, source: bytes, cut: int, rubbish: bytes
) -> None:
    try:
        found = drawn(form, source[:cut] + rubbish + source[cut + len(rubbish) :])
    except GraphError:
        return
    assert found.node


# ------------------------------------------------------------------- what TensorBoard shows


def test_both_readers_serve_a_graph_as_it_was_written(tmp_path: Path) -> None:
    point = graph_point("graph_def", DATA, WALL_TIME)
    write_run(tmp_path / "run", point)

    served = read_back(tmp_path)["run"]

    (series,) = served.values()
    assert series.plugin == "graphs"
    assert series.values[0] == (DATA,)
    assert series.wall_times.tolist() == [WALL_TIME]


def fetch(tensorboard: TensorBoard, **query: str) -> GraphDef:
    """Ask for a graph as the page does."""
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    limit = "limit_attr_size=1024&large_attrs_key=_too_large_attrs"
    address = f"{tensorboard.url}data/plugin/graphs/graph?{limit}&{asked}"
    with build_opener(ProxyHandler({})).open(address, timeout=60) as answer:
        graph: GraphDef = text_format.Parse(answer.read(), GraphDef())
        return graph


def test_the_graphs_page_gets_every_form(tmp_path: Path) -> None:
    model = (KERAS_MODELS / "functional_3.json").read_bytes()
    weights = [Parameter("fc/kernel", (4, 2), np.dtype("f4"))]
    files: dict[str, bytes] = {
        "graph_def": frozen(9000).SerializeToString(),
        "graph_def_text": text_format.MessageToString(SMALL).encode(),
        "saved_model": saved_model(chain(20)),
        "onnx": onnx_model(onnx_node("Relu", "x", "y"), (5, onnx_tensor("x", 1, 2, 3))),
        "keras": model,
    }
    assert files.keys() == set(FORMS)
    points = {form: graph_point(form, data, WALL_TIME) for form, data in files.items()}
    points["checkpoint"] = GraphPoint(WALL_TIME, checkpoint_graph(weights))
    for run, point in points.items():
        write_run(tmp_path / run, point)

    with TensorBoard(tmp_path) as tensorboard:
        info: dict[str, Any] = tensorboard.get("data/plugin/graphs/info")
        shown = {run: fetch(tensorboard, run=run) for run in points if run != "keras"}
        conceptual = fetch(tensorboard, run="keras", tag="keras", conceptual="true")

    assert {run for run, about in info.items() if about["run_graph"]} == points.keys() - {"keras"}
    assert info["keras"]["tags"]["keras"]["conceptual_graph"]
    for run, graph in shown.items():
        point = points[run]
        assert isinstance(point, GraphPoint)
        assert graph == GraphDef.FromString(point.graph_def), run
    (written,) = points["keras"].strings  # type: ignore[union-attr]
    assert conceptual == keras_model_to_graph_def(json.loads(written))
    assert len(conceptual.node) == 11


# ------------------------------------------------------------------------ genuine files


def test_genuine_text() -> None:
    data = genuine("graphdef_pbtxt/graph.pbtxt")

    found = drawn("graph_def_text", data)

    assert found == text_format.Parse(data, GraphDef())
    assert len(found.node) == 118
    assert len({node.op for node in found.node}) == 32


def test_genuine_saved_model() -> None:
    found = drawn("saved_model", genuine("saved_model_pb/saved_model.pb"))

    assert len(found.node) == 31
    assert len(found.library.function) == 18


def test_genuine_run_metadata_is_named() -> None:
    name = "graphdef_pbtxt_runmetadata/run_metadata_run_step99_tag_train.pbtxt"
    with pytest.raises(GraphError, match=r"^is a RunMetadata, wanted a GraphDef$"):
        graph_point("graph_def_text", genuine(name), WALL_TIME)
