"""A logdir in an object store, whose files are made here and appear there whole."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence

from tbconvert.errors import TargetError
from tbconvert.stores import delete, info, listing, open_remote, upload
from tbconvert.streams import reason


class RemoteLogdir:
    """A logdir in a bucket: a prefix, and below it one for each run.

    A store gives no locks: of two ingests into one run at once the later one stays, whole.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def path(self, run: str, name: str) -> str:
        """Return where a file of a run is, for people."""
        return "/".join(part for part in (self._uri, run, name) if part not in ("", "."))

    def names(self, run: str) -> list[str]:
        """Return the names of the files of a run, sorted; none where there is no such run."""
        folder = self.path(run, "")
        with _target_errors(folder, "read"):
            found = listing(folder)
        return [item.uri.rpartition("/")[2] for item in found if item.kind == "file"]

    def text(self, run: str, name: str) -> str | None:
        """Return the text of a small file; None where there is none, or it cannot be read."""
        uri = self.path(run, name)
        with (
            _target_errors(uri, "read"),
            contextlib.suppress(FileNotFoundError),
            open_remote(uri) as file,
        ):
            return file.read().decode(errors="replace")
        return None

    def size(self, run: str, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        uri = self.path(run, name)
        with _target_errors(uri, "read"):
            found = info(uri)
        return found.size if found.kind == "file" else None

    def begin(self, run: str) -> _Upload:
        """Begin a file of a run, here."""
        return _Upload(self.path(run, ""))

    def remove(self, run: str, name: str) -> None:
        """Remove a file of a run."""
        uri = self.path(run, name)
        with _target_errors(uri):
            delete(uri)

    @contextlib.contextmanager
    def alone(self, run: str | None) -> Iterator[None]:
        """Keep nobody out: a store has no locks."""
        yield


class _Upload:
    """A file that grows here, until one upload brings it there."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        with _target_errors(tempfile.gettempdir()):
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- has no name that a kill leaves

    def write(self, data: bytes | memoryview) -> None:
        """Append some bytes."""
        with _target_errors(tempfile.gettempdir()):
            self._file.write(data)

    def settle(self) -> None:
        """Bring it to the disk: from here on the store alone can stop it."""
        with _target_errors(tempfile.gettempdir()):
            self._file.flush()

    def publish(self, name: str, replaces: Sequence[str] = ()) -> None:
        """Upload it, and remove the files that it stands for under another name."""
        self.settle()
        final = f"{self._folder}/{name}"
        with _target_errors(final):
            upload(final, f"/dev/fd/{self._file.fileno()}")
            for former in replaces:
                if former != name:
                    delete(f"{self._folder}/{former}")
        self._file.close()

    def discard(self) -> None:
        """Leave no trace: nothing was uploaded."""
        self._file.close()


@contextlib.contextmanager
def _target_errors(place: str, done: str = "written") -> Iterator[None]:
    """Turn what a store, or this machine, says into a ``TargetError``."""
    try:
        yield
    except OSError as err:
        hint = getattr(err, "hint", "")
        raise TargetError(place, f"cannot be {done}: {reason(err)}", hint) from err
