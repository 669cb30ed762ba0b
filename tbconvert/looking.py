"""Files → what each of them is: looked into here, by an executor, or many at once in a store."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tbconvert import storage
from tbconvert.dialects import know
from tbconvert.errors import SourceError
from tbconvert.finding import Found
from tbconvert.model import Origin, Source
from tbconvert.options import Options
from tbconvert.packed import Packed
from tbconvert.read import holds
from tbconvert.recognition import recognise


@dataclass(frozen=True, slots=True, eq=False)
class Refused(Packed):
    """A file that is not converted; ``is_failure`` tells that it should have been."""

    error: SourceError
    is_failure: bool


Seen = Source | Refused
"""What a file was found to be."""

Lookers = Callable[[int], Executor | None]
"""Returns who is to look into so many files; None if that is done here."""

_LOOKERS = 32
"""Files in a store that are looked at at once: nearly all of the time is waited for answers."""

_PARCEL = 25
"""Files that are handed over together: to hand over takes as long as to look into one."""


def looked_at(
    files: Sequence[Found], options: Options, spooled: list[str], lookers: Lookers
) -> Iterator[tuple[Found, Seen]]:
    """Yield each file, and what it is, in their order, whoever looks.

    ``spooled`` gets the temporary file that a stream was copied to.
    """
    near = [file for file in files if not (storage.is_uri(file.uri) or _is_stream(file))]
    executor = lookers(len(near)) if len(near) > _PARCEL else None
    told = {} if executor is None else _told(near, options, executor)
    ahead: deque[tuple[Found, Callable[[], Seen]]] = deque()
    with ThreadPoolExecutor(_LOOKERS, "look") as pool:  # starts none where none is wanted
        try:
            for file in files:
                is_far = storage.is_uri(file.uri)
                if is_far:
                    ahead.append((file, pool.submit(look, file, options).result))
                elif file.uri in told:
                    ahead.append((file, partial(told.pop, file.uri)))
                else:
                    ahead.append((file, partial(_look_here, file, options, spooled)))
                if not is_far or len(ahead) > 2 * _LOOKERS:
                    yield _answered(*ahead.popleft())
            while ahead:
                yield _answered(*ahead.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _answered(file: Found, seen: Callable[[], Seen]) -> tuple[Found, Seen]:
    return file, seen()


def _told(files: Sequence[Found], options: Options, executor: Executor) -> dict[str, Seen]:
    """Return what an executor says of some files; until it does, this process looks, too.

    Processes take half a second to start: this one begins at the other end meanwhile.
    """
    parcels = [files[at : at + _PARCEL] for at in range(0, len(files), _PARCEL)]
    futures: list[Future[list[Seen]]] = []
    seen: dict[int, list[Seen]] = {}
    try:
        with suppress(Exception):  # one that broke takes nothing, or nothing more
            futures.extend(executor.submit(look_all, parcel, options) for parcel in parcels)
        for at in reversed(range(len(futures))):
            if futures[0].done() or not futures[at].cancel():
                break
            with suppress(Exception):  # it is told when its turn comes
                seen[at] = look_all(parcels[at], options)
        for at, parcel in enumerate(parcels):
            if at not in seen:
                try:
                    seen[at] = futures[at].result()
                except Exception:  # whoever had it was lost, or it is told better here
                    seen[at] = look_all(parcel, options)
    finally:
        for future in futures:
            future.cancel()
    pairs = (zip(parcel, seen[at], strict=True) for at, parcel in enumerate(parcels))
    return {file.uri: what for of_parcel in pairs for file, what in of_parcel}


def look_all(files: Sequence[Found], options: Options) -> list[Seen]:
    """Look into some files, in whatever process this is."""
    know(options.dialects)
    return [look(file, options) for file in files]


def look(file: Found, options: Options, location: str = "") -> Seen:
    """Look into a file, and tell what it is; ``location`` is where its bytes are, if elsewhere."""
    try:
        return _source(file, options, location)
    except SourceError as err:
        # told here: an exception that comes from another process has lost its cause
        return Refused(err, file.is_named or _may_be_a_log(err))


def _look_here(file: Found, options: Options, spooled: list[str]) -> Seen:
    location = ""
    if file.is_named and _is_stream(file):
        try:
            location = storage.spool(file.uri)
        except SourceError as err:
            return Refused(err, is_failure=True)
        spooled.append(location)
    return look(file, options, location)


def _is_stream(file: Found) -> bool:
    return file.uri == storage.STDIN or storage.is_stream(file.uri)


def _source(file: Found, options: Options, location: str) -> Source:
    if not file.is_named:
        if _is_stream(file):
            raise SourceError(Origin(file.uri), "a pipe, a socket or a device")
        if storage.is_temporary(file.place.name):
            said = "by its name something that is being written; converted where it is named"
            raise SourceError(Origin(file.uri), said)
    if file.place.name == storage.LEDGER_NAME and not location:
        raise SourceError(Origin(file.uri), "what tbconvert noted of a run")
    source = recognise(file, options, location)
    if holds(source) == "graph" and options.graph != "auto":
        raise SourceError(Origin(file.uri), f"a graph, and --graph {options.graph} is wanted")
    return source


def _may_be_a_log(error: BaseException | None) -> bool:
    """Tell whether the system kept a file back: then nobody can say that it is no log."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__
    return error is not None and error.errno not in _NOTHING_THERE


_NOTHING_THERE = (None, errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""What a link says that leads nowhere, and None what is not said by the system at all."""
