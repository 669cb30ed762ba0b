"""The options of commands that a pipeline gives, and what is made of them when all is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from tbconvert.cli.knobs import Choice, F, knob
from tbconvert.errors import UsageError

if TYPE_CHECKING:
    from tbconvert.cli.markdown import Page
    from tbconvert.cli.outcome import Outcome
    from tbconvert.report import RequirementReport
    from tbconvert.requirements import Requirement

_PIPELINES = "For pipelines"


class Required(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """What is asked of a metric; in a variable, one a line."""

    name = "TAG FIGURE SIGN NUMBER"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Requirement:
        """Return the requirement."""
        # the types of reports are slow to import, and few commands require anything
        from tbconvert.requirements import Requirement, parse_requirement

        if isinstance(value, Requirement):
            return value
        try:
            return parse_requirement(str(value))
        except UsageError as err:
            self.fail(str(err), param, ctx)

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the lines of a variable."""
        return [line for line in rv.splitlines() if line.strip()]


class Words(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """Some of several words, with commas between."""

    name = "WORD,..."

    def __init__(self, *words: str) -> None:
        self.words = words

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words."""
        if isinstance(value, tuple):
            return value
        choice = Choice(self.words)
        return tuple(choice.convert(word.strip(), param, ctx) for word in str(value).split(","))


class OutFile(click.Path):
    """A file that can be written once the work is done, as far as that can be said before."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Return its name."""
        from tbconvert.storage import is_folder, is_uri

        name = str(super().convert(value, param, ctx))
        if not name or name == "-" or is_uri(name):
            self.fail(f"got {name!r}, wanted a file of this machine", param, ctx)
        folder = os.path.dirname(name)  # noqa: PTH120 -- it is as it was typed
        if folder and not is_folder(folder):
            self.fail(f"got {name!r}, but there is no folder {folder!r}", param, ctx)
        return name


_KNOBS: tuple[Callable[[Any], Any], ...] = (
    knob(
        _PIPELINES,
        "--require",
        type=Required(),
        metavar="'TAG FIGURE SIGN NUMBER'",
        multiple=True,
        help="Leave with status 1 unless it is so in every run: 'val/acc last >= 0.9'. FIGURE is "
        "last, min, max or mean, TAG may be a glob. Again for more.",
    ),
    knob(
        _PIPELINES,
        "--github",
        is_flag=True,
        help="Say on stderr what is wrong in GitHub's words, which shows it at file and line.",
    ),
    knob(
        _PIPELINES,
        "--junit",
        metavar="FILE",
        type=OutFile(),
        help="Write each run as a test case, for a CI that shows those.",
    ),
    knob(
        _PIPELINES,
        "--markdown",
        metavar="FILE",
        type=OutFile(),
        help="Append a summary with all curves, for a job's page: $GITHUB_STEP_SUMMARY.",
    ),
)


fail_on_knob = knob(
    _PIPELINES,
    "--fail-on",
    type=Words("nan", "rejected", "empty", "superseded"),
    metavar="WORD,...",
    multiple=True,
    help="Leave with status 1 if a run has any: nan (or infinite) points, rejected or "
    "superseded cells, or is empty.",
)


def pipeline_knobs(command: F) -> F:
    """Give a command the options that say what a pipeline is to be told."""
    for declare in reversed(_KNOBS):
        command = declare(command)
    return command


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline asks for."""

    require: tuple[Requirement, ...]
    github: bool
    junit: str | None
    markdown: str | None

    @classmethod
    def taken_from(cls, knobs: dict[str, Any]) -> Pipeline:
        """Return what the options of ``pipeline_knobs`` say, and take them away."""
        return cls(*(knobs.pop(name) for name in cls.__slots__))

    def check_dry_run(self) -> None:
        """Refuse what a dry run cannot tell.

        Raises
        ------
        UsageError
            Values are asked for, of runs that will not be there.
        """
        for name, given in {"require": self.require, "markdown": self.markdown}.items():
            if given:
                said = "a dry run writes none; without --dry-run there are some"
                raise UsageError(f"--{name} reads event files, and {said}", name)

    def judged(
        self, outcome: Outcome, logdir: str
    ) -> tuple[tuple[RequirementReport, ...], Page | None]:
        """Return what came of the requirements, and the page if one was asked for.

        Values and curves are those of the event files, read back as they stand now.
        """
        if not (self.require or self.markdown):
            return (), None
        from tbconvert.cli.markdown import Page
        from tbconvert.figures import read_figures
        from tbconvert.requirements import Judgement

        page, judgement = Page(outcome), Judgement(self.require)
        for run in outcome.runs:
            if run.is_there and (self.require or page.wants(run)):
                found = read_figures(logdir, run.run)
                judgement.look(run.run, found.tags, found.damage)
                page.look(run, found.tags, found.damage)
            else:
                page.look(run, {})
        return judgement.reports(), page

    def write(self, outcome: Outcome, page: Page | None) -> list[str]:
        """Write the files that were asked for; return what was in the way."""
        complaints: list[str] = []
        if self.junit:
            from tbconvert.cli.junit import junit

            complaints += _written("junit", self.junit, "w", lambda _: junit(outcome))
        if self.markdown and page is not None:
            complaints += _written(
                "markdown", self.markdown, "a", lambda at: page.text(outcome, at)
            )
        return complaints

    def annotate(self, outcome: Outcome) -> None:
        """Say what is wrong as GitHub wants it, on standard error: --json has the other one."""
        if self.github:
            from tbconvert.cli.github import annotated

            for line in annotated(outcome):
                click.echo(line, err=True)


def _written(option: str, name: str, mode: str, text: Callable[[int], str]) -> list[str]:
    """Write a text, which depends on how much is there already; return what was in the way."""
    try:
        with click.open_file(name, mode, encoding="utf-8", errors="backslashreplace") as file:
            said = text(file.tell() if file.seekable() else 0)
            if not said:
                return [f"--{option}: {name!r} has no room for more"]
            file.write(said)
    except OSError as err:
        return [f"--{option}: {name!r} cannot be written: {err.strerror or err}"]
    return []
