"""TensorBoard's own messages, all that an event or a meta graph may hold: what each field is.

``proto`` has the fields that tbconvert reads. Whether a program takes a payload at all depends on
each of them, for a message that is no message refuses all that it is in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message import DecodeError

from tbconvert.decode import wire

_PACKAGE = "tbconvert.whole"
"""Of the messages that are made here: package names are not written."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a field holds: ``kind`` is its wire type, ``message`` the one that it is, "" if none.

    ``is_packed`` tells that several numbers may stand in one field, ``is_text`` that its bytes
    are to be UTF-8.
    """

    kind: int
    is_packed: bool = False
    is_text: bool = False
    message: str = ""


@cache
def fields() -> dict[str, dict[int, Field]]:
    """Return the fields of each message, by number."""
    found: dict[str, dict[int, Field]] = {}
    for line in _TABLE.strip().replace("\n    ", " ").splitlines():
        name, _, said = line.partition(" =")
        numbered = (token.split(":") for token in said.split())
        found[name] = {int(number): _field(what) for number, what in numbered}
    return found


def _field(said: str) -> Field:
    what = said.removesuffix("[]")
    if what not in _KINDS:
        return Field(wire.BYTES, message=what)
    return Field(_KINDS[what][0], is_packed=what != said, is_text=what == "string")


def is_message(name: str, payload: bytes) -> bool:
    """Tell whether protobuf takes a payload for a message, as TensorBoard asks it to."""
    try:
        _classes()[name].FromString(payload)
    except DecodeError:
        return False
    return True


@cache
def _classes() -> dict[str, Any]:
    """Return protobuf's own class of each message, made when one is first asked for."""
    file = descriptor_pb2.FileDescriptorProto(
        name="tbconvert/whole.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, of_it in fields().items():
        message = file.message_type.add(name=_flat(name))
        for number, field in of_it.items():
            made = message.field.add(name=f"f{number}", number=number)
            made.label = made.LABEL_REPEATED if field.is_packed else made.LABEL_OPTIONAL
            if field.message:
                made.type = made.TYPE_MESSAGE
                made.type_name = f".{_PACKAGE}.{_flat(field.message)}"
            else:
                made.type = _type(field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{_flat(name)}")
        )
        for name in fields()
    }


def _type(field: Field) -> FieldDescriptorProto.Type.ValueType:
    if field.is_text:
        return FieldDescriptorProto.TYPE_STRING
    return next(made for kind, made in _KINDS.values() if kind == field.kind)


def _flat(name: str) -> str:
    return name.replace(".", "_")


_KINDS = {
    # whether a number has a sign, or is of 32 bits, matters to nobody who only asks if it is one
    "varint": (wire.VARINT, FieldDescriptorProto.TYPE_INT64),
    "double": (wire.EIGHT_BYTES, FieldDescriptorProto.TYPE_DOUBLE),
    "float": (wire.FOUR_BYTES, FieldDescriptorProto.TYPE_FLOAT),
    "bytes": (wire.BYTES, FieldDescriptorProto.TYPE_BYTES),
    "string": (wire.BYTES, FieldDescriptorProto.TYPE_STRING),
}

# Of each message its fields; a map is a list of messages of a key and a value. ``[]`` is a list
# of numbers. From tensorboard/compat/proto, beginning with event.proto and meta_graph.proto.
_TABLE = """
Event = 1:double 2:varint 3:string 4:bytes 5:Summary 6:LogMessage 7:SessionLog 8:TaggedRunMetadata
    9:bytes 10:SourceMetadata
Summary = 1:Summary.Value
Summary.Value = 1:string 2:float 3:bytes 4:Summary.Image 5:HistogramProto 6:Summary.Audio 7:string
    8:TensorProto 9:SummaryMetadata
SummaryMetadata = 1:SummaryMetadata.PluginData 2:string 3:string 4:varint
SummaryMetadata.PluginData = 1:string 2:bytes
Summary.Image = 1:varint 2:varint 3:varint 4:bytes
HistogramProto = 1:double 2:double 3:double 4:double 5:double 6:double[] 7:double[]
Summary.Audio = 1:float 2:varint 3:varint 4:bytes 5:string
TensorProto = 1:varint 2:TensorShapeProto 3:varint 4:bytes 5:float[] 6:double[] 7:varint[] 8:bytes
    9:float[] 10:varint[] 11:varint[] 12:double[] 13:varint[] 14:ResourceHandleProto
    15:VariantTensorDataProto 16:varint[] 17:varint[] 18:bytes
TensorShapeProto = 2:TensorShapeProto.Dim 3:varint
TensorShapeProto.Dim = 1:varint 2:string
ResourceHandleProto = 1:string 2:string 3:string 4:varint 5:string
    6:ResourceHandleProto.DtypeAndShape
ResourceHandleProto.DtypeAndShape = 1:varint 2:TensorShapeProto
VariantTensorDataProto = 1:string 2:bytes 3:TensorProto
LogMessage = 1:varint 2:string
SessionLog = 1:varint 2:string 3:string
TaggedRunMetadata = 1:string 2:bytes
SourceMetadata = 1:string
MetaGraphDef = 1:MetaGraphDef.MetaInfoDef 2:GraphDef 3:SaverDef 4:MetaGraphDef.CollectionDefEntry
    5:MetaGraphDef.SignatureDefEntry 6:AssetFileDef 7:SavedObjectGraph
MetaGraphDef.MetaInfoDef = 1:string 2:OpList 3:Any 4:string 5:string 6:string 7:varint
    8:MetaGraphDef.MetaInfoDef.FunctionAliasesEntry
OpList = 1:OpDef
OpDef = 1:string 2:OpDef.ArgDef 3:OpDef.ArgDef 4:OpDef.AttrDef 5:string 6:string 8:OpDeprecation
    16:varint 17:varint 18:varint 19:varint 20:string 21:varint
OpDef.ArgDef = 1:string 2:string 3:varint 4:string 5:string 6:string
    7:ResourceHandleProto.DtypeAndShape 16:varint 17:FullTypeDef
FullTypeDef = 1:varint 2:FullTypeDef 3:string 4:varint
OpDef.AttrDef = 1:string 2:string 3:AttrValue 4:string 5:varint 6:varint 7:AttrValue
AttrValue = 1:AttrValue.ListValue 2:bytes 3:varint 4:float 5:varint 6:varint 7:TensorShapeProto
    8:TensorProto 9:string 10:NameAttrList
AttrValue.ListValue = 2:bytes 3:varint[] 4:float[] 5:varint[] 6:varint[] 7:TensorShapeProto
    8:TensorProto 9:NameAttrList
NameAttrList = 1:string 2:NameAttrList.AttrEntry
NameAttrList.AttrEntry = 1:string 2:AttrValue
OpDeprecation = 1:varint 2:string
Any = 1:string 2:bytes
MetaGraphDef.MetaInfoDef.FunctionAliasesEntry = 1:string 2:string
GraphDef = 1:NodeDef 2:FunctionDefLibrary 3:varint 4:VersionDef 5:GraphDebugInfo
NodeDef = 1:string 2:string 3:string 4:string 5:NodeDef.AttrEntry 6:NodeDef.ExperimentalDebugInfo
    7:FullTypeDef
NodeDef.AttrEntry = 1:string 2:AttrValue
NodeDef.ExperimentalDebugInfo = 1:string 2:string
VersionDef = 1:varint 2:varint 3:varint[]
FunctionDefLibrary = 1:FunctionDef 2:GradientDef 3:RegisteredGradient
FunctionDef = 1:OpDef 3:NodeDef 4:FunctionDef.RetEntry 5:FunctionDef.AttrEntry
    6:FunctionDef.ControlRetEntry 7:FunctionDef.ArgAttrEntry
    8:FunctionDef.ResourceArgUniqueIdEntry
FunctionDef.AttrEntry = 1:string 2:AttrValue
FunctionDef.ArgAttrEntry = 1:varint 2:FunctionDef.ArgAttrs
FunctionDef.ArgAttrs = 1:FunctionDef.ArgAttrs.AttrEntry
FunctionDef.ArgAttrs.AttrEntry = 1:string 2:AttrValue
FunctionDef.ResourceArgUniqueIdEntry = 1:varint 2:varint
FunctionDef.RetEntry = 1:string 2:string
FunctionDef.ControlRetEntry = 1:string 2:string
GradientDef = 1:string 2:string
RegisteredGradient = 1:string 2:string
GraphDebugInfo = 1:string 2:GraphDebugInfo.TracesEntry 4:GraphDebugInfo.FramesByIdEntry
    5:GraphDebugInfo.NameToTraceIdEntry 6:GraphDebugInfo.TracesByIdEntry
GraphDebugInfo.FramesByIdEntry = 1:double 2:GraphDebugInfo.FileLineCol
GraphDebugInfo.FileLineCol = 1:varint 2:varint 3:varint 4:string 5:string
GraphDebugInfo.TracesByIdEntry = 1:double 2:GraphDebugInfo.StackTrace
GraphDebugInfo.StackTrace = 1:GraphDebugInfo.FileLineCol 2:double[]
GraphDebugInfo.TracesEntry = 1:string 2:GraphDebugInfo.StackTrace
GraphDebugInfo.NameToTraceIdEntry = 1:string 2:double
SaverDef = 1:string 2:string 3:string 4:varint 5:varint 6:float 7:varint
MetaGraphDef.CollectionDefEntry = 1:string 2:CollectionDef
CollectionDef = 1:CollectionDef.NodeList 2:CollectionDef.BytesList 3:CollectionDef.Int64List
    4:CollectionDef.FloatList 5:CollectionDef.AnyList
CollectionDef.NodeList = 1:string
CollectionDef.BytesList = 1:bytes
CollectionDef.Int64List = 1:varint[]
CollectionDef.FloatList = 1:float[]
CollectionDef.AnyList = 1:Any
MetaGraphDef.SignatureDefEntry = 1:string 2:SignatureDef
SignatureDef = 1:SignatureDef.InputsEntry 2:SignatureDef.OutputsEntry 3:string
    4:SignatureDef.DefaultsEntry
SignatureDef.InputsEntry = 1:string 2:TensorInfo
TensorInfo = 1:string 2:varint 3:TensorShapeProto 4:TensorInfo.CooSparse
    5:TensorInfo.CompositeTensor
TensorInfo.CooSparse = 1:string 2:string 3:string
TensorInfo.CompositeTensor = 1:TypeSpecProto 2:TensorInfo
TypeSpecProto = 1:varint 2:StructuredValue 3:string 4:varint
StructuredValue = 1:NoneValue 11:double 12:varint 13:string 14:varint 31:TensorShapeProto
    32:varint 33:TensorSpecProto 34:TypeSpecProto 35:BoundedTensorSpecProto 51:ListValue
    52:TupleValue 53:DictValue 54:NamedTupleValue 55:TensorProto 56:TensorProto
NoneValue =
TensorSpecProto = 1:string 2:TensorShapeProto 3:varint
BoundedTensorSpecProto = 1:string 2:TensorShapeProto 3:varint 4:TensorProto 5:TensorProto
ListValue = 1:StructuredValue
TupleValue = 1:StructuredValue
DictValue = 1:DictValue.FieldsEntry
DictValue.FieldsEntry = 1:string 2:StructuredValue
NamedTupleValue = 1:string 2:PairValue
PairValue = 1:string 2:StructuredValue
SignatureDef.OutputsEntry = 1:string 2:TensorInfo
SignatureDef.DefaultsEntry = 1:string 2:TensorProto
AssetFileDef = 1:TensorInfo 2:string
SavedObjectGraph = 1:SavedObject 2:SavedObjectGraph.ConcreteFunctionsEntry
SavedObject = 1:TrackableObjectGraph.TrackableObject.ObjectReference
    3:TrackableObjectGraph.TrackableObject.SlotVariableReference 4:SavedUserObject 5:SavedAsset
    6:SavedFunction 7:SavedVariable 8:SavedBareConcreteFunction 9:SavedConstant 10:SavedResource
    11:SavedObject.SaveableObjectsEntry 12:CapturedTensor 13:string 14:Any
    15:TrackableObjectGraph.TrackableObject.ObjectReference 16:string
TrackableObjectGraph.TrackableObject.ObjectReference = 1:varint 2:string
TrackableObjectGraph.TrackableObject.SlotVariableReference = 1:varint 2:string 3:varint
SavedUserObject = 1:string 2:VersionDef 3:string
SavedAsset = 1:varint
SavedFunction = 1:string 2:FunctionSpec
FunctionSpec = 1:StructuredValue 2:varint 5:StructuredValue 6:varint
SavedVariable = 1:varint 2:TensorShapeProto 3:varint 4:varint 5:varint 6:string 7:string
    8:SavedVariable
SavedBareConcreteFunction = 1:string 2:string 3:varint 4:FunctionSpec
SavedConstant = 1:string
SavedResource = 1:string
CapturedTensor = 1:string 2:string
SavedObject.SaveableObjectsEntry = 1:string 2:SaveableObject
SaveableObject = 2:varint 3:varint
SavedObjectGraph.ConcreteFunctionsEntry = 1:string 2:SavedConcreteFunction
SavedConcreteFunction = 2:varint[] 3:StructuredValue 4:StructuredValue
"""
