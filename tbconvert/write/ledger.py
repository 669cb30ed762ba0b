"""``tbconvert.json``: what stands beside a run, and says what it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tbconvert.version import __version__


@dataclass(frozen=True, slots=True)
class Stamp:
    """One source as it was read: ``size`` in bytes, ``mtime`` in seconds, ``sha256`` in hex."""

    uri: str
    size: int
    mtime: float
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One ingest: its sources, the options that were not defaults, and what came out.

    ``event_files`` maps each run that came out of these sources to the name and the size of
    its event file; ``report`` is what was said of each then. A Python program that writes a
    run by itself has no sources.

    ``digests`` are of the run that this stands beside: by kind and tag the number of points,
    and a checksum of them. ``inputs`` are the folders that were walked for the sources, in
    full, or the sources themselves where they were named; ``files`` are the options that said
    which files of those folders. Where an older version wrote it, there are none of these.
    """

    sources: tuple[Stamp, ...]
    options: dict[str, Any]
    event_files: dict[str, tuple[str, int]]
    report: dict[str, Any]
    tbconvert: str = __version__
    digests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    files: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return {
            "tbconvert": self.tbconvert,
            "sources": [asdict(stamp) for stamp in self.sources],
            "options": self.options,
            "event_files": self.event_files,
            "report": self.report,
            "digests": self.digests,
            "inputs": self.inputs,
            "files": self.files,
        }

    def is_of(self, stamps: tuple[Stamp, ...]) -> bool:
        """Tell whether all that this was made from is among these: a series of files may grow."""
        return {stamp.uri for stamp in self.sources} <= {stamp.uri for stamp in stamps} and (
            bool(self.sources) or not stamps
        )

    def gone(self, stamps: tuple[Stamp, ...]) -> str:
        """Return a source that is not among these, although others are; "" if it is no matter."""
        given = {stamp.uri for stamp in stamps}
        uris = [stamp.uri for stamp in self.sources]
        return next((uri for uri in uris if uri not in given), "") if given & {*uris} else ""

    def only(self, run: str) -> Entry:
        """Return what is to be known of one of the runs."""
        of_run = {run: self.event_files[run]} if run in self.event_files else {}
        report = {run: self.report[run]} if run in self.report else {}
        return replace(self.beside(run), event_files=of_run, report=report)

    def beside(self, run: str) -> Entry:
        """Return the same with the digests of one run alone: each run has its own beside it."""
        digests = {run: self.digests[run]} if run in self.digests else {}
        return replace(self, digests=digests)

    def maker(self) -> str:
        """Say, for people, what it was made from."""
        return f"from {self.sources[0].uri}" if self.sources else "by a Python program"


@dataclass(frozen=True, slots=True)
class Ledger:
    """All ingests into one run; usually one."""

    entries: tuple[Entry, ...] = ()

    def names(self, run: str) -> set[str]:
        """Return the event files of a run that tbconvert wrote."""
        return {e.event_files[run][0] for e in self.entries if run in e.event_files}

    def to_json(self) -> str:
        """Return the text of the file."""
        ingests = [entry.to_json() for entry in self.entries]
        # in ASCII: the names of sources need not be valid text
        return json.dumps({"ingests": ingests}) + "\n"


def parse_ledger(text: str | None) -> Ledger | None:
    """Return the ledger, or None where there is none, or none that can be understood."""
    try:
        entries = tuple(_entry(data) for data in json.loads(text or "")["ingests"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return Ledger(entries) if all(entry.event_files for entry in entries) and entries else None


def _entry(data: dict[str, Any]) -> Entry:
    return Entry(
        sources=tuple(map(_stamp, data["sources"])),
        options=dict(data["options"]),
        event_files=dict(_event_file(*item) for item in data["event_files"].items()),
        report=dict(data["report"]),
        tbconvert=str(data["tbconvert"]),
        digests=dict(data.get("digests", {})),
        inputs=tuple(map(str, data.get("inputs", ()))),
        files=dict(data.get("files", {})),
    )


def _stamp(data: dict[str, Any]) -> Stamp:
    size, mtime = int(data["size"]), float(data["mtime"])
    return Stamp(str(data["uri"]), size, mtime, str(data.get("sha256", "")))


def _event_file(run: str, file: Any) -> tuple[str, tuple[str, int]]:
    """Return a run and its event file; what stands there may be removed, so it must be one."""
    name, size = file
    if run.startswith("/") or ".." in run.split("/") or "/" in name or "tfevents" not in name:
        raise ValueError(f"{run}/{name} is no event file below a logdir")
    return run, (name, int(size))
