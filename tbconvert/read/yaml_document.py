"""YAML beside a log: what a training was started with; or, if it is called so, what came out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.compression import DamagedStreamError, plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.outline import WANTED, NoLogError, outline
from tbconvert.read.sample import Sample
from tbconvert.read.settings import meet, settings_by_name
from tbconvert.read.shapes import read_shape
from tbconvert.read.yaml_tree import Remark, YamlError, read_yaml
from tbconvert.streams import InputStream

MOST_BYTES = 4 << 20
"""What is larger was not written to say what a training was started with."""

_SUFFIX = re.compile(r"(?i).*\.ya?ml(\.(gz|bz2|xz|zst|zstd))?")
_CHUNK = 1 << 20


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read YAML, which its suffix tells, or None if it is something else.

    ``shape`` is that of the log that it is if it is called like one; there is none where it
    could be no log, or is long.
    """
    if options.format != "yaml" and not _SUFFIX.fullmatch(sample.name):
        return None
    if sample.damage:
        raise SourceError(sample.origin, f"not a whole document: {sample.damage}")
    found: dict[str, Any] = {"notes": ()}
    if sample.whole:
        try:
            value, _ = read_yaml(b"\n".join(sample.text.lines).decode("utf-8", "replace"))
            shape = outline(value)
        except (YamlError, NoLogError):
            return found
        if shape.shape != "records":  # those of a document stream by, and YAML does not
            found["shape"] = shape.shape
    return found


def read(source: Source, stream: InputStream) -> Iterator[Raw]:
    """Yield the settings of a file, or its tables where it holds such.

    Raises
    ------
    SourceError
        It is no YAML, or no mapping; it is too large, or grows without end.
    """
    origin = Origin(source.uri)
    try:
        value, remarks = read_yaml(_text(source, stream))
    except YamlError as err:
        where = Origin(source.uri, row=err.line)
        raise SourceError(where, err.problem, err.hint) from err
    if source.read_options.get("holds") == "table":
        yield from _tables(source, value, remarks)
        return
    problems = _problems(source, remarks)
    values, met = settings_by_name(_of_wandb(value))
    problems += (meet(name, other, origin) for name, other in met.items())
    yield RawSettings(origin, values, tuple(problems))


def _tables(source: Source, value: Any, remarks: list[Remark]) -> Iterator[Raw]:
    origin, problems = Origin(source.uri), _problems(source, remarks)
    try:
        for raw in read_shape(source.read_options["shape"], value, origin):
            if isinstance(raw, RawTable):
                raw, problems = replace(raw, problems=(*problems, *raw.problems)), []
            yield raw
    except ValueError as err:
        raise SourceError(origin, str(err), WANTED) from err


def _problems(source: Source, remarks: list[Remark]) -> list[Problem]:
    return [Problem(Origin(source.uri, row=r.line), r.problem) for r in remarks]


def _text(source: Source, stream: InputStream) -> str:
    chunks, size = [], 0
    options = source.read_options
    try:
        for chunk in plain_chunks(stream, options["compression"], _CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                said = f"is larger than {MOST_BYTES >> 20} MiB, and no settings are"
                raise SourceError(Origin(source.uri), said)
            chunks.append(chunk)
    except DamagedStreamError as err:
        raise SourceError(Origin(source.uri), f"not a whole document: {err}") from err
    text = b"".join(utf8_chunks(iter(chunks), options["encoding"]))
    return text.decode("utf-8", "replace")


_OF_WANDB = {"desc", "value"}
_WANDBS_OWN = {"wandb_version", "_wandb"}


def _of_wandb(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings in a ``config.yaml`` of W&B, anything else as it is.

    There each is ``{desc: …, value: …}``, and some are of W&B itself.
    """
    pairs = {name: of for name, of in value.items() if name not in _WANDBS_OWN}
    is_wrapped = pairs and all(
        isinstance(of, dict) and "value" in of and of.keys() <= _OF_WANDB for of in pairs.values()
    )
    if not is_wrapped:
        return pairs if _WANDBS_OWN & value.keys() else value
    return {name: of["value"] for name, of in pairs.items()}
