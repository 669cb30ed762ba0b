"""The whole data flow on one screen: read → normalize → encode → write, for the runs of a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tbconvert.model import Findings, Origin, Problem, Run, Source
from tbconvert.normalize import Layout, Normalizer, Order, RunSplitter, last_reading
from tbconvert.output import RunOutput
from tbconvert.plan import RunJob
from tbconvert.publication import Made, Publication
from tbconvert.read import read_source
from tbconvert.report import Chosen, RunReport, SourceReport
from tbconvert.storage import open_input
from tbconvert.write import Claim, Sink, Stamp

Progress = Callable[[int], None]
"""Told how many more bytes of a source were read."""

Ordering = Callable[[Run, Findings], Order]
"""Makes what puts the steps of a run in order."""


@dataclass(slots=True)
class _Lane:
    """One run on its way through the rooms."""

    normalizer: Normalizer
    order: Order
    made: Made


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
            made = {run: lane.made for run, lane in self._lanes.items()}
            return Publication(self._job, self._sink, made, self._read, self._findings).publish()
        except BaseException:
            for lane in self._lanes.values():
                lane.made.output.discard()
            raise

    def pump(self) -> None:
        """Let all sources flow; nothing can be seen of it yet."""
        for source, stamp in zip(self._job.sources, self._stamps, strict=True):
            self._pump(source, stamp)
        for lane in self._lanes.values():
            for summary in lane.order.finish():
                lane.made.output.put(summary)

    def _pump(self, source: Source, stamp: Stamp) -> None:
        splitter = RunSplitter(source, self._job.options)
        rows = told = 0
        for remark in source.read_options.get("notes", ()):
            self.note(Problem(Origin(source.uri), remark))
        with open_input(source.location or source.uri) as stream:
            for table in read_source(source, stream):
                for part in splitter.split(table):
                    lane = self._lane(part.run, source, part.layout, stamp)
                    if lane.made.left_alone:
                        continue
                    for of_tags in lane.normalizer.push(part.table, part.layout):
                        for summary in lane.order.admit(of_tags, table.origin):
                            lane.made.output.put(summary)
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
                Made(RunOutput(self._sink, run), findings, claim.left_alone),
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
