"""A logdir → what of it is as it should be: beside its ledgers, and beside the logs themselves."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from os import fsencode
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from time import perf_counter
from zlib import crc32

from tbconvert import storage
from tbconvert.checking.ledgers import look, lost_folder
from tbconvert.checking.logdir import Folder, folders
from tbconvert.checking.proof import Asked, Proof, ProofOfRun, prove, unproven
from tbconvert.checking.sources import Search, ingests, search
from tbconvert.checking.spreading import Crowd, Result, Watch, Workers
from tbconvert.checking.verdict import (
    AGAIN,
    SIGNS,
    Difference,
    Finding,
    Odd,
    Point,
    RunVerdict,
    Verdict,
    count_of,
    of_lost_worker,
    of_serving,
    of_unreadable,
    worst,
)
from tbconvert.errors import SourceError, UsageError
from tbconvert.run_names import safe_run
from tbconvert.serving import counted, logdir_findings

__all__ = [
    "SIGNS",
    "Difference",
    "Finding",
    "Odd",
    "Point",
    "RunVerdict",
    "Verdict",
    "Wanted",
    "check",
    "count_of",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs of a logdir are checked: by name or glob, all without any; a ``share`` of them."""

    runs: tuple[str, ...] = ()
    share: float = 1.0

    def takes(self, run: str) -> bool:
        """Tell whether a run is among those that were named."""
        return not self.runs or any(run == name or fnmatchcase(run, name) for name in self.runs)

    def sample(self, runs: Sequence[str]) -> set[str]:
        """Return the share of some runs, at least one; by their names, so always the same."""
        place = {run: crc32(fsencode(run)) / 2**32 for run in runs}
        chosen = {run for run in runs if place[run] < self.share}
        return chosen or set(sorted(runs, key=place.__getitem__)[:1])


def _unwatched(results: Iterable[Result], count: int) -> Iterable[Result]:
    return results


def check(
    logdir: str,
    wanted: Wanted | None = None,
    *,
    against_sources: bool = False,
    crowd: Crowd = lambda tasks: None,
    watch: Watch = _unwatched,
) -> Verdict:
    """Read all event files of a logdir back, and compare them with what was written.

    ``watch`` sees one run after the other be done, twice where sources are compared with.

    Raises
    ------
    UsageError
        There is no such logdir, or no such run.
    """
    began = perf_counter()
    wanted, logdir = wanted or Wanted(), storage.known(logdir)
    workers = Workers(crowd, watch)
    failed: list[SourceError] = []
    there = _there(logdir, wanted, failed)
    chosen = wanted.sample([folder.run for folder in there if wanted.takes(folder.run)])
    tasks = [folder for folder in there if folder.run in chosen]
    work = partial(look, access=storage.access())
    new: list[RunVerdict] = []
    looked = list(workers.do(work, tasks, lost_folder))
    verdicts = {one.verdict.run: one.verdict for one in looked if one.verdict is not None}
    if against_sources:
        told = {one.run: one.told for one in looked}
        found = search(ingests(there, told), logdir, for_new=not wanted.runs, lookers=crowd)
        standing = {folder.run for folder in there if folder.names}
        verdicts, new = _with_sources(verdicts, found, standing, wanted, workers)
    unseen = [of_unreadable(err) for err in failed]
    return Verdict(
        logdir,
        tuple(sorted((*verdicts.values(), *new), key=lambda verdict: verdict.run)),
        (*unseen, *_of_names(there)),
        against_sources=against_sources,
        sample=wanted.share,
        seconds=perf_counter() - began,
    )


def _there(logdir: str, wanted: Wanted, failed: list[SourceError]) -> list[Folder]:
    """Return all folders of a logdir that are runs.

    Raises
    ------
    UsageError
        It is none, or a run that was named is not there.
    """
    got = f"LOGDIR: got {logdir!r}"
    try:
        if not storage.exists(logdir):
            raise UsageError(f"{got}, where there is nothing; wanted the --logdir of an ingest")
        if not storage.is_folder(logdir):
            raise UsageError(f"{got}, which is a file; wanted the folder of its run")
    except SourceError as err:  # a store does not tell
        raise UsageError(f"{got}: {err}") from err
    there = list(folders(logdir, failed))
    names = [folder.run for folder in there]
    for name in wanted.runs:
        if not any(Wanted((name,)).takes(run) for run in names):
            hint = _hint(name, names)
            raise UsageError(f"RUN: got {name!r}, and there is no such run in {logdir}; {hint}")
    return there


def _hint(name: str, names: Sequence[str]) -> str:
    """Say which run may be meant, or else which ones there are."""
    if near := difflib.get_close_matches(name, names, n=1):
        return f"did you mean {near[0]!r}?"
    some = ", ".join(map(repr, names[:_NAMED])) or "none"
    more = len(names) - _NAMED
    return f"there is {some}" + (f" and {more:,} more" if more > 0 else "")


_NAMED = 5
"""Runs that are named where none is like the one that was asked for."""


def _of_names(there: Sequence[Folder]) -> Iterator[Finding]:
    """Yield what is the matter with the names, and the number, of event files."""
    files = [name if one.run == "." else f"{one.run}/{name}" for one in there for name in one.names]
    limit, _ = getrlimit(RLIMIT_NOFILE)
    for found in logdir_findings(files, None if limit == RLIM_INFINITY else limit):
        # how many files TensorBoard may open is for whoever starts it to say
        is_limit = found.code == "many-files"
        finding = of_serving(found)
        yield replace(finding, severity="hint") if is_limit else finding


def _with_sources(
    verdicts: Mapping[str, RunVerdict],
    found: Search,
    standing: Collection[str],
    wanted: Wanted,
    workers: Workers,
) -> tuple[dict[str, RunVerdict], list[RunVerdict]]:
    """Return the verdicts with what comes of the sources, and those of what is not ``standing``."""
    whole, missing = dict(verdicts), []
    proofs = zip(found.asked, workers.do(prove, found.asked, _lost), strict=True)
    uris = ((asked.job.sources[0].uri, proof) for asked, proof in proofs)
    for uri, proof in (*(("", proof) for proof in found.lost), *uris):
        for run, of_run in proof.of_run.items():
            whole[run] = _joined(whole[run], of_run)
        for run, points in proof.made.items():
            if run not in whole and run not in standing and not wanted.runs:
                said = f"makes {counted(points, 'point')} of this run, and it is not there"
                missing.append(_missing(run, said, uri))
    names = wanted.sample([str(asked.job.run) for asked in found.new.values()])
    new = [asked for asked in found.new.values() if asked.job.run in names]
    for asked, proof in zip(new, workers.do(prove, new, _lost), strict=True):
        uri = asked.job.sources[0].uri
        if proof.failed:
            missing.append(_unconverted(asked.job.run, proof.failed, uri))
        for run, points in proof.made.items():
            missing.append(
                _missing(run, f"was not converted: it has {counted(points, 'point')}", uri)
            )
    for uri, error in found.failed.items():
        missing.append(_unconverted(safe_run(uri), of_unreadable(error), uri))
    return whole, missing


def _joined(verdict: RunVerdict, proof: ProofOfRun) -> RunVerdict:
    # a run with two ingests has a proof of each, and says once what both say
    findings = dict.fromkeys((*verdict.findings, *proof.findings))
    return replace(
        verdict,
        status=worst(verdict.status, proof.status),
        findings=tuple(findings),
        differences=(*verdict.differences, *proof.differences),
    )


def _unconverted(run: str, why: Finding, uri: str) -> RunVerdict:
    return _missing(run, f"was not converted: {why.said}", uri, why.cure)


def _missing(run: str, said: str, uri: str, cure: str = AGAIN) -> RunVerdict:
    finding = Finding("not-converted", said, cure, file=uri)
    return RunVerdict(run, "missing", findings=(finding,), sources=(uri,))


def _lost(asked: Asked, error: Exception) -> Proof:
    return unproven(asked.standing, "unreadable", of_lost_worker(error))
