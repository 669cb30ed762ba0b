"""One call for a whole ingest: what the command line does, from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import fields
from time import perf_counter
from typing import Any

from tbconvert.dispatch import convert
from tbconvert.errors import UsageError, did_you_mean
from tbconvert.flow import Progress
from tbconvert.observer import Observer
from tbconvert.options import Options
from tbconvert.pipeline import failed_report
from tbconvert.plan import Plan, plan_runs
from tbconvert.report import Report, RunReport, Skipped
from tbconvert.run_names import safe_run
from tbconvert.storage import known
from tbconvert.write import open_sink

Named = str | os.PathLike[str]
"""A file or folder, as Python programs name it."""


def ingest(
    *sources: Named | Iterable[Named],
    logdir: str | os.PathLike[str],
    executor: Executor | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Report:
    """Convert files, folders, globs, URIs or "-" (standard input) into runs below a logdir.

    Parameters
    ----------
    sources
        What to convert: names, or lists of them.
    logdir
        Where the runs go; TensorBoard is pointed at it.
    executor
        Any ``concurrent.futures.Executor``; without one the work is done here.
    dry_run
        Convert and count, but write nothing.
    options
        The fields of ``Options``, which are the options of the command line.

    Raises
    ------
    UsageError
        An option is wrong, or a source is no name; nothing was done. What else is wrong with
        a source is in the report.
    """
    sink = "discard" if dry_run else "directory"
    target = _name("logdir", logdir)
    names = list(_names(sources))
    _check_known(options)
    plan = plan_runs(names, target, Options(**options), sink, lambda files: executor)
    return run_plan(plan, target, executor)


def _names(sources: Iterable[Named | Iterable[Named]]) -> Iterator[str]:
    for source in sources:
        if isinstance(source, Iterable) and not isinstance(source, str | bytes):
            yield from (_name("sources", name) for name in source)
        else:
            yield _name("sources", source)


def _name(what: str, given: object) -> str:
    if isinstance(given, str | os.PathLike):
        name = os.fspath(given)
        if isinstance(name, str):
            return name
    raise UsageError(f"{what}: got {given!r}, wanted a path as text, or a pathlib.Path")


def _check_known(options: Iterable[str]) -> None:
    known = [field.name for field in fields(Options)]
    for name in options:
        if name not in known:
            wanted = f"; wanted one of {', '.join(known)}"
            hint = did_you_mean(name, [*known, "executor", "dry_run"], wanted)
            raise UsageError(f"got {name!r}, which is no option{hint}")


def run_plan(
    plan: Plan,
    logdir: str,
    executor: Executor | None = None,
    progress: Progress | None = None,
    observer: Observer | None = None,
    together: int = 1,
) -> Report:
    """Do what was planned; the runs are reported in the order of the plan.

    An interrupt leaves the run under way as it was, and what is done stands in the report.
    """
    began = perf_counter()
    done: dict[str, tuple[RunReport, ...]] = {}
    interrupted = False
    try:
        for job, reports in convert(plan.jobs, executor, progress, observer, together):
            done[job.run] = reports
    except KeyboardInterrupt:
        interrupted = True
    finally:
        plan.remove_spooled()
    converted = [report for job in plan.jobs for report in done.get(job.run, ())]
    failed = [failed_report(safe_run(err.origin.uri), err) for err in plan.failed]
    return Report(
        known(logdir),
        (*converted, *failed),
        tuple(Skipped(err.origin.uri, err.problem) for err in plan.skipped),
        perf_counter() - began,
        interrupted,
        plan.part,
        _gone(plan, logdir),
        plan.sink != "directory",
    )


def _gone(plan: Plan, logdir: str) -> tuple[Skipped, ...]:
    """Return the sources of runs in the logdir that are gone from the folders that were walked."""
    sink = open_sink(plan.sink, logdir, "", "")
    said = "is gone; run {!r}, which was made from it, stays as it is"
    gone = sink.orphans(plan.folders, plan.names)
    return tuple(Skipped(uri, said.format(run)) for run, uri in gone)
