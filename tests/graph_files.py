"""Graphs of models as their files have them, written by others than tbconvert.

TensorFlow's messages are TensorBoard's own; ONNX's are put together field by field; the models
of Keras are what Keras printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from corpus_at import CORPUS, MISSING
from tensorboard.compat.proto.graph_pb2 import GraphDef

from tbconvert.encode import Encoder
from tbconvert.model import GraphPoint, Summary, TensorPoint
from tbconvert.summaries.graph import graph_point

KERAS_MODELS = Path(__file__).parent / "summaries" / "keras_models"
WALL_TIME = 1.7e9


def genuine(name: str) -> bytes:
    """Return a file of a public project; skip where these are not."""
    path = CORPUS / name
    if not path.exists():
        pytest.skip(MISSING)
    return path.read_bytes()


def graph_def(*nodes: tuple[str, str, list[str]]) -> GraphDef:
    """Return a graph of (name, op, inputs)."""
    graph = GraphDef()
    for name, op, inputs in nodes:
        graph.node.add(name=name, op=op, input=inputs)
    return graph


def chain(count: int) -> GraphDef:
    """Return a graph of many nodes, one after the other, in scopes of ten."""
    names = [f"scope_{at // 10}/node_{at}" for at in range(count)]
    graph = graph_def(*((name, "Relu", [names[at - 1]][:at]) for at, name in enumerate(names)))
    for node in graph.node:
        node.attr["T"].type = 1
    return graph


Field = tuple[int, "int | str | bytes | list[Field]"]


def message(*fields: Field) -> bytes:
    """Return a serialised message: a whole number is a varint, a list a message within."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [varint(number << 3), varint(value & (1 << 64) - 1)]
            continue
        data = message(*value) if isinstance(value, list) else value
        data = data.encode() if isinstance(data, str) else data
        parts += [varint(number << 3 | 2), varint(len(data)), data]
    return b"".join(parts)


def varint(value: int) -> bytes:
    septets = [value >> shift & 0x7F for shift in range(0, max(1, value.bit_length()), 7)]
    return bytes([*(septet | 0x80 for septet in septets[:-1]), septets[-1]])


def saved_model(*graphs: GraphDef, tags: Iterable[str] = ("serve",)) -> bytes:
    """Return a SavedModel: TensorBoard has no message for the outermost."""
    info: list[Field] = [(4, tag) for tag in tags]
    metas: list[list[Field]] = [[(1, info), (2, graph.SerializeToString())] for graph in graphs]
    return message((1, 1), *((2, meta) for meta in metas))


def onnx_model(*graph: Field, ir_version: int = 8) -> bytes:
    """Return an ONNX model whose graph has these fields."""
    return message((1, ir_version), (2, "a test"), (7, list(graph)), (8, [(2, 17)]))


def onnx_node(op: str, inputs: str, outputs: str, name: str = "", *attributes: Field) -> Field:
    """Return a node of an ONNX graph; inputs and outputs are apart by blanks, "-" is none."""
    texts = {1: inputs.split(), 2: outputs.split()}
    ends: list[Field] = [
        (at, "" if text == "-" else text) for at, found in texts.items() for text in found
    ]
    return (1, [*ends, (3, name), (4, op), *attributes])


def onnx_value(name: str, dtype: int, *shape: int | str) -> list[Field]:
    """Return what ONNX says of a value; a side that is a text is the name of an unknown one."""
    sides: list[Field] = [(1, [(1 if isinstance(side, int) else 2, side)]) for side in shape]
    return [(1, name), (2, [(1, [(1, dtype), (2, sides)])])]


def onnx_tensor(name: str, dtype: int, *shape: int, raw: bytes = b"") -> list[Field]:
    return [*((1, side) for side in shape), (2, dtype), (8, name), (9, raw)]


def drawn(form: str, data: bytes) -> GraphDef:
    """Return the graph that is written for a file, as TensorBoard reads it."""
    point = graph_point(form, data, WALL_TIME)
    assert isinstance(point, GraphPoint)
    return GraphDef.FromString(point.graph_def)


def edges(graph: GraphDef) -> dict[str, tuple[str, list[str]]]:
    """Return {name: (op, inputs)}; every name is there once, and every input is a node."""
    found = {node.name: (node.op, list(node.input)) for node in graph.node}
    assert len(found) == len(graph.node)
    sources = {source.partition(":")[0] for _, inputs in found.values() for source in inputs}
    assert sources <= found.keys()
    return found


def shapes(graph: GraphDef, name: str) -> list[list[int] | None]:
    """Return the shapes of the outputs of a node; None is one that is not known."""
    node = next(node for node in graph.node if node.name == name)
    return [
        None if shape.unknown_rank else [dim.size for dim in shape.dim]
        for shape in node.attr["_output_shapes"].list.shape
    ]


def write_run(folder: Path, summary: Summary) -> None:
    """Write a run that consists of one summary."""
    assert isinstance(summary, GraphPoint | TensorPoint)
    encoder = Encoder()
    records = [encoder.begin(summary.wall_time), encoder.encode(summary)]
    folder.mkdir(parents=True)
    file = folder / "events.out.tfevents.1700000000.test"
    file.write_bytes(b"".join(bytes(each.data) for each in records))
