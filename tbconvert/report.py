"""What was done: a report of each run, their totals, and the JSON that pipelines read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tbconvert.model import Problem
from tbconvert.version import __version__

Status = Literal["written", "unchanged", "empty", "failed"]
"""An empty run is one without points: nothing was written, and nothing stood there before."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A column that was taken as step or wall time, and how it was found."""

    column: str | None
    how: str


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source as it was understood; ``rows`` counts the rows that were read."""

    uri: str
    format: str
    dialect: str
    rows: int
    step: Chosen
    wall_time: Chosen


@dataclass(frozen=True, slots=True)
class Kind:
    """How many tags of one kind of summary were written, and how many points of them."""

    tags: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class ProblemReport:
    """One problem: where, what, and what to do; behind a "#" stands the part of the file."""

    uri: str
    row: int | None
    column: str | None
    problem: str
    hint: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemReport:
        """Return what the report says of a problem."""
        where = problem.origin
        uri = where.uri + (f"#{where.part}" if where.part else "")
        return cls(uri, where.row, where.column, problem.problem, problem.hint)


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run. Points, missing, rejected and superseded account for every metric cell."""

    run: str
    status: Status
    event_file: str | None = None
    bytes: int = 0
    sources: tuple[SourceReport, ...] = ()
    scalars: Kind = field(default_factory=Kind)
    histograms: Kind = field(default_factory=Kind)
    images: Kind = field(default_factory=Kind)
    texts: Kind = field(default_factory=Kind)
    graph: bool = False
    hparams: int = 0
    missing: int = 0
    rejected: int = 0
    superseded: int = 0
    non_finite: int = 0
    problems: tuple[ProblemReport, ...] = ()

    @property
    def origin(self) -> str:
        """What it was made from, or what kept it from being made."""
        if self.sources:
            return self.sources[0].uri
        return self.problems[0].uri if self.problems else ""

    @property
    def points(self) -> int:
        """How many points of all kinds were written."""
        return sum(kind.points for kind in (self.scalars, self.histograms, self.images, self.texts))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunReport:
        """Return the report that a ledger holds.

        Raises
        ------
        KeyError, TypeError
            The ledger holds something else.
        """
        kinds = {name: Kind(**data[name]) for name in ("scalars", "histograms", "images", "texts")}
        sources = tuple(
            SourceReport(
                **{**source, "step": Chosen(**source["step"])}
                | {"wall_time": Chosen(**source["wall_time"])}
            )
            for source in data["sources"]
        )
        problems = tuple(ProblemReport(**problem) for problem in data["problems"])
        return cls(**{**data, **kinds, "sources": sources, "problems": problems})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was found but not taken, and why."""

    uri: str
    reason: str


INTERRUPTED = 130
"""The exit status of an ingest that was not let end."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole ingest; ``interrupted`` tells that it was not let end.

    ``shard`` names the part of the plan that it did, as "2/16"; "" is all of it. ``gone`` are
    sources of runs that stand in the logdir, which are not there any more.
    """

    logdir: str
    runs: tuple[RunReport, ...]
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False
    shard: str = ""
    gone: tuple[Skipped, ...] = ()

    @property
    def failed(self) -> int:
        """How many runs could not be converted."""
        return sum(run.status == "failed" for run in self.runs)

    @property
    def standing(self) -> int:
        """How many runs stand in the logdir as their sources have them."""
        return sum(run.status in ("written", "unchanged") for run in self.runs)

    @property
    def rejected(self) -> int:
        """How many cells were left out because something is wrong with them."""
        return sum(run.rejected for run in self.runs)

    def exit_status(self, *, strict: bool = False) -> int:
        """Return 0 where all is written, 130 where it was interrupted, or else 1.

        All is not written where no run has a point, or one failed; under strict, neither
        where a cell was rejected. A shard may have no run.
        """
        if self.interrupted:
            return INTERRUPTED
        is_nothing = not self.standing and not (self.shard and not self.runs)
        return int(is_nothing or self.failed > 0 or (strict and self.rejected > 0))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Return the report that ``to_json`` gave.

        Raises
        ------
        KeyError, TypeError
            It is something else.
        """
        return cls(
            data["logdir"],
            tuple(RunReport.from_json(run) for run in data["runs"]),
            tuple(Skipped(**skipped) for skipped in data["skipped"]),
            data["totals"]["seconds"],
            data["exit_status"] == INTERRUPTED,
            data["shard"],
            tuple(Skipped(**gone) for gone in data["gone"]),
        )

    def to_json(self, exit_status: int) -> dict[str, Any]:
        """Return the report as plain data; its keys are a promise."""
        runs = self.runs
        return {
            "tbconvert": __version__,
            "logdir": self.logdir,
            "exit_status": exit_status,
            "shard": self.shard,
            "runs": [asdict(run) for run in runs],
            "skipped": [asdict(skipped) for skipped in self.skipped],
            "gone": [asdict(gone) for gone in self.gone],
            "totals": {
                "runs": len(runs),
                "written": sum(run.status == "written" for run in runs),
                "unchanged": sum(run.status == "unchanged" for run in runs),
                "empty": sum(run.status == "empty" for run in runs),
                "failed": self.failed,
                "points": sum(run.points for run in runs),
                "rejected": self.rejected,
                "seconds": round(self.seconds, 3),
            },
        }


def merged(reports: Sequence[Report]) -> Report:
    """Return one report of what several ingests did, as of the shards of an archive.

    A file that several of them passed over stands in it once; of a run that several of them
    made, what the last one says. Seconds add up.
    """
    runs = {(run.run, run.origin): run for report in reports for run in report.runs}
    return Report(
        reports[-1].logdir,
        tuple(runs.values()),
        tuple(dict.fromkeys(skipped for report in reports for skipped in report.skipped)),
        sum(report.seconds for report in reports),
        any(report.interrupted for report in reports),
        gone=tuple(dict.fromkeys(gone for report in reports for gone in report.gone)),
    )
