"""What one value of an event file is to TensorBoard's readers, whatever its step is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from tbconvert.decode.parts import Scalars, Value
from tbconvert.proto.event_pb2 import Summary, SummaryMetadata, TensorProto

UNKNOWN, SCALAR, TENSOR, BLOBS = range(4)
"""``DataClass`` of ``summary.proto``: TensorBoard keeps three kinds of series."""

Form = Literal[
    "simple_value",
    "tensor",
    "histo",
    "image",
    "audio",
    "graph_def",
    "tagged_run_metadata",
    "obsolete_old_style_histogram",
    "nothing",
]
"""The field that a value has; graphs and metadata of runs are fields of their event."""


@dataclass(frozen=True, slots=True)
class About:
    """What metadata say: the plugin that a series is for, and its class."""

    plugin: str
    data_class: int = UNKNOWN


@dataclass(frozen=True, slots=True)
class Nature:
    """What the readers make of a value.

    ``about`` is what its own metadata say, None without any. To the data server it
    ``is_scalar``, ``is_tensor`` or ``blobs`` (of "any" plugin, "audio" or "graph" ones only);
    to the Python reader it ``has_tensor``, which can be made an array (``is_array``) or a
    number (``is_number``). One that ``breaks`` ends that reader, and one ``without_clips`` does
    where the series began as sounds. ``node`` is what that reader puts a tensor without a tag
    under, "" for all else. ``is_timeless`` tells that its time is infinite, ``trait`` what it is
    to be called.
    """

    form: Form
    about: About | None = None
    is_scalar: bool = False
    is_tensor: bool = False
    blobs: Literal["", "any", "audio", "graph"] = ""
    has_tensor: bool = True
    is_array: bool = True
    is_number: bool = False
    breaks: bool = False
    without_clips: bool = False
    node: str = ""
    is_timeless: bool = False
    trait: str = ""

    @property
    def is_point(self) -> bool:
        """Tell whether it is more than the bearer of metadata."""
        return self.form != "nothing"


GRAPH = Nature("graph_def", About("graphs", BLOBS), blobs="any", trait="a graph")
RUN_METADATA = Nature(
    "tagged_run_metadata",
    About("graph_tagged_run_metadata", BLOBS),
    blobs="any",
    trait="metadata of a session's run",
)

# the data server puts an empty tensor in place of a value that is not there
NOTHING = Nature("nothing", is_tensor=True, has_tensor=False, is_array=False, trait="no value")


@lru_cache(maxsize=1024)
def nature_of_scalars(is_tensor: bool, plugin: str, data_class: int | None) -> Nature:
    """Return the nature of scalars by what their metadata say: "" and None without any."""
    about = About(plugin, data_class or UNKNOWN) if plugin or data_class is not None else None
    return Nature(
        "tensor" if is_tensor else "simple_value",
        about,
        is_scalar=True,
        is_tensor=is_tensor,
        is_number=True,
        trait="a scalar",
    )


@lru_cache(maxsize=1024)
def timeless(nature: Nature) -> Nature:
    """Return the same nature with an infinite time."""
    return replace(nature, is_timeless=True)


def nature_of(part: Scalars | Value) -> Nature:
    """Return the nature of each value of a part, apart from its time."""
    if isinstance(part, Scalars):
        return nature_of_scalars(part.is_tensor, part.plugin, part.data_class)
    message = part.message
    about = _about(message.metadata) if message.HasField("metadata") else None
    match message.WhichOneof("value"):
        case "simple_value":
            return Nature("simple_value", about, is_scalar=True, is_number=True, trait="a scalar")
        case "histo":
            return _histogram(message, about)
        case "image":
            return Nature("image", about, blobs="any", trait="an image")
        case "audio":
            return Nature("audio", about, blobs="any", trait="a sound")
        case "tensor":
            return _tensor(message.tensor, about, "" if message.tag else message.node_name)
        case "obsolete_old_style_histogram":
            return Nature(
                "obsolete_old_style_histogram",
                about,
                has_tensor=False,
                trait="a histogram of the oldest style",
            )
    return replace(NOTHING, about=about)


def _about(metadata: SummaryMetadata) -> About:
    return About(metadata.plugin_data.plugin_name, metadata.data_class)


def _histogram(message: Summary.Value, about: About | None) -> Nature:
    counts, limits = message.histo.bucket, message.histo.bucket_limit
    odd = "fewer" if len(limits) < len(counts) else "more"
    filled = [i for i, count in enumerate(counts) if count > 0]
    return Nature(
        "histo",
        about,
        is_tensor=len(counts) == len(limits),
        # the edges between the first and the last that is filled are looked up
        breaks=bool(filled) and filled[-1] > max(len(limits), filled[0]),
        trait="a histogram" + f" of {odd} limits than buckets" * (len(counts) != len(limits)),
    )


LIMITS_WANTED = "write as many limits as buckets"
"""What mends histograms with lists of two lengths."""


def _tensor(tensor: TensorProto, about: About | None, node: str) -> Nature:
    dims = [dim.size for dim in tensor.tensor_shape.dim]
    name, field, item = _DTYPES.get(tensor.dtype, (f"type {tensor.dtype}", "", 0))
    count = len(getattr(tensor, field)) if field else 0
    if name.startswith("complex"):
        count = count // 2 if count % 2 == 0 else -1
    size = math.prod(dims) if all(dim >= 0 for dim in dims) else -1
    if tensor.tensor_content:
        # an array of objects cannot be made of bytes
        is_array = name != "string" and len(tensor.tensor_content) == size * item
        is_array = is_array and item > 0
    else:
        is_array = bool(field) and size >= 0 and count in (1, size)
    return Nature(
        "tensor",
        about,
        is_scalar=name == "float32"
        and not dims
        and (count == 1 or (count == 0 and len(tensor.tensor_content) == 4)),
        is_tensor=True,
        blobs=_blobs(dims, len(tensor.string_val)) if name == "string" else "",
        is_array=is_array,
        is_number=is_array and size == 1 and name not in _NO_NUMBERS,
        # of each row the first string is a sound, and the next one is as far as the row is long
        without_clips=0 in dims[1:],
        node=node,
        # not the shape: each nature is held, and they are to be few
        trait=f"a tensor of {name} of rank {len(dims)}",
    )


def _blobs(dims: list[int], strings: int) -> Literal["", "any", "audio", "graph"]:
    if len(dims) == 1:
        return "any"
    if len(dims) == 2 and dims[1] == 2:
        return "audio"
    return "graph" if not dims and strings == 1 else ""


# of DataType in types.proto: the name, the field that numbers are in, and bytes of one
_DTYPES = {
    1: ("float32", "float_val", 4),
    2: ("float64", "double_val", 8),
    3: ("int32", "int_val", 4),
    4: ("uint8", "int_val", 1),
    5: ("int16", "int_val", 2),
    6: ("int8", "int_val", 1),
    7: ("string", "string_val", 0),
    8: ("complex64", "scomplex_val", 8),
    9: ("int64", "int64_val", 8),
    10: ("bool", "bool_val", 1),
    14: ("bfloat16", "", 0),
    17: ("uint16", "int_val", 2),
    18: ("complex128", "dcomplex_val", 16),
    19: ("float16", "half_val", 2),
    22: ("uint32", "", 4),
    23: ("uint64", "", 8),
}
_NO_NUMBERS = {"string", "complex64", "complex128"}
