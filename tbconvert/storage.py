"""Finding and reading files: those of this machine, and those in object stores by URI.

Only this module, ``stores`` and the logdirs of ``write`` touch files. Reading is by stream, and
hashes as it goes.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO

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


# ------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a listing says of a file: ``size`` bytes, ``mtime`` seconds since the epoch."""

    uri: str
    size: int
    mtime: float


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
    return stores.open_remote(uri) if is_uri(uri) else open(uri, "rb", buffering=0)  # noqa: PTH123


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
                raise FileNotFoundError(uri)
            return FileInfo(uri, info.size, info.mtime)
        found = os.stat(uri)  # noqa: PTH116
        return FileInfo(uri, found.st_size, found.st_mtime_ns / 1e9)


_SMALL = 1 << 16

_TELLING = (".hydra",)
"""Hidden folders that tell what a training was started with."""


def walk(folder: str, on_error: Callable[[SourceError], None]) -> Iterator[str]:
    """Yield the files below a folder, sorted, most hidden ones left out; no link leads in circles.

    What a link leads to goes by its own name where it has one in there: ``latest-run`` does not
    come before ``run-7``. ``on_error`` is told of each folder that cannot be looked into.
    """
    if is_uri(folder):
        yield from _walk_store(folder, on_error)
        return

    def tell(err: OSError) -> None:
        on_error(SourceError(Origin(str(err.filename)), f"cannot be looked into: {reason(err)}"))

    seen: set[tuple[int, int]] = set()
    tops = [folder]  # and the links that are met: they are followed when all else was seen
    for top in tops:
        for parent, folders, files in os.walk(top, onerror=tell):
            found = os.stat(parent)  # noqa: PTH116
            if (found.st_dev, found.st_ino) in seen:
                folders.clear()
                continue
            seen.add((found.st_dev, found.st_ino))
            folders[:] = sorted(f for f in folders if not f.startswith(".") or f in _TELLING)
            paths = (os.path.join(parent, name) for name in folders)  # noqa: PTH118
            tops += filter(os.path.islink, paths)
            here = {name for name in files if not name.startswith(".")}
            for name in sorted(here):
                path = os.path.join(parent, name)  # noqa: PTH118
                if not (os.path.islink(path) and os.readlink(path) in here - {name}):  # noqa: PTH114, PTH115
                    yield path


def _walk_store(folder: str, on_error: Callable[[SourceError], None]) -> Iterator[str]:
    try:
        with source_errors(folder):
            found = stores.listing(folder, below=True)
    except SourceError as err:
        on_error(err)
        return
    for item in found:
        parts = item.uri[len(folder) :].strip("/").split("/")
        is_hidden = any(part.startswith(".") and part not in _TELLING for part in parts)
        if item.kind == "file" and not is_hidden:
            yield item.uri


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


def is_stream(name: str) -> bool:
    """Tell whether a name is a pipe or a device: it can be read once, and may never end."""
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
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
