"""Single summaries as records: each is big enough to pay for protobuf."""

from __future__ import annotations

from tbconvert.encode import tfrecord
from tbconvert.model import HistogramPoint, Records, TensorPoint
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
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=point.plugin))
    return _single(point, Summary.Value(tag=point.tag, tensor=tensor, metadata=metadata))


def _single(point: HistogramPoint | TensorPoint, value: Summary.Value) -> Records:
    return _records(
        Event(wall_time=point.wall_time, step=point.step, summary=Summary(value=[value]))
    )


def _records(event: Event) -> Records:
    return Records(tfrecord.frame(event.SerializeToString(deterministic=True)), 1)
