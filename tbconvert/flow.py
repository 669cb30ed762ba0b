"""The whole data flow on one screen: read → normalize → encode → write, for the runs of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tbconvert.cells import Findings
from tbconvert.errors import SourceError
from tbconvert.intake import Intake
from tbconvert.model import (
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
    Layout,
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
from tbconvert.observer import Observer
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


@dataclass(slots=True, eq=False)
class _Lane:
    """One run on its way through the rooms; ``is_told`` if there are settings of its own."""

    tags: TagNames
    normalizer: Normalizer
    order: Order
    made: Made
    settings: Settings
    tensors: TensorNormalizer | None = None
    is_told: bool = False


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
        observer: Observer,
    ) -> None:
        self._job = job
        self._sink = sink
        self._claim = claim
        self._stamps = stamps
        self._study = study
        self._ordering = ordering
        self._progress = progress
        self._observer = observer
        self._lanes: dict[Run, _Lane] = {}
        self._findings = Findings()
        self._is_settings = all(holds(source) == "settings" for source in job.sources)
        self._settings: list[RawSettings] = []
        self._read: list[tuple[Stamp, SourceReport]] = []
        self._tables: list[Intake] = []
        self._starts: dict[str, float] = {}
        observer.begin(job)

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
        self._tables = [intake for intake in intakes if holds(intake.source) == "table"]
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
        self._observer.settings(run, settings)
        is_shown = made.output.points or self._is_settings or lane.is_told
        if not settings or made.left_alone or not is_shown:
            return made
        time = made.output.first_time or self._stamps[0].mtime
        as_text = bool(self._settings) or lane.is_told
        ended = made.output.last_time
        points, remarks = settings_points(settings, time, ended, as_text=as_text)
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
            stream.hash_ahead()
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
                self._observer.snapshot(intake.source, raw)
                lane = self._lane(self._job.run)
                for part in self._tensors(lane).push(raw, intake.source.series, intake.time):
                    if isinstance(part, RawTable):
                        self._take_table(part, intake)
                    else:
                        self._admit(lane, [part], raw.origin)
                intake.rows += len(raw.tensors)
            case RawSettings(run=None):
                self._settings.append(raw)
            case RawSettings(run=str(name)):
                lane = self._lane(intake.splitter.run_named(name))
                lane.is_told = True
                for problem in (*raw.problems, *lane.settings.add(raw.values, raw.origin)):
                    self.note(problem)
            case RawGraph():
                rows, problems = graph_rows(raw, intake.time)
                self._admit(self._lane(self._job.run), [rows], raw.origin)
                for problem in problems:
                    self.note(problem)

    def _take_table(self, table: RawTable, intake: Intake) -> None:
        for part in intake.splitter.split(table):
            lane = self._lane(part.run)
            self._observer.table(intake.source, part)
            if part.run not in intake.begun:
                intake.begun.add(part.run)
                start = self._start(intake, part.layout, table)
                scale = intake.options.step_scale
                is_last = bool(intake.source.read_options.get("is_last"))
                part_name = intake.source.series.name
                lane.normalizer.begin(start, part_name, scale, only_new=is_last)
            self._admit(lane, lane.normalizer.push(part.table, part.layout), table.origin)
        for problem in (*table.problems, *intake.splitter.remarks()):
            self.note(problem)
        intake.rows += table.batch.num_rows

    def _start(self, intake: Intake, layout: Layout, table: RawTable) -> float:
        """Return the time of a row without one; tables of one run have one clock.

        What it shows last in one of them need not be the time of that file: all may have been
        copied together. So it began when the one that goes on for longest says.
        """
        if not layout.is_clock or len(self._tables) < 2:
            return intake.start(layout, table)
        column = str(layout.wall_time.column)
        if column not in self._starts:
            starts = (one.clock_start(column) for one in self._tables)
            known = (start for start in starts if start is not None)
            self._starts[column] = min(known, default=intake.time)
        return self._starts[column]

    def _end(self, intake: Intake) -> None:
        """Take what only the end of a source tells: which of its columns never changed."""
        where = Origin(intake.source.uri)
        for run in intake.begun:
            lane = self._lane(run)
            settings, rows = lane.normalizer.finish()
            self._admit(lane, rows, where)
            self._observer.columns(intake.source, run, lane.tags, settings)
            if self._job.options.constants == "hparams":
                for problem in lane.settings.add(intake.told(settings), where):
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
                claim = self._sink.standing(run, self._stamps, options.changed()).claim()
            tags, tell = TagNames(options, findings), self._observer.summary
            self._lanes[run] = _Lane(
                tags,
                Normalizer(options, findings, tags, self._study.varied),
                self._ordering(run, findings),
                Made(RunOutput(self._sink, run, tell), findings, claim.left_alone),
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
