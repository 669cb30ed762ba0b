"""Event files of any kind and in any state, by TensorBoard's own protobuf classes."""

from __future__ import annotations

import math
import random
import struct
from pathlib import Path

from decode.event_files import framed
from serving.mangled import Mangler
from tensorboard.compat.proto import summary_pb2, tensor_pb2, types_pb2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

PLUGINS = (
    *("scalars", "histograms", "images", "audio", "text", "hparams", "pr_curves", "mesh"),
    *("custom_scalars", "graphs", "graph_tagged_run_metadata", "graph_run_metadata"),
    *("graph_run_metadata_graph", "graph_keras_model", "foreign"),
)


def frame(event: Event | bytes) -> bytes:
    return framed(event if isinstance(event, bytes) else event.SerializeToString())


def version(text: str = "brain.Event:2") -> Event:
    return Event(wall_time=1e9, file_version=text)


def event(step: int, *values: Summary.Value, wall_time: float = 1e9) -> Event:
    return Event(step=step, wall_time=wall_time, summary=Summary(value=values))


def scalar(step: int, tag: str = "loss", value: float = 0.5, wall_time: float = 1e9) -> Event:
    return event(step, Summary.Value(tag=tag, simple_value=value), wall_time=wall_time)


def about(plugin: str, data_class: int = 0) -> summary_pb2.SummaryMetadata:
    metadata = summary_pb2.SummaryMetadata(data_class=data_class)
    metadata.plugin_data.plugin_name = plugin
    return metadata


def tensor(dtype: int, dims: list[int] | None = None, **fields: object) -> tensor_pb2.TensorProto:
    made = tensor_pb2.TensorProto(dtype=dtype, **fields)
    for size in dims or ():
        made.tensor_shape.dim.add(size=size)
    return made


def value(
    tag: str, plugin: str | None = None, data_class: int = 0, **content: object
) -> Summary.Value:
    made = Summary.Value(tag=tag, **content)
    if plugin is not None:
        made.metadata.CopyFrom(about(plugin, data_class))
    return made


def write(folder: Path, *files: bytes, names: tuple[str, ...] = ()) -> Path:
    """Write files of one run; without ``names`` they sort as they are given."""
    folder.mkdir(parents=True)
    for i, data in enumerate(files):
        name = names[i] if names else f"events.out.tfevents.{1_000_000_000 + i}.host"
        (folder / name).write_bytes(data)
    return folder


# ----------------------------------------------------------------------------------- at random


class Maker:
    """One run: a few tags, each mostly of one kind, through several files with damage."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        dice = self.random
        self.kinds = {tag: dice.choice(KINDS) for tag in "abcd"}
        self.kinds["e"] = self.kinds["f"] = "simple"
        self.odd = dice.choice((0, 0, 0.02, 0.2))
        self.odd_times = dice.choice((0, 0, 0, 0.03))
        self.session_logs = dice.choice((0, 0, 0.05))
        self.with_metadata = dice.choice(("all", "first", "first", "late", "some"))
        self.seen: set[str] = set()
        self.pattern = dice.choice(("rising", "rising", "restarts", "wild", "constant", "falling"))
        self.step = dice.choice((0, 0, 5, -3, 2**62, -(2**63)))

    def files(self) -> list[bytes]:
        """Return the contents of one to three files."""
        files = [self.records() for _ in range(self.random.choice((1, 1, 2, 3)))]
        return [self.damaged(records) for records in files]

    def records(self) -> list[bytes]:
        dice = self.random
        events: list[Event] = []
        if dice.random() < 0.8:
            events.append(version(dice.choice(("brain.Event:2",) * 6 + ("brain.Event:1", "junk"))))
        for _ in range(dice.choice((0, 1, 3, 10, 30))):
            events.append(self.any_event())
        return [frame(each) for each in events]

    def any_event(self) -> Event:
        dice = self.random
        self.go_on()
        made = Event(step=self.step, wall_time=self.time())
        roll = dice.random()
        if roll < self.session_logs:
            made.session_log.status = dice.choice((SessionLog.START,) * 3 + (SessionLog.STOP,))
        elif roll < 0.07:
            match dice.randrange(7):
                case 0:
                    made.graph_def = b"graph"
                case 1:
                    made.tagged_run_metadata.tag = dice.choice("amn")
                    made.tagged_run_metadata.run_metadata = b"metadata"
                case 2:
                    made.log_message.message = "said"
                case 3:
                    made.file_version = dice.choice(("brain.Event:2", "brain.Event:1.5"))
                case 4:
                    made.source_metadata.writer = "somebody"
                case 5:
                    made.meta_graph_def = dice.choice(META_GRAPHS)
                case 6:
                    made.summary.SetInParent()
        else:
            choose = dice.choices if dice.random() < 0.1 else dice.sample
            tags = choose("abcdef", k=dice.choice((1, 1, 2, 3)))
            made.summary.value.extend(self.value(tag) for tag in tags)
        return made

    def go_on(self) -> None:
        dice = self.random
        match self.pattern:
            case "rising":
                self.step += 1
            case "falling":
                self.step -= 1
            case "restarts":
                self.step += 2 if dice.random() < 0.9 else -dice.randrange(1, 20)
            case "wild":
                self.step = dice.randrange(-5, 30)
        self.step = max(-(2**63), min(2**63 - 1, self.step))

    def time(self) -> float:
        if self.random.random() < self.odd_times:
            return self.random.choice((math.nan, math.inf, -math.inf))
        return self.random.choice((1e9, 1e9 + 1, 0.0))

    def value(self, tag: str) -> Summary.Value:
        dice = self.random
        kind = dice.choice(KINDS) if dice.random() < self.odd else self.kinds[tag]
        made, plugin = make(kind, tag, dice)
        has_metadata = {
            "all": True,
            "first": tag not in self.seen,
            "late": tag in self.seen,
            "some": dice.random() < 0.5,
        }[self.with_metadata]
        self.seen.add(tag)
        if plugin and has_metadata:
            made.metadata.CopyFrom(about(plugin, dice.choice((0,) * 9 + (1, 2, 3))))
        elif has_metadata and dice.random() < 0.02:
            made.metadata.data_class = dice.choice((0, 1))
        return made

    def damaged(self, records: list[bytes]) -> bytes:
        dice = self.random
        if not records or dice.random() < 0.5:
            return b"".join(records)
        index = dice.randrange(len(records))
        record = records[index]
        match dice.randrange(11):
            case 0:  # cut off anywhere
                data = b"".join(records)
                return data[: dice.randrange(len(data))]
            case 1:
                return b"".join(records) + bytes(dice.choice((4, 12, 64)))
            case 2:
                return b"".join(records) + dice.randbytes(40)
            case 3:  # the checksum of the payload
                records[index] = record[:-1] + bytes([record[-1] ^ 1])
            case 4:  # the length, or its checksum
                at = dice.randrange(12)
                records[index] = record[:at] + bytes([record[at] ^ 4]) + record[at + 1 :]
            case 5:
                del records[index]
            case 6:
                records.insert(index, record)
            case 7:
                dice.shuffle(records)
            case 8:  # what is no event, under a checksum that is right, or wrong
                records.insert(index, frame(b"\xff\xff"))
                if dice.random() < 0.5:
                    records[index] = records[index][:-1] + b"\0"
            case 9 | 10:
                records[index] = frame(Mangler(dice).mangled(record[12:-4]))
                if dice.random() < 0.3:
                    records[index] = records[index][:-1] + b"\0"
        return b"".join(records)


KINDS = (
    *("simple", "simple", "simple", "float", "float", "content", "double", "int", "half", "row"),
    *("pair", "empty", "string", "text", "histogram", "lists", "image", "pictures", "sound"),
    *("clips", "nothing", "hparams", "foreign", "mesh", "wrong", "keras", "obsolete", "bool"),
    *("complex", "node", "silence"),
)

META_GRAPHS = (
    *(b"", b"\xff", MetaGraphDef(graph_def={"node": [{"name": "n"}]}).SerializeToString()),
    b"\x12\x05\x0a\x03\x0a\x01\xff",  # the name of a node that is no UTF-8
)
"""Of which the first and the third can be read."""


def make(kind: str, tag: str, dice: random.Random) -> tuple[Summary.Value, str]:
    """Return a value of one kind, and the plugin that its metadata would name, "" for none."""
    types = types_pb2
    match kind:
        case "simple":
            return value(tag, simple_value=dice.choice((0.0, 1.5, math.nan))), ""
        case "float":
            return value(tag, tensor=tensor(types.DT_FLOAT, float_val=[1.5])), "scalars"
        case "content":
            content = struct.pack("<f", 2)
            return value(tag, tensor=tensor(types.DT_FLOAT, tensor_content=content)), "scalars"
        case "double":
            return value(tag, tensor=tensor(types.DT_DOUBLE, double_val=[1.5])), "scalars"
        case "int":
            return value(tag, tensor=tensor(types.DT_INT64, int64_val=[7])), "scalars"
        case "half":
            return value(tag, tensor=tensor(types.DT_HALF, half_val=[15360])), "scalars"
        case "bool":
            return value(tag, tensor=tensor(types.DT_BOOL, bool_val=[True])), "scalars"
        case "complex":
            made = tensor(types.DT_COMPLEX64, scomplex_val=[1, 2])
            return value(tag, tensor=made), "scalars"
        case "row":
            return value(tag, tensor=tensor(types.DT_FLOAT, [1], float_val=[1.5])), "scalars"
        case "pair":
            return value(tag, tensor=tensor(types.DT_FLOAT, float_val=[1, 2])), "scalars"
        case "empty":
            return value(tag, tensor=tensor(types.DT_FLOAT)), "scalars"
        case "string":
            return value(tag, tensor=tensor(types.DT_STRING, string_val=[b"x"])), "scalars"
        case "text":
            return value(tag, tensor=tensor(types.DT_STRING, string_val=[b"x"])), "text"
        case "histogram":
            histo = HistogramProto(min=0, max=2, num=3, bucket_limit=[1, 2], bucket=[1, 2])
            return value(tag, histo=histo), ""
        case "lists":
            limits = dice.choice(([1], [1, 2, 3], [1, 2], []))
            histo = HistogramProto(min=0, max=2, num=3, bucket_limit=limits, bucket=[1, 0, 2])
            return value(tag, histo=histo), ""
        case "image":
            return value(tag, image=Summary.Image(width=1, height=1)), "images"
        case "pictures":
            made = tensor(types.DT_STRING, [3], string_val=[b"1", b"1", b"x"])
            return value(tag, tensor=made), "images"
        case "sound":
            return value(tag, audio=Summary.Audio(encoded_audio_string=b"x")), "audio"
        case "clips":
            made = tensor(types.DT_STRING, [1, 2], string_val=[b"x", b""])
            return value(tag, tensor=made), "audio"
        case "nothing":
            return value(tag), dice.choice(("scalars", "text", "images", "mesh"))
        case "hparams":
            return value(tag), "hparams"
        case "foreign":
            return value(tag, tensor=tensor(types.DT_FLOAT, float_val=[1.5])), "foreign"
        case "mesh":
            return value(tag, tensor=tensor(types.DT_FLOAT, [1, 1, 3], float_val=[1, 2, 3])), "mesh"
        case "wrong":
            return value(tag, tensor=tensor(types.DT_FLOAT, [2, 2], float_val=[1, 2, 3])), "mesh"
        case "keras":
            made = tensor(types.DT_STRING, string_val=[b"{}"])
            return value(tag, tensor=made), dice.choice(("graph_keras_model", "images", "audio"))
        case "node":
            made = tensor(types.DT_FLOAT, float_val=[1.5])
            return value("", tensor=made, node_name=tag), dice.choice(("scalars", "mesh"))
        case "silence":
            made = tensor(types.DT_STRING, dice.choice(([0, 2], [2, 0], [1, 2, 0])))
            return value(tag, tensor=made), dice.choice(("audio", "audio", "images"))
        case "obsolete":
            return value(tag, obsolete_old_style_histogram=b"x"), "histograms"
    raise ValueError(kind)
