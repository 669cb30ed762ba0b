"""What a training was started with: YAML as programs keep it beside their logs, made flat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawSettings, Setting, Source
from tbconvert.options import Options
from tbconvert.read.compression import DamagedStreamError, plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.sample import Sample
from tbconvert.read.yaml_tree import YamlError, read_yaml
from tbconvert.streams import InputStream

MOST_BYTES = 4 << 20
"""What is larger was not written to say what a training was started with."""

_SUFFIX = re.compile(r"(?i).*\.ya?ml(\.(gz|bz2|xz|zst|zstd))?")
_CHUNK = 1 << 20


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read YAML, which its suffix tells, or None if it is something else."""
    if options.format != "yaml" and not _SUFFIX.fullmatch(sample.name):
        return None
    if sample.damage:
        raise SourceError(sample.origin, f"not a whole document: {sample.damage}")
    return {"notes": ()}


def read(source: Source, stream: InputStream) -> Iterator[RawSettings]:
    """Yield the settings of a file.

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
    problems = [Problem(Origin(source.uri, row=r.line), r.problem) for r in remarks]
    values, met = settings_by_name(_of_wandb(value))
    problems += (meet(name, other, origin) for name, other in met.items())
    yield RawSettings(origin, values, tuple(problems))


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


# ------------------------------------------------------------------------------ made flat

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


def settings_by_name(value: Mapping[str, Any]) -> tuple[dict[str, Setting], dict[str, str]]:
    """Return what is in an object, flat, and the names that two had, with that of the second."""
    return by_name(flat_settings(value) if value else ())


def by_name(settings: Iterable[tuple[str, Setting]]) -> tuple[dict[str, Setting], dict[str, str]]:
    """Return settings by their names, and the names that two had, with that of the second."""
    values: dict[str, Setting] = {}
    met: dict[str, str] = {}
    for name, setting in settings:
        free, number = name, 0
        while free in values:
            number += 1
            free = met[name] = f"{name}.{number}"
        values[free] = setting
    return values, met


def meet(name: str, other: str, origin: Origin) -> Problem:
    """Return what is to be said of a name that two settings of a file have."""
    said = f"two settings have this name when they are flat: the second is {other!r}"
    return Problem(Origin(origin.uri, origin.part, column=name), said)


def flat_settings(value: Any) -> Iterator[tuple[str, Setting]]:
    """Yield what is in an object by name, "/" between the names of nested ones.

    Lists, and what has nothing in it, are their JSON text; None is left out, and what is no
    plain data is the text that ``str`` makes of it. Two that have the same name when they are
    flat are both yielded.
    """
    for name, of in leaves(value):
        yield name, of if isinstance(of, bool | int | float | str) else _text_of(of)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands in an object and the objects in it, by name, but None.

    Objects of which nothing would be left are yielded as they are.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping) and value:
        for key, of in value.items():
            yield from leaves(of, f"{name}/{key}" if name else str(key))
    elif value is not None:
        yield name, value


def _text_of(value: Any) -> str:
    if not isinstance(value, Mapping | list | tuple):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError):  # a key that is no text, a list in itself
        return str(value)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)
