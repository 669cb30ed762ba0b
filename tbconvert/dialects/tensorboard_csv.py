"""Tables downloaded from TensorBoard's pages: run and tag stand in the names of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, RawTable, Source

# a browser makes each "/" of both names "_", and a run may be "."
_NAME = re.compile(r"(?i)run[-_](?P<run>.*?)-tag-(?P<tag>.+)")
_SUFFIX = re.compile(r"(?i)(\.(csv|json))?(\.(gz|bz2|xz|zst))?$")


def _called(stem: str) -> str:
    """Return the run that the name of a file says; that of a logdir without runs is "."."""
    found = _NAME.fullmatch(stem)
    return stem if found is None else found["run"].strip(".")


def _adapter(source: Source) -> Adapter:
    found = _NAME.fullmatch(_SUFFIX.sub("", PurePath(source.uri).name))

    called = reshape.Names()

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        if found is not None:
            tag = found["tag"]
            raw = called.renamed(raw, lambda n: tag if n.casefold() == "value" else n)
        yield raw

    return adapted


TENSORBOARD_CSV = on_generic(
    "tensorboard-csv",
    "what TensorBoard's pages download: run-<run>-tag-<tag>.csv, also .json, and <run>.csv",
    Mark(("run[-_]*-tag-*",), columns=("wall time", "step", "value")),
    Mark(("run[-_]*-tag-*",), formats=("json",), columns=("wall_time", "step", "value")),
    Mark(formats=("csv",), columns=("wall time", "step", "value")),
    sample="tbconvert ingest downloads/ --logdir runs",
    wall_times=("wall time", "wall_time"),
    steps=("step",),
    joins=True,
    called=_called,
    adapt=_adapter,
)
