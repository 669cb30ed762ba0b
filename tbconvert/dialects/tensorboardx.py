"""tensorboardX's ``export_scalars_to_json``: every name begins with the logdir."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawTable, Source


def _adapter(source: Source) -> Adapter:
    folders = PurePath(source.uri).parts[:-1]

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        cells = reshape.column(raw, "tag")
        if cells is None or not pa.types.is_string(cells.type):
            yield raw
            return
        found = cells.dictionary_encode()
        tags = found.dictionary.to_pylist()
        count = _of_logdir([tag.split("/") for tag in tags], folders)
        short = pa.array(["/".join(tag.split("/")[count:]) for tag in tags], pa.string())
        yield reshape.with_columns(raw, {"tag": short.take(found.indices)})

    return adapted


def _of_logdir(tags: Sequence[Sequence[str]], folders: Sequence[str]) -> int:
    """Return how many parts of all tags are those of the logdir.

    It is the folder of the file, by the path that the training had for it; of a file that was
    moved it is what all tags begin with, but for their last two parts.
    """
    shared = 0
    for parts in zip(*(tag[:-1] for tag in tags), strict=False):
        if len({*parts}) > 1:
            break
        shared += 1
    if not tags:
        return 0
    for count in range(shared, 0, -1):
        named = [part for part in tags[0][:count] if part not in ("", ".")]
        if named and tuple(folders[-len(named) :]) == tuple(named):
            return count
    return max(min(shared, *(len(tag) - 2 for tag in tags)), 0)


TENSORBOARDX = on_generic(
    "tensorboardx",
    "all_scalars.json of tensorboardX and torch.utils.tensorboard",
    Mark(("*all_scalars.json",), formats=("json",), columns=("wall_time", "step", "value", "tag")),
    sample="tbconvert ingest runs/ --logdir converted",
    stock_names={"all_scalars"},
    adapt=_adapter,
)
