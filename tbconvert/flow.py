"""The whole data flow on one screen: read → normalize → encode → write, for the runs of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tbconvert.errors import SourceError
from tbconvert.intake import Intake
from tbconvert.model import (
    Findings,
    Origin,
    Problem,
    Raw,
    RawGraph,
    RawSettings,
    RawSnapshot,
    RawTable,
    Run,
)
from tbconvert.normalize import (
    Normalizer,
    Order,
    Rows,
    Settings,
    Study,
    TagNames,
    constants_remark,
    graph_rows,
    parse_settings,
    settings_points,
)
from tbconvert.output import RunOutput
from tbconvert.plan import RunJob
from tbconvert.publication import Made, Publication
from tbconvert.read import holds, open_source
from tbconvert.report import RunReport, SourceReport
from tbconvert.write import Claim, Sink, Stamp

if TYPE_CHECKING:
    from tbconvert.normalize.tensors import TensorNormalizer

Progress = Callable[[int], None]
"""Told how many more bytes of a source were read."""

Ordering = Callable[[Run, Findings], Order]
"""Makes what puts the steps of a run in order."""


@dataclass(slots=True)
class _Lane:
    """One run on its way through the rooms."""

    tags: TagNames
    normalizer: Normalizer
    order: Order
    made: Made
    settings: Settings
    tensors: TensorNormalizer | None = None


class Flow:
    """One pass over the sources of a job, with one way to put steps in order."""

    def __init__(
        self,
        job: RunJob,
        sink: Sink,
        claim: Claim,
        stamps: tuple[Stamp, ...],
        study: Study,
        ordering: Ordering,
        progress: Progress,
    ) -> None:
        self._job = job
        self._sink = sink
        self._claim = claim
        self._stamps = stamps
        self._study = study
        self._ordering = ordering
        self._progress = progress
        self._lanes: dict[Run, _Lane] = {}
        self._findings = Findings()
        self._is_settings = all(holds(source) == "settings" for source in job.sources)
        self._settings: list[RawSettings] = []
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
            if self._settings and not self._lanes:
                self._lane(self._job.run)
            made = {run: self._tell_settings(run, lane) for run, lane in self._lanes.items()}
            return Publication(self._job, self._sink, made, self._read, self._findings).publish()
        except BaseException:
            for lane in self._lanes.values():
                lane.made.output.discard()
            raise

    def pump(self) -> None:
        """Let all sources flow; nothing can be seen of it yet."""
        failed: list[SourceError] = []
        intakes = self._intakes()
        if self._job.options.image_scale == "run":
            self._measure(intakes)
        for intake in intakes:
            try:
                self._pump(intake)
            except SourceError as err:
                is_wanted = intake.source.uri == self._job.options.graph
                if holds(intake.source) == "table" or is_wanted:
                    raise
                failed.append(err)
                self._read.append((intake.stamp, intake.report()))
        if len(failed) == len(intakes):
            raise failed[0]
        for error in failed:  # one snapshot that is damaged does not cost a training the others
            said = f"{error.problem}; it was left out"
            self.note(Problem(error.origin, said, error.hint, cells=1))
        for lane in self._lanes.values():
            for summary in lane.order.finish():
                lane.made.output.put(summary)

    def _tell_settings(self, run: Run, lane: _Lane) -> Made:
        """Put what the training was started with into its run, if there is anything else in it."""
        for raw in self._settings:
            for problem in (*raw.problems, *lane.settings.add(raw.values, raw.origin)):
                self.note(problem)
        made, settings = lane.made, lane.settings.all()
        if not settings or made.left_alone or not (made.output.points or self._is_settings):
            return made
        time = made.output.first_time or self._stamps[0].mtime
        points, remarks = settings_points(settings, time, as_text=bool(self._settings))
        for point in points:
            made.output.put(point)
        for remark in remarks:
            self.note(Problem(Origin(run), remark))
        return replace(made, hparams=len(settings))

    def look(self) -> None:
        """Let no source flow, but study what the columns of its tables are."""
        for intake in self._intakes():
            if holds(intake.source) == "table":
                intake.look()
        self._study.is_done = True

    def _intakes(self) -> list[Intake]:
        return [
            Intake(source, stamp, self._job.options, self._study)
            for source, stamp in zip(self._job.sources, self._stamps, strict=True)
        ]

    def _measure(self, intakes: list[Intake]) -> None:
        """Look at all pictures, for them to have one scale."""
        lane = self._lane(self._job.run)
        for intake in intakes:
            if holds(intake.source) == "arrays":
                with suppress(SourceError):  # it is told when it is to flow
                    for snapshot in intake.snapshots():
                        self._tensors(lane).measure(snapshot, intake.source.series)

    def _pump(self, intake: Intake) -> None:
        source, told = intake.source, 0
        for remark in source.read_options.get("notes", ()):
            self.note(Problem(Origin(source.uri), remark))
        with open_source(source) as stream:
            for raw in intake.read(stream):
                self._take(raw, intake)
                read = stream.bytes_read  # looked at once: another thread is reading on
                self._progress(read - told)
                told = read
            self._progress(stream.bytes_read - told)
            self._end(intake)
            stamp = intake.stamped(stream.sha256())
        self._read.append((stamp, intake.report()))

    def _take(self, raw: Raw, intake: Intake) -> None:
        match raw:
            case RawTable():
                self._take_table(raw, intake)
            case RawSnapshot():
                lane = self._lane(self._job.run)
                for part in self._tensors(lane).push(raw, intake.source.series, intake.time):
                    if isinstance(part, RawTable):
                        self._take_table(part, intake)
                    else:
                        self._admit(lane, [part], raw.origin)
                intake.rows += len(raw.tensors)
            case RawSettings():
                self._settings.append(raw)
            case RawGraph():
                rows, problems = graph_rows(raw, intake.time)
                self._admit(self._lane(self._job.run), [rows], raw.origin)
                for problem in problems:
                    self.note(problem)

    def _take_table(self, table: RawTable, intake: Intake) -> None:
        for part in intake.splitter.split(table):
            lane = self._lane(part.run)
            if part.run not in intake.begun:
                intake.begun.add(part.run)
                start, scale = intake.start(part.layout, table), intake.options.step_scale
                lane.normalizer.begin(start, intake.source.series.name, scale)
            self._admit(lane, lane.normalizer.push(part.table, part.layout), table.origin)
        for problem in (*table.problems, *intake.splitter.remarks()):
            self.note(problem)
        intake.rows += table.batch.num_rows

    def _end(self, intake: Intake) -> None:
        """Take what only the end of a source tells: which of its columns never changed."""
        where = Origin(intake.source.uri)
        for run in intake.begun:
            lane = self._lane(run)
            settings, rows = lane.normalizer.finish()
            self._admit(lane, rows, where)
            if self._job.options.constants == "hparams":
                for problem in lane.settings.add(settings, where):
                    self.note(problem)
            if settings and not all(map(intake.is_setting, settings)):
                self.note(constants_remark(settings, where, self._job.options))

    def _admit(self, lane: _Lane, rows: Iterable[Rows], origin: Origin) -> None:
        if not lane.made.left_alone:
            for of_tags in rows:
                for summary in lane.order.admit(of_tags, origin):
                    lane.made.output.put(summary)

    def note(self, problem: Problem) -> None:
        """Take down a problem that is of no single run."""
        self._findings.note(problem)

    def _lane(self, run: Run) -> _Lane:
        if run not in self._lanes:
            options, claim, findings = self._job.options, self._claim, Findings()
            if run != self._job.run:
                claim = self._sink.claim(run, self._stamps, options.changed())
            tags = TagNames(options, findings)
            self._lanes[run] = _Lane(
                tags,
                Normalizer(options, findings, tags, self._study.varied),
                self._ordering(run, findings),
                Made(RunOutput(self._sink, run), findings, claim.left_alone),
                Settings(parse_settings(options.hparam)),
            )
        return self._lanes[run]

    def _tensors(self, lane: _Lane) -> TensorNormalizer:
        if lane.tensors is None:
            from tbconvert.normalize.tensors import TensorNormalizer  # slow, and few logs need it

            job = self._job
            has_graph = any(holds(source) == "graph" for source in job.sources)
            lane.tensors = TensorNormalizer(
                job.options,
                job.sources[0].dialect,
                lane.made.findings,
                lane.tags,
                draws=job.options.graph == "auto" and not has_graph,
            )
        return lane.tensors
