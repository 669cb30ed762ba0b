"""What a tree was found to be the last time, for as long as no file in it has changed.

To look into ten thousand logs takes as long as to convert some thousand of them. What is kept
is a file of the user's cache folder; whoever removes it loses nothing but that time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tbconvert import storage
from tbconvert.cache import read_cached, write_cached
from tbconvert.errors import SourceError
from tbconvert.finding import Found
from tbconvert.model import Origin, Run, Series, Source
from tbconvert.options import Options
from tbconvert.version import __version__

_WORTH_IT = 200
"""Files from which on it pays to remember."""


@dataclass(slots=True, eq=False)
class Known:
    """What a plan tells of files: the sources of each run, and what is passed over, and why."""

    runs: list[tuple[Source, ...]]
    skipped: list[SourceError]


class Memory:
    """Of some files, as they are now, with some options; of few files, and of streams, nothing.

    Files count as unchanged by path, size and time: where those are not to be trusted
    (``--checksum``), nothing is recalled.
    """

    def __init__(self, files: Sequence[Found], options: Options, dialects: Sequence[str]) -> None:
        self._name = ""
        is_few = len(files) < _WORTH_IT or options.checksum
        if is_few or any(storage.is_uri(file.uri) for file in files):
            return
        digest = hashlib.sha256(repr((__version__, options, dialects)).encode("utf-8", "replace"))
        try:
            for file in files:
                info = storage.stat(file.uri)
                if info.is_stream:
                    return
                digest.update(repr((file.uri, file.place, info.size, info.mtime)).encode())
        except SourceError:
            return
        self._name = f"plan-{digest.hexdigest()}.json"

    def recall(self) -> Known | None:
        """Return what these files were found to be; None if that is not known."""
        text = read_cached(self._name) if self._name else ""
        try:
            data = json.loads(text, object_hook=_with_tuples) if text else None
            return None if data is None else _known(data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # it is damaged, or of somebody else

    def keep(self, known: Known) -> None:
        """Remember what these files are, if it can be said in JSON."""
        if not self._name:
            return
        data = {
            "runs": [[_source_data(source) for source in sources] for sources in known.runs],
            "skipped": [_error_data(error) for error in known.skipped],
        }
        try:
            write_cached(self._name, json.dumps(data, default=_refuse))
        except (TypeError, ValueError):
            return


def _source_data(source: Source) -> list[Any]:
    series = source.series
    return [
        *(source.uri, source.run, source.format, source.dialect),
        _without_tuples(dict(source.read_options)),
        [series.name, series.prefix, series.is_apart],
    ]


def _source(data: list[Any]) -> Source:
    uri, run, format, dialect, read_options, (name, prefix, is_apart) = data
    series = Series(name, prefix, is_apart)
    return Source(uri, Run(run), format, dialect, read_options, series=series)


def _error_data(error: SourceError) -> list[Any]:
    where = error.origin
    return [where.uri, where.part, where.row, where.column, error.problem, error.hint]


def _error(data: list[Any]) -> SourceError:
    *where, problem, hint = data
    return SourceError(Origin(*where), problem, hint)


def _known(data: dict[str, Any]) -> Known:
    return Known(
        [tuple(map(_source, sources)) for sources in data["runs"]],
        [_error(error) for error in data["skipped"]],
    )


_TUPLE = "()"
"""What stands for a tuple, of which JSON knows nothing."""


def _without_tuples(value: Any) -> Any:
    if isinstance(value, tuple):
        return {_TUPLE: [_without_tuples(item) for item in value]}
    if isinstance(value, list):
        return [_without_tuples(item) for item in value]
    if isinstance(value, dict):
        if _TUPLE in value or not all(isinstance(key, str) for key in value):
            raise TypeError(f"cannot be kept: {value!r}")
        return {key: _without_tuples(item) for key, item in value.items()}
    return value


def _with_tuples(value: dict[str, Any]) -> Any:
    return tuple(value[_TUPLE]) if _TUPLE in value else value


def _refuse(value: Any) -> Any:
    raise TypeError(f"cannot be kept: {value!r}")
