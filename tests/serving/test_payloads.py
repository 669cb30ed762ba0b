"""Payloads and files that are damaged anywhere: what each reader makes of them, exactly."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from crc32c import crc32c
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.readers import by_data_server, by_python
from serving.examined import by_model, examine
from serving.generator import PLUGINS, event, frame, scalar, tensor, value, version, write
from serving.mangled import Mangler, group, varint, whole
from tensorboard.compat.proto import event_pb2, meta_graph_pb2
from tensorboard.compat.proto import types_pb2 as types
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

from tbconvert.decode import messages, prost

END = scalar(99, "end")


def summary(*values: bytes) -> bytes:
    return whole(5, 2, b"".join(whole(1, 2, one) for one in values))


def of_tensor(content: bytes) -> bytes:
    return summary(b"\x0a\x01a" + whole(8, 2, content))


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = whole(15, 2, whole(3, 2, content))
    return content


SIMPLE = b"\x0a\x01a\x15\0\0\0\x3f"
GOOD = summary(SIMPLE)

# payload, and whether the data server takes it, and the Python reader
PAYLOADS = {
    "good": (GOOD, True, True),
    "a step of eight bytes": (GOOD + b"\x11" + bytes(8), False, True),
    "a time that is a varint": (GOOD + b"\x08\x01", False, True),
    "a simple value that is a varint": (summary(b"\x0a\x01a\x10\x01"), False, True),
    "a graph that is a varint": (GOOD + b"\x20\x01", False, True),
    "a meta graph that is a varint": (GOOD + b"\x48\x01", False, True),
    "a source that is a varint": (GOOD + b"\x50\x01", False, True),
    "a summary that is a group": (b"\x2b\x2c", False, True),
    "float8s that are a varint": (of_tensor(varint(18 << 3) + b"\1"), False, True),
    "a resource with a device of a varint": (of_tensor(whole(14, 2, b"\x08\x01")), False, True),
    "a resource that is no message": (of_tensor(whole(14, 2, b"\xff")), False, False),
    "a resource with a device of no UTF-8": (of_tensor(whole(14, 2, b"\x0a\1\xff")), False, False),
    "a variant that is no message": (of_tensor(whole(15, 2, b"\xff")), False, False),
    "numbers that are cut off": (of_tensor(b"\x08\x03" + whole(7, 2, b"\x01\x80")), False, False),
    "five bytes of floats": (of_tensor(b"\x08\x01" + whole(5, 2, b"abcde")), False, False),
    "one float by itself": (of_tensor(b"\x08\x01\x2dabcd"), True, True),
    "a number among others of 70 bits": (
        of_tensor(b"\x08\x03" + whole(7, 2, b"\xff" * 9 + b"\x7f")),
        False,
        True,
    ),
    "a type that is none": (of_tensor(b"\x08" + b"\xff" * 9 + b"\1"), True, True),
    "a truth of 3": (of_tensor(b"\x08\x0a" + whole(11, 2, b"\x03\x80\x01")), True, True),
    "a step below zero": (GOOD + b"\x10" + b"\xff" * 9 + b"\1", True, True),
    "a step of 65 bits": (GOOD + b"\x10" + b"\xff" * 9 + b"\2", False, True),
    "a step of eleven bytes": (GOOD + b"\x10" + b"\xff" * 10 + b"\1", False, False),
    "a step of too many bytes": (GOOD + b"\x10\x87\x80\0", True, True),
    "a key of five bytes": (GOOD + b"\x90\x80\x80\x80\0\7", True, True),
    "a key of six bytes": (GOOD + b"\x90\x80\x80\x80\x80\0\7", True, False),
    "a key of ten bytes": (GOOD + b"\x90" + b"\x80" * 8 + b"\0\7", True, False),
    "a key of 33 bits": (GOOD + b"\x90\x80\x80\x80\x10\7", False, False),
    "the last of all keys": (GOOD + b"\xf8\xff\xff\xff\x0f\7", True, True),
    "a length of five bytes": (whole(5, 2, GOOD[2:], length_size=5), True, True),
    "a length of six bytes": (whole(5, 2, GOOD[2:], length_size=6), True, False),
    "a length of 65 bits": (b"\x2a\x8a" + b"\x80" * 8 + b"\2" + GOOD[2:], False, False),
    "field 0": (GOOD + b"\0\1", False, False),
    "wire type 6": (GOOD + b"\x0e", False, False),
    "a tag of no UTF-8": (summary(b"\x0a\1\xff" + SIMPLE[3:]), False, False),
    "half a pair of UTF-16": (summary(b"\x0a\3\xed\xa0\x80" + SIMPLE[3:]), False, False),
    "a writer of no UTF-8": (GOOD + whole(10, 2, b"\x0a\1\xff"), False, False),
    "a group": (GOOD + group(99, b"\x08\1"), True, True),
    "a group that ends as another": (
        GOOD + varint(99 << 3 | 3) + varint(98 << 3 | 4),
        False,
        False,
    ),
    "the end of a group": (GOOD + varint(99 << 3 | 4), False, False),
    "a hundred groups": (GOOD + group(99, b"", 100), True, True),
    "a hundred groups and something": (GOOD + group(99, b"\x08\1", 100), False, True),
    "a hundred and one groups": (GOOD + group(99, b"", 101), False, False),
    "98 groups in a value": (summary(SIMPLE + group(99, b"", 98)), True, True),
    "99 groups in a value": (summary(SIMPLE + group(99, b"", 99)), False, False),
    "48 variants": (of_tensor(nested(48)), True, True),
    "49 variants": (of_tensor(nested(49)), False, False),
    "two summaries": (GOOD + summary(SIMPLE[:2] + b"b" + SIMPLE[3:]), True, True),
    "a summary that a graph takes the place of": (GOOD + b"\x22\1g", True, True),
    "a tensor in two parts": (
        summary(b"\x0a\1a" + whole(8, 2, b"\x08\1") + whole(8, 2, b"\x22\4abcd")),
        True,
        True,
    ),
    "metadata in two parts": (
        summary(SIMPLE + whole(9, 2, b"\x0a\3\x0a\1x") + whole(9, 2, b"\x20\1")),
        True,
        True,
    ),
    "nothing": (b"", True, True),
}


def agree(root: Path, files: list[bytes]) -> tuple[list[set[str]], list[set[str]]]:
    """Fail unless both readers serve of each file what the model says; return their tags."""
    names = [str(place) for place in range(len(files))]
    for name, data in zip(names, files, strict=True):
        write(root / name, data)
    examined = {name: examine(root / name) for name in names}
    mine = [
        {
            run: {tag: told for tag, told in tags.items() if told[0] in PLUGINS}
            for run, tags in served.items()
        }
        for served in by_model(examined)
    ]
    data_server = {name: {} for name in names} | by_data_server(root, *PLUGINS)
    python = by_python(root, names, *PLUGINS)
    for place, name in enumerate(names):
        assert mine[0][name] == data_server[name], f"data server, {files[place]!r}"
        assert mine[1][name] == python[name], f"Python reader, {files[place]!r}"
        is_same = data_server[name] == python[name]
        losses = [one for one in examined[name].findings() if one.severity == "loss"]
        assert is_same or losses, f"no word of a difference, {files[place]!r}"
    return [set(data_server[name]) for name in names], [set(python[name]) for name in names]


def test_payloads_by_hand(tmp_path: Path) -> None:
    files = [b"".join(map(frame, (version(), payload, END))) for payload, *_ in PAYLOADS.values()]

    data_server, python = agree(tmp_path, files)

    for place, (name, (_, by_rust, by_protobuf)) in enumerate(PAYLOADS.items()):
        assert ("end" in data_server[place]) == by_rust, name
        assert ("end" in python[place]) == by_protobuf, name


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_plain_form_is_the_same_event(name: str) -> None:
    payload, is_taken, by_protobuf = PAYLOADS[name]

    plain = prost.plain(payload)

    assert (plain is not None) == is_taken
    if plain is not None and by_protobuf:
        wanted = Event.FromString(payload)
        wanted.DiscardUnknownFields()
        assert Event.FromString(plain) == wanted


HISTOGRAM = HistogramProto(min=0, max=2, num=3, bucket_limit=[1, 2], bucket=[1, 2])
EVENTS = [
    version(),
    scalar(2**40),
    scalar(-3),
    event(7, value("a", "scalars", 1, tensor=tensor(types.DT_FLOAT, float_val=[0.5]))),
    event(300, value("a", histo=HISTOGRAM), value("b", simple_value=2.0)),
    event(8, value("a", "text", tensor=tensor(types.DT_STRING, [2], string_val=[b"x", b"yz"]))),
    event(9, value("m", "mesh", 2, tensor=tensor(types.DT_INT32, [3], int_val=[1, -1, 300]))),
    event(1, value("i", image=Summary.Image(width=300, height=2, encoded_image_string=b"png"))),
    Event(wall_time=1e9, step=3, session_log={"status": 1, "msg": "said"}),
    Event(wall_time=1e9, step=3, tagged_run_metadata={"tag": "t", "run_metadata": b"x"}),
    Event(wall_time=1e9, step=3, log_message={"level": 20, "message": "said"}),
]
SLOW = settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))


@SLOW
@given(st.integers(0, 2**32))
def test_payloads_that_nobody_writes(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    dice = Random(seed)
    payloads = [
        Mangler(dice, dice.choice((0.05, 0.15))).mangled(dice.choice(EVENTS).SerializeToString())
        for _ in range(60)
    ]
    files = [b"".join(map(frame, (version(), payload, END))) for payload in payloads]

    agree(tmp_path_factory.mktemp("mangled"), files)


RECORDS = [
    frame(one)
    for one in (
        version(),
        *(scalar(step // 2, "ab"[step % 2], wall_time=1e9 + step) for step in range(12)),
        event(6, value("h", histo=HISTOGRAM), value("a", simple_value=1.0)),
        event(7, value("t", "text", tensor=tensor(types.DT_STRING, string_val=[b"said"]))),
    )
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return the bytes of an event file to which something has happened, or several things."""
    records = list(RECORDS)
    places = st.integers(0, len(records) - 1)
    what = draw(st.sampled_from(["flip", "edit", "cut", "zero", "drop", "double", "move", "flip"]))
    match what:
        case "drop":
            del records[draw(places)]
        case "double":
            place = draw(places)
            records.insert(draw(places), records[place])
        case "move":
            records.insert(draw(places), records.pop(draw(places)))
        case "edit":  # and the checksum is right
            place = draw(places)
            payload = bytearray(records[place][12:-4])
            payload[draw(st.integers(0, len(payload) - 1))] ^= 1 << draw(st.integers(0, 7))
            records[place] = frame(bytes(payload))
    data = bytearray(b"".join(records))
    at = draw(st.integers(0, len(data) - 1))
    match what:
        case "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        case "cut":
            return bytes(data[:at])
        case "zero":
            data[at : at + 8] = bytes(len(data[at : at + 8]))
    return bytes(data)


@SLOW
@given(st.lists(damaged(), min_size=30, max_size=40))
def test_files_that_are_damaged_anywhere(
    tmp_path_factory: pytest.TempPathFactory, files: list[bytes]
) -> None:
    agree(tmp_path_factory.mktemp("damaged"), files)


# ------------------------------------------------------------------ the table of messages

KINDS = {
    "TYPE_DOUBLE": "eight",
    "TYPE_FIXED64": "eight",
    "TYPE_FLOAT": "four",
    "TYPE_BYTES": "bytes",
    "TYPE_STRING": "text",
    "TYPE_MESSAGE": "message",
}
NAMES = {number: name for name, number in vars(FieldDescriptor).items() if name.startswith("TYPE_")}


def described(message: Descriptor, found: dict[str, dict[int, tuple[str, str]]]) -> None:
    """Take down what each field of a message is, and of all that are in it."""
    name = message.full_name.removeprefix("tensorboard.").removeprefix("google.protobuf.")
    if name in found:
        return
    of_it = found[name] = {}
    for field in message.fields:
        inner = field.message_type
        about = inner.full_name if inner else "packed" if field.is_packed else ""
        about = about.removeprefix("tensorboard.").removeprefix("google.protobuf.")
        of_it[field.number] = KINDS.get(NAMES[field.type], "varint"), about
        if inner:
            described(inner, found)


def told(field: messages.Field) -> tuple[str, str]:
    if field.message:
        return "message", field.message
    kinds = {0: "varint", 1: "eight", 2: "text" if field.is_text else "bytes", 5: "four"}
    return kinds[field.kind], "packed" if field.is_packed else ""


def test_the_table_has_all_that_tensorboard_knows() -> None:
    known: dict[str, dict[int, tuple[str, str]]] = {}
    for message in (event_pb2.Event, meta_graph_pb2.MetaGraphDef):
        described(message.DESCRIPTOR, known)

    table = {
        name: {number: told(field) for number, field in of_it.items()}
        for name, of_it in messages.fields().items()
    }

    # an older TensorBoard may know less
    for name, of_it in known.items():
        assert of_it.items() <= table[name].items(), name


@pytest.mark.parametrize(
    "payload",
    [
        *(
            b"",
            b"\xff",
            b"\x12\x05\x0a\x03\x0a\x01\xff",
            b"\x12\x03\x0a\x01\x0a",
            b"\x12\x00\x50\x01",
        ),
        b"\x12\x07\x0a\x05\x2a\x03\x0a\x01\xff",  # a key of a map that is no UTF-8
        b"\x22\x04\x12\x02\x1a\x02",
    ],
)
def test_a_meta_graph(payload: bytes) -> None:
    try:
        meta_graph_pb2.MetaGraphDef.FromString(payload)
    except DecodeError:
        is_one = False
    else:
        is_one = True

    assert messages.is_message("MetaGraphDef", payload) == is_one


def test_the_frame_is_what_it_should_be() -> None:
    # what all of the above rests on: the vector of RFC 3720
    assert crc32c(b"123456789") == 0xE3069283
