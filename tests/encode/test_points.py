"""Single summaries and the whole file, by TensorBoard's own messages and readers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from oracle import read_back
from tensorboard.compat.proto.event_pb2 import Event, SourceMetadata
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_ndarray

from tbconvert.encode import Encoder
from tbconvert.model import HistogramPoint, ImagePoint, Records, ScalarBlock, Tag, TensorPoint

HISTOGRAM = HistogramPoint(
    tag=Tag("layer/kernel"),
    step=3,
    wall_time=1.7e9,
    minimum=-1.0,
    maximum=2.0,
    total=4.5,
    sum_squares=9.25,
    limits=np.array([-1.0, 0.0, 0.5, 2.0]),
    counts=np.array([0.0, 4.0, 0.0, 3.0]),
)


def text(tag: str, step: int, *strings: str, shape: tuple[int, ...] = ()) -> TensorPoint:
    encoded = tuple(string.encode() for string in strings)
    return TensorPoint(Tag(tag), step, 1.7e9, "text", encoded, shape)


def framed(event: Event) -> Records:
    file = io.BytesIO()
    RecordWriter(file).write(event.SerializeToString(deterministic=True))
    values = tuple(value.SerializeToString() for value in event.summary.value)
    return Records(file.getvalue(), 1, values)


def event_of(records: Records) -> Event:
    return Event.FromString(bytes(records.data)[12:-4])


def test_first_record() -> None:
    wanted = Event(
        wall_time=1.5,
        file_version="brain.Event:2",
        source_metadata=SourceMetadata(writer="tbconvert"),
    )

    assert Encoder().begin(1.5) == framed(wanted)


def test_histogram() -> None:
    histo = HistogramProto(
        min=-1, max=2, num=7, sum=4.5, sum_squares=9.25,
        bucket_limit=[-1, 0, 0.5, 2], bucket=[0, 4, 0, 3],
    )  # fmt: skip
    summary = Summary(value=[Summary.Value(tag="layer/kernel", histo=histo)])

    assert Encoder().encode(HISTOGRAM) == framed(Event(step=3, wall_time=1.7e9, summary=summary))


def test_image() -> None:
    image = Summary.Image(height=2, width=3, colorspace=4, encoded_image_string=b"png")
    summary = Summary(value=[Summary.Value(tag="view", image=image)])

    records = Encoder().encode(ImagePoint(Tag("view"), 3, 1.7e9, 2, 3, 4, b"png"))

    assert records == framed(Event(step=3, wall_time=1.7e9, summary=summary))


@pytest.mark.parametrize(
    ("strings", "shape"),
    [(["**one**"], ()), (["é", "", "c"], (3,)), (list("abcdef"), (2, 3)), ([], (0,))],
)
def test_tensor_of_strings(strings: list[str], shape: tuple[int, ...]) -> None:
    tensor = TensorProto(
        dtype=DT_STRING,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in shape]),
        string_val=[string.encode() for string in strings],
    )
    plugin = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    summary = Summary(value=[Summary.Value(tag="note", tensor=tensor, metadata=plugin)])

    records = Encoder().encode(text("note", 3, *strings, shape=shape))

    assert records == framed(Event(step=3, wall_time=1.7e9, summary=summary))
    assert make_ndarray(tensor).shape == shape


def test_metadata_only_on_the_first_value_of_a_tag() -> None:
    encoder = Encoder()
    points = [text("a", 0, "x"), text("b", 0, "x"), text("a", 1, "y"), text("b", 1, "y")]

    described = [plugin_of(encoder.encode(point)) for point in points]

    assert described == ["text", "text", "", ""]


def test_every_file_has_its_own_metadata() -> None:
    point = text("a", 0, "x")

    assert [plugin_of(Encoder().encode(point)) for _ in range(2)] == ["text", "text"]


def plugin_of(records: Records) -> str:
    (value,) = event_of(records).summary.value
    return str(value.metadata.plugin_data.plugin_name)


def test_all_readers_show_all_kinds(tmp_path: Path) -> None:
    steps = np.arange(-5, 2_000)
    curves = ScalarBlock(
        tags=(Tag("loss"), Tag("ёмкость/é")),
        steps=steps,
        wall_times=1.7e9 + steps,
        values=np.stack([np.exp(-steps / 500), np.where(steps % 7, np.nan, np.inf)], 1).astype(
            "f4"
        ),
    )
    points = [curves, HISTOGRAM, text("note", 1, "**one**"), text("note", 2, "two")]
    encoder = Encoder()
    parts = [encoder.begin(1.7e9), *map(encoder.encode, points)]
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / "events.out.tfevents.1700000000.tbconvert"
    file.write_bytes(b"".join(part.data for part in parts))

    (run,) = read_back(tmp_path).values()

    assert set(run) == {*curves.tags, "layer/kernel", "note"}
    for column, tag in enumerate(curves.tags):
        np.testing.assert_array_equal(run[tag].steps, steps)
        np.testing.assert_array_equal(run[tag].wall_times, curves.wall_times)
        np.testing.assert_array_equal(run[tag].values, curves.values[:, column])
    assert run["note"].values.tolist() == ["**one**", "two"]
    (buckets,) = run["layer/kernel"].values
    assert buckets.tolist() == [[-1, -1, 0], [-1, 0, 4], [0, 0.5, 0], [0.5, 2, 3]]
