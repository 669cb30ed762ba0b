"""Graphs of models: what form a file has one in, and its bytes.

A file is told by how it is built, and its suffix must not speak against it: what TensorFlow,
Keras and others write beside their graphs is JSON, text and messages as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawGraph, Source
from tbconvert.options import Options
from tbconvert.read.compression import DamagedStreamError, plain_chunks
from tbconvert.read.sample import Sample
from tbconvert.streams import InputStream

MOST_BYTES = (2 << 30) - 1
"""The largest message that protobuf parses: no graph is larger."""

_CHUNK = 16 << 20

_SUFFIXES = {
    ".pb": ("graph_def", "saved_model", "onnx"),
    ".onnx": ("onnx",),
    ".pbtxt": ("graph_def_text", "saved_model"),
    ".json": ("keras",),
}
_GRAPHS_ONLY = {".pb", ".onnx", ".pbtxt"}
"""What no other format has for a suffix."""

_WANTED = "the nodes of a GraphDef, a SavedModel, an ONNX model or one of Keras"
_PACKED = re.compile(r"\.(gz|bz2|xz|zst)$", re.IGNORECASE)
_ANY_SUFFIX = re.compile(r"\.[^.]*$")


def sniff(head: bytes, name: str) -> str | None:
    """Return in which form a file has a graph, or None if it is something else.

    ``head`` are the first 64 KiB of what it unpacks to, or all. A ``name`` without a suffix,
    as "-" and "" are, may be of any form. Forms are those of ``summaries.graph.FORMS``.
    """
    suffix = _suffix(name)
    allowed = _SUFFIXES.get(suffix, ()) if suffix else None
    for form, is_one in _FORMS:
        if (allowed is None or form in allowed) and is_one(head):
            return form
    return None


def sniff_sample(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a graph, or None if a sample is of something else.

    Raises
    ------
    SourceError
        It was said to be a graph, or its name says so, and it is none.
    """
    is_said = options.format == "graph"
    form = sniff(sample.head, sample.name) or (sniff(sample.head, "") if is_said else None)
    if form is not None:
        return {"form": form, "notes": ()}
    if is_said or _suffix(sample.name) in _GRAPHS_ONLY:
        said = sample.damage or f"not a graph: {_got(sample.head)}, wanted {_WANTED}"
        hint = "" if is_said else "--format overrules its name"
        raise SourceError(sample.origin, said, hint)
    return None


def _suffix(name: str) -> str:
    found = _ANY_SUFFIX.search(_PACKED.sub("", name))
    return found[0].lower() if found else ""


def _got(head: bytes) -> str:
    """Say what is no graph, in a few words."""
    if not head.strip():
        return "got an empty file"
    if field := _ANY_FIELD.match(head):
        return f"got a message that begins with {field[1].decode()!r}"
    return "got an object of JSON" if head.lstrip()[:1] == b"{" else "got something else"


def read(source: Source, stream: InputStream) -> Iterator[RawGraph]:
    """Yield the only graph of a file, as its bytes.

    ``source.read_options`` has its ``form`` and its ``compression``.

    Raises
    ------
    SourceError
        The compressed file is damaged, or unpacks to more than ``MOST_BYTES``.
    """
    origin = Origin(source.uri)
    chunks, size = [], 0
    try:
        for chunk in plain_chunks(stream, source.read_options["compression"], _CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise SourceError(origin, "is larger than 2 GiB, and no graph is")
            chunks.append(chunk)
    except DamagedStreamError as err:
        raise SourceError(origin, f"not a whole graph: {err}") from err
    yield RawGraph(origin, source.read_options["form"], b"".join(chunks))


# ------------------------------------------------------------------------------- messages

_VARINT, _LENGTH = 0, 2

# What fields a message has and of what wire type; those that tell it are looked into.
_NODE_DEF = dict.fromkeys(range(1, 8), _LENGTH)
_GRAPH_DEF = {1: _LENGTH, 2: _LENGTH, 3: _VARINT, 4: _LENGTH, 5: _LENGTH}
_META_GRAPH = dict.fromkeys(range(1, 8), _LENGTH)
_META_INFO = {**dict.fromkeys(range(1, 9), _LENGTH), 7: _VARINT}
_SAVED_MODEL = {1: _VARINT, 2: _LENGTH}
_ONNX_NODE = dict.fromkeys(range(1, 11), _LENGTH)
_ONNX_GRAPH = dict.fromkeys((1, 2, 5, *range(10, 17)), _LENGTH)
_ONNX_MODEL = {
    **dict.fromkeys((2, 3, 4, 6, 7, 8, 14, 20, 25, 26), _LENGTH),
    1: _VARINT,
    5: _VARINT,
}

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_MOST_FIELDS = 64

_Field = tuple[int, int, bytes]
"""Its number, its value if it is a varint, else 0, and its bytes, which may be cut off."""


def _is_graph_def(head: bytes) -> bool:
    """Tell whether a message begins with nodes that have a name and an operation."""
    fields = _fields(head, _GRAPH_DEF)
    if not fields or fields[0][0] != 1 or not _fields(fields[0][2], _NODE_DEF):
        return False
    nodes = [_fields(data, _NODE_DEF) for number, _, data in fields if number == 1]
    return all(map(_is_node_def, nodes))


def _is_node_def(fields: list[_Field] | None) -> bool:
    """Tell whether these are fields of a node, of which nothing may be left but its beginning."""
    if fields is None or (fields and fields[0][0] != 1):
        return False
    return not any(number < 5 and _CONTROL.search(text) for number, _, text in fields)


def _is_saved_model(head: bytes) -> bool:
    """Tell whether a message begins with version 1, and a graph with what is said of it."""
    fields = _fields(head, _SAVED_MODEL)
    if not fields or fields[0][:2] != (1, 1) or len(fields) < 2:
        return False
    inner = _fields(fields[1][2], _META_GRAPH) or []
    return bool(inner) and (inner[0][0] == 2 or _fields(inner[0][2], _META_INFO) is not None)


def _is_onnx(head: bytes) -> bool:
    """Tell whether a message begins with a version, and has a graph."""
    fields = _fields(head, _ONNX_MODEL)
    if not fields or fields[0][0] != 1 or not 1 <= fields[0][1] <= 100:
        return False
    graph = next((_fields(data, _ONNX_GRAPH) for number, _, data in fields if number == 7), None)
    nodes = [data for number, _, data in graph or () if number == 1]
    return bool(graph) and all(_fields(node, _ONNX_NODE) is not None for node in nodes)


def _fields(data: bytes, known: Mapping[int, int]) -> list[_Field] | None:
    """Return the first fields of a message, which may be cut off; None if any is not known."""
    fields: list[_Field] = []
    at = 0
    while at < len(data) and len(fields) < _MOST_FIELDS:
        key, at = _varint(data, at)
        if at <= len(data) and known.get(key >> 3) != key & 7:
            return None
        value, at = _varint(data, at)
        if at > len(data):
            break
        size = value if key & 7 == _LENGTH else 0
        fields.append((key >> 3, value, data[at : at + size]))
        at += size
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends: beyond the end if it is cut off."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            return 0, len(data) + 1
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    return 0, at


# ------------------------------------------------------------------------- text and JSON

_START = rb"(?:\xef\xbb\xbf)?(?:\s|#[^\n]*\n)*"
_STRING = rb"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
_OPEN = rb"\s*:?\s*[{<]\s*"

_ANY_FIELD = re.compile(_START + rb"([A-Za-z_]\w*)\s*[:{<]")
_GRAPH_TEXT = re.compile(
    _START
    + rb"(?:node" + _OPEN + rb"(?:name|op)\s*:\s*" + _STRING
    + rb"\s*[;,]?\s*(?:name|op|input|device|attr|experimental_\w+|[}>])"
    + rb"|library" + _OPEN + rb"(?:function|gradient|registered_gradients)\b"
    + rb"|versions" + _OPEN + rb"(?:producer|min_consumer)\b)"
)  # fmt: skip
_SAVED_MODEL_TEXT = re.compile(
    _START + rb"(?:saved_model_schema_version\s*:\s*1\b"
    rb"|meta_graphs" + _OPEN + rb"(?:meta_info_def|graph_def)\b)"
)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\],]', re.DOTALL)
_CLOSING = {b"{": b"}", b"[": b"]"}


def _is_graph_text(head: bytes) -> bool:
    return _GRAPH_TEXT.match(head) is not None


def _is_saved_model_text(head: bytes) -> bool:
    return _SAVED_MODEL_TEXT.match(head) is not None


def _is_keras(head: bytes) -> bool:
    """Tell whether a JSON document is a model that says what its layers are."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b"class_name" not in head:
        return False
    try:
        model = json.loads(_completed(head))
        for key in ("modelTopology", "model_config"):
            model = model.get(key, model)
            model = json.loads(model) if isinstance(model, str) else model
        config = model["config"]
        layer = (config["layers"] if isinstance(config, dict) else config)[0]
        return bool(model["class_name"] and layer["class_name"]) and "config" in layer
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return False


def _completed(head: bytes) -> bytes:
    """Return the beginning of a JSON document as a whole one, without what is cut off."""
    closing: list[bytes] = []
    end = 0
    for token in _TOKEN.finditer(head):
        found = token[0]
        if found in _CLOSING:
            closing.append(_CLOSING[found])
        elif found in (b"}", b"]") and closing:
            closing.pop()
        if found == b",":
            end = token.start()
        elif found[:1] != b'"':
            end = token.end()
        if not closing:  # what follows is for the parser to judge
            return head
    return head[:end] + b"".join(reversed(closing))


_FORMS = (
    ("saved_model", _is_saved_model),
    ("graph_def", _is_graph_def),
    ("onnx", _is_onnx),
    ("graph_def_text", _is_graph_text),
    ("saved_model", _is_saved_model_text),
    ("keras", _is_keras),
)
