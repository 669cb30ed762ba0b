"""The runs of a job: from hidden to visible, all of them, with their ledgers and reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tbconvert.cells import Findings
from tbconvert.errors import TargetError, did_you_mean
from tbconvert.model import Origin, Problem, Run, Source
from tbconvert.output import RunOutput
from tbconvert.plan import RunJob
from tbconvert.report import ProblemReport, RunReport, SourceReport, Status
from tbconvert.write import Claim, Draft, Entry, Sink, Stamp


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of one run: its event file, hidden yet, and what was found on the way.

    ``left_alone`` tells that it stands already, and that nothing was to be made of it;
    ``hparams`` how many settings it has.
    """

    output: RunOutput
    findings: Findings
    left_alone: bool = False
    hparams: int = 0


class Publication:
    """Makes the runs of a job visible: those ``made`` from the sources ``read``.

    ``findings`` are of no single run; the first report has them.
    """

    def __init__(
        self,
        job: RunJob,
        sink: Sink,
        made: Mapping[Run, Made],
        read: list[tuple[Stamp, SourceReport]],
        findings: Findings,
    ) -> None:
        self._job = job
        self._sink = sink
        self._made = made
        self._read = read
        self._findings = findings

    def publish(self) -> tuple[RunReport, ...]:
        """Make everything visible, and return the reports.

        Raises
        ------
        TargetError
            A run cannot be written, or was made by somebody else meanwhile.
        """
        for made in self._made.values():
            made.output.settle()
        home = self._job.run
        if not self._made.keys() - {home}:
            with self._sink.alone(home):
                claims = self._claimed()
                former = claims[home].former
                if former is None or former.event_files.keys() <= {home}:
                    return self._make_visible(claims)
        with self._sink.alone(None):
            return self._make_visible(self._claimed())

    def _claimed(self) -> dict[Run, Claim]:
        """Claim all runs again: another ingest may have come first."""
        stamps, options = tuple(stamp for stamp, _ in self._read), self._job.options.changed()
        wanted = [run for run, made in self._made.items() if not made.left_alone]
        claims: dict[Run, Claim] = {}
        for run in dict.fromkeys((self._job.run, *wanted)):
            claims[run] = self._sink.standing(run, stamps, options).claim()
            if claims[run].left_alone:
                raise TargetError(
                    self._sink.path(run, ""), "was made by somebody else meanwhile", "try it again"
                )
        return claims

    def _make_visible(self, claims: dict[Run, Claim]) -> tuple[RunReport, ...]:
        outputs = {run: made.output for run, made in self._made.items() if not made.left_alone}
        named = {run: output.named(claims[run]) for run, output in outputs.items()}
        files = {
            run: (name, size)
            for run, (name, size) in named.items()
            if name is not None and self._says_something(outputs[run])
        }
        nothing = {self._job.run: Made(RunOutput(self._sink, self._job.run), Findings())}
        is_stale = not files and self._stands(claims)
        reports: dict[str, RunReport] = {}
        remarks: dict[str, Problem] = {}
        for run, made in (self._made or nothing).items():
            if made.left_alone:
                reports[run] = left_alone(run, self._job.sources[0])
            elif run in files:
                reports[run] = self._report(run, made, "written", *files[run])
            else:
                reports[run] = self._report(run, made, "failed" if is_stale else "empty")
                remarks[run] = self._why_empty(made, is_stale=is_stale)
        if files and (said := self._unmatched()):
            self._findings.note(Problem(Origin(self._job.sources[0].uri), said))
        self._say_job_wide(reports)
        for name, remark in remarks.items():  # before all others, so that it is seen
            problems = (ProblemReport.of(remark), *reports[name].problems)
            reports[name] = replace(reports[name], problems=problems)
        for run in outputs.keys() - files.keys():
            outputs.pop(run).discard()
        if files:
            self._put_in_place(files, reports, outputs, claims)
        return tuple(reports.values())

    def _says_something(self, output: RunOutput) -> bool:
        """Tell whether there is more than a graph that was drawn from names alone."""
        has_graph = any(source.format == "graph" for source in self._job.sources)
        kinds = output.kinds()
        return has_graph or any(kinds[kind].points for kind in kinds if kind != "graphs")

    def _stands(self, claims: Mapping[Run, Claim]) -> bool:
        """Tell whether there are points in the logdir that were made of the sources before."""
        former = claims[self._job.run].former
        return bool(former and former.event_files) or any(c.replaces for c in claims.values())

    def _why_empty(self, made: Made, *, is_stale: bool) -> Problem:
        """Say that a run has no points, and what may be wrong."""
        said = "there are no points in it; nothing was written"
        if is_stale:
            said = "there are no points in it any more; what stands of it was left as it was"
        has_rows = any(report.rows for _, report in self._read)
        found = (made.findings, self._findings)
        has_cells = any(findings.missing or findings.rejected for findings in found)
        hint = self._why_unwanted(made.findings.unwanted) if has_rows and not has_cells else ""
        return Problem(Origin(self._job.sources[0].uri), said, hint)

    def _why_unwanted(self, names: set[str]) -> str:
        """Say why the options let none of the names through; "" if it is not known to be them."""
        if not names and self._job.options.exclude:
            return ""
        return self._unmatched() or ("--exclude leaves no tag" if names else "")

    def _unmatched(self) -> str:
        """Say which of the wanted patterns no name in the sources matches; "" if there is none."""
        found = [made.findings for made in self._made.values()]
        names = {name for of_run in found for name in (*of_run.wanted, *of_run.unwanted)}
        for glob in self._job.options.include:
            if not any(fnmatchcase(name, glob) for name in names):
                hint = did_you_mean(glob.strip("*"), sorted(names))
                return f"--include {glob!r} matches no tag{hint}"
        return ""

    def _report(
        self, run: Run, made: Made, status: Status, name: str | None = None, size: int = 0
    ) -> RunReport:
        found, kinds = made.findings, made.output.kinds()
        return RunReport(
            run,
            status,
            None if name is None else self._sink.path(run, name),
            size,
            tuple(report for _, report in self._read),
            scalars=kinds["scalars"],
            histograms=kinds["histograms"],
            images=kinds["images"],
            texts=kinds["texts"],
            graph=kinds["graphs"].points > 0,
            hparams=made.hparams,
            missing=found.missing,
            rejected=found.rejected,
            superseded=found.superseded,
            non_finite=made.output.non_finite,
            problems=tuple(map(ProblemReport.of, found.all_problems())),
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
        options = self._job.options
        entry = Entry(
            sources=tuple(stamp for stamp, _ in self._read),
            options=options.changed(),
            event_files={str(run): file for run, file in files.items()},
            report={run: report.to_json() for run, report in reports.items()},
            digests={run: told for out in outputs.values() for run, told in out.digests().items()},
            inputs=self._job.inputs,
            files={name: given for name in OF_FILES if (given := getattr(options, name))},
        )
        home = claims[self._job.run]
        notes = [(claims[run], entry.only(run)) for run in files if run != home.run]
        publish(self._sink, outputs, claims, [*notes, (home, entry.beside(home.run))])
        stay = {*files, *(run for run, made in self._made.items() if made.left_alone)}
        former = home.former.event_files if home.former else {}
        for run, (name, _) in former.items():
            if run not in stay:
                self._sink.retire(Run(run), name)


OF_FILES = ("include_files", "exclude_files")
"""The options that say which files of a folder are logs, and nothing of what is made of them."""


def publish(
    sink: Sink,
    outputs: Mapping[Run, RunOutput],
    claims: Mapping[Run, Claim],
    notes: Iterable[tuple[Claim, Entry]],
) -> None:
    """Make runs visible, together with what is noted beside them: all that can fail comes first.

    Raises
    ------
    TargetError
        There is no room for the notes, or a file cannot be given its name.
    """
    drafts: list[Draft] = []
    try:
        for claim, entry in notes:
            drafts.append(sink.draft(claim, entry))
        for run, output in outputs.items():
            output.publish(claims[run])
        for draft in drafts:
            draft.publish()
    except BaseException:
        for draft in drafts:
            draft.discard()
        raise


def left_alone(run: Run, source: Source) -> RunReport:
    """Return the report of a run that stands already, and that the options say to pass over."""
    remark = Problem(Origin(source.uri), "the run exists, and was left as it is")
    return RunReport(run, "unchanged", problems=(ProblemReport.of(remark),))
