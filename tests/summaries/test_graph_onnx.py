"""Graphs of ONNX models, whose bytes are put together field by field."""

from __future__ import annotations

import re
from pathlib import Path

import onnx
import pytest
from graph_files import (
    Field,
    drawn,
    edges,
    genuine,
    message,
    onnx_model,
    onnx_node,
    onnx_tensor,
    onnx_value,
    shapes,
)
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef

from tbconvert.summaries.graph import GraphError

INT64, FLOAT16, FLOAT = 7, 10, 1


def node_of(graph: GraphDef, name: str) -> NodeDef:
    return next(node for node in graph.node if node.name == name)


def graph_of(*fields: Field) -> GraphDef:
    return drawn("onnx", onnx_model(*fields))


def test_a_classifier() -> None:
    graph = graph_of(
        onnx_node("Gemm", "x fc.weight fc.bias", "h", "/fc/Gemm"),
        onnx_node("Relu", "h", "y", "/act/Relu"),
        (5, onnx_tensor("fc.weight", FLOAT, 10, 64, raw=b"\x01" * 2560)),
        (5, onnx_tensor("fc.bias", FLOAT, 10, raw=b"\x01" * 40)),
        (11, onnx_value("x", FLOAT, "batch", 64)),
        (12, onnx_value("y", FLOAT, "batch", 10)),
        (13, onnx_value("h", FLOAT, "batch", 10)),
    )

    assert edges(graph) == {
        "x": ("Placeholder", []),
        "fc/fc.weight": ("Const", []),
        "fc/fc.bias": ("Const", []),
        "fc/Gemm": ("Gemm", ["x", "fc/fc.weight", "fc/fc.bias"]),
        "act/Relu": ("Relu", ["fc/Gemm"]),
        "y": ("Output", ["act/Relu"]),
    }
    assert {name: shapes(graph, name) for name in edges(graph) if name != "y"} == {
        "x": [[-1, 64]],
        "fc/fc.weight": [[10, 64]],
        "fc/fc.bias": [[10]],
        "fc/Gemm": [[-1, 10]],
        "act/Relu": [[-1, 10]],
    }
    weight = node_of(graph, "fc/fc.weight").attr
    assert weight["dtype"].type == types_pb2.DT_FLOAT
    assert weight["value"].tensor.dtype == types_pb2.DT_FLOAT
    assert [dim.size for dim in weight["value"].tensor.tensor_shape.dim] == [10, 64]
    assert not weight["value"].tensor.tensor_content
    assert [dim.size for dim in node_of(graph, "y").attr["shape"].shape.dim] == [-1, 10]
    assert graph.versions.producer == 22


def test_until_version_4_weights_are_inputs_too_and_are_drawn_as_weights() -> None:
    model = onnx_model(
        onnx_node("MatMul", "x w", "y"),
        (5, onnx_tensor("w", FLOAT, 3, 2)),
        (11, onnx_value("x", FLOAT, 1, 3)),
        (11, onnx_value("w", FLOAT, 3, 2)),
        ir_version=3,
    )

    ops = {name: op for name, (op, _) in edges(drawn("onnx", model)).items()}
    assert ops == {"x": "Placeholder", "w": "Const", "MatMul_0": "MatMul"}


def test_each_output_of_a_node_is_told_by_its_number() -> None:
    graph = graph_of(
        onnx_node("Split", "x", "a b c", "split"),
        onnx_node("Sum", "c b a", "y", "sum"),
        (11, [(1, "x")]),
        (12, onnx_value("b", FLOAT, 2)),
    )

    assert edges(graph)["sum"] == ("Sum", ["split:2", "split:1", "split"])
    assert edges(graph)["b"] == ("Output", ["split:1"])
    assert shapes(graph, "split") == [None, [2], None]
    assert shapes(graph, "sum") == []
    assert shapes(graph, "x") == [None]


def test_nodes_without_a_name_are_told_by_operation_and_number() -> None:
    graph = graph_of(
        onnx_node("Conv", "x w", "a"),
        onnx_node("Relu", "a", "b"),
        onnx_node("Conv", "b w", "c"),
        (11, [(1, "x")]),
        (5, onnx_tensor("w", FLOAT, 1)),
    )

    assert list(edges(graph)) == ["x", "w", "Conv_0", "Relu_1", "Conv_2"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("/layer1/layer1.0/Conv", "layer1/layer1.0/Conv"),
        ("a//b/", "a/b"),
        ('it\'s "q"\\x', "it_s _q__x"),
        ("scope:0^1", "scope_0_1"),
        ("tab\tnewline\n", "tab_newline_"),
        ("слой/ñ", "слой/ñ"),
        ("/", "Relu_0"),
    ],
)
def test_names_are_such_as_the_page_can_draw(name: str, wanted: str) -> None:
    graph = graph_of(onnx_node("Relu", "x", "y", name), (12, [(1, "y")]))

    assert edges(graph) == {wanted: ("Relu", []), "y": ("Output", [wanted])}


def test_one_name_for_several_nodes_is_told_apart() -> None:
    graph = graph_of(
        onnx_node("Relu", "x", "a", "same"),
        onnx_node("Relu", "a", "b", "same"),
        onnx_node("Relu", "b", "c", "/same"),
        (11, [(1, "x")]),
        (12, [(1, "c")]),
    )

    assert edges(graph) == {
        "x": ("Placeholder", []),
        "same": ("Relu", ["x"]),
        "same(2)": ("Relu", ["same"]),
        "same(3)": ("Relu", ["same(2)"]),
        "c": ("Output", ["same(3)"]),
    }


def test_a_shared_weight_stands_beside_the_first_node_that_uses_it() -> None:
    graph = graph_of(
        onnx_node("Gather", "emb ids", "a", "/embed/Gather"),
        onnx_node("MatMul", "a emb", "b", "/head/MatMul"),
        onnx_node("Add", "b own/scope/bias", "c", "/head/Add"),
        (5, onnx_tensor("emb", FLOAT16, 9, 4)),
        (5, onnx_tensor("own/scope/bias", FLOAT, 9)),
        (5, onnx_tensor("unused", FLOAT, 9)),
    )

    found = edges(graph)
    assert found["head/MatMul"] == ("MatMul", ["embed/Gather", "embed/emb"])
    assert found["head/Add"] == ("Add", ["head/MatMul", "own/scope/bias"])
    assert node_of(graph, "embed/emb").attr["dtype"].type == types_pb2.DT_HALF
    assert "unused" not in found


def test_an_input_that_is_left_out_has_no_edge() -> None:
    graph = graph_of(
        onnx_node("Resize", "x - scales", "y", "r"),
        (11, [(1, "x")]),
        (11, [(1, "scales")]),
        (15, [(1, onnx_tensor("sparse", FLOAT, 2)), (3, 8), (3, 8)]),
        onnx_node("MatMul", "y sparse", "z", "m"),
    )

    assert edges(graph)["r"] == ("Resize", ["x", "scales"])
    assert shapes(graph, "sparse") == [[8, 8]]


def test_branches_and_loops_are_drawn_in_the_scope_of_their_node() -> None:
    def branch(op: str) -> list[Field]:
        return [onnx_node(op, "x w", "z", "body"), (12, [(1, "z")])]

    graph = graph_of(
        onnx_node(
            "If", "c", "y", "/choice",
            (5, [(1, "then_branch"), (6, branch("Add")), (20, 5)]),
            (5, [(1, "else_branch"), (6, branch("Mul")), (20, 5)]),
        ),
        (5, onnx_tensor("w", FLOAT, 1)),
        (11, [(1, "x")]), (11, [(1, "c")]), (12, [(1, "y")]),
    )  # fmt: skip

    then, other = "choice/then_branch", "choice/else_branch"
    assert edges(graph) == {
        "x": ("Placeholder", []),
        "c": ("Placeholder", []),
        f"{then}/w": ("Const", []),
        f"{then}/body": ("Add", ["x", f"{then}/w"]),
        f"{then}/z": ("Output", [f"{then}/body"]),
        f"{other}/body": ("Mul", ["x", f"{then}/w"]),
        f"{other}/z": ("Output", [f"{other}/body"]),
        "choice": ("If", ["c", f"{then}/z", f"{other}/z"]),
        "y": ("Output", ["choice"]),
    }


def test_attributes() -> None:
    graph = graph_of(
        onnx_node(
            "Conv", "x", "y", "conv",
            (5, [(1, "strides"), (8, 2), (8, -1), (20, 7)]),
            (5, [(1, "auto_pad"), (4, b'"SAME"\\\xff'), (20, 3)]),
            (5, [(1, "group"), (3, 0), (20, 2)]),
            (5, [(1, "empty"), (20, 7)]),
            (5, [(1, "labels"), (9, "a"), (9, "b'"), (20, 8)]),
            (5, [(1, "value"), (5, onnx_tensor("", INT64, 3, raw=b"\1" * 24)), (20, 4)]),
            (7, "ai.onnx.ml"),
        ),
    )  # fmt: skip

    attr = node_of(graph, "conv").attr
    assert list(attr["strides"].list.i) == [2, -1]
    assert attr["auto_pad"].s.decode() == "_SAME__\ufffd"
    assert attr["group"].WhichOneof("value") == "i"
    assert attr["empty"].WhichOneof("value") == "list"
    assert list(attr["labels"].list.s) == [b"a", b"b_"]
    assert attr["value"].tensor.dtype == types_pb2.DT_INT64
    assert not attr["value"].tensor.tensor_content
    assert attr["domain"].s == b"ai.onnx.ml"


def test_a_forest_of_numbers_is_not_kept() -> None:
    numbers: list[Field] = [(8, at) for at in range(100_000)]
    forest = onnx_node("TreeEnsemble", "x", "y", "trees", (5, [(1, "ids"), *numbers, (20, 7)]))

    graph = graph_of(forest)

    assert graph.ByteSize() < 200
    assert list(node_of(graph, "trees").attr["_too_large_attrs"].list.s) == [b"ids"]


def test_hundred_thousand_nodes() -> None:
    nodes = [onnx_node("Relu", f"v{at}", f"v{at + 1}", f"/s{at // 10}/n") for at in range(100_000)]

    graph = graph_of((11, [(1, "v0")]), *nodes, (12, [(1, "v100000")]))

    assert len(edges(graph)) == 100_002


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (onnx_model((2, "empty")), "not an ONNX model: it has no node"),
        (message((1, 8), (2, "pytorch")), "not an ONNX model: it has no node"),
        (onnx_model((1, [(1, "x")])), "not an ONNX model: a node says no operation"),
        (
            onnx_model(onnx_node("Relu", "x", "y"))[:-12],
            "not an ONNX model: it is cut off in graph, where 8 bytes are missing",
        ),
        (
            onnx_model((1, [(1, b"caf\xe9"), (4, "Relu")])),
            "not an ONNX model: graph.node[0].input is not UTF-8: b'caf\\xe9'",
        ),
        (b"\x89HDF\r\n\x1a\n", "not an ONNX model: "),
        (b'{"a": 1}', "not an ONNX model: "),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(GraphError) as err:
        drawn("onnx", data)

    assert str(err.value).startswith(said)


def test_types_are_those_of_the_same_name() -> None:
    # TensorFlow's names where they are others; none for what it does not have
    names = {"FLOAT16": "HALF", "FLOAT4E2M1": "FLOAT4_E2M1FN", "UNDEFINED": None}

    for name, number in onnx.TensorProto.DataType.items():
        known = names.get(name, re.sub(r"^FLOAT8E", "FLOAT8_E", name))
        wanted = getattr(types_pb2, f"DT_{known}", types_pb2.DT_INVALID)
        graph = graph_of(onnx_node("Relu", "x", "y"), (11, onnx_value("x", number, 1)))
        assert node_of(graph, "x").attr["dtype"].type == wanted, name


def test_the_models_that_come_with_onnx() -> None:
    models = sorted((Path(onnx.__file__).parent / "backend/test/data").rglob("*.onnx"))
    assert len(models) > 100

    for path in models:
        model = onnx.load(path)
        found = edges(drawn("onnx", path.read_bytes()))
        ops = [op for op, _ in found.values()]
        for node in model.graph.node:
            assert node.op_type in ops
        initialised = {tensor.name for tensor in model.graph.initializer}
        assert ops.count("Placeholder") >= len(
            [value for value in model.graph.input if value.name not in initialised]
        )
        assert ops.count("Output") >= len(model.graph.output)


def test_genuine_model() -> None:
    graph = drawn("onnx", genuine("onnx_mnist8/mnist-8.onnx"))

    ends = ("Placeholder", "Const", "Output")
    found = edges(graph)
    ops = [op for op, _ in found.values()]
    wanted = "Reshape Conv Add Relu MaxPool Conv Add Relu MaxPool Reshape MatMul Add"
    assert [op for op in ops if op not in ends] == wanted.split()
    assert [name for name, (op, _) in found.items() if op == "Placeholder"] == ["Input3"]
    assert ops.count("Const") == 8
    assert found["Plus214_Output_0"] == ("Output", ["Plus214"])
    assert shapes(graph, "Input3") == [[1, 1, 28, 28]]
    assert shapes(graph, "Convolution28") == [[1, 8, 28, 28]]
