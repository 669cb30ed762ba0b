"""``tbconvert inspect``: what a log is, and what would become of it; nothing is written."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click

from tbconvert.cli.conversion import (
    PATH,
    RUNNING,
    config_knob,
    conversion_knobs,
    options_of,
    run_knob,
)
from tbconvert.cli.knobs import GroupedCommand, knob
from tbconvert.cli.telling import say_json, telling

_LOGDIR = "runs"
"""What stands for any logdir: none is looked at."""

_FEW = 100
"""Jobs up to which curves are held in detail."""

_OWN = ("--json", "--verbose", "-v")
"""What is not said to ``ingest``."""


class _Inspect(GroupedCommand):
    """Remembers its arguments, for the command that would convert."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[__name__] = list(args)
        return super().parse_args(ctx, args)


@click.command(
    cls=_Inspect,
    no_args_is_help=True,
    short_help="Show what a log is, and what would become of it.",
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=PATH)
@run_knob
@conversion_knobs
@config_knob
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--verbose", "-v", is_flag=True, help="Say all of every run, however many.")
@click.pass_context
def inspect(ctx: click.Context, /, sources: tuple[str, ...], **knobs: Any) -> None:
    """Show what a log is, what its columns are taken for, and what would become of it.

    It is converted as 'ingest' would, to nowhere. The options are those of 'ingest', so that
    what was found right here can be done there.

    \b
        tbconvert inspect run.csv
        tbconvert inspect experiments/ --verbose
        zcat run.csv.gz | tbconvert inspect - --step epoch
    """  # noqa: D301 -- click wants the character, not the escape
    as_json, verbose = knobs.pop("as_json"), knobs.pop("verbose")
    config = knobs.pop("config")
    options = options_of(ctx, config, knobs)

    # from here on the work begins, and with it the slow imports
    from tbconvert.api import run_plan
    from tbconvert.arrow import own_process
    from tbconvert.cli.inspected import Inspected
    from tbconvert.cli.progress import showing_progress
    from tbconvert.inspection import Inspection
    from tbconvert.plan import plan_runs

    own_process()
    with config.blamed(ctx):
        plan = plan_runs(sources, _LOGDIR, options, "nowhere")
    inspection = Inspection(is_large=len(plan.jobs) > _FEW)
    with showing_progress(plan, hidden=as_json) as progress:
        report = run_plan(plan, _LOGDIR, None, progress, inspection)
    status = report.exit_status()
    command = _ingest_command(ctx.meta[__name__], has_logdir="logdir" in config.table)
    found = inspection.to_json(report, status, command)
    with telling():
        if as_json:
            say_json(found)
        else:
            Inspected(found, verbose=verbose).show(is_interrupted=report.interrupted)
    ctx.exit(status)


def _ingest_command(given: Sequence[str], *, has_logdir: bool) -> str:
    """Return the command that does what was shown."""
    same = [word for word in given if word not in _OWN]
    to = [] if has_logdir else ["--logdir", _LOGDIR]
    words = [*to, *same] if "--" in same else [*same, *to]
    return shlex.join(["tbconvert", "ingest", *words])
