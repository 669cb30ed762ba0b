"""ONNX → a graph that TensorBoard draws: scopes from the names of nodes, shapes on the edges.

In ONNX values have names, and nodes may have none; in TensorFlow's graph an edge names the
node that it comes from, and which of its outputs it is.
(https://github.com/onnx/onnx/blob/main/docs/IR.md)
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass

from tbconvert.proto import graph_pb2 as tf
from tbconvert.proto.onnx_pb2 import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    TypeProto,
)
from tbconvert.summaries.nodes import (
    PRODUCER,
    NodeNames,
    add_node,
    safe_name,
    safe_text,
    shape_proto,
)
from tbconvert.summaries.wire import GraphError, parse

_WANTED = "an ONNX model"

_DTYPES = {
    1: tf.DT_FLOAT,
    2: tf.DT_UINT8,
    3: tf.DT_INT8,
    4: tf.DT_UINT16,
    5: tf.DT_INT16,
    6: tf.DT_INT32,
    7: tf.DT_INT64,
    8: tf.DT_STRING,
    9: tf.DT_BOOL,
    10: tf.DT_HALF,
    11: tf.DT_DOUBLE,
    12: tf.DT_UINT32,
    13: tf.DT_UINT64,
    14: tf.DT_COMPLEX64,
    15: tf.DT_COMPLEX128,
    16: tf.DT_BFLOAT16,
    17: tf.DT_FLOAT8_E4M3FN,
    18: tf.DT_FLOAT8_E4M3FNUZ,
    19: tf.DT_FLOAT8_E5M2,
    20: tf.DT_FLOAT8_E5M2FNUZ,
    21: tf.DT_UINT4,
    22: tf.DT_INT4,
    23: tf.DT_FLOAT4_E2M1FN,
    25: tf.DT_UINT2,
    26: tf.DT_INT2,
}
"""TensorFlow's types by ONNX's ``TensorProto.DataType``."""


def onnx_graph(data: bytes) -> tf.GraphDef:
    """Return the graph of a serialised ``ModelProto``, with those of its branches and loops.

    Each node is one, each real input a ``Placeholder``, each output an ``Output``, and each
    initializer that is used a ``Const`` beside the first node that uses it.

    Raises
    ------
    GraphError
        The bytes are no such model, or it has no node.
    """
    model = parse(ModelProto, data, _WANTED)
    if not model.graph.node:
        raise GraphError(f"not {_WANTED}: it has no node")
    if any(not node.op_type for node in model.graph.node):
        raise GraphError(f"not {_WANTED}: a node says no operation")
    graph = tf.GraphDef(versions=PRODUCER)
    _Drawing(graph).draw(model.graph, "", {})
    return graph


@dataclass(slots=True)
class _Value:
    """Where a value comes from: ``source`` is the input of whoever uses it.

    An initializer has none until it is used: then ``tensor`` becomes a node.
    """

    source: str
    tensor: TensorProto | None = None


class _Drawing:
    def __init__(self, graph: tf.GraphDef) -> None:
        self._graph = graph
        self._names = NodeNames()

    def draw(self, graph: GraphProto, scope: str, outside: dict[str, _Value]) -> list[str]:
        """Draw a graph, whose nodes may use values from ``outside``; return its outputs' nodes."""
        values = ChainMap[str, _Value]({}, outside)
        shapes = _shapes(graph)
        for tensor in _initializers(graph):
            values[tensor.name] = _Value("", tensor)
        for info in graph.input:
            # up to IR version 3 every initializer is among the inputs too
            if info.name not in values.maps[0]:
                name = self._names.take(scope + info.name)
                values[info.name] = _Value(name)
                self._end(name, "Placeholder", (), info.type)

        names = [self._names.take(_name(node, scope, at)) for at, node in enumerate(graph.node)]
        for node, name in zip(graph.node, names, strict=True):
            for number, output in enumerate(node.output):
                if output:
                    values[output] = _Value(f"{name}:{number}" if number else name)
        for node, name in zip(graph.node, names, strict=True):
            self._draw_node(node, name, values, shapes)

        ends = []
        for info in graph.output:
            ends.append(self._names.take(scope + info.name))
            self._end(ends[-1], "Output", self._sources([info.name], scope, values), info.type)
        return ends

    def _draw_node(
        self,
        node: NodeProto,
        name: str,
        values: ChainMap[str, _Value],
        shapes: dict[str, tf.TensorShapeProto],
    ) -> None:
        scope = name[: name.rfind("/") + 1]
        inputs = self._sources(node.input, scope, values)
        known = [shapes.get(output) for output in node.output]
        outputs = [shape or shape_proto(None) for shape in known] if any(known) else []
        drawn = tf.NodeDef()
        for attribute in node.attribute:
            graphs = list(attribute.graphs)
            if attribute.HasField("g"):
                graphs.append(attribute.g)
            for number, graph in enumerate(graphs):
                inner = f"{name}/{attribute.name}" + (f"_{number}" if attribute.graphs else "")
                inputs += self.draw(graph, inner + "/", values)  # type: ignore[arg-type]
            if not graphs:
                _set_attr(drawn.attr[safe_name(attribute.name)], attribute)
        if node.domain:
            drawn.attr["domain"].s = safe_text(node.domain).encode()
        whole = add_node(self._graph, name, safe_name(node.op_type), inputs, outputs=outputs)
        whole.MergeFrom(drawn)

    def _end(self, name: str, op: str, inputs: Iterable[str], about: TypeProto) -> None:
        """Draw an input or an output of a graph."""
        tensor = about.tensor_type
        shape = _shape(about) or shape_proto(None)
        add_node(
            self._graph,
            name,
            op,
            inputs,
            dtype=_DTYPES.get(tensor.elem_type, 0),
            shape=shape,
            outputs=() if op == "Output" else [shape],
        )

    def _sources(
        self, inputs: Iterable[str], scope: str, values: ChainMap[str, _Value]
    ) -> list[str]:
        """Return where some values come from; an initializer is drawn when first asked for."""
        sources = []
        for value in (values[name] for name in inputs if name in values):
            if value.tensor is not None and not value.source:
                value.source = self._constant(value.tensor, scope)
            sources.append(value.source)
        return sources

    def _constant(self, tensor: TensorProto, scope: str) -> str:
        name = self._names.take(tensor.name if "/" in tensor.name else scope + tensor.name)
        shape = shape_proto(tensor.dims)
        dtype = _DTYPES.get(tensor.data_type, 0)
        node = add_node(self._graph, name, "Const", dtype=dtype, outputs=[shape])
        node.attr["value"].tensor.CopyFrom(_tensor(tensor))
        return name


def _name(node: NodeProto, scope: str, number: int) -> str:
    return scope + (safe_name(node.name) or f"{node.op_type}_{number}")


def _initializers(graph: GraphProto) -> Iterable[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        whole = sparse.values
        yield TensorProto(name=whole.name, data_type=whole.data_type, dims=sparse.dims)


def _shapes(graph: GraphProto) -> dict[str, tf.TensorShapeProto]:
    """Return the shapes of the values of which the file tells any."""
    found = {}
    for info in (*graph.value_info, *graph.output):
        if (shape := _shape(info.type)) is not None:
            found[info.name] = shape
    return found


def _shape(about: TypeProto) -> tf.TensorShapeProto | None:
    if not about.tensor_type.HasField("shape"):
        return None
    return shape_proto(
        [
            side.dim_value if side.HasField("dim_value") else -1
            for side in about.tensor_type.shape.dim
        ]
    )


def _tensor(tensor: TensorProto) -> tf.TensorProto:
    """Return type and shape of a tensor, without its elements."""
    dtype = _DTYPES.get(tensor.data_type, tf.DT_INVALID)
    return tf.TensorProto(dtype=dtype, tensor_shape=shape_proto(tensor.dims))


def _set_attr(value: tf.AttrValue, attribute: AttributeProto) -> None:
    kind = attribute.type
    if attribute.HasField("t"):
        value.tensor.CopyFrom(_tensor(attribute.t))
    elif attribute.floats:
        value.list.f.extend(attribute.floats)
    elif attribute.ints:
        value.list.i.extend(attribute.ints)
    elif attribute.strings:
        value.list.s.extend(_safe_bytes(text) for text in attribute.strings)
    elif kind == AttributeProto.STRING or attribute.s:
        value.s = _safe_bytes(attribute.s)
    elif kind == AttributeProto.FLOAT or attribute.f:
        value.f = attribute.f
    elif kind == AttributeProto.INT or attribute.i:
        value.i = attribute.i
    else:  # an empty list, or what has no counterpart
        value.list.SetInParent()


def _safe_bytes(text: bytes) -> bytes:
    return safe_text(text.decode("utf-8", "replace")).encode()
