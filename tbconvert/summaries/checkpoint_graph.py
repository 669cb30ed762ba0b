"""Names and shapes of weights → a graph of the layers that they make up.

A checkpoint does not say what a model computes. Its names tell which weights make up a layer,
and their order, that of the layers: so this is a chain, drawn where there is no better graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from tbconvert.proto import graph_pb2 as tf
from tbconvert.summaries.nodes import PRODUCER, NodeNames, Shape, add_node, shape_proto

_ROLE = (
    r"(?:weights?|kernels?|w|embeddings?|(?:recurrent|depthwise|pointwise)_kernel|"
    r"bias(?:es)?|b|gamma|beta|scale|offset|"
    r"(?:running|moving)_(?:mean|var|variance)|num_batches_tracked)"
)
"""What a parameter is for, as the last part of a name that tells the layer before."""

_ANY_ROLE = re.compile(_ROLE, re.IGNORECASE)
# weights/0, biases/0: the kind stands above the layer
_KIND = re.compile(r"weights?|kernels?|w|bias(?:es)?|b", re.IGNORECASE)
_KINDS = re.compile(r"weights|kernels|biases", re.IGNORECASE)  # "b" may be a layer's own name
# torch's weight_ih_l0, bias_hh_l1_reverse: one module, however many layers it has
_RECURRENT = re.compile(r"(?:weight|bias)_(?:ih|hh|hr)(?:_l\d+)?(?:_reverse)?|recurrent_kernel")
# what weight normalisation, pruning and quantisation make of a weight
_VARIANT = re.compile(r"(?:weight|bias)_(?:g|v|u|orig|mask|scale|zero_point)")
# W1, weights_2
_NUMBERED = re.compile(rf"{_ROLE}_?(?P<layer>\d+)", re.IGNORECASE)
# layer_0_weight, dense-bias
_SUFFIXED = re.compile(rf"(?P<layer>.+?)[_-]{_ROLE}", re.IGNORECASE)
# W_hidden
_PREFIXED = re.compile(rf"{_ROLE}[_-](?P<layer>.+)", re.IGNORECASE)

_BIAS = re.compile(r"(?i)(?:.*[_-])?(?:b|bias(?:es)?|beta|offset)(?:_?\d+|[_-].*)?")
# torch and its kin keep a matrix with its outputs first, whoever says kernel or W, last
_OUTPUTS_FIRST = re.compile(r"(?i).*weight(?!s).*")
_STATISTIC = re.compile(r"(?i)(?:running|moving)_(?:mean|var|variance)")
_OPS_BY_RANK = {2: "MatMul", 3: "Conv1D", 4: "Conv2D", 5: "Conv3D"}
_EMBEDDING = {"emb", "embed", "embedding", "embeddings", "wte", "wpe"}

_DTYPES = {
    np.dtype(name): getattr(tf, f"DT_{dtype}")
    for name, dtype in (
        *(("f2", "HALF"), ("f4", "FLOAT"), ("f8", "DOUBLE"), ("V2", "BFLOAT16"), ("?", "BOOL")),
        *(("i1", "INT8"), ("i2", "INT16"), ("i4", "INT32"), ("i8", "INT64"), ("c8", "COMPLEX64")),
        *(("u1", "UINT8"), ("u2", "UINT16"), ("u4", "UINT32"), ("u8", "UINT64")),
        ("c16", "COMPLEX128"),
    )
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A weight of a model; of ``dtype`` "V2" it is bfloat16."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


@dataclass(slots=True)
class _Layer:
    """Parameters that are used together: ``scope`` is where they are drawn."""

    scope: str
    parameters: list[tuple[str, Parameter]] = field(default_factory=list)

    @property
    def kernel(self) -> tuple[str, tuple[int, ...]]:
        """Name and shape of the parameter that says most of the layer."""
        leaf, first = max(self.parameters, key=lambda each: len(each[1].shape))
        return leaf, first.shape

    @property
    def op(self) -> str:
        """What the layer does, as far as names and shapes tell."""
        leaves = [leaf for leaf, _ in self.parameters]
        words = set(re.findall("[a-z]+", self.scope.rpartition("/")[2].lower()))
        rank = len(self.kernel[1])
        if any(map(_RECURRENT.fullmatch, leaves)):
            return "Recurrent"
        if rank == 2 and (words | {leaf.lower() for leaf in leaves}) & _EMBEDDING:
            return "Embedding"
        if rank > 1:
            # one that stands for itself may be anything, as a position or a token is
            is_known = rank == 2 or leaves != [self.scope.rpartition("/")[2]] or "conv" in words
            return _OPS_BY_RANK.get(rank, "Layer") if is_known else "Layer"
        if words & {"bn", "batchnorm", "batch"} or any(map(_STATISTIC.fullmatch, leaves)):
            return "BatchNorm"
        is_norm = any("norm" in word for word in words)
        if words & {"ln", "layernorm"} or (is_norm and "layer" in words):
            return "LayerNorm"
        return "Norm" if is_norm or "gamma" in leaves else "Layer"

    def sides(self, width: int) -> tuple[int, int, bool]:
        """Return the inputs and outputs of a kernel, and whether its outputs come first.

        ``width`` is how many come out of the layer before, 0 if that is not known.
        """
        leaf, shape = self.kernel
        biases = {
            parameter.shape[0]
            for leaf, parameter in self.parameters
            if len(parameter.shape) == 1 and _BIAS.fullmatch(leaf)
        }
        is_first, is_last = shape[0] in biases, shape[-1] in biases
        if is_first == is_last and len(shape) == 2:
            is_first, is_last = shape[1] == width, shape[0] == width
        if is_first == is_last:
            is_first = _OUTPUTS_FIRST.fullmatch(leaf) is not None
        return (shape[1], shape[0], True) if is_first else (shape[-2], shape[-1], False)

    def flow(self, op: str, before: Shape) -> tuple[Shape, Shape]:
        """Return the shapes of what goes in and what comes out, -1 for the size of a batch.

        ``before`` is what comes out of the layer before.
        """
        _, shape = self.kernel
        width = before[-1] if before else 0
        if op == "Embedding":
            return (-1, -1), (-1, -1, shape[1])
        if op == "MatMul":
            inputs, outputs, _ = self.sides(width)
            is_sequence = before is not None and len(before) == 3 and width == inputs
            batch = (-1, -1) if is_sequence else (-1,)
            return (*batch, inputs), (*batch, outputs)
        if op.startswith("Conv"):
            inputs, outputs, is_first = self.sides(width)
            space = (-1,) * (len(shape) - 2)
            if is_first:
                return (-1, inputs, *space), (-1, outputs, *space)
            return (-1, *space, inputs), (-1, *space, outputs)
        if op.endswith("Norm"):
            return before, before
        return None, None


def checkpoint_graph(parameters: Sequence[Parameter]) -> bytes:
    """Return the graph of some weights, a serialised ``GraphDef``.

    "/" and "." in a name are scopes. Each parameter is a node; each layer, which are those
    that differ only in what they are for (``fc/kernel`` and ``fc/bias``, ``W1`` and ``b1``),
    has a node besides, fed by them and by the layer before it. Layers stand in the order of
    the file, or, where that is merely the alphabet's, in that of their numbers.
    """
    graph = tf.GraphDef(versions=PRODUCER)
    names = NodeNames()
    layers = _layers(_in_order(parameters))
    source = names.take("input")
    flow = layers[0].flow(layers[0].op, None)[0] if layers else None
    shape = shape_proto(flow)
    add_node(graph, source, "Placeholder", shape=shape, outputs=[shape])
    for layer in layers:
        inputs = [source]
        for leaf, parameter in layer.parameters:
            name = names.take(f"{layer.scope}/{leaf}")
            shape = shape_proto(parameter.shape)
            dtype = _DTYPES.get(parameter.dtype.newbyteorder("="), 0)
            add_node(graph, name, "Parameter", dtype=dtype, shape=shape, outputs=[shape])
            inputs.append(name)
        op = layer.op
        _, flow = layer.flow(op, flow)
        source = names.take(f"{layer.scope}/{op}")
        add_node(graph, source, op, inputs, outputs=[shape_proto(flow)])
    add_node(graph, names.take("output"), "Output", [source], shape=shape_proto(flow))
    return graph.SerializeToString(deterministic=True)


def _in_order(parameters: Sequence[Parameter]) -> Sequence[Parameter]:
    """Put ``layers.10`` behind ``layers.2``, where the file has its names by the alphabet."""
    if any(after.name < before.name for before, after in pairwise(parameters)):
        return parameters
    return sorted(parameters, key=lambda parameter: _natural(parameter.name))


def _natural(name: str) -> list[tuple[str, int, str]]:
    """Return what orders names by their numbers, of however many digits."""
    parts = re.split(r"0*(\d+)", name)
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
    return [(text, len(number), number) for text, number in pairs]


def _layers(parameters: Iterable[Parameter]) -> list[_Layer]:
    """Put together what belongs to one layer, in order of its first parameter."""
    layers: dict[str, _Layer] = {}
    for parameter in parameters:
        scope, leaf = _placed(parameter.name)
        layers.setdefault(scope, _Layer(scope)).parameters.append((leaf, parameter))
    return list(layers.values())


def _placed(name: str) -> tuple[str, str]:
    """Return the scope of the layer that a parameter belongs to, and its name within."""
    *parents, leaf = [part for part in re.split(r"[/.]", name.removesuffix(":0")) if part] or ["w"]
    numbered = _NUMBERED.fullmatch(leaf)
    is_plain = any(each.fullmatch(leaf) for each in (_ANY_ROLE, _RECURRENT, _VARIANT))
    if leaf.isdecimal() and parents and parents[-1] == "vars":  # Keras 3
        is_plain, leaf = True, f"{parents.pop()}_{leaf}"
    elif parents and (_KINDS if is_plain else _KIND).fullmatch(parents[-1]):
        kind = parents.pop()
        if not is_plain and not numbered:
            layer = f"layer{leaf}" if leaf.isdecimal() else leaf
            return "/".join([*parents, layer]), f"{kind}_{leaf}"
    if is_plain:
        return "/".join(parents) or "layer", leaf
    if numbered:
        layer = f"layer{numbered['layer']}"
    else:
        found = _SUFFIXED.fullmatch(leaf) or _PREFIXED.fullmatch(leaf)
        layer = found["layer"] if found else leaf
    return "/".join([*parents, layer]), leaf
