"""Where runs are: a logdir on a disk, or in an object store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from tbconvert.storage import is_uri, known
from tbconvert.write.hidden import LocalLogdir
from tbconvert.write.uploads import RemoteLogdir


class Partial(Protocol):
    """A file in the making: nobody sees it before it is published."""

    def write(self, data: bytes | memoryview) -> None:
        """Append some bytes."""

    def settle(self) -> None:
        """Let nothing that lacks room stop it from being published."""

    def publish(self, name: str, replaces: Sequence[str] = ()) -> None:
        """Make it appear whole under its name, in place of some other files."""

    def discard(self) -> None:
        """Leave no trace of it."""


class Logdir(Protocol):
    """A folder of runs; "" stands for a whole run where a name is wanted."""

    def path(self, run: str, name: str) -> str:
        """Return where a file of a run is, for people."""

    def names(self, run: str) -> list[str]:
        """Return the names of the files of a run, sorted; none where there is no such run."""

    def text(self, run: str, name: str) -> str | None:
        """Return the text of a small file; None where there is none, or it cannot be read."""

    def size(self, run: str, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""

    def begin(self, run: str) -> Partial:
        """Begin a file of a run, and clear what a kill left there."""

    def remove(self, run: str, name: str) -> None:
        """Remove a file of a run, and what would be empty without it."""

    def alone(self, run: str | None) -> AbstractContextManager[None]:
        """Hold a run, or the whole logdir for None, where that can be done."""


def open_logdir(name: str) -> Logdir:
    """Return the logdir of a path or URI; nothing is looked at yet.

    Raises
    ------
    UsageError
        It is a URI of no store, or holds credentials.
    """
    return RemoteLogdir(known(name)) if is_uri(name) else LocalLogdir(name)
