"""Our copies of others' messages, field by field."""

from __future__ import annotations

from typing import Any

import onnx
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto
from tensorboard.compat.proto import graph_pb2 as tensorboard
from tensorboard.compat.proto import meta_graph_pb2

from tbconvert.proto import graph_pb2, onnx_pb2

Fields = dict[str, tuple[int, int, bool, str, str]]


def messages_of(top: Any) -> dict[str, Any]:
    """Return a message and all that it can hold, and their enums, by name without package."""
    found: dict[str, Any] = {}
    todo = [top]
    while todo:
        kind = todo.pop()
        name = kind.full_name.removeprefix(kind.file.package + ".")
        if name not in found:
            found[name] = kind
            for field in getattr(kind, "fields", ()):
                todo += filter(None, [field.message_type, field.enum_type])
    return found


def shape_of(kind: Any) -> Fields | dict[str, int]:
    """Return {field: (number, type, repeated, type's name, oneof)}, or {value: number}."""
    if not hasattr(kind, "fields"):
        enum = EnumDescriptorProto()
        kind.CopyToProto(enum)
        return {value.name: value.number for value in enum.value}
    proto = DescriptorProto()
    kind.CopyToProto(proto)
    repeated = proto.field.add().LABEL_REPEATED
    del proto.field[-1]
    oneofs = [oneof.name for oneof in proto.oneof_decl]
    return {
        field.name: (
            field.number,
            field.type,
            field.label == repeated,
            field.type_name.removeprefix(f".{kind.file.package}."),
            oneofs[field.oneof_index] if field.HasField("oneof_index") else "",
        )
        for field in proto.field
    }


def test_graph_def_has_all_that_tensorflows_has() -> None:
    ours = messages_of(graph_pb2.GraphDef.DESCRIPTOR)
    theirs = messages_of(tensorboard.GraphDef.DESCRIPTOR)

    assert ours.keys() == theirs.keys()
    for name, kind in theirs.items():
        # an older TensorBoard knows fewer types
        assert shape_of(kind).items() <= shape_of(ours[name]).items(), name


def test_meta_graph_is_a_part_of_tensorflows() -> None:
    ours = messages_of(graph_pb2.MetaGraphDef.DESCRIPTOR)
    theirs = messages_of(meta_graph_pb2.MetaGraphDef.DESCRIPTOR)

    for name in ("MetaGraphDef", "MetaGraphDef.MetaInfoDef"):
        assert shape_of(ours[name]).items() <= shape_of(theirs[name]).items(), name


def test_model_is_a_part_of_onnxs() -> None:
    ours = messages_of(onnx_pb2.ModelProto.DESCRIPTOR)
    theirs = messages_of(onnx.ModelProto.DESCRIPTOR)

    for name, kind in ours.items():
        assert shape_of(kind).items() <= shape_of(theirs[name]).items(), name
