"""Graphs drawn from the names and shapes of weights, as TensorBoard reads them."""

from __future__ import annotations

import numpy as np
import pytest
from graph_files import edges, shapes
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.graph_pb2 import GraphDef

from tbconvert.summaries.checkpoint_graph import Parameter, checkpoint_graph

Named = dict[str, tuple[int, ...]]


def graph_of(weights: Named, dtype: str = "f4") -> GraphDef:
    parameters = [Parameter(name, shape, np.dtype(dtype)) for name, shape in weights.items()]
    return GraphDef.FromString(checkpoint_graph(parameters))


def flow(weights: Named) -> dict[str, list[int] | None]:
    """Return the operations in order, and the shape of what comes out of each."""
    graph = graph_of(weights)
    found = edges(graph)
    path, source = ["output"], found["output"][1][0]
    while source:
        path.append(source)
        source = next(iter(found[source][1]), "")
    assert path[-1] == "input"
    return {name: shapes(graph, name)[0] for name in reversed(path[1:])}


def test_a_network_of_two_layers() -> None:
    graph = graph_of({"W1": (784, 32), "W2": (32, 10), "b1": (32,), "b2": (10,)})

    assert edges(graph) == {
        "input": ("Placeholder", []),
        "layer1/W1": ("Parameter", []),
        "layer1/b1": ("Parameter", []),
        "layer1/MatMul": ("MatMul", ["input", "layer1/W1", "layer1/b1"]),
        "layer2/W2": ("Parameter", []),
        "layer2/b2": ("Parameter", []),
        "layer2/MatMul": ("MatMul", ["layer1/MatMul", "layer2/W2", "layer2/b2"]),
        "output": ("Output", ["layer2/MatMul"]),
    }
    assert shapes(graph, "input") == [[-1, 784]]
    assert shapes(graph, "layer1/W1") == [[784, 32]]
    assert shapes(graph, "layer1/MatMul") == [[-1, 32]]
    assert shapes(graph, "layer2/MatMul") == [[-1, 10]]
    (output,) = (node for node in graph.node if node.name == "output")
    assert [dim.size for dim in output.attr["shape"].shape.dim] == [-1, 10]


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        ("W b", "layer/W layer/b"),
        ("weights biases", "layer/weights layer/biases"),
        ("w1 b1", "layer1/w1 layer1/b1"),
        ("weights_0 biases_0", "layer0/weights_0 layer0/biases_0"),
        ("layer_0_weight layer_0_bias", "layer_0/layer_0_weight layer_0/layer_0_bias"),
        ("hidden_W hidden_b", "hidden/hidden_W hidden/hidden_b"),
        ("W_hidden b_hidden", "hidden/W_hidden hidden/b_hidden"),
        ("fc.weight fc.bias", "fc/weight fc/bias"),
        ("dense/kernel:0 dense/bias:0", "dense/kernel dense/bias"),
        ("weights/0 biases/0", "layer0/weights_0 layer0/biases_0"),
        ("weights/W1 biases/b1", "layer1/W1 layer1/b1"),
        ("weights/W biases/b", "layer/W layer/b"),
        ("net/weights/out net/bias/out", "net/out/weights_out net/out/bias_out"),
        ("layers/dense/vars/0 layers/dense/vars/1", "layers/dense/vars_0 layers/dense/vars_1"),
        ("params.Dense_0.kernel params.Dense_0.bias", "params/Dense_0/kernel params/Dense_0/bias"),
        ("attn.in_proj_weight attn.in_proj_bias",
         "attn/in_proj/in_proj_weight attn/in_proj/in_proj_bias"),
        ("lstm.weight_ih_l0 lstm.bias_hh_l0_reverse",
         "lstm/weight_ih_l0 lstm/bias_hh_l0_reverse"),
        ("conv.weight_g conv.weight_v conv.bias", "conv/weight_g conv/weight_v conv/bias"),
        ("embeddings.position_ids embeddings.word.weight",
         "embeddings/position_ids/position_ids embeddings/word/weight"),
        ("cls_token theta", "cls_token/cls_token theta/theta"),
        ("arr_0 arr_1", "arr_0/arr_0 arr_1/arr_1"),
        ("/a//W .b", "a/W layer/b"),
    ],
)  # fmt: skip
def test_what_differs_only_in_what_it_is_for_is_one_layer(names: str, layers: str) -> None:
    graph = graph_of(dict.fromkeys(names.split(), (4, 4)))

    assert [node.name for node in graph.node if node.op == "Parameter"] == layers.split()
    scopes = {name.rpartition("/")[0] for name in layers.split()}
    ends = ("Parameter", "Placeholder", "Output")
    assert {node.name.rpartition("/")[0] for node in graph.node if node.op not in ends} == scopes


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ({"fc/kernel": (5, 3), "fc/bias": (3,)}, {"input": [-1, 5], "fc/MatMul": [-1, 3]}),
        ({"fc.weight": (3, 5), "fc.bias": (3,)}, {"input": [-1, 5], "fc/MatMul": [-1, 3]}),
        # the bias tells, whatever the name says
        ({"fc.weight": (5, 3), "fc.bias": (3,)}, {"input": [-1, 5], "fc/MatMul": [-1, 3]}),
        ({"W": (5, 3)}, {"input": [-1, 5], "layer/MatMul": [-1, 3]}),
        ({"fc.weight": (3, 5)}, {"input": [-1, 5], "fc/MatMul": [-1, 3]}),
        # or what came before
        (
            {"a.weight": (5, 3), "a.bias": (3,), "b.weight": (3, 2)},
            {"input": [-1, 5], "a/MatMul": [-1, 3], "b/MatMul": [-1, 2]},
        ),
        (
            {"conv1.weight": (8, 1, 3, 3), "conv1.bias": (8,), "bn1.weight": (8,)},
            {
                "input": [-1, 1, -1, -1],
                "conv1/Conv2D": [-1, 8, -1, -1],
                "bn1/BatchNorm": [-1, 8, -1, -1],
            },
        ),
        (
            {"conv2d/kernel:0": (3, 3, 1, 8), "conv2d/bias:0": (8,)},
            {"input": [-1, -1, -1, 1], "conv2d/Conv2D": [-1, -1, -1, 8]},
        ),
        ({"c/kernel": (3, 4, 8)}, {"input": [-1, -1, 4], "c/Conv1D": [-1, -1, 8]}),
        (
            {"wte.weight": (99, 4), "ln_f.weight": (4,), "ln_f.bias": (4,), "head.weight": (99, 4)},
            {
                "input": [-1, -1],
                "wte/Embedding": [-1, -1, 4],
                "ln_f/LayerNorm": [-1, -1, 4],
                "head/MatMul": [-1, -1, 99],
            },
        ),
        (
            {"embedding/embeddings:0": (99, 4), "batch_normalization/gamma": (4,)},
            {
                "input": [-1, -1],
                "embedding/Embedding": [-1, -1, 4],
                "batch_normalization/BatchNorm": [-1, -1, 4],
            },
        ),
        ({"x/running_mean": (4,)}, {"input": None, "x/BatchNorm": None}),
        ({"layer_norm/gamma": (4,)}, {"input": None, "layer_norm/LayerNorm": None}),
        ({"a/gamma": (4,), "norm/scale": (4,)}, {"input": None, "a/Norm": None, "norm/Norm": None}),
        ({"lstm.weight_hh_l0": (4, 4)}, {"input": None, "lstm/Recurrent": None}),
        ({"cls_token": (1, 1, 4)}, {"input": None, "cls_token/Layer": None}),
        ({"conv1": (8, 1, 3, 3)}, {"input": [-1, -1, -1, 3], "conv1/Conv2D": [-1, -1, -1, 3]}),
        ({"scale": ()}, {"input": None, "layer/Layer": None}),
        ({"deep/kernel": (1,) * 7}, {"input": None, "deep/Layer": None}),
        ({"W": (5, 0), "b": (0,)}, {"input": [-1, 5], "layer/MatMul": [-1, 0]}),
        ({}, {"input": None}),
    ],
)
def test_what_layers_do_and_what_flows_between_them(
    weights: Named, wanted: dict[str, list[int] | None]
) -> None:
    assert flow(weights) == wanted


def test_layers_stand_in_the_order_of_the_file() -> None:
    weights = dict.fromkeys(["embed/w", "block/10/w", "block/2/w", "head/w", "embed/b"], (2, 2))

    wanted = ["input", "embed", "block/10", "block/2", "head"]
    assert [name.rpartition("/")[0] or name for name in flow(weights)] == wanted


def test_where_a_file_is_in_order_of_the_alphabet_numbers_decide() -> None:
    huge = "9" * 5000
    weights = dict.fromkeys(["h.003.w", "h.10.w", "h.2.w", f"h.{huge}.w"], (2, 2))

    assert [name[:-7] for name in flow(weights)][1:] == ["h/2", "h/003", "h/10", f"h/{huge}"]


@pytest.mark.parametrize(
    ("dtype", "wanted"),
    [
        ("<f4", types_pb2.DT_FLOAT), (">f4", types_pb2.DT_FLOAT), ("f8", types_pb2.DT_DOUBLE),
        ("f2", types_pb2.DT_HALF), ("V2", types_pb2.DT_BFLOAT16), ("?", types_pb2.DT_BOOL),
        ("i1", types_pb2.DT_INT8), ("u4", types_pb2.DT_UINT32), ("c16", types_pb2.DT_COMPLEX128),
        ("U3", types_pb2.DT_INVALID),
    ],
)  # fmt: skip
def test_types(dtype: str, wanted: int) -> None:
    node = graph_of({"fc/kernel": (2, 3)}, dtype).node[1]

    assert ("dtype" in node.attr) == (wanted != 0)
    assert node.attr["dtype"].type == wanted
    assert [dim.size for dim in node.attr["shape"].shape.dim] == [2, 3]


def test_names_are_such_as_the_page_can_draw() -> None:
    weights = {'it\'s "q"\\x/W:1': (2, 2), "^a/b": (2,), "a\n/b": (2,), "_a/b": (2,)}

    names = [node.name for node in graph_of(weights).node if node.op == "Parameter"]

    assert names == ["it_s _q__x/W_1/W_1", "_a/b", "a_/b", "_a/b(2)"]


def test_hundred_thousand_parameters() -> None:
    kinds = ("q.weight", "k.weight", "up.weight", "norm.weight")
    names = [f"model.layers.{at // 4}.{kinds[at % 4]}" for at in range(100_000)]

    found = edges(graph_of(dict.fromkeys(names, (64, 64))))

    assert len(found) == 200_002
    assert found["output"] == ("Output", ["model/layers/24999/norm/MatMul"])


NAMES = st.text(st.sampled_from("Wbw1_./- :'\"\\^\n0é"), max_size=12) | st.text(max_size=6)


@given(
    st.dictionaries(
        NAMES.filter(lambda name: name.isprintable() or "\n" in name),
        st.lists(st.integers(0, 9), max_size=6).map(tuple),
        max_size=12,
    )
)
def test_every_parameter_is_a_node_of_its_own_whatever_its_name(weights: Named) -> None:
    graph = graph_of(weights)

    found = edges(graph)
    drawn = [node for node in graph.node if node.op == "Parameter"]
    sides = [tuple(dim.size for dim in node.attr["shape"].shape.dim) for node in drawn]
    assert sorted(sides) == sorted(weights.values())
    used = [source for _, inputs in found.values() for source in inputs]
    assert all(used.count(node.name) == 1 for node in drawn)
    assert not any(set(name) & set("'\"\\:\n^") for name in found)
