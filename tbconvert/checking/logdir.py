"""What stands in a logdir: its runs, their event files, and what is noted beside them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tbconvert import storage
from tbconvert.checking.verdict import Finding
from tbconvert.errors import SourceError
from tbconvert.serving import MARK
from tbconvert.storage import LEDGER_NAME, Names
from tbconvert.version import __version__
from tbconvert.write.ledger import Ledger, parse_ledger


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a logdir: its event files in the order in which they are read. Picklable."""

    run: str
    path: str
    names: tuple[str, ...]
    has_ledger: bool

    def file(self, name: str) -> str:
        """Return the path of one of its files."""
        return f"{self.path}/{name}"


class _All:
    """Sees all of a tree."""

    def enter(self, folder: str, path: Names, names: Collection[str]) -> None:
        """Take note of nothing."""

    def passes_over(self, path: Names, *, is_folder: bool) -> bool:
        """Pass over nothing."""
        return False


def folders(logdir: str, failed: list[SourceError]) -> Iterator[Folder]:
    """Yield the folders that are runs, or were noted to be; sorted by name.

    ``failed`` gets what cannot be looked into.
    """
    of_run: dict[str, list[str]] = {}
    root = logdir.rstrip("/") or "/"
    for path in storage.walk(root, _All(), failed.append):
        above, _, name = path.rpartition("/")
        if MARK in name or name == LEDGER_NAME:
            of_run.setdefault(above, []).append(name)
    for path, names in sorted(of_run.items()):
        run = path[len(root) :].strip("/") or "."
        events = tuple(sorted(name for name in names if name != LEDGER_NAME))
        yield Folder(run, path, events, LEDGER_NAME in names)


def read_ledger(folder: Folder) -> tuple[Ledger | None, Finding | None]:
    """Return what is noted beside a run, and what is wrong with that."""
    if not folder.has_ledger:
        return None, None
    path = folder.file(LEDGER_NAME)
    text = storage.small_text(path, _MOST)
    ledger = parse_ledger(text)
    if ledger is not None:
        return ledger, None
    if newer := _newer(text):
        said = f"was written by tbconvert {newer}, and this is {__version__}"
        return None, Finding("ledger-newer", said, "check it with that version", file=path)
    said = _DAMAGED if text else "is empty, or cannot be read"
    return None, Finding("ledger-damaged", said, "ingest again", file=path)


def _newer(text: str) -> str:
    """Return the version that wrote a ledger which is not understood, "" if that is not newer."""
    try:
        versions = [str(entry["tbconvert"]) for entry in json.loads(text)["ingests"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return next((version for version in versions if is_newer(version)), "")


def is_newer(version: str) -> bool:
    """Tell whether a version is one that came after this one."""
    return _numbers(version) > _numbers(__version__)


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]


_DAMAGED = "is damaged: it cannot be told what was converted"
_MOST = 1 << 26
