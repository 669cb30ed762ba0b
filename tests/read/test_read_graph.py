"""What is taken for the graph of a model, and what is not."""

from __future__ import annotations

import bz2
import gzip
import json
import random
import struct
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from graph_files import (
    KERAS_MODELS,
    chain,
    genuine,
    graph_def,
    message,
    onnx_model,
    onnx_node,
    onnx_tensor,
    saved_model,
)
from hypothesis import example, given
from hypothesis import strategies as st
from tensorboard.compat.proto import graph_pb2
from tensorboard.compat.proto.config_pb2 import RunMetadata
from tensorboard.compat.proto.cost_graph_pb2 import CostGraphDef
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.op_def_pb2 import OpDef
from tensorboard.compat.proto.tensor_pb2 import TensorProto

from tbconvert.errors import SourceError
from tbconvert.model import RawGraph, Run, Source
from tbconvert.options import Options
from tbconvert.read import graph, open_source, read_source, sniff_source

SAMPLE = 64 << 10  # what is looked at

FROZEN = graph_def(("w", "Const", []), ("y", "MatMul", ["x", "w"]))
FROZEN.node[0].attr["value"].tensor.tensor_content = bytes(range(256)) * 400
GRAPH = graph_def(("w", "Const", []), ("y", "aten::linear", ["x", "w"]), ("IO", "IO Node", []))

FILES = {
    ("model.pb", "graph_def"): chain(3000).SerializeToString(),
    ("frozen.pb", "graph_def"): FROZEN.SerializeToString(),
    ("torch.pb", "graph_def"): GRAPH.SerializeToString() + message((4, [(1, 22)])),
    ("saved_model.pb", "saved_model"): saved_model(chain(3000)),
    ("graph.pbtxt", "graph_def_text"): text_format.MessageToString(chain(900)).encode(),
    ("saved_model.pbtxt", "saved_model"): b"saved_model_schema_version: 1\nmeta_graphs {\n}",
    ("model.onnx", "onnx"): onnx_model(
        onnx_node("MatMul", "x w", "y"), (5, onnx_tensor("w", 1, 9000, raw=bytes(36000) * 2))
    ),
    ("model.json", "keras"): (KERAS_MODELS / "functional_2.json").read_bytes(),
    ("config.json", "keras"): (KERAS_MODELS / "sequential_3.json").read_bytes(),
}


@pytest.mark.parametrize(("name", "form"), FILES)
def test_a_graph_is_told_by_its_first_bytes(name: str, form: str) -> None:
    head = FILES[name, form][:SAMPLE]

    assert graph.sniff(head, name) == form
    assert graph.sniff(head, "") == form
    assert graph.sniff(head, name.upper()) == form
    assert graph.sniff(head, name + ".gz") == form


@pytest.mark.parametrize(("name", "form"), FILES)
def test_a_graph_is_told_wherever_the_first_bytes_end(name: str, form: str) -> None:
    data = FILES[name, form][:SAMPLE]
    shortest = 700 if form == "keras" else 200

    for end in (*range(shortest, shortest + 300), *range(shortest, len(data), 97)):
        assert graph.sniff(data[:end], name) == form, end


@pytest.mark.parametrize(("name", "form"), FILES)
def test_a_suffix_that_says_something_else_is_believed(name: str, form: str) -> None:
    head = FILES[name, form][:SAMPLE]

    suffixes = ("pb", "pbtxt", "onnx", "json", "csv", "jsonl", "bin", "log", "ckpt", "npz")
    taken = {suffix for suffix in suffixes if graph.sniff(head, f"x.{suffix}")}
    wanted = {
        "graph_def": {"pb"},
        "graph_def_text": {"pbtxt"},
        "saved_model": {"pb", "pbtxt"},
        "onnx": {"onnx", "pb"},
        "keras": {"json"},
    }
    assert taken == wanted[form]


def test_texts_in_other_spellings() -> None:
    for text in (
        b"# by hand\n\n node < op: 'Add' name: 'a' >",
        b'\xef\xbb\xbfnode: {name:"a\\"b";op:"Add"}',
        b'node { name: "a" }',
        b'library { function { signature { name: "f" } } }',
        b"versions { producer: 22 }",
    ):
        assert graph.sniff(text, "graph.pbtxt") == "graph_def_text", text


def test_models_of_keras_in_other_wrappings() -> None:
    layers = [{"class_name": "Dense", "config": {"name": "a"}}]
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    for document in (
        {"class_name": "Sequential", "config": layers},
        {"modelTopology": model, "weightsManifest": []},
        {"format": "layers-model", "modelTopology": {"model_config": model}},
        {"model_config": json.dumps(model), "keras_version": "2.15.0"},
    ):
        assert graph.sniff(json.dumps(document).encode(), "model.json") == "keras", document


# --------------------------------------------------------------------------- what is none

RUN_METADATA = RunMetadata()
RUN_METADATA.step_stats.dev_stats.add(device="/cpu:0").node_stats.add(node_name="_SOURCE")
COST_GRAPH = CostGraphDef()
COST_GRAPH.node.add(name="a", device="/cpu:0", id=3)
OP = OpDef(name="Add", input_arg=[OpDef.ArgDef(name="x", type_attr="T")])
EVENT = Event(wall_time=1.0, file_version="brain.Event:2")
DESCRIPTORS = FileDescriptorSet(
    file=[FileDescriptorProto.FromString(graph_pb2.DESCRIPTOR.serialized_pb)]
)
CONFIGS = [
    {"model_type": "bert", "layers": [1, 2], "config": {"layers": []}, "class_name": "x"},
    {"name": "left-pad", "version": "1.0.0", "scripts": {"test": "node test"}},
    {"node": [{"name": "a", "op": "Add"}]},
    {"class_name": "Net", "config": {"units": 3}},
    {"class_name": "Sequential", "config": {"layers": []}},
    {"class_name": "Sequential", "config": {"layers": [{"units": 3}]}},
    {"config": {"layers": [{"class_name": "Dense", "config": {}}]}},
    [{"class_name": "Sequential", "config": []}],
]
MODEL = FILES["model.json", "keras"]

NONE = {
    "RunMetadata": RUN_METADATA.SerializeToString(),
    "RunMetadata as text": text_format.MessageToString(RUN_METADATA).encode(),
    "CostGraphDef": COST_GRAPH.SerializeToString(),
    "list of operations": message((1, OP.SerializeToString())),
    "TensorProto": TensorProto(dtype=1, tensor_content=b"abcd").SerializeToString(),
    "ONNX tensor": message(*onnx_tensor("x", 1, 2, raw=bytes(8))),
    "descriptors": DESCRIPTORS.SerializeToString(),
    "event": EVENT.SerializeToString(),
    "event file": struct.pack("<QI", EVENT.ByteSize(), 7) + EVENT.SerializeToString(),
    "fingerprint.pb": message((1, 12345678901234567), (2, 98765), (6, "uuid")),
    "keras_metadata.pb": message((1, [(2, 0), (3, "root"), (4, "_tf_keras_model")])),
    "object without a graph": message((1, 8), (2, "pytorch"), (3, "2.1")),
    "Caffe network": b'name: "LeNet"\nlayer { name: "data" type: "Data" }',
    "checkpoint": b'model_checkpoint_path: "model.ckpt-3"\n',
    "projector": b'embeddings { tensor_path: "t.tsv" }',
    "label map": b'item { name: "cat" id: 1 }',
    "MediaPipe": b'node { calculator: "Pass" input_stream: "in" }',
    "named MediaPipe": b'node { name: "pass" calculator: "Pass" }',
    "prose": b"node is a word that a text may begin with",
    "csv": b"step,loss\n1,0.5\n2,0.4\n",
    "json lines": b'{"class_name": "a", "config": 1}\n{"class_name": "a", "config": 2}\n',
    "SavedModel of another version": message((1, 7), (2, [(1, [(4, "serve")])])),
    "ONNX of no version": message((1, 10**6), (7, [(1, [(4, "Relu")])])),
    "two models": MODEL + MODEL,
    "a model in a log": MODEL + b"Epoch 1/3",
    "cut within a string": b'{"class_name": "Sequential", "config": {"layers": [{"class_na',
    "not UTF-8": MODEL.replace(b'"both"', b'"\xff"'),
    "empty": b"",
    "blanks": b" \n",
    "zeros": bytes(1000),
    **{str(document)[:40]: json.dumps(document).encode() for document in CONFIGS},
}


@pytest.mark.parametrize("data", NONE.values(), ids=NONE.keys())
def test_what_is_no_graph_is_not_taken_for_one(data: bytes) -> None:
    assert graph.sniff(data, "") is None


@given(st.binary(max_size=300))
@example(b"\n\x05\x0a\x01")
def test_bytes_by_chance_are_no_graph(data: bytes) -> None:
    # an empty list of fields after a name is the least that a node can be
    is_least = data[:1] == b"\n" and data[2:3] == b"\n"
    assert is_least or graph.sniff(data, "") is None


def test_long_bytes_by_chance_are_no_graph() -> None:
    dice = random.Random(7)
    for first in (b"", b"\n", b"\x08\x01\x12", b"\x08\x03", b"\n\x20\n", b"node {", b"{"):
        for _ in range(300):
            assert graph.sniff(first + dice.randbytes(3000), "") is None


def test_a_name_that_says_graph_is_taken_at_its_word(tmp_path: Path) -> None:
    for name, data, got in (
        ("run.pbtxt", NONE["RunMetadata as text"], "a message that begins with 'step_stats'"),
        ("fingerprint.pb", NONE["fingerprint.pb"], "something else"),
        ("empty.onnx", b"", "an empty file"),
        ("error.onnx", b'{"error": 404}', "an object of JSON"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SourceError) as err:
            sniff_source(str(tmp_path / name), Options())
        assert str(err.value) == (
            f"{tmp_path / name}: not a graph: got {got}, wanted the nodes of a GraphDef, "
            "a SavedModel, an ONNX model or one of Keras; --format overrules its name"
        )


def test_whoever_says_that_a_file_is_a_graph_is_believed_whatever_its_suffix(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(FILES["frozen.pb", "graph_def"])
    assert sniff_source(str(path), Options(format="graph"))[1]["form"] == "graph_def"

    path.write_bytes(NONE["csv"])
    with pytest.raises(SourceError, match="not a graph: got something else, wanted the nodes"):
        sniff_source(str(path), Options(format="graph"))


# ------------------------------------------------------------------------------- reading


def read_graph(path: Path) -> RawGraph:
    name, how = sniff_source(str(path), Options())
    source = Source(str(path), Run("r"), name, "generic", how)
    with open_source(source) as stream:
        (found,) = read_source(source, stream)
    assert isinstance(found, RawGraph)
    assert found.origin.uri == str(path)
    return found


@pytest.mark.parametrize(("name", "form"), FILES)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_graph_is_read_as_it_is(name: str, form: str, pack: type[bytes], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(pack(FILES[name, form]))

    found = read_graph(path)

    assert (found.form, found.data) == (form, FILES[name, form])


def test_a_packed_graph_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "graph.pb.gz"
    dice = random.Random(7)
    big = graph_def(("w", "Const", []))
    big.node[0].attr["value"].tensor.tensor_content = dice.randbytes(300_000)
    path.write_bytes(gzip.compress(big.SerializeToString())[:200_000])

    with pytest.raises(SourceError, match="not a whole graph: the gzip stream ends too early"):
        read_graph(path)


def test_what_no_message_can_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.pb"
    path.write_bytes(FROZEN.SerializeToString())
    monkeypatch.setattr(graph, "MOST_BYTES", FROZEN.ByteSize())
    assert read_graph(path).data == path.read_bytes()

    monkeypatch.setattr(graph, "MOST_BYTES", FROZEN.ByteSize() - 1)
    with pytest.raises(SourceError, match="is larger than 2 GiB, and no graph is"):
        read_graph(path)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("graphdef_pbtxt/graph.pbtxt", "graph_def_text"),
        ("saved_model_pb/saved_model.pb", "saved_model"),
        ("onnx_mnist8/mnist-8.onnx", "onnx"),
        ("graphdef_pbtxt_runmetadata/run_metadata_run_step99_tag_train.pbtxt", None),
    ],
)
def test_genuine_files(name: str, form: str | None) -> None:
    assert graph.sniff(genuine(name)[:SAMPLE], name.rpartition("/")[2]) == form
