"""A file that holds one value, under the name of the file: how MLflow keeps parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawSettings, Source
from tbconvert.options import Options
from tbconvert.read.sample import Sample
from tbconvert.settings import read_setting
from tbconvert.streams import InputStream

_MOST_BYTES = 1 << 20


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a value, if that is what is asked for: any text may be one."""
    return {"name": sample.name, "notes": ()} if options.format == "value" else None


def read(source: Source, stream: InputStream) -> Iterator[RawSettings]:
    """Yield the value, under the name that was found for it.

    Raises
    ------
    SourceError
        It is too long for a value.
    """
    data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise SourceError(Origin(source.uri), f"got more than {_MOST_BYTES} bytes, wanted a value")
    name = source.read_options.get("below") or source.read_options["name"]
    text = data.decode("utf-8", "replace").strip()
    values = {} if text in ("", "None") else {str(name): read_setting(text)}
    yield RawSettings(Origin(source.uri), values)
