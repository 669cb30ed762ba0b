"""Ledgers → what is to be proven: which job would make again what stands in the logdir."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tbconvert import storage
from tbconvert.checking.logdir import Folder, read_ledger
from tbconvert.checking.proof import Asked, Proof, Standing, unproven
from tbconvert.checking.verdict import AGAIN, Finding
from tbconvert.digests import Told
from tbconvert.errors import SourceError
from tbconvert.looking import Lookers
from tbconvert.model import Run
from tbconvert.options import Options
from tbconvert.plan import Plan, RunJob, plan_runs
from tbconvert.storage import STDIN
from tbconvert.write.ledger import Entry

_SINK = "nowhere"

_BACK = "bring it back, or remove the run"
"""What mends a run whose log is gone: to ingest again touches none."""


@dataclass(slots=True)
class Ingest:
    """One ingest into the logdir, as the ledgers beside its runs have it.

    ``home`` is the run of its job, ``standing`` are its runs that are checked. ``is_there``
    tells that a folder of one of its runs is, under the name that it was given.
    """

    entry: Entry
    home: str
    is_there: bool = False
    standing: dict[str, Standing] = field(default_factory=dict)

    @property
    def uris(self) -> frozenset[str]:
        """Its sources."""
        return frozenset(stamp.uri for stamp in self.entry.sources)


def ingests(folders: Iterable[Folder], told: Mapping[str, Mapping[str, Told]]) -> list[Ingest]:
    """Return the ingests that folders tell of; ``told`` has the digests of the runs checked."""
    found: dict[str, Ingest] = {}
    for folder in folders:
        ledger, _ = read_ledger(folder)
        for entry in ledger.entries if ledger else ():
            one = found.setdefault(_key(entry), Ingest(entry, folder.run))
            # the ledger of the job's own run tells of all its runs, any other of its own
            if _reach(entry, folder.run) > _reach(one.entry, one.home):
                one.entry, one.home = entry, folder.run
            one.is_there |= folder.run in entry.event_files
            name = entry.event_files.get(folder.run, ("", 0))[0]
            if name in told.get(folder.run, {}):
                standing = Standing(folder.file(name), told[folder.run][name])
                one.standing[folder.run] = standing
    return list(found.values())


def _reach(entry: Entry, run: str) -> tuple[bool, int]:
    return run not in entry.event_files, len(entry.event_files)


def _key(entry: Entry) -> str:
    uris = sorted(stamp.uri for stamp in entry.sources)
    return json.dumps([uris, entry.options], sort_keys=True)


@dataclass(slots=True)
class Search:
    """What the sources of some ingests are found to be now.

    ``asked`` are to be proven, ``lost`` cannot be. Of what no ledger tells ``new`` are logs, by
    the first file of each, ``failed`` are files that should be ones, and why they are not.
    """

    asked: list[Asked] = field(default_factory=list)
    lost: list[Proof] = field(default_factory=list)
    new: dict[str, Asked] = field(default_factory=dict)
    failed: dict[str, SourceError] = field(default_factory=dict)


def search(
    all_ingests: Collection[Ingest], logdir: str, *, for_new: bool, lookers: Lookers
) -> Search:
    """Plan again what was ingested, and match it; look ``for_new`` logs beside it too."""
    result = Search()
    known = {uri for one in all_ingests if one.is_there for uri in one.uris}
    groups: dict[str, list[Ingest]] = {}
    for one in all_ingests:
        # of one that no run is left of, the logs are looked for as if they were new
        if not one.standing and (one.is_there or not for_new):
            continue
        if (why := _why_not(one)) is not None:
            result.lost.append(unproven(one.standing, "same", why))
            continue
        key = json.dumps([one.entry.options, one.entry.files], sort_keys=True)
        groups.setdefault(key, []).append(one)
    for group in groups.values():
        _of_group(group, logdir, known if for_new else None, lookers, result)
    return result


def _why_not(one: Ingest) -> Finding | None:
    """Say why nothing can be compared with the sources of an ingest."""
    if not one.entry.sources:
        return Finding("no-source", "was written by a Python program: there is no log", "", "hint")
    if any(_is_passed_by(uri) for uri in one.uris):
        said = "came through standard input: it was compared with its ledger alone"
        return Finding("no-source", said, "", "hint")
    if not one.entry.inputs:
        said = "its ledger, of an older tbconvert, does not tell where its logs were looked for"
        return Finding("no-inputs", said, AGAIN, "hint")
    return None


def _is_passed_by(uri: str) -> bool:
    """Tell whether a source could be read once, and no more."""
    return uri == STDIN or uri.startswith("/dev/fd/") or storage.is_stream(uri)


def _of_group(
    group: list[Ingest], logdir: str, known: set[str] | None, lookers: Lookers, result: Search
) -> None:
    """Plan the inputs of ingests that had the same options."""
    inputs = list(dict.fromkeys(name for one in group for name in one.entry.inputs))
    try:
        options = _options(group[0].entry)
        plan = plan_runs(inputs, logdir, options, _SINK, lookers)
    except Exception as err:  # whatever stands in a ledger, other groups are to be checked
        said = f"the options that it was converted with do not hold any more: {err}"
        finding = Finding("options", said, AGAIN)
        result.lost += [unproven(one.standing, "extra", finding) for one in group]
        return
    by_uri = {uri: job for job in plan.jobs for uri in _uris(job)}
    reasons = _reasons(plan)
    for one in group:
        if not one.is_there:
            continue
        if (job := _match(one, by_uri)) is not None:
            result.asked.append(Asked(_at_home(job, one), one.entry, one.standing))
        else:
            uri = min(one.uris)
            gone = reasons.get(uri) or _gone(uri)
            said, cure = (gone, _BACK) if gone else ("is no log by itself any more", AGAIN)
            finding = Finding("source-gone", said, cure, file=uri)
            result.lost.append(unproven(one.standing, "extra", finding))
    if known is not None:
        result.new |= {
            next(_uris(job)): Asked(job, None, {})
            for job in plan.jobs
            if known.isdisjoint(_uris(job))
        }
        failed = {error.origin.uri: error for error in plan.failed}
        told = {*known, *inputs}
        result.failed |= {uri: error for uri, error in failed.items() if uri not in told}


def _options(entry: Entry) -> Options:
    """Return the options that stand in a ledger.

    Raises
    ------
    UsageError, TypeError
        A version that had other ones wrote it.
    """
    given = {**entry.options, **entry.files}
    dialects = given.pop("dialects", {})
    end = "/" + given.get("graph", "").removeprefix("./")
    graphs = [stamp.uri for stamp in entry.sources if "graph" in given and stamp.uri.endswith(end)]
    given |= {"graph": graphs[0]} if graphs else {}  # it was named as seen from another folder
    return Options(**{name: _frozen(value) for name, value in given.items()}, dialects=dialects)


def _frozen(value: Any) -> Any:
    """Return what JSON made of options as they were: tuples, where it has lists."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {name: _frozen(inner) for name, inner in value.items()}
    return value


def _uris(job: RunJob) -> Iterator[str]:
    return (storage.absolute(source.uri) for source in job.sources)


def _match(one: Ingest, by_uri: Mapping[str, RunJob]) -> RunJob | None:
    """Return the job that has most of the sources of an ingest; None if none has any."""
    jobs = [by_uri[uri] for uri in one.uris if uri in by_uri]
    return max(jobs, key=lambda job: len(one.uris.intersection(_uris(job))), default=None)


def _at_home(job: RunJob, one: Ingest) -> RunJob:
    """Return a job with the run that it had, whatever else was planned along."""
    home = Run(one.home)
    near = (f"{home}/", f"{home}-")
    is_below = all(run == home or run.startswith(near) for run in one.entry.event_files)
    sources = []
    for source in job.sources:
        read_options = {k: v for k, v in source.read_options.items() if k != "runs_below"}
        read_options |= {} if is_below else {"runs_below": "."}
        sources.append(replace(source, run=home, read_options=read_options))
    return replace(job, run=home, sources=tuple(sources))


def _reasons(plan: Plan) -> dict[str, str]:
    """Return why files are not converted, by their names in full."""
    errors = (*plan.skipped, *plan.failed)
    return {storage.absolute(error.origin.uri): error.problem for error in errors}


def _gone(uri: str) -> str:
    try:
        return "" if storage.exists(uri) else "is gone"
    except SourceError as err:  # a store does not tell
        return err.problem
