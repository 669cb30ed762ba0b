"""A log converted once more, to nowhere, beside what stands in the logdir of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tbconvert import storage
from tbconvert.checking.comparison import compare
from tbconvert.checking.difference import Columns, differ
from tbconvert.checking.reading import read_parts, take_down_part
from tbconvert.checking.verdict import (
    AGAIN,
    Difference,
    Finding,
    Status,
    of_fault,
    of_unreadable,
)
from tbconvert.decode.parts import Damage, Part
from tbconvert.digests import Digests, Points, Told
from tbconvert.encode import Encoder
from tbconvert.errors import SourceError
from tbconvert.model import Records, Run, ScalarBlock, Summary
from tbconvert.observer import Observer
from tbconvert.output import first_time, take_down, take_down_opening
from tbconvert.pipeline import convert_run
from tbconvert.plan import RunJob
from tbconvert.version import __version__
from tbconvert.write.ledger import Entry, Stamp


@dataclass(frozen=True, slots=True)
class Standing:
    """The event file of one run: where it is, and what was read of it."""

    path: str
    told: Told


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be proven: that a job makes the runs that stand of it. Picklable.

    ``entry`` is what was noted when it was converted, None if it never was.
    """

    job: RunJob
    entry: Entry | None
    standing: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of that: of each run that stands, and ``made`` points of each that does not."""

    of_run: dict[str, ProofOfRun] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    failed: Finding | None = None


@dataclass(slots=True)
class ProofOfRun:
    """What came of one run."""

    status: Status = "same"
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def prove(asked: Asked) -> Proof:
    """Convert a job to nowhere, and compare what comes out with what stands in the logdir.

    Whatever goes wrong ends in the proof, so that it ends no other.
    """
    try:
        return _proven(asked)
    except SourceError as err:
        return unproven(asked.standing, "unreadable", of_unreadable(err))
    except Exception as err:
        return unproven(asked.standing, "unreadable", of_fault(err))


def unproven(runs: Iterable[str], status: Status, finding: Finding) -> Proof:
    """Return the proof of some runs that one thing kept from being made."""
    of_run = {run: ProofOfRun(status, [finding]) for run in runs}
    return Proof(of_run, failed=finding)


def _proven(asked: Asked) -> Proof:
    storage.tell_access(asked.job.stores)
    changes = list(_changes(asked.job, asked.entry)) if asked.entry else []
    job = _as_it_was(asked.job, asked.entry)
    digests: dict[str, Digests] = {}

    def anew(run: Run) -> Digests:
        digests[run] = Digests()
        return digests[run]

    reports = convert_run(job, observer=_Converted(anew))
    if failed := [report for report in reports if report.status == "failed"]:
        why = failed[0].problems[0]
        before = "cannot be converted any more: " if asked.entry else ""
        said = f"{before}{_place(why.row, why.column)}{why.problem}"
        finding = Finding("source-failed", said, why.hint, file=why.uri)
        return unproven(asked.standing, "unreadable", finding)
    written = {report.run: report.points for report in reports if report.status == "written"}
    proof = Proof(made={run: n for run, n in written.items() if run not in asked.standing})
    for run, standing in asked.standing.items():
        of_run = proof.of_run[run] = ProofOfRun(findings=list(changes))
        if run not in written:
            said = "is not made from its sources any more"
            of_run.status = "extra"
            of_run.findings.append(Finding("not-made", said, AGAIN, file=standing.path))
            continue
        wanted = digests[run].told()
        of_run.differences = list(compare(wanted, standing.told, "sources"))
        if of_run.differences:
            of_run.status = "differs"
            of_run.findings += _changed_unseen(changes, asked.entry)
    _tell_points(job, asked, proof)
    return proof


def _place(row: int | None, column: str | None) -> str:
    """Return where in a source something stands, as the beginning of what is said of it."""
    places = (
        f"row {row}: " if row is not None else "",
        f"column {column!r}: " if column is not None else "",
    )
    return "".join(places)


# ------------------------------------------------------------------------------- sources


def _changes(job: RunJob, entry: Entry) -> Iterator[Finding]:
    """Yield which sources are not what they were when they were converted."""
    then = {stamp.uri: stamp for stamp in entry.sources}
    now = [storage.absolute(source.uri) for source in job.sources]
    for uri in now:
        if uri not in then:
            said = "came along since the run was converted"
            yield Finding("source-new", said, AGAIN, "hint", uri)
    for stamp in entry.sources:
        if stamp.uri not in now:
            is_there = storage.exists(stamp.uri)
            said = "is no source of the run any more" if is_there else "is gone"
            yield Finding("source-gone", said, AGAIN, "hint", stamp.uri)
        elif changed := _changed(stamp):
            yield changed
    if entry.tbconvert != __version__:
        said = f"was converted by tbconvert {entry.tbconvert}, and this is {__version__}"
        yield Finding("version", said, AGAIN, "hint")


def _changed(stamp: Stamp) -> Finding | None:
    try:
        now = storage.stat(stamp.uri)
        if (now.size, now.mtime) == (stamp.size, stamp.mtime):
            return None
        if now.size == stamp.size and _sha256(stamp.uri) == stamp.sha256:
            said = "has another time than when it was converted, and the same content"
            return Finding("source-touched", said, "", "hint", stamp.uri)
    except SourceError:
        return None  # what cannot be read fails, and is told by that
    said = "changed since it was converted"
    return Finding("source-changed", said, AGAIN, "hint", stamp.uri)


def _changed_unseen(changes: Sequence[Finding], entry: Entry | None) -> Iterator[Finding]:
    """Yield the sources that have the size and the time that they had, and another content."""
    told = {finding.file for finding in changes}
    for stamp in entry.sources if entry else ():
        if stamp.uri not in told and _sha256(stamp.uri) != stamp.sha256:
            said = "changed since it was converted, and has the size and the time that it had"
            yield Finding("source-changed", said, f"{AGAIN} with --checksum", "hint", stamp.uri)


def _sha256(uri: str) -> str:
    with storage.open_input(uri) as stream:
        while stream.read(1 << 20):
            pass
        return stream.sha256()


def _as_it_was(job: RunJob, entry: Entry | None) -> RunJob:
    """Return a job whose only source has the time that it was converted with.

    Points without a time have that of their file, and to copy it changes no point.
    """
    if entry is None or len(entry.sources) != 1 or job.options.file_time is not None:
        return job
    return replace(job, options=replace(job.options, file_time=entry.sources[0].mtime))


# -------------------------------------------------------------------------------- points


class _Converted(Observer):
    """Takes down what comes of each run of a job, as if of its event file."""

    def __init__(self, taker: Callable[[Run], Points]) -> None:
        self._taker = taker
        self._runs: dict[Run, tuple[Points, Encoder]] = {}

    def begin(self, job: RunJob) -> None:
        """Forget what came of a pass before."""
        self._runs = {}

    def summary(self, run: Run, summary: Summary) -> None:
        """Take down points."""
        if run not in self._runs:
            self._runs[run] = points, encoder = self._taker(run), Encoder()
            take_down_opening(points, encoder.begin(first_time(summary)))
        points, encoder = self._runs[run]
        is_column = isinstance(summary, ScalarBlock)
        take_down(points, summary, _NOTHING if is_column else encoder.encode(summary))


_NOTHING = Records(b"", 0)


def _tell_points(job: RunJob, asked: Asked, proof: Proof) -> None:
    """Tell of tags that differ which of their points do, by converting them once more."""
    tags = {
        Run(run): _worth_telling(of_run.differences)
        for run, of_run in proof.of_run.items()
        if of_run.differences
    }
    if not tags:
        return
    wanted: dict[str, Columns] = {}

    def anew(run: Run) -> Columns:
        wanted[run] = Columns(tags.get(run, ()))
        return wanted[run]

    convert_run(job, observer=_Converted(anew))
    for run, of_run in tags.items():
        got = Columns(of_run)
        read_parts(asked.standing[run].path, partial(_take, got))
        differences = proof.of_run[run].differences
        for place, old in enumerate(differences):
            if (key := (old.kind, old.tag)) in of_run:
                counts, first = differ(wanted[run].column(*key), got.column(*key))
                differences[place] = replace(old, counts=counts, first=first)


def _take(points: Points, part: Part) -> None:
    if not isinstance(part, Damage):
        take_down_part(points, part)


_MOST = 4_000_000
"""Points that are compared one by one, on one side: of further tags only digests are."""


def _worth_telling(differences: Sequence[Difference]) -> set[tuple[str, str]]:
    """Return the kinds and tags that are told point by point; at least one is."""
    tags: set[tuple[str, str]] = set()
    points = 0
    for one in differences:
        points += max(one.wanted, one.got)
        if points <= _MOST or not tags:
            tags.add((one.kind, one.tag))
    return tags
