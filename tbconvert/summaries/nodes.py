"""Nodes as TensorBoard's page draws them: names, shapes, types, and what is too big to show.

The page splits names at "/" into scopes, takes ":" in an input for the number of an output and
a leading "^" for a control edge, and its parser undoes no escapes, so that a quote or a
backslash in a name or a text would end up in another place than it stood
(``tensorboard/plugins/graph/tf_graph_common``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tbconvert.proto.graph_pb2 import GraphDef, NodeDef, TensorProto, TensorShapeProto, VersionDef

PRODUCER = VersionDef(producer=22)
"""What TensorFlow and torch write; the page does not look at it."""

OUTPUT_SHAPES = "_output_shapes"
"""The attr from which the page labels edges."""

# The page asks for no attr larger than this, and is told of the others in ``_too_large_attrs``
# (``tensorboard/backend/process_graph.py``).
_SHOWN = 1 << 10
_TOO_LARGE = "_too_large_attrs"
# What else the page would not show is left as it is, unless the event grew by it.
_KEPT = 64 << 10

_UNSAFE = re.compile(r"""[\x00-\x1f\x7f-\x9f"'\\:^\ud800-\udfff]""")

Shape = Sequence[int] | None
"""Sides, -1 for one that is not known; None if not even their number is."""


def safe_text(text: str) -> str:
    """Return a text without what the page would misread; it has as many characters."""
    return _UNSAFE.sub("_", text)


def safe_name(name: str) -> str:
    """Return the name of a node without what the page would misread; "" if nothing is left."""
    return "/".join(filter(None, (part.strip() for part in safe_text(name).split("/"))))


class NodeNames:
    """The names of the nodes of a graph, each given once: the page draws the last of its name."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """Return the name as the page can draw it, told apart from those that were given."""
        name = wanted = safe_name(wanted) or "node"
        while name in self._given:
            self._given[wanted] += 1
            # no digit at its end: the page folds nodes that are numbered
            name = f"{wanted}({self._given[wanted]})"
        self._given[name] = 1
        return name


def shape_proto(shape: Shape) -> TensorShapeProto:
    """Return a shape as a message."""
    if shape is None:
        return TensorShapeProto(unknown_rank=True)
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=side) for side in shape])


def add_node(
    graph: GraphDef,
    name: str,
    op: str,
    inputs: Iterable[str] = (),
    *,
    dtype: int = 0,
    shape: TensorShapeProto | None = None,
    outputs: Sequence[TensorShapeProto] = (),
) -> NodeDef:
    """Add a node to a graph, and return it.

    ``dtype`` (a ``DataType``, 0 for none) and ``shape`` are what its card shows, ``outputs``
    the shapes of its edges.
    """
    node = graph.node.add(name=name, op=op, input=inputs)
    if dtype:
        node.attr["dtype"].type = dtype  # type: ignore[assignment]
    if shape is not None:
        node.attr["shape"].shape.CopyFrom(shape)
    if outputs:
        node.attr[OUTPUT_SHAPES].list.shape.extend(outputs)
    return node


def lighten(graph: GraphDef) -> tuple[int, int]:
    """Take what the page would not show out of a graph, if it is big.

    Tensors lose their elements and keep type and shape, which the page then shows. Returns
    how many attrs were changed, and by how many bytes the graph became smaller.
    """
    before = graph.ByteSize()
    functions = (function.node_def for function in graph.library.function)
    nodes = (node for nodes in (graph.node, *functions) for node in nodes)
    changed = sum(_lighten(node) for node in nodes if node.ByteSize() > _SHOWN)
    return changed, before - graph.ByteSize() if changed else 0


def _lighten(node: NodeDef) -> int:
    """Do so with one node; return how many of its attrs were changed."""
    changed = 0
    for key in sorted(node.attr):
        value = node.attr[key]
        if value.ByteSize() <= _SHOWN:
            continue
        tensors = [value.tensor] if value.HasField("tensor") else value.list.tensor
        for tensor in tensors:
            kept = TensorProto(dtype=tensor.dtype, tensor_shape=tensor.tensor_shape)
            tensor.CopyFrom(kept)
        is_large = value.ByteSize() > (_SHOWN if tensors else _KEPT)
        if is_large:
            del node.attr[key]
            node.attr[_TOO_LARGE].list.s.append(key.encode())
        changed += bool(tensors) or is_large
    return changed
