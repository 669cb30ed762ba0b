"""The whole data flow on one screen: read → normalize → encode → write, for the runs of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from tbconvert.errors import TargetError
from tbconvert.model import Findings, Origin, Problem, Run, Source
from tbconvert.normalize import Layout, Normalizer, Order, RunSplitter, last_reading
from tbconvert.output import RunOutput, publish
from tbconvert.plan import RunJob
from tbconvert.read import read_source
from tbconvert.report import Chosen, ProblemReport, RunReport, SourceReport
from tbconvert.storage import open_input
from tbconvert.write import Claim, Entry, Sink, Stamp

Progress = Callable[[int], None]
"""Told how many more bytes of a source were read."""

Ordering = Callable[[Run, Findings], Order]
"""Makes what puts the steps of a run in order."""


@dataclass(slots=True)
class _Lane:
    """One run on its way through the rooms."""

    normalizer: Normalizer
    order: Order
    output: RunOutput
    findings: Findings
    left_alone: bool


class Flow:
    """One pass over the sources of a job, with one way to put steps in order."""

    def __init__(
        self,
        job: RunJob,
        sink: Sink,
        claim: Claim,
        stamps: tuple[Stamp, ...],
        ordering: Ordering,
        progress: Progress,
    ) -> None:
        self._job = job
        self._sink = sink
        self._claim = claim
        self._stamps = stamps
        self._ordering = ordering
        self._progress = progress
        self._lanes: dict[Run, _Lane] = {}
        self._findings = Findings()
        self._read: list[tuple[Stamp, SourceReport]] = []

    def publish(self) -> tuple[RunReport, ...]:
        """Let all sources flow, and make the runs visible; or leave everything as it was.

        Raises
        ------
        TbconvertError
            A source cannot be read any further, or a run cannot be written.
        """
        try:
            self.pump()
            return self._publish()
        except BaseException:
            for lane in self._lanes.values():
                lane.output.discard()
            raise

    def pump(self) -> None:
        """Let all sources flow; nothing can be seen of it yet."""
        for source, stamp in zip(self._job.sources, self._stamps, strict=True):
            self._pump(source, stamp)
        for lane in self._lanes.values():
            for summary in lane.order.finish():
                lane.output.put(summary)

    def _pump(self, source: Source, stamp: Stamp) -> None:
        splitter = RunSplitter(source, self._job.options)
        rows = told = 0
        for remark in source.read_options.get("notes", ()):
            self.note(Problem(Origin(source.uri), remark))
        with open_input(source.location or source.uri) as stream:
            for table in read_source(source, stream):
                for part in splitter.split(table):
                    lane = self._lane(part.run, source, part.layout, stamp)
                    if lane.left_alone:
                        continue
                    for of_tags in lane.normalizer.push(part.table, part.layout):
                        for summary in lane.order.admit(of_tags, table.origin):
                            lane.output.put(summary)
                for problem in (*table.problems, *splitter.remarks()):
                    self.note(problem)
                rows += table.batch.num_rows
                self._progress(stream.bytes_read - told)
                told = stream.bytes_read
            stamp = replace(stamp, sha256=stream.sha256())
        self._read.append((stamp, self._source_report(source, rows, splitter.layout)))

    def note(self, problem: Problem) -> None:
        """Take down a problem that is of no single run."""
        self._findings.note(problem)

    def _lane(self, run: Run, source: Source, layout: Layout, stamp: Stamp) -> _Lane:
        if run not in self._lanes:
            claim, findings = self._claim, Findings()
            if run != self._job.run:
                claim = self._sink.claim(run, self._stamps, self._job.options.changed())
            self._lanes[run] = _Lane(
                Normalizer(self._job.options, findings, self._start(source, layout, stamp)),
                self._ordering(run, findings),
                RunOutput(self._sink, run),
                findings,
                claim.left_alone,
            )
        return self._lanes[run]

    def _start(self, source: Source, layout: Layout, stamp: Stamp) -> float:
        """Return the time of a row without one; with a clock, the time at which it began."""
        given = self._job.options.file_time
        end = stamp.mtime if given is None else given
        if not layout.is_clock:
            return end
        column, elapsed = layout.wall_time.column, 0.0
        with open_input(source.location or source.uri) as stream:
            for table in read_source(source, stream):
                if column in table.batch.schema.names:
                    elapsed = last_reading(table.batch.column(column)) or elapsed
        return end - elapsed

    def _source_report(self, source: Source, rows: int, layout: Layout | None) -> SourceReport:
        step, wall_time = Chosen(None, "row number"), Chosen(None, "file time")
        if layout is not None:
            step = Chosen(layout.step.column, layout.step.how)
            wall_time = Chosen(layout.wall_time.column, layout.wall_time.how)
        if wall_time.column is None and self._job.options.file_time is not None:
            wall_time = Chosen(None, "SOURCE_DATE_EPOCH")
        return SourceReport(source.uri, source.format, source.dialect, rows, step, wall_time)

    # ---------------------------------------------------------------------------- publishing

    def _publish(self) -> tuple[RunReport, ...]:
        for lane in self._lanes.values():
            lane.output.settle()
        with self._sink.alone():
            return self._make_visible()

    def _make_visible(self) -> tuple[RunReport, ...]:
        outputs = {run: lane.output for run, lane in self._lanes.items() if not lane.left_alone}
        # claimed again: another ingest may have come first
        claims = {run: self._claimed(run) for run in {self._job.run: None, **outputs}}
        files: dict[Run, tuple[str, int]] = {}
        reports: dict[str, RunReport] = {}
        for run, lane in self._lanes.items():
            if lane.left_alone:
                reports[run] = left_alone(run, self._job.sources[0])
                continue
            name, size = lane.output.named(claims[run])
            if name is not None:
                files[run] = (name, size)
            reports[run] = self._report(run, lane, name, size)
        if not reports:
            return (self._empty_report(),)
        self._say_job_wide(reports)
        if files:
            self._put_in_place(files, reports, outputs, claims)
        return tuple(reports.values())

    def _claimed(self, run: Run) -> Claim:
        claim = self._sink.claim(run, self._stamps, self._job.options.changed())
        if claim.left_alone:
            raise TargetError(
                self._sink.path(run, ""), "was made by somebody else meanwhile", "try it again"
            )
        return claim

    def _report(self, run: Run, lane: _Lane, name: str | None, size: int) -> RunReport:
        found, kinds = lane.findings, lane.output.kinds()
        return RunReport(
            run,
            "written",
            None if name is None else self._sink.path(run, name),
            size,
            tuple(report for _, report in self._read),
            scalars=kinds["scalars"],
            histograms=kinds["histograms"],
            texts=kinds["texts"],
            missing=found.missing,
            rejected=found.rejected,
            superseded=found.superseded,
            non_finite=lane.output.non_finite,
            problems=tuple(map(ProblemReport.of, found.all_problems())),
        )

    def _empty_report(self) -> RunReport:
        where = Origin(self._job.sources[0].uri)
        self._findings.note(Problem(where, "there are no points in it; nothing was written"))
        problems = tuple(map(ProblemReport.of, self._findings.all_problems()))
        sources = tuple(report for _, report in self._read)
        rejected = self._findings.rejected
        return RunReport(
            self._job.run, "written", sources=sources, rejected=rejected, problems=problems
        )

    def _say_job_wide(self, reports: dict[str, RunReport]) -> None:
        """Put what is of no single run into the first report."""
        run, first = next(iter(reports.items()))
        said = tuple(map(ProblemReport.of, self._findings.all_problems()))
        reports[run] = replace(
            first,
            rejected=first.rejected + self._findings.rejected,
            problems=(*said, *first.problems),
        )

    def _put_in_place(
        self,
        files: dict[Run, tuple[str, int]],
        reports: dict[str, RunReport],
        outputs: dict[Run, RunOutput],
        claims: dict[Run, Claim],
    ) -> None:
        entry = Entry(
            sources=tuple(stamp for stamp, _ in self._read),
            options=self._job.options.changed(),
            event_files={str(run): file for run, file in files.items()},
            report={run: asdict(report) for run, report in reports.items()},
        )
        home = claims[self._job.run]
        notes = [(claims[run], entry.only(run)) for run in files if run != home.run]
        publish(self._sink, outputs, claims, [*notes, (home, entry)])
        stay = {*files, *(run for run, lane in self._lanes.items() if lane.left_alone)}
        former = home.former.event_files if home.former else {}
        for run, (name, _) in former.items():
            if run not in stay:
                self._sink.retire(Run(run), name)


def left_alone(run: Run, source: Source) -> RunReport:
    """Return the report of a run that stands already, and that the options say to pass over."""
    remark = Problem(Origin(source.uri), "the run exists, and was left as it is")
    return RunReport(run, "unchanged", problems=(ProblemReport.of(remark),))
