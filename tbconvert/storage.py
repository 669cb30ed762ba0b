"""Finding and reading files: those of this machine, and those in object stores by URI.

Only this module, ``stores`` and the logdirs of ``write`` touch files. Reading is by stream, and
hashes as it goes.
"""

from __future__ import annotations

import contextlib
import glob
import os
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO, Protocol

from tbconvert import stores
from tbconvert.errors import SourceError
from tbconvert.globs import are_whole
from tbconvert.model import Origin
from tbconvert.streams import InputFile, InputStream, reason, source_errors

STDIN = "-"
"""The name of standard input."""

LEDGER_NAME = "tbconvert.json"
"""What stands beside each run; no log, wherever it is met."""

_TEMPORARY = re.compile(r"(?i).*(\.(tmp|temp|part|partial|crdownload|swp|bak)|~)|\.?te?mp[._-].*")


def is_uri(name: str) -> bool:
    """Tell whether a name has a scheme, and is not a path of this machine."""
    return stores.is_uri(name)


def is_temporary(name: str) -> bool:
    """Tell whether programs give names like this one to files that are not whole yet."""
    return _TEMPORARY.fullmatch(name) is not None


def known(name: str) -> str:
    """Return a path as it is, a URI without what it says of its store, which is remembered.

    Raises
    ------
    UsageError
        It is a URI of no store, or holds a password.
    """
    return stores.known(name) if is_uri(name) else name


access, tell_access = stores.access, stores.tell
"""What was said of stores, and the way to tell another process of it."""


# ------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True, eq=False)
class FileInfo:
    """What a listing says of a file: ``size`` bytes, ``mtime`` seconds since the epoch."""

    uri: str
    size: int
    mtime: float
    is_stream: bool = False


def open_input(uri: str) -> InputStream:
    """Open a file for one sequential read.

    Raises
    ------
    SourceError
        The file is missing, is a directory, or cannot be read.
    """
    with source_errors(uri):
        return InputStream(uri, _opened(uri))


def open_file(uri: str) -> InputFile:
    """Open a file to be read anywhere.

    Raises
    ------
    SourceError
        The file is missing, is a directory, or cannot be read.
    """
    with source_errors(uri):
        return InputFile(uri, _opened(uri))


def _opened(uri: str) -> Any:
    if not is_uri(uri):
        return open(uri, "rb", buffering=0)  # noqa: PTH123
    try:
        return stores.open_remote(uri)
    except FileNotFoundError:
        stores.find_bucket(uri)
        raise


def stat(uri: str) -> FileInfo:
    """Return size and modification time of a file.

    Raises
    ------
    SourceError
        The file is missing, or cannot be looked at.
    """
    with source_errors(uri):
        if is_uri(uri):
            info = stores.info(uri)
            if info.kind == "none":
                stores.find_bucket(uri)
                raise FileNotFoundError(uri)
            return FileInfo(uri, info.size, info.mtime)
        found = os.stat(uri)  # noqa: PTH116
        is_stream = _is_stream(found.st_mode)
        return FileInfo(uri, found.st_size, found.st_mtime_ns / 1e9, is_stream)


_SMALL = 1 << 16

Names = tuple[str, ...]
"""The names that lead to a file or folder from where a walk began."""


class Guide(Protocol):
    """What a walk is to see of a tree."""

    def enter(self, folder: str, path: Names, names: Collection[str]) -> None:
        """Be told of a folder, and of the names of the files in it."""

    def passes_over(self, path: Names, *, is_folder: bool) -> bool:
        """Tell whether a file, or a folder with all that is in it, is passed over."""


def walk(folder: str, guide: Guide, on_error: Callable[[SourceError], None]) -> Iterator[str]:
    """Yield the files below a folder that its guide lets see, sorted; no link leads in circles.

    What a link leads to goes by its own name where it has one in there: ``latest-run`` does not
    come before ``run-7``. ``on_error`` is told of each folder that cannot be looked into.
    """
    if is_uri(folder):
        yield from _walk_store(folder, guide, on_error)
        return

    def tell(err: OSError) -> None:
        on_error(SourceError(Origin(str(err.filename)), f"cannot be looked into: {reason(err)}"))

    seen: set[tuple[int, int]] = set()
    tops: list[tuple[str, Names]] = [
        (folder, ())
    ]  # and the links that are met: they are followed when all else was seen
    for top, above in tops:
        for parent, folders, files in os.walk(top, onerror=tell):
            found = os.stat(parent)  # noqa: PTH116
            if (found.st_dev, found.st_ino) in seen:
                folders.clear()
                continue
            seen.add((found.st_dev, found.st_ino))
            here: Names = (*above, *_below(top, parent))
            guide.enter(parent, here, files)
            folders[:] = sorted(
                f for f in folders if not guide.passes_over((*here, f), is_folder=True)
            )
            links = [f for f in folders if os.path.islink(os.path.join(parent, f))]  # noqa: PTH114, PTH118
            tops += [(os.path.join(parent, f), (*here, f)) for f in links]  # noqa: PTH118
            names = [f for f in files if not guide.passes_over((*here, f), is_folder=False)]
            for name in sorted(names):
                path = os.path.join(parent, name)  # noqa: PTH118
                if not (os.path.islink(path) and os.readlink(path) in {*names} - {name}):  # noqa: PTH114, PTH115
                    yield path


def _below(top: str, folder: str) -> Names:
    return PurePath(os.path.relpath(folder, top)).parts


def _walk_store(
    folder: str, guide: Guide, on_error: Callable[[SourceError], None]
) -> Iterator[str]:
    try:
        with source_errors(folder):
            found = stores.listing(folder, below=True)
            if not found:
                stores.find_bucket(folder)
    except SourceError as err:
        on_error(err)
        return
    in_folder: dict[str, list[str]] = {folder: []}
    for item in found:
        if item.kind == "file":
            above, _, name = item.uri.rpartition("/")
            in_folder.setdefault(above, []).append(name)
    passed: set[str] = set()
    for parent in sorted(in_folder):
        here = tuple(parent[len(folder) :].strip("/").split("/")) if parent != folder else ()
        for depth in range(1, len(here) + 1):
            part = "/".join((folder, *here[:depth]))
            if part not in passed and guide.passes_over(here[:depth], is_folder=True):
                passed.add(part)
        if any("/".join((folder, *here[:depth])) in passed for depth in range(1, len(here) + 1)):
            continue
        guide.enter(parent, here, in_folder[parent])
        for name in in_folder[parent]:
            if not guide.passes_over((*here, name), is_folder=False):
                yield f"{parent}/{name}"


def ledgers(logdir: str) -> Iterator[tuple[str, str]]:
    """Yield the runs in a logdir that have a ledger, sorted, and the path of each one's.

    Raises
    ------
    SourceError
        A store does not tell.
    """
    if is_uri(logdir):
        with source_errors(logdir):
            found = [item.uri for item in stores.listing(logdir, below=True)]
    else:
        folders = [at for at, _, files in os.walk(logdir) if LEDGER_NAME in files]
        found = [os.path.join(at, LEDGER_NAME) for at in sorted(folders)]  # noqa: PTH118
    for path in found:
        folder, _, name = path.rpartition("/")
        if name == LEDGER_NAME:
            yield folder[len(logdir) :].strip("/") or ".", path


def is_pattern(name: str) -> bool:
    """Tell whether a name is no file but a glob: a shell that matches nothing hands it on."""
    return glob.has_magic(name) and not exists(name)


def match(pattern: str) -> list[str]:
    """Return the files and folders that a glob stands for, sorted; ``**`` is any folders.

    Raises
    ------
    SourceError
        A store does not tell.
    """
    if not is_uri(pattern):
        return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 -- keeps paths as typed
    parts = pattern.split("/")
    plain = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    folder, depth = "/".join(parts[:plain]), len(parts)
    with source_errors(pattern):
        found = stores.listing(folder, below="**" in pattern or depth > plain + 1)
        if not found:
            stores.find_bucket(folder)
    return [item.uri for item in found if are_whole((pattern,), item.uri)]


def exists(name: str) -> bool:
    """Tell whether there is a file or folder of that name."""
    if is_uri(name):
        with source_errors(name):
            return stores.info(name).kind != "none"
    return Path(name).exists()


def installed_packages_say(text: str) -> bool:
    """Tell whether what some installed package registers has a text in it.

    A hundred times faster than to import what reads all of that.
    """
    for folder in sys.path:
        notes = glob.glob(os.path.join(folder or ".", "*-info", "entry_points.txt"))  # noqa: PTH118, PTH207
        if any(text in small_text(name) for name in notes):
            return True
    return False


def small_text(name: str, most: int = _SMALL) -> str:
    """Return what stands in a file, as far as it is small; "" if none can be read."""
    try:
        with _opened(name) as file:
            return str(file.read(most), "utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""


def is_folder(name: str) -> bool:
    """Tell whether a name is a folder."""
    if is_uri(name):
        with source_errors(name):
            return stores.info(name).kind == "folder"
    return Path(name).is_dir()


def absolute(name: str) -> str:
    """Return the path in full; a URI as it is."""
    return name if is_uri(name) else os.path.abspath(name)  # noqa: PTH100


def split(name: str) -> tuple[str, tuple[str, ...], str]:
    """Return what a path in full or a URI begins with, its folders, and its last name."""
    if is_uri(name):
        scheme, _, path = name.partition("://")
        *above, last = path.split("/")
        return f"{scheme}://", tuple(above), last
    whole = PurePath(absolute(name))
    folders = (part for part in whole.parts[:-1] if part != whole.anchor)
    return whole.anchor, tuple(folders), whole.name


def joined(anchor: str, parts: Iterable[str]) -> str:
    """Return the path or URI of some folders and a name, in which ``..`` leads out of a folder."""
    path = posixpath.normpath("/".join(parts))
    return anchor + path if is_uri(anchor) else str(PurePath(anchor, path))


def is_stream(name: str) -> bool:
    """Tell whether a name is a pipe or a device: it can be read once, and may never end."""
    try:
        return _is_stream(os.stat(name).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _is_stream(mode: int) -> bool:
    return not (S_ISREG(mode) or S_ISDIR(mode))


def spool(uri: str) -> str:
    """Copy a pipe, or standard input for "-", so that it can be read twice; return the copy.

    The copy has the modification time of the file that was redirected into standard input;
    a pipe has none. Whoever calls removes it.

    Raises
    ------
    SourceError
        It cannot be read, or there is no room for the copy.
    """
    if uri != STDIN:
        with source_errors(uri), open(uri, "rb", buffering=0) as pipe:  # noqa: PTH123
            return _spooled(pipe, uri)
    if sys.stdin is None:
        raise SourceError(Origin(uri), "standard input is closed")
    # past its buffer, which does not heed an interrupt while it waits to be full
    return _spooled(getattr(sys.stdin.buffer, "raw", sys.stdin.buffer), uri)


def _spooled(stream: BinaryIO, uri: str) -> str:
    handle, path = tempfile.mkstemp(prefix="tbconvert-spool-")
    try:
        with os.fdopen(handle, "wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
    except BaseException as err:
        remove(path)
        if not isinstance(err, OSError):
            raise
        said = f"cannot be copied to {tempfile.gettempdir()}: {reason(err)}"
        raise SourceError(Origin(uri), said, "TMPDIR names another place") from err
    with contextlib.suppress(OSError, ValueError):
        found = os.fstat(stream.fileno())
        if S_ISREG(found.st_mode):
            os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    return path


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def remove_empty(folder: Path) -> None:
    """Remove a folder, if nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
