"""``tbconvert.json``: what stands beside a run, and says what it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from tbconvert.version import __version__

LEDGER_NAME = "tbconvert.json"


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
    its event file; ``report`` is what was said of each then.
    """

    sources: tuple[Stamp, ...]
    options: dict[str, Any]
    event_files: dict[str, tuple[str, int]]
    report: dict[str, Any]
    tbconvert: str = __version__

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        return {
            "tbconvert": self.tbconvert,
            "sources": [asdict(stamp) for stamp in self.sources],
            "options": self.options,
            "event_files": self.event_files,
            "report": self.report,
        }

    def is_of(self, stamps: tuple[Stamp, ...]) -> bool:
        """Tell whether this was made from the sources of these names."""
        return [stamp.uri for stamp in self.sources] == [stamp.uri for stamp in stamps]


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
        return json.dumps({"ingests": ingests}, ensure_ascii=False) + "\n"


def parse_ledger(text: str | None) -> Ledger | None:
    """Return the ledger, or None where there is none, or none that can be understood."""
    try:
        return Ledger(tuple(_entry(data) for data in json.loads(text or "")["ingests"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _entry(data: dict[str, Any]) -> Entry:
    return Entry(
        sources=tuple(Stamp(**stamp) for stamp in data["sources"]),
        options=dict(data["options"]),
        event_files={
            str(run): (str(name), int(size)) for run, (name, size) in data["event_files"].items()
        },
        report=dict(data["report"]),
        tbconvert=str(data["tbconvert"]),
    )
