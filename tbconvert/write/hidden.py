"""A logdir on a disk, whose files appear under their name in one step, or not at all.

Until then they are hidden, and locked; what a kill leaves behind is known by being neither
published nor locked.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, Literal

from tbconvert.errors import TargetError
from tbconvert.storage import remove, remove_empty
from tbconvert.streams import reason

_PARTIAL_PREFIX = ".tbconvert-"
_PARTIAL_SUFFIX = ".partial"
_ATTEMPTS = 9


@contextlib.contextmanager
def target_errors(place: str, done: Literal["read", "written"] = "written") -> Iterator[None]:
    """Turn what the operating system says of a target into a ``TargetError``."""
    able = {"read": "readable", "written": "writable"}[done]
    try:
        yield
    except OSError as err:
        hint = {
            errno.ENOSPC: "make room and run the same command again",
            errno.EDQUOT: "make room and run the same command again",
            errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
            errno.EACCES: f"choose another --logdir, or make it {able}",
            errno.EROFS: "choose another --logdir",
            errno.ELOOP: "choose another --logdir",
            errno.ENOTDIR: "a file stands where a folder is wanted; choose another --logdir",
            errno.EEXIST: "a file stands where a folder is wanted; choose another --logdir",
            errno.EMFILE: "raise the limit on open files (ulimit -n)",
        }.get(err.errno or 0, "")
        raise TargetError(place, f"cannot be {done}: {reason(err)}", hint) from err


class PartialFile:
    """A file that is being written under a hidden name, and then appears whole.

    The hidden name never contains ``tfevents``, so TensorBoard does not see it. It is
    locked while it grows: whoever finds one that is not locked may clear it away.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made, self._path, handle = _open_partial(folder)
        self._file: BinaryIO = os.fdopen(handle, "wb", buffering=1 << 20)

    def write(self, data: bytes | memoryview) -> None:
        """Append some bytes."""
        with target_errors(str(self._folder)):
            self._file.write(data)

    def settle(self) -> None:
        """Bring everything to the disk: no lack of room can stop it from being published."""
        with target_errors(str(self._folder)):
            self._file.flush()

    def publish(self, name: str, replaces: Sequence[str] = ()) -> None:
        """Give the file its name in one step, in place of the files named ``replaces``.

        Where the two names differ, the first of the old files first takes the new name: at
        every moment exactly one of the two is there, whole.
        """
        self.settle()
        final = self._folder / name
        with target_errors(str(final)):
            if replaces and replaces[0] != name:
                with contextlib.suppress(FileNotFoundError):
                    os.replace(self._folder / replaces[0], final)  # noqa: PTH105
            os.replace(self._path, final)  # noqa: PTH105
            self._file.close()
        for former in replaces[1:]:
            if former != name:
                remove(str(self._folder / former))

    def discard(self) -> None:
        """Leave no trace: neither the file nor the folders that were made for it."""
        with contextlib.suppress(OSError):
            self._file.close()
        remove(str(self._path))
        for folder in self._made:
            remove_empty(folder)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents; return those that were missing, innermost first."""
    missing = [*takewhile(lambda place: not place.exists(), (folder, *folder.parents))]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _open_partial(folder: Path) -> tuple[list[Path], Path, int]:
    """Make a hidden file and lock it; return the folders made for it, its path, its handle."""
    made: list[Path] = []
    for attempt in itertools.count():
        path = folder / f"{_PARTIAL_PREFIX}{secrets.token_hex(8)}{_PARTIAL_SUFFIX}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except (FileNotFoundError, NotADirectoryError):
            if attempt == _ATTEMPTS:  # each time a conversion that failed took it away with it
                raise
            made = _make_folders(folder) or made
            continue
        except OSError:  # no room for it
            for place in made:
                remove_empty(place)
            raise
        with contextlib.suppress(OSError):  # some file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            break
        os.close(handle)  # another conversion cleared it away before it was locked
    return made, path, handle


def clear_partials(folder: Path) -> None:
    """Remove what a killed conversion left in a folder; leave what another one is writing."""
    for name in _names(folder):
        if name.startswith(_PARTIAL_PREFIX) and name.endswith(_PARTIAL_SUFFIX):
            path = folder / name
            with contextlib.suppress(OSError), path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _names(folder: Path | str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_file(entry))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link in a circle, or into a folder that is closed
        return False


class LocalLogdir:
    """A logdir on a disk: a folder, and below it one for each run."""

    def __init__(self, folder: str) -> None:
        self._folder = _tidy(folder)
        self._above = {".": "", "/": "/"}.get(self._folder, self._folder + "/")
        self._cleared: set[str] = set()

    def path(self, run: str, name: str) -> str:
        """Return where a file of a run is, for people."""
        if run == ".":
            return self._above + name if name else self._folder
        return f"{self._above}{run}/{name}" if name else self._above + run

    def names(self, run: str) -> list[str]:
        """Return the names of the files of a run, sorted; none where there is no folder.

        Raises
        ------
        TargetError
            The folder cannot be read.
        """
        with target_errors(self._at(run), "read"):
            return _names(self._at(run))

    def text(self, run: str, name: str) -> str | None:
        """Return the text of a small file; None where there is none, or it cannot be read."""
        try:
            with open(self.path(run, name), "rb") as file:  # noqa: PTH123
                return file.read().decode()
        except (OSError, UnicodeDecodeError):
            return None

    def size(self, run: str, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        try:
            found = os.stat(self.path(run, name))  # noqa: PTH116
        except (OSError, ValueError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def begin(self, run: str) -> PartialFile:
        """Begin a file of a run under a hidden name, and clear what a kill left there.

        Raises
        ------
        TargetError
            The folder cannot be made or written.
        """
        folder = Path(self._at(run))
        with target_errors(str(folder)):
            if run not in self._cleared:
                clear_partials(folder)
                self._cleared.add(run)
            return PartialFile(folder)

    def remove(self, run: str, name: str) -> None:
        """Remove a file of a run, and its folder if nothing else is in it."""
        remove(self.path(run, name))
        remove_empty(Path(self._at(run)))

    def _at(self, run: str) -> str:
        """Return the folder of a run: asked for again and again, and no path object is fast."""
        return self._folder if run == "." else self._above + run

    @contextlib.contextmanager
    def alone(self, run: str | None) -> Iterator[None]:
        """Hold a run for a moment, or the whole logdir for None, where there are locks.

        Who holds one run shares the logdir with those who hold others: nobody gets it whole.
        For a run without a folder, or one that is the logdir itself, all of it is held.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):  # some file systems have no locks
                self._hold(run, stack)
            yield

    def _hold(self, run: str | None, stack: contextlib.ExitStack) -> None:
        whole = own = _opened(self._folder, stack)
        if run is not None:
            with contextlib.suppress(OSError):
                own = _opened(self._at(run), stack)
        if os.path.sameopenfile(own, whole):
            fcntl.flock(whole, fcntl.LOCK_EX)
        else:
            _lock_both((whole, fcntl.LOCK_SH), (own, fcntl.LOCK_EX))


@lru_cache(maxsize=16)  # each run asks
def _tidy(folder: str) -> str:
    return str(Path(folder))


def _lock_both(first: tuple[int, int], second: tuple[int, int]) -> None:
    """Lock two folders, and wait for either only while the other is free.

    Links may make each of two logdirs a run of the other one.
    """
    while True:
        fcntl.flock(*first)
        try:
            fcntl.flock(second[0], second[1] | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(first[0], fcntl.LOCK_UN)
            first, second = second, first
        else:
            return


def _opened(folder: str, stack: contextlib.ExitStack) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(_let_go, handle)
    return handle


def _let_go(handle: int) -> None:
    with contextlib.suppress(OSError):  # a process that was forked meanwhile has it open, too
        fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
