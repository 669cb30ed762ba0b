"""``tbconvert check``: what is in a logdir, beside its ledgers and the logs themselves."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import click

from tbconvert.cli.conversion import PATH, RUNNING
from tbconvert.cli.knobs import Choice, GroupedCommand, knob
from tbconvert.cli.pipelines import Pipeline, pipeline_knobs
from tbconvert.cli.telling import say_json, telling

_WHAT = "What is checked"


class _Percent(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """A share, such as ``5%``."""

    name = "PERCENT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the share, above 0 and up to 1."""
        if isinstance(value, float):
            return value
        try:
            share = float(str(value).strip().removesuffix("%")) / 100
        except ValueError:
            share = 0.0
        if not 0 < share <= 1:
            self.fail(f"got {value!r}, wanted more than 0% and up to 100%, as 5%", param, ctx)
        return share


@click.command(
    cls=GroupedCommand,
    no_args_is_help=True,
    short_help="Prove that a logdir holds what was in the logs.",
)
@click.argument("logdir", metavar="LOGDIR", type=PATH)
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@knob(
    _WHAT,
    "--against-sources",
    is_flag=True,
    help="Convert the logs once more, to nowhere, and compare point by point.",
)
@knob(
    _WHAT,
    "--sample",
    type=_Percent(),
    default=1.0,
    help="Of so many of the runs only, chosen by name, as 5%.",
)
@knob(
    RUNNING,
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes at work; as many as cores if there are many runs.",
)
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--verbose", "-v", is_flag=True, help="Say every hint, and all that differs.")
@pipeline_knobs
@knob(
    "For pipelines",
    "--markdown-runs",
    type=Choice(["all", "wrong"]),
    default="all",
    show_default=True,
    help="Which runs that summary shows: all, or those only with which something is wrong, where "
    "the one of the ingest has them all.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    logdir: str,
    runs: tuple[str, ...],
    against_sources: bool,
    sample: float,
    jobs: int | None,
    as_json: bool,
    verbose: bool,
    markdown_runs: str,
    **knobs: Any,
) -> None:
    """Prove that what is in a logdir is what was converted, and that TensorBoard shows it.

    RUN is a run of it, or a glob; without any all are checked. Every event file is read back,
    and compared with what stands in tbconvert.json beside it; with --against-sources also with
    the logs. Of event files that others wrote it is told what TensorBoard will not show.

    \b
        tbconvert check runs
        tbconvert check runs --against-sources --jobs 2
        tbconvert check runs 'exp/*' --json
    """  # noqa: D301 -- click wants the character, not the escape
    pipeline = Pipeline.taken_from(knobs)

    # from here on the work begins, and with it the slow imports
    from tbconvert.arrow import own_process
    from tbconvert.checking import Wanted
    from tbconvert.checking import check as checked
    from tbconvert.cli.check_outcome import outcome_of
    from tbconvert.cli.checked import Checked
    from tbconvert.cli.outcome import held, unmet
    from tbconvert.cli.progress import watched
    from tbconvert.cli.show import Shown
    from tbconvert.engines import start

    own_process()
    wanted = Wanted(runs, sample)
    with start("processes", jobs) as engine:
        verdict = checked(
            logdir,
            wanted,
            against_sources=against_sources,
            crowd=lambda tasks: engine.crowd(tasks).executor,
            watch=partial(watched, label="checking", hidden=as_json),
        )
    requirements, page = pipeline.judged(outcome_of(verdict), verdict.logdir)
    outcome = outcome_of(verdict, requirements)
    if page is not None and markdown_runs == "wrong":
        page.leave_out_what_is_right()
    complaints = pipeline.write(outcome, page)
    status = int(bool(outcome.faults or complaints))
    with telling():
        if as_json:
            about = {"exit_status": status, "requirements": [asdict(one) for one in requirements]}
            say_json(verdict.to_json() | about)
        else:
            Checked(verbose=verbose).show(verdict)
            if requirements:
                click.echo(held(requirements))
        shown = Shown(quiet=as_json, verbose=verbose)
        shown.faults(list(unmet(requirements)))
        shown.complain(complaints)
        pipeline.annotate(outcome)
    ctx.exit(status)
