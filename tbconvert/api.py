"""One call for a whole ingest: what the command line does, from Python."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from time import perf_counter
from typing import Any

from tbconvert.flow import Progress
from tbconvert.model import safe_run
from tbconvert.options import Options
from tbconvert.pipeline import convert, failed_report
from tbconvert.plan import Plan, plan_runs
from tbconvert.report import Report, RunReport, Skipped


def ingest(
    *sources: str | os.PathLike[str],
    logdir: str | os.PathLike[str],
    executor: Executor | None = None,
    dry_run: bool = False,
    **options: Any,
) -> Report:
    """Convert files, folders, globs, URIs or "-" (standard input) into runs below a logdir.

    Parameters
    ----------
    sources
        What to convert.
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
        An option is wrong; nothing was done. What is wrong with a source is in the report.
    """
    sink = "discard" if dry_run else "directory"
    names = [os.fspath(source) for source in sources]
    plan = plan_runs(names, os.fspath(logdir), Options(**options), sink)
    return run_plan(plan, os.fspath(logdir), executor)


def run_plan(
    plan: Plan, logdir: str, executor: Executor | None = None, progress: Progress | None = None
) -> Report:
    """Do what was planned; the runs are reported in the order of the plan.

    An interrupt leaves the run under way as it was, and what is done stands in the report.
    """
    began = perf_counter()
    done: dict[str, tuple[RunReport, ...]] = {}
    interrupted = False
    try:
        for job, reports in convert(plan.jobs, executor, progress):
            done[job.run] = reports
    except KeyboardInterrupt:
        interrupted = True
    finally:
        plan.remove_spooled()
    converted = [report for job in plan.jobs for report in done.get(job.run, ())]
    failed = [failed_report(safe_run(err.origin.uri), err) for err in plan.failed]
    return Report(
        logdir,
        (*converted, *failed),
        tuple(Skipped(err.origin.uri, err.problem) for err in plan.skipped),
        perf_counter() - began,
        interrupted,
    )
