"""What a log is and what would become of it: taken down while it is converted to nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tbconvert.curves import Curve
from tbconvert.dialects import Peek, by_name, known
from tbconvert.dialects.telling import also_fit, why_taken
from tbconvert.finding import Search, find
from tbconvert.intake import options_for
from tbconvert.model import (
    GraphPoint,
    HistogramBlock,
    HistogramPoint,
    ImagePoint,
    RawSnapshot,
    Run,
    ScalarBlock,
    Setting,
    Source,
    Summary,
    Tag,
    TensorPoint,
)
from tbconvert.normalize import Layout, Part, TagNames
from tbconvert.normalize.values import Form, guess_form, to_numbers
from tbconvert.observer import Observer
from tbconvert.options import Options
from tbconvert.plan import RunJob
from tbconvert.read import EVENT_FILE
from tbconvert.report import Report, RunReport, SourceReport
from tbconvert.roles import Role, Roles
from tbconvert.version import __version__

_LONGEST_TEXT = 200


@dataclass(slots=True)
class _Column:
    """A column of a source: the types of its cells, and what it became."""

    types: dict[str, None] = field(default_factory=dict)
    is_filled: bool = False
    tags: dict[str, Tag] = field(default_factory=dict)
    constant: Setting | None = None
    form: Form | None = None
    bad: int = 0

    def read(self, cells: Any) -> None:
        """Take note of some cells, of which not all are empty."""
        if not self.is_filled:
            self.form = guess_form(cells)  # what the first cells are, all are taken for
        self.types[_type_text(str(cells.type))] = None
        self.is_filled = True
        if self.form is not None:
            bad = to_numbers(cells, self.form).bad
            self.bad += 0 if bad is None else int(np.count_nonzero(bad))

    def of_texts(self) -> str:
        """Say how numbers come out of texts, "" where there are none."""
        if self.form is None or "text" not in self.types:
            return ""
        read = f", read {self.form.about}" if self.form.about else ""
        if not self.bad:
            return read or ", written as texts"
        return f"{read}, {self.bad:,} {'cell is' if self.bad == 1 else 'cells are'} none"


@dataclass(slots=True)
class _Seen:
    """What a source holds: the columns of its tables, the arrays of its first snapshot."""

    columns: dict[str, _Column] = field(default_factory=dict)
    layout: Layout | None = None
    arrays: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Made:
    """What a run consists of: its curves, and of all else how much there is by tag."""

    scalars: dict[Tag, Curve] = field(default_factory=dict)
    others: dict[str, dict[Tag, dict[str, Any]]] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)


@dataclass(slots=True)
class _OfJob:
    """What was seen of one job in its last pass."""

    job: RunJob
    sources: dict[str, _Seen] = field(default_factory=dict)
    runs: dict[Run, _Made] = field(default_factory=dict)


class Inspection(Observer):
    """Takes down what passes, in some hundred numbers for each tag; fewer if it ``is_large``."""

    def __init__(self, *, is_large: bool = False) -> None:
        self._most = 32 if is_large else 256
        self._jobs: dict[Run, _OfJob] = {}
        self._now: _OfJob | None = None

    def begin(self, job: RunJob) -> None:
        """Forget what was seen of a job before."""
        self._now = self._jobs[job.run] = _OfJob(job)

    def table(self, source: Source, part: Part) -> None:
        """Take down the columns, and the roles they have under the first header."""
        seen, batch = self._source(source), part.table.batch
        seen.layout = seen.layout or part.layout
        for name, cells in zip(batch.schema.names, batch.columns, strict=True):
            column = seen.columns.setdefault(name, _Column())
            if cells.null_count < len(cells):
                column.read(cells)

    def snapshot(self, source: Source, snapshot: RawSnapshot) -> None:
        """Take down the arrays, by name, shape and type."""
        seen = self._source(source)
        if not seen.arrays:
            seen.arrays = [
                {"name": one.name, "shape": list(one.shape), "type": _dtype_text(one.dtype)}
                for one in snapshot.tensors
            ]

    def columns(
        self, source: Source, run: Run, tags: TagNames, constants: Mapping[str, Setting]
    ) -> None:
        """Take down the tags of the columns of a source."""
        for name, column in self._source(source).columns.items():
            column.tags |= tags.of_name(name)
            column.constant = constants.get(name, column.constant)

    def settings(self, run: Run, settings: Mapping[str, Setting]) -> None:
        """Take down what a training was started with."""
        self._run(run).settings = dict(settings)

    def summary(self, run: Run, summary: Summary) -> None:
        """Take down what there is of each tag."""
        made = self._run(run)
        if isinstance(summary, ScalarBlock):
            for place, tag in enumerate(summary.tags):
                curve = made.scalars.setdefault(tag, Curve(self._most))
                curve.add(summary.steps, summary.values[:, place])
            return
        if isinstance(summary, GraphPoint) or getattr(summary, "plugin", "text") != "text":
            return
        of_kind = made.others.setdefault(_KINDS[type(summary)], {})
        steps = summary.steps.tolist() if isinstance(summary, HistogramBlock) else [summary.step]
        first = {"tag": summary.tag, "points": 0, "first_step": steps[0]}
        point = of_kind.setdefault(summary.tag, first)
        point |= {"points": point["points"] + len(steps), "last_step": steps[-1]}
        point |= _latest(summary, point)

    def _source(self, source: Source) -> _Seen:
        return self._job().sources.setdefault(source.uri, _Seen())

    def _run(self, run: Run) -> _Made:
        return self._job().runs.setdefault(run, _Made())

    def _job(self) -> _OfJob:
        if self._now is None:
            raise RuntimeError("no pass was begun")
        return self._now

    # ------------------------------------------------------------------------- what is said

    def to_json(self, report: Report, exit_status: int, command: str) -> dict[str, Any]:
        """Return all of it, and what the report says, as plain data; the keys are a promise."""
        reports = {source.uri: source for run in report.runs for source in run.sources}
        made = {run: of for job in self._jobs.values() for run, of in job.runs.items()}
        return {
            "tbconvert": __version__,
            "exit_status": exit_status,
            "command": command,
            "sources": [
                _source_json(job, source, reports.get(source.uri))
                for job in self._jobs.values()
                for source in job.job.sources
            ],
            "runs": [_run_json(run, made.get(Run(run.run), _Made())) for run in report.runs],
            "skipped": [asdict(skipped) for skipped in report.skipped],
            "event_files": sorted(_event_files(report)),
            "seconds": round(report.seconds, 3),
        }


def _source_json(of_job: _OfJob, source: Source, report: SourceReport | None) -> dict[str, Any]:
    """Return what a source is, how it is read, and what its columns are taken for."""
    seen = of_job.sources.get(source.uri, _Seen())
    options = options_for(source, of_job.job.options)
    dialect, found = by_name(source.dialect), source.read_options
    peek = _peek(source)
    step: dict[str, Any] = {"column": None, "how": None, "why": None}
    wall_time = step
    columns: list[dict[str, Any]] = []
    if report is not None:
        step, wall_time = ({**asdict(of), "why": of.how} for of in (report.step, report.wall_time))
    if seen.layout is not None:
        roles = Roles(seen.layout, dialect, options)
        layout = seen.layout
        step = {"column": layout.step.column, "how": layout.step.how, "why": roles.step_why()}
        time = layout.wall_time
        why = roles.wall_time_why()
        how = time.how if report is None else report.wall_time.how
        wall_time = {"column": time.column, "how": how, "why": why}
        for name, column in seen.columns.items():
            filled = column.is_filled
            role = roles.role(name, column.tags, column.constant, is_filled=filled)
            if report is None and not roles.has_role(name):
                role = Role("unknown", "the run failed")
            tags = list(column.tags.values())
            columns.append({"name": name, "type": ", ".join(column.types) or "nothing"})
            why = role.why + (column.of_texts() if role.name == "metric" else "")
            columns[-1] |= {"role": role.name, "why": why, "tags": tags}
    return {
        "uri": source.uri,
        "run": source.run,
        "format": source.format,
        "dialect": {
            "name": dialect.name,
            "about": dialect.about,
            "why": why_taken(dialect, peek, is_given=options.dialect is not None),
            "others": also_fit(dialect, peek, known()),
        },
        "compression": found.get("compression") or None,
        "encoding": found.get("encoding"),
        "delimiter": found.get("delimiter"),
        "decimal": found.get("decimal") or None,
        "header_line": found.get("header_line"),
        "rows": None if report is None else report.rows,
        "step": step,
        "wall_time": wall_time,
        "columns": columns,
        "arrays": seen.arrays,
    }


def _peek(source: Source) -> Peek:
    """Return what was known of a source before it was read."""
    file, found = next(find([source.uri], Options(), Search()), None), source.read_options
    columns, comments, keys = (
        tuple(found.get(what) or ()) for what in ("columns", "comments", "keys")
    )
    if file is None:  # it is gone by now
        return Peek(source.uri, source.format, columns, comments, keys)
    return Peek(file.path, source.format, columns, comments, keys, file.has, found.get("line", ""))


def _run_json(run: RunReport, made: _Made) -> dict[str, Any]:
    """Return what would be written of a run."""
    counts = ("missing", "rejected", "superseded", "non_finite")
    kinds = ("histograms", "images", "texts")
    settings = made.settings if run.hparams else {}
    return {
        "run": run.run,
        "status": run.status,
        "sources": [source.uri for source in run.sources],
        "points": run.points,
        "scalars": [{"tag": tag, **curve.to_json()} for tag, curve in made.scalars.items()],
        **{kind: list(made.others.get(kind, {}).values()) for kind in kinds},
        "graph": run.graph,
        "hparams": {name: _plain(value) for name, value in settings.items()},
        **{name: getattr(run, name) for name in counts},
        "problems": [asdict(problem) for problem in run.problems],
    }


def _event_files(report: Report) -> Iterator[str]:
    """Yield the files that need no conversion: TensorBoard reads them as they are."""
    problems = ((p.uri, p.problem) for run in report.runs for p in run.problems)
    skipped = ((skipped.uri, skipped.reason) for skipped in report.skipped)
    yield from {uri for uri, said in (*problems, *skipped) if EVENT_FILE in said}


_KINDS: dict[type[Summary], str] = {
    HistogramBlock: "histograms",
    HistogramPoint: "histograms",
    ImagePoint: "images",
    TensorPoint: "texts",
}


def _latest(summary: Summary, point: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be said of the latest point of a tag, ``point`` being those before."""
    match summary:
        case HistogramPoint() | HistogramBlock():
            bounds = [*map(_plain, (np.min(summary.minimum), np.max(summary.maximum)))]
            known = [bound for bound in bounds if bound is not None]
            low = [point["min"]] if point.get("min") is not None else []
            high = [point["max"]] if point.get("max") is not None else []
            return {
                "min": min([*low, *known], default=None),
                "max": max([*high, *known], default=None),
            }
        case ImagePoint():
            shape = {"height": summary.height, "width": summary.width}
            return {**shape, "channels": summary.channels}
        case TensorPoint():
            text = b" ".join(summary.strings).decode("utf-8", "replace")
            return {"last": text[:_LONGEST_TEXT]}
        case _:
            return {}


def _plain(value: Any) -> Any:
    """Return a value that JSON knows; None for a number that is not finite."""
    if isinstance(value, float):
        return float(f"{value:.7g}") if np.isfinite(value) else None
    return value


_TYPES = (
    ("bool", "truths"),
    (("int", "uint"), "whole numbers"),
    (("float", "double", "halffloat", "decimal"), "numbers"),
    (("string", "large_string", "dictionary"), "text"),
    (("timestamp", "date", "time"), "dates"),
    (("list", "large_list", "fixed_size_list"), "lists"),
)


def _type_text(name: str) -> str:
    """Return what people call one of Arrow's types."""
    return next((word for begins, word in _TYPES if name.startswith(begins)), name)


def _dtype_text(dtype: np.dtype[Any]) -> str:
    return "bfloat16" if dtype.str.lstrip("<>|=") == "V2" else dtype.name
