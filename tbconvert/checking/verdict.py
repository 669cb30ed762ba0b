"""What was found of each run, and the JSON that pipelines read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tbconvert import serving
from tbconvert.errors import SourceError
from tbconvert.version import __version__

Status = Literal["same", "missing", "extra", "foreign", "differs", "unreadable"]

SIGNS: dict[Status, str] = {
    "same": "=",
    "missing": "-",
    "extra": "+",
    "foreign": "+",
    "differs": "*",
    "unreadable": "!",
}
"""What stands before a run, as ``rclone check`` has it: what only the logdir has is a "+"."""


def worst(*statuses: Status) -> Status:
    """Return the status of a run of whose parts each has one; without any it is the same."""
    order = ("unreadable", "differs", "missing", "extra", "foreign", "same")
    return min(statuses, key=order.index, default="same")


AGAIN = "ingest again"
"""What mends a run whose log is another one now."""

Severity = Literal["loss", "hint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a run: what, and what to do. A ``loss`` makes the exit status 1.

    ``code`` is one short word that stays; ``file`` is the event file, ledger or source that it
    is about, ``tag`` its tag, None where it is about none.
    """

    code: str
    said: str
    cure: str = ""
    severity: Severity = "loss"
    file: str | None = None
    tag: str | None = None


def of_serving(found: serving.Finding) -> Finding:
    """Return what TensorBoard would not show, as it is told of a run."""
    file = found.run_file or None
    return Finding(found.code, found.said, found.cure, found.severity, file, found.tag)


def of_fault(error: Exception) -> Finding:
    """Return what is found where tbconvert itself failed."""
    said = f"could not be checked: {type(error).__name__}: {error}"
    return Finding("fault", said, "this is a fault of tbconvert, please report it")


def of_lost_worker(error: Exception) -> Finding:
    """Return what is found where a process died."""
    said = f"the worker that had it was lost: {str(error) or type(error).__name__}"
    return Finding("lost", said, "check again; if memory ran out, fewer --jobs need less")


def of_unreadable(error: SourceError, file: str | None = None) -> Finding:
    """Return what is found where a file cannot be read; ``file`` is its name, if it has another."""
    return Finding("unreadable", error.problem, error.hint, file=file or error.origin.uri)


@dataclass(frozen=True, slots=True)
class Point:
    """One point as one side has it; a ``value`` that is no number is told by its digest."""

    step: int
    wall_time: float
    value: float | str

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data: numbers that are not finite as TensorBoard spells them."""
        value = self.value if isinstance(self.value, str) else _plain(self.value)
        return {"step": self.step, "wall_time": _plain(self.wall_time), "value": value}


What = Literal["missing", "extra", "step", "wall_time", "value", "order"]
"""Of a point: it is not in the logdir, or only there; or what of it is another one there."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A point that the two sides do not agree on: as it is ``wanted``, as it was ``got``."""

    what: What
    wanted: Point | None
    got: Point | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A tag that is not as it should be, ``against`` the ledger or the sources.

    ``wanted`` and ``got`` count its points there and in the logdir. ``said`` are the parts that
    differ as far as digests tell. ``counts`` tell of how many points what is wrong, and
    ``first`` has the first of them, both only where points were compared.
    """

    against: Literal["ledger", "sources"]
    kind: str
    tag: str
    wanted: int
    got: int
    said: str
    counts: dict[What, int] = field(default_factory=dict)
    first: tuple[Odd, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        first = [
            {
                "what": odd.what,
                "wanted": odd.wanted.to_json() if odd.wanted else None,
                "got": odd.got.to_json() if odd.got else None,
            }
            for odd in self.first
        ]
        names = ("against", "kind", "tag", "wanted", "got", "said", "counts")
        return {name: getattr(self, name) for name in names} | {"first": first}


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """One run: its event files, how much is in them, and what is wrong.

    ``sources`` are the logs that it was made from, as far as that is known.
    """

    run: str
    status: Status
    event_files: tuple[str, ...] = ()
    tags: int = 0
    points: int = 0
    findings: tuple[Finding, ...] = ()
    differences: tuple[Difference, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether it is what it should be, and all of it would be shown."""
        is_known = self.status in ("same", "foreign")
        return is_known and not any(finding.severity == "loss" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "run": self.run,
            "sign": SIGNS[self.status],
            "status": self.status,
            "event_files": list(self.event_files),
            "sources": list(self.sources),
            "tags": self.tags,
            "points": self.points,
            "findings": [asdict(finding) for finding in self.findings],
            "differences": [difference.to_json() for difference in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """A whole logdir; ``findings`` are of no single run. ``sample`` is the share looked at."""

    logdir: str
    runs: tuple[RunVerdict, ...]
    findings: tuple[Finding, ...] = ()
    against_sources: bool = False
    sample: float = 1.0
    seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0 where there are runs, and all of them are right, or else 1."""
        is_right = all(run.is_right for run in self.runs) and bool(self.runs)
        return int(not is_right or any(finding.severity == "loss" for finding in self.findings))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data; the keys are a promise."""
        return {
            "tbconvert": __version__,
            "logdir": self.logdir,
            "exit_status": self.exit_status,
            "against": "sources" if self.against_sources else "ledger",
            "sample": self.sample,
            "runs": [run.to_json() for run in self.runs],
            "findings": [asdict(finding) for finding in self.findings],
            "totals": {
                "runs": len(self.runs),
                **{status: count_of(self.runs, status) for status in SIGNS},
                "points": sum(run.points for run in self.runs),
                "seconds": round(self.seconds, 3),
            },
        }


def count_of(runs: Sequence[RunVerdict], status: Status) -> int:
    """Return how many runs have a status."""
    return sum(run.status == status for run in runs)


def _plain(number: float) -> float | str:
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
