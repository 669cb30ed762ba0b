"""Single summaries as records: each is big enough to pay for protobuf."""

from __future__ import annotations

from tbconvert.encode import tfrecord
from tbconvert.model import GraphPoint, HistogramPoint, ImagePoint, Records, TensorPoint
from tbconvert.proto.event_pb2 import (
    DT_STRING,
    Event,
    HistogramProto,
    SourceMetadata,
    Summary,
    SummaryMetadata,
    TensorProto,
    TensorShapeProto,
)


def encode_version(wall_time: float) -> Records:
    """Return the record that opens a file; readers take its time as the start of the run.

    From "brain.Event:2" on they keep steps that go back; by any other they purge
    (``tensorboard/backend/event_processing/event_accumulator.py``).
    """
    return _records(
        Event(
            wall_time=wall_time,
            file_version="brain.Event:2",
            source_metadata=SourceMetadata(writer="tbconvert"),
        )
    )


def encode_histogram(point: HistogramPoint) -> Records:
    """Return a histogram in the form ``histo``, which every reader knows, without metadata."""
    histo = HistogramProto(
        min=point.minimum,
        max=point.maximum,
        num=float(point.counts.sum()),
        sum=point.total,
        sum_squares=point.sum_squares,
        bucket_limit=point.limits.tolist(),
        bucket=point.counts.tolist(),
    )
    return _single(point, Summary.Value(tag=point.tag, histo=histo))


def encode_tensor(point: TensorPoint, *, first: bool) -> Records:
    """Return a tensor of strings; with the name of its plugin if it is the first of its tag.

    Readers go by the first value of a tag, and do not look at metadata that comes later
    (``tensorboard/dataclass_compat.py``).
    """
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in point.shape])
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=shape, string_val=point.strings)
    metadata = None
    if first:
        plugin = SummaryMetadata.PluginData(plugin_name=point.plugin, content=point.content)
        metadata = SummaryMetadata(plugin_data=plugin)
    return _single(point, Summary.Value(tag=point.tag, tensor=tensor, metadata=metadata))


def encode_image(point: ImagePoint) -> Records:
    """Return an image in the form ``image``, which every reader knows, without metadata.

    Readers pass the file on as it is, and do not look at its size.
    """
    image = Summary.Image(
        height=point.height,
        width=point.width,
        colorspace=point.channels,
        encoded_image_string=point.png,
    )
    return _single(point, Summary.Value(tag=point.tag, image=image))


def encode_graph(point: GraphPoint) -> Records:
    """Return a graph: an event by itself, at step 0, without a tag."""
    return _records(Event(wall_time=point.wall_time, graph_def=point.graph_def))


def _single(point: HistogramPoint | ImagePoint | TensorPoint, value: Summary.Value) -> Records:
    return _records(
        Event(wall_time=point.wall_time, step=point.step, summary=Summary(value=[value]))
    )


def _records(event: Event) -> Records:
    return Records(tfrecord.frame(event.SerializeToString(deterministic=True)), 1)
