"""Single summaries as records: by protobuf, but for the many numbers of a histogram."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.model import GraphPoint, HistogramPoint, ImagePoint, Records, Tag, TensorPoint
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

_DOUBLE = np.dtype("<f8")

_BYTES = 2
"""The wire type of all that comes with its length."""

# the fields that are put together here, all of them the last ones of their messages
_BUCKET_LIMIT, _BUCKET = (
    HistogramProto.DESCRIPTOR.fields_by_name[name].number for name in ("bucket_limit", "bucket")
)
_HISTO = Summary.Value.DESCRIPTOR.fields_by_name["histo"].number
_VALUE = Summary.DESCRIPTOR.fields_by_name["value"].number
_SUMMARY = Event.DESCRIPTOR.fields_by_name["summary"].number


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
    """Return a histogram in the form ``histo``, which every reader knows, without metadata.

    A log may have one in every row. So the numbers of its buckets are not taken one by one:
    protobuf packs them as numpy has them.
    """
    figures = HistogramProto(
        min=point.minimum,
        max=point.maximum,
        num=float(point.counts.sum()),
        sum=point.total,
        sum_squares=point.sum_squares,
    )
    histo = (
        figures.SerializeToString()
        + _packed(_BUCKET_LIMIT, point.limits)
        + _packed(_BUCKET, point.counts)
    )
    value = _named(point.tag) + _field(_HISTO, histo)
    return _single(point, value)


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
    value = Summary.Value(tag=point.tag, tensor=tensor, metadata=metadata)
    return _single(point, value.SerializeToString(deterministic=True))


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
    return _single(point, Summary.Value(tag=point.tag, image=image).SerializeToString())


def encode_graph(point: GraphPoint) -> Records:
    """Return a graph: an event by itself, at step 0, without a tag."""
    return _records(Event(wall_time=point.wall_time, graph_def=point.graph_def))


def _packed(number: int, values: NDArray[np.float64]) -> bytes:
    return _field(number, values.astype(_DOUBLE, copy=False).tobytes()) if len(values) else b""


def _field(number: int, data: bytes) -> bytes:
    """Return a field of bytes: of a message, or of packed numbers."""
    return _head(number, len(data)) + data


@lru_cache(maxsize=1024)
def _named(tag: Tag) -> bytes:
    return Summary.Value(tag=tag).SerializeToString()


@lru_cache(maxsize=4096)
def _head(number: int, size: int) -> bytes:
    head = [number << 3 | _BYTES]
    while size > 0x7F:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((*head, size))


def _single(point: HistogramPoint | ImagePoint | TensorPoint, value: bytes) -> Records:
    event = Event(wall_time=point.wall_time, step=point.step).SerializeToString()
    framed = tfrecord.frame(event + _field(_SUMMARY, _field(_VALUE, value)))
    return Records(framed, 1, (value,))


def _records(event: Event) -> Records:
    return Records(tfrecord.frame(event.SerializeToString(deterministic=True)), 1)
