"""Job → reports: its runs, converted by as many passes as their steps need."""

from __future__ import annotations

from contextlib import suppress

from tbconvert.dialects import know
from tbconvert.errors import SourceError, TargetError, TbconvertError
from tbconvert.flow import Flow, Ordering, Progress
from tbconvert.model import Origin, Problem, Run, Source
from tbconvert.normalize import (
    ChangedLate,
    Gather,
    NotARestart,
    Replay,
    RolesInDoubt,
    StepsGoBack,
    Streaming,
    Study,
    Survey,
)
from tbconvert.observer import Observer
from tbconvert.plan import RunJob
from tbconvert.publication import left_alone
from tbconvert.report import ProblemReport, RunReport
from tbconvert.storage import STDIN, absolute, open_input, stat, tell_access
from tbconvert.write import Claim, Entry, Sink, Stamp, open_sink


def convert_run(
    job: RunJob, progress: Progress | None = None, observer: Observer | None = None
) -> tuple[RunReport, ...]:
    """Make the run of a job, or the runs that its sources hold.

    Whatever goes wrong ends in the report, never in an exception, so that it ends no batch.
    """
    options = job.options
    try:
        know(options.dialects)  # this may be another process than that of the plan
        tell_access(job.stores)
        sink = open_sink(job.sink, job.target, options.identifier, options.if_exists)
        by_content = options.checksum
        stamps = tuple(_stamp(source, by_content=by_content) for source in job.sources)
        standing = sink.standing(job.run, stamps, options.changed())
        unchanged = standing.unchanged()
        if unchanged is not None and (noted := _noted(unchanged, sink)):
            return noted
        claim = standing.claim()
        if claim.left_alone:
            return (left_alone(job.run, job.sources[0]),)
        varied: set[str] = set()
        while True:
            study = Study(varied)
            with suppress(ChangedLate):  # each time one more column is known to vary
                told = (progress or (lambda _: None), observer or Observer())
                return _in_order(job, sink, claim, stamps, study, *told)
    except TbconvertError as err:
        return (failed_report(job.run, err),)
    except Exception as err:
        return (failed_report(job.run, _unexpected(job, err)),)


def _noted(entry: Entry, sink: Sink) -> tuple[RunReport, ...]:
    """Return the reports of runs that are as they were; none if nobody can read them any more."""
    files = {run: sink.path(Run(run), name) for run, (name, _) in entry.event_files.items()}
    try:
        return tuple(
            RunReport.from_json(
                {**told, "status": "unchanged", "event_file": files.get(told["run"])}
            )
            for told in entry.report.values()
        )
    except (AttributeError, KeyError, TypeError):
        return ()


def _in_order(
    job: RunJob,
    sink: Sink,
    claim: Claim,
    stamps: tuple[Stamp, ...],
    study: Study,
    progress: Progress,
    observer: Observer,
) -> tuple[RunReport, ...]:
    """Stream the run; where its steps go back, start over knowing where, and all its columns."""

    def flow(ordering: Ordering) -> Flow:
        return Flow(job, sink, claim, stamps, study, ordering, progress, observer)

    streaming = flow(lambda run, findings: Streaming())
    try:
        return streaming.publish()
    except (StepsGoBack, RolesInDoubt):
        streaming.look()
        surveys: dict[Run, Survey] = {}
        flow(lambda run, findings: surveys.setdefault(run, Survey(job.options))).pump()
    sort, remark = job.options.on_backward == "sort", ""
    is_in_order = all(survey.is_in_order() for survey in surveys.values())
    if is_in_order or (not sort and job.options.on_duplicate != "mean"):
        cuts = {run: survey.cuts() for run, survey in surveys.items()}
        try:
            return flow(lambda run, f: Replay(job.options, cuts[run], f)).publish()
        except NotARestart as lost:
            if not study.parts_attempts and all(s.starts_over() for s in surveys.values()):
                study.parts_attempts = True
                return _in_order(job, sink, claim, stamps, study, progress, observer)
            lot = f"{lost.superseded} of {lost.points} points"
            sort, remark = True, f"a restart would supersede {lot}, so the steps were sorted"
    gathering = flow(lambda run, findings: Gather(job.options, findings, sort=sort))
    if remark:
        hint = "--on-backward sort says so beforehand"
        gathering.note(Problem(Origin(job.sources[0].uri), remark, hint))
    return gathering.publish()


def source_size(source: Source) -> int:
    """Return how many bytes a source has; 0 where it cannot be said."""
    try:
        return stat(source.location or source.uri).size
    except SourceError:
        return 0


def _stamp(source: Source, *, by_content: bool) -> Stamp:
    """Return what a source looks like before it is read."""
    location = source.location or source.uri
    info = stat(location)
    uri = source.uri if source.uri == STDIN else absolute(source.uri)
    # what came through a pipe is known again by its content alone
    if not (by_content or source.location):
        return Stamp(uri, info.size, info.mtime)
    with open_input(location) as stream:
        while stream.read(1 << 20):
            pass
        return Stamp(uri, info.size, info.mtime, stream.sha256())


def failed_report(run: Run, error: TbconvertError) -> RunReport:
    """Return the report of a run that an error ended."""
    if isinstance(error, SourceError):
        problem = Problem(error.origin, error.problem, error.hint)
    elif isinstance(error, TargetError):
        problem = Problem(Origin(error.place), error.problem, error.hint)
    else:
        problem = Problem(Origin(run), str(error))
    return RunReport(run, "failed", problems=(ProblemReport.of(problem),))


def _unexpected(job: RunJob, error: Exception) -> SourceError:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = "this is a fault of tbconvert, please report it"
    return SourceError(Origin(job.sources[0].uri), f"could not be converted: {said}", hint)
