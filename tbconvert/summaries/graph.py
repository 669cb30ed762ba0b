"""A model's graph, in whatever form a file has it → what the Graphs dashboard draws."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf import text_format

from tbconvert.model import GraphPoint, Tag, TensorPoint
from tbconvert.proto.graph_pb2 import GraphDef, SavedModel
from tbconvert.summaries.keras_graph import CONTENT, PLUGIN, keras_graph
from tbconvert.summaries.nodes import lighten
from tbconvert.summaries.onnx_graph import onnx_graph
from tbconvert.summaries.wire import AnyMessage, GraphError, parse

__all__ = ["FORMS", "DrawnGraph", "GraphError", "drawn_graph", "graph_point"]

_WANTED = "a GraphDef"
_KERAS_TAG = Tag("keras")

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIELD = re.compile(r"(?:\s|#[^\n]*)*([A-Za-z_]\w*)")
_OTHERS = {
    "a RunMetadata": ("step_stats", "cost_graph", "partition_graphs", "function_graphs"),
    "a MetaGraphDef": ("meta_info_def", "graph_def", "saver_def", "collection_def"),
    "a SavedModel": ("saved_model_schema_version", "meta_graphs"),
    "a CheckpointState": ("model_checkpoint_path", "all_model_checkpoint_paths"),
    "a ProjectorConfig": ("model_checkpoint_dir", "embeddings"),
}
"""TensorFlow's other messages that are written as text, by the fields they may begin with."""


@dataclass(frozen=True, slots=True)
class DrawnGraph:
    """A graph as it is written, and ``notes`` for the report: what of it cannot be seen."""

    point: GraphPoint | TensorPoint
    notes: tuple[str, ...] = ()


def graph_point(form: str, data: bytes, wall_time: float) -> GraphPoint | TensorPoint:
    """Return a graph as it is written, without remarks; see ``drawn_graph``."""
    return drawn_graph(form, data, wall_time).point


def drawn_graph(form: str, data: bytes, wall_time: float) -> DrawnGraph:
    """Return the graph of a file, whose ``form`` is one of ``FORMS``.

    A binary GraphDef is kept byte by byte, unless there are tensors in it: the page shows
    their types and shapes, but not their elements. A model of Keras is a graph of its layers.

    Raises
    ------
    GraphError
        The bytes are nothing of that form, or there is no node in it.
    """
    if form == "keras":
        strings = (keras_graph(data),)
        return DrawnGraph(TensorPoint(_KERAS_TAG, 0, wall_time, PLUGIN, strings, content=CONTENT))
    graph, serialised, notes = _READERS[form](data)
    _check(graph)
    notes += _duplicates(graph)
    changed, saved = lighten(graph)
    if changed:
        are = "attr is" if changed == 1 else "attrs are"
        notes += (f"{changed} {are} larger than the page shows: {saved} bytes were left out",)
    if changed or not serialised:
        serialised = graph.SerializeToString(deterministic=True)
    return DrawnGraph(GraphPoint(wall_time, serialised), notes)


_Read = tuple[GraphDef, bytes, tuple[str, ...]]
"""A graph, its bytes if the file has it in this very form, and notes."""


def _read_binary(data: bytes) -> _Read:
    return parse(GraphDef, data, _WANTED), data, ()


def _read_text(data: bytes) -> _Read:
    return _parse_text(GraphDef, data, _WANTED), b"", ()


def _read_onnx(data: bytes) -> _Read:
    return onnx_graph(data), b"", ()


def _read_saved_model(data: bytes) -> _Read:
    wanted = "a SavedModel"
    # a text begins with the name of a field, a message with the key of one: byte 8 or 18
    if _FIELD.match(data[:4096].decode("latin-1")):
        model = _parse_text(SavedModel, data, wanted, allow_unknown=True)
    else:
        model = parse(SavedModel, data, wanted)
    if not model.meta_graphs:
        raise GraphError(f"not {wanted}: it has no graph")
    first, *others = model.meta_graphs
    if not others:
        return first.graph_def, b"", ()
    tags = ", ".join(map(repr, first.meta_info_def.tags))
    note = f"the first of {len(model.meta_graphs)} graphs" + (f", tagged {tags}" if tags else "")
    return first.graph_def, b"", (note,)


_READERS: dict[str, Callable[[bytes], _Read]] = {
    "graph_def": _read_binary,
    "graph_def_text": _read_text,
    "saved_model": _read_saved_model,
    "onnx": _read_onnx,
}

FORMS = (*_READERS, "keras")
"""In what a file may have a graph: TensorFlow's GraphDef, binary or as text, its SavedModel,
binary or as text, an ONNX model, and what Keras writes as JSON."""


def _parse_text(
    kind: type[AnyMessage], data: bytes, wanted: str, *, allow_unknown: bool = False
) -> AnyMessage:
    """Return the message that a text is."""
    if not data.strip():
        raise GraphError(f"is empty, wanted {wanted}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise GraphError(f"not {wanted}: line {line} is not UTF-8") from err
    message = kind()
    first = _FIELD.match(text)
    name = first[1] if first else ""
    if name not in kind.DESCRIPTOR.fields_by_name:
        for other, fields in _OTHERS.items():
            if name in fields:
                raise GraphError(f"is {other}, wanted {wanted}")
    try:
        return text_format.Parse(text, message, allow_unknown_field=allow_unknown)
    except text_format.ParseError as err:
        said = re.sub(r"^[\d:\s]*(?:'.*?' ?: )?", "", str(err)).replace("tbconvert.graph.", "")
        place = f"line {err.GetLine()}: " if err.GetLine() else ""
        raise GraphError(f"not {wanted}: {place}{said[:200]}") from err
    except RecursionError as err:
        raise GraphError(f"not {wanted}: it is nested too deeply") from err


def _check(graph: GraphDef) -> None:
    """Raise unless a message, which may have been meant to be another one, looks like a graph."""
    if not graph.node:
        raise GraphError(f"not {_WANTED}: it has no node")
    for number, node in enumerate(graph.node):
        if not node.name or _CONTROL.search(node.name) or _CONTROL.search(node.op):
            got = f"is called {node.name[:40]!r}" if node.name else "has no name"
            raise GraphError(f"not {_WANTED}: node {number} {got}")


def _duplicates(graph: GraphDef) -> tuple[str, ...]:
    counts = Counter(node.name for node in graph.node)
    twice = [name for name, count in counts.items() if count > 1]
    if not twice:
        return ()
    first, more = twice[0], f" and {len(twice) - 1} more names" if twice[1:] else ""
    return (f"{counts[first]} nodes are called {first!r}{more}: the page draws the last",)
