"""What was done: a report of each run, their totals, and the JSON that pipelines read."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from tbconvert.model import Problem
from tbconvert.packed import Packed, values_of
from tbconvert.version import __version__

Status = Literal["written", "unchanged", "empty", "failed"]
"""An empty run is one without points: nothing was written, and nothing stood there before."""

FailOn = Literal["nan", "rejected", "empty", "superseded"]
"""What a run may have that lets an ingest fail, if asked to: points that are NaN or infinite,
cells that were left out, no point at all, points that others supersede."""


@dataclass(frozen=True, slots=True)
class Chosen(Packed):
    """A column that was taken as step or wall time, and how it was found."""

    column: str | None
    how: str


@dataclass(frozen=True, slots=True)
class SourceReport(Packed):
    """One source as it was understood; ``rows`` counts the rows that were read."""

    uri: str
    format: str
    dialect: str
    rows: int
    step: Chosen
    wall_time: Chosen


@dataclass(frozen=True, slots=True)
class Kind(Packed):
    """How many tags of one kind of summary were written, and how many points of them."""

    tags: int = 0
    points: int = 0


@dataclass(frozen=True, slots=True)
class ProblemReport(Packed):
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

    @property
    def said(self) -> str:
        """What it is, and what to do, without the place in the file."""
        column = "" if self.column is None else f"column {self.column!r}: "
        return column + self.problem + (f"; {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class RunReport(Packed):
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

    def count(self, word: FailOn) -> int:
        """Return how many points or cells it has of a kind; of "empty" 1 if it is."""
        match word:
            case "nan":
                return self.non_finite
            case "rejected":
                return self.rejected
            case "empty":
                return int(self.status == "empty")
            case "superseded":
                return self.superseded

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data, as ``asdict`` would: that takes as long as a log."""
        data = _plain(self)
        for kind in _KINDS:
            data[kind] = _plain(data[kind])
        data["sources"] = [
            _plain(s) | {"step": _plain(s.step), "wall_time": _plain(s.wall_time)}
            for s in self.sources
        ]
        data["problems"] = [_plain(problem) for problem in self.problems]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunReport:
        """Return the report that a ledger holds.

        Raises
        ------
        AttributeError, KeyError, TypeError
            The ledger holds something else.
        """
        kinds = {name: _checked(Kind(**data[name])) for name in _KINDS}
        sources = tuple(
            _checked(
                SourceReport(
                    **{**source, "step": _checked(Chosen(**source["step"]))}
                    | {"wall_time": _checked(Chosen(**source["wall_time"]))}
                )
            )
            for source in data["sources"]
        )
        problems = tuple(_checked(ProblemReport(**problem)) for problem in data["problems"])
        return _checked(cls(**{**data, **kinds, "sources": sources, "problems": problems}))


_KINDS = ("scalars", "histograms", "images", "texts")


Record = TypeVar("Record")


def _checked(record: Record) -> Record:
    """Return a record that was read, if each of its fields is what it is declared to be.

    Raises
    ------
    TypeError
        One is something else.
    """
    of: Any = type(record)
    values, (classes, tests) = values_of(of)(record), _tests(of)
    if not all(map(isinstance, values, classes)) or not all(t(values[at]) for at, t in tests):
        for value, (name, kind) in zip(values, get_type_hints(of).items(), strict=True):
            if not _test(kind)(value):
                raise TypeError(f"{name}: got {value!r}, wanted {kind}")
    return record


_Test = Callable[[Any], bool]
"""Tells whether a value is of some kind."""


@cache
def _tests(record: type) -> tuple[tuple[Any, ...], tuple[tuple[int, _Test], ...]]:
    """Return the class of each field, and tests of those of which a class says too little."""
    kinds = tuple(get_type_hints(record).values())
    tests = ((at, _test(kind)) for at, kind in enumerate(kinds) if not _is_class(kind))
    return tuple(kind if _is_class(kind) else object for kind in kinds), tuple(tests)


def _is_class(kind: Any) -> bool:
    """Tell whether ``isinstance`` says it all: it knows unions, but not which floats JSON has."""
    return kind is not float and not {float, Literal, tuple} & {get_origin(kind), *get_args(kind)}


def _test(kind: Any) -> _Test:
    if kind is float:  # finite: JSON has no other ones
        return lambda value: isinstance(value, int | float) and abs(value) <= sys.float_info.max
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return parts.__contains__
    if get_origin(kind) is tuple:
        is_part = _test(parts[0])
        return lambda value: isinstance(value, tuple) and all(map(is_part, value))
    if float in parts:  # isinstance knows the classes of a union, but not which floats JSON has
        tests = [_test(part) for part in parts]
        return lambda value: any(is_one(value) for is_one in tests)
    return lambda value: isinstance(value, kind)


def _plain(record: Any) -> dict[str, Any]:
    """Return the fields of a record by their names."""
    return {name: getattr(record, name) for name in record.__slots__}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was found but not taken, and why."""

    uri: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequirementReport:
    """What came of one requirement for one tag of a run.

    ``run`` and ``tag`` are None where there is none that it could be looked for in; ``got`` is
    None where it is no finite number. ``problem`` says why it is not ``ok``.
    """

    require: str
    run: str | None
    tag: str | None
    got: float | None
    ok: bool
    problem: str = ""


INTERRUPTED = 130
"""The exit status of an ingest that was not let end."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole ingest; ``interrupted`` tells that it was not let end.

    ``shard`` names the part of the plan that it did, as "2/16"; "" is all of it. ``gone`` are
    sources of runs that stand in the logdir, which are not there any more. ``requirements``
    and ``failed_on`` are what a pipeline asked for: the latter has what was to fail and did.
    """

    logdir: str
    runs: tuple[RunReport, ...]
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False
    shard: str = ""
    gone: tuple[Skipped, ...] = ()
    dry_run: bool = False
    requirements: tuple[RequirementReport, ...] = ()
    failed_on: tuple[FailOn, ...] = ()

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

    @property
    def is_nothing(self) -> bool:
        """Whether no run stands, although some should; a shard may have none."""
        return not self.standing and not (self.shard and not self.runs)

    def on(self, words: Collection[FailOn]) -> tuple[FailOn, ...]:
        """Return those of some words of which a run has anything, in the order of ``FailOn``."""
        return tuple(
            word
            for word in get_args(FailOn)
            if word in words and any(run.count(word) for run in self.runs)
        )

    def exit_status(self, *, strict: bool = False) -> int:
        """Return 0 where all is written and as it was asked for, 130 if interrupted, or else 1.

        All is not written where no run has a point, or one failed; under strict, neither
        where a cell was rejected.
        """
        if self.interrupted:
            return INTERRUPTED
        is_unlike = bool(self.failed_on) or not all(one.ok for one in self.requirements)
        is_bad = self.is_nothing or self.failed > 0 or (strict and self.rejected > 0)
        return int(is_bad or is_unlike)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Return the report that ``to_json`` gave.

        Raises
        ------
        AttributeError, KeyError, TypeError
            It is something else.
        """
        if not re.fullmatch(r"(\d+/\d+)?", data["shard"]):
            raise TypeError(f"shard: got {data['shard']!r}, wanted one as 2/16")
        return _checked(
            cls(
                data["logdir"],
                tuple(RunReport.from_json(run) for run in data["runs"]),
                tuple(_checked(Skipped(**skipped)) for skipped in data["skipped"]),
                data["totals"]["seconds"],
                data["exit_status"] == INTERRUPTED,
                data["shard"],
                tuple(_checked(Skipped(**gone)) for gone in data["gone"]),
                data["dry_run"],
                tuple(_checked(RequirementReport(**one)) for one in data["requirements"]),
                tuple(data["failed_on"]),
            )
        )

    def to_json(self, exit_status: int) -> dict[str, Any]:
        """Return the report as plain data; its keys are a promise."""
        runs = self.runs
        return {
            "tbconvert": __version__,
            "logdir": self.logdir,
            "exit_status": exit_status,
            "dry_run": self.dry_run,
            "shard": self.shard,
            "runs": [run.to_json() for run in runs],
            "skipped": [asdict(skipped) for skipped in self.skipped],
            "gone": [asdict(gone) for gone in self.gone],
            "requirements": [asdict(one) for one in self.requirements],
            "failed_on": list(self.failed_on),
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
    made, what the last one says. Seconds add up. A requirement that found no tag in one of
    them is met by the others.
    """
    runs = {(run.run, run.origin): run for report in reports for run in report.runs}
    judged = {
        (one.require, one.run, one.tag): one for report in reports for one in report.requirements
    }
    found = {one.require for one in judged.values() if one.tag is not None}
    whole = Report(
        reports[-1].logdir,
        tuple(runs.values()),
        tuple(dict.fromkeys(skipped for report in reports for skipped in report.skipped)),
        sum(report.seconds for report in reports),
        any(report.interrupted for report in reports),
        gone=tuple(dict.fromkeys(gone for report in reports for gone in report.gone)),
        dry_run=any(report.dry_run for report in reports),
        requirements=tuple(
            one for one in judged.values() if one.run is not None or one.require not in found
        ),
    )
    failed_on = whole.on({word for report in reports for word in report.failed_on})
    return replace(whole, failed_on=failed_on)
