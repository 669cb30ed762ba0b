"""``tbconvert ingest``: files, folders, globs, URIs or standard input → runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import click

from tbconvert.cli.conversion import (
    OUTPUT,
    PATH,
    RUNNING,
    config_knob,
    conversion_knobs,
    options_of,
    run_knob,
)
from tbconvert.cli.knobs import Choice, GroupedCommand, Shard, knob
from tbconvert.cli.pipelines import Pipeline, fail_on_knob, pipeline_knobs
from tbconvert.cli.telling import say_json, telling
from tbconvert.options import IfExists

_RUNNING = ("jobs", "engine", "scheduler", "shard", "strict", "as_json", "quiet", "verbose")
"""What says how, and not what is made."""


@click.command(cls=GroupedCommand, no_args_is_help=True)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=PATH)
@knob(
    OUTPUT,
    "--logdir",
    required=True,
    metavar="DIR",
    type=PATH,
    help="Where the runs go; TensorBoard is pointed at it.",
)
@run_knob
@knob(
    OUTPUT,
    "--if-exists",
    type=Choice(get_args(IfExists)),
    default="error",
    show_default=True,
    help="What to do with a run that was made from something else.",
)
@knob(
    OUTPUT,
    "--identifier",
    metavar="TEXT",
    default="tbconvert",
    show_default=True,
    help="The end of the event file's name.",
)
@knob(
    OUTPUT,
    "--checksum",
    is_flag=True,
    help="Know unchanged logs by their content, and not by size and time.",
)
@knob(OUTPUT, "--dry-run", is_flag=True, help="Convert and count, but write nothing.")
@conversion_knobs
@config_knob
@knob(
    RUNNING,
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes at work; as many as cores if there are many logs.",
)
@knob(
    RUNNING,
    "--engine",
    type=Choice(("processes", "threads", "dask")),
    default="processes",
    show_default=True,
    help="Who does the work: processes or threads here, or a Dask cluster.",
)
@knob(
    RUNNING,
    "--scheduler",
    metavar="ADDRESS",
    help="The Dask cluster's, as tcp://host:8786; without one, --jobs processes here.",
)
@knob(
    RUNNING,
    "--shard",
    type=Shard(),
    help="Make only a part of the runs, chosen by name; 'report merge' puts reports together.",
)
@knob(
    RUNNING,
    "--strict",
    is_flag=True,
    help="Leave with status 1 if a cell was rejected or a file was cut off.",
)
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@knob(
    RUNNING,
    "--verbose",
    "-v",
    is_flag=True,
    help="Say every skipped file, and of each column the first problems, and how many more.",
)
@fail_on_knob
@pipeline_knobs
@click.pass_context
def ingest(ctx: click.Context, /, sources: tuple[str, ...], logdir: str, **knobs: Any) -> None:
    """Convert logs into TensorBoard runs.

    SOURCE is a file, a folder, a glob, a URI, or - for standard input. Every option can be
    given as an environment variable too: --on-duplicate as TBCONVERT_ON_DUPLICATE.

    \b
        tbconvert ingest run.csv --logdir runs
        tbconvert ingest experiments/ --logdir runs --jobs 8
        zcat run.csv.gz | tbconvert ingest - --run baseline --logdir runs
    """  # noqa: D301 -- click wants the character, not the escape
    running = {name: knobs.pop(name) for name in _RUNNING}
    pipeline = Pipeline.taken_from(knobs)
    unwanted = {word for words in knobs.pop("fail_on") for word in words}
    is_dry = knobs.pop("dry_run")
    sink = "discard" if is_dry else "directory"
    config = knobs.pop("config")
    with config.blamed(ctx):
        if is_dry:
            pipeline.check_dry_run()
    options = options_of(ctx, config, knobs)

    # from here on the work begins, and with it the slow imports
    from tbconvert.engines import start

    with start(running["engine"], running["jobs"], running["scheduler"]) as engine:
        from tbconvert.api import run_plan
        from tbconvert.arrow import own_process
        from tbconvert.cli.ingest_outcome import outcome_of
        from tbconvert.cli.progress import showing_progress
        from tbconvert.cli.show import Shown
        from tbconvert.plan import plan_runs
        from tbconvert.storage import absolute

        own_process()
        shown = Shown(quiet=running["quiet"] or running["as_json"], verbose=running["verbose"])
        if engine.is_elsewhere:
            sources, logdir = tuple(map(absolute, sources)), absolute(logdir)
        with config.blamed(ctx):
            plan = plan_runs(sources, logdir, options, sink, engine.lookers)
        if running["shard"] is not None:
            plan = plan.shard(*running["shard"])
        crowd = engine.crowd(len(plan.jobs))
        with showing_progress(plan, hidden=shown.quiet) as progress:
            report = run_plan(plan, logdir, crowd.executor, progress, together=crowd.together)
    unwanted |= {"rejected"} if running["strict"] else set()
    report = replace(report, dry_run=is_dry, failed_on=report.on(unwanted))
    requirements, page = pipeline.judged(outcome_of(report), logdir)
    report = replace(report, requirements=requirements)
    outcome = outcome_of(report)
    complaints = pipeline.write(outcome, page)
    status = report.exit_status() or int(bool(complaints))
    with telling():
        if running["as_json"]:
            say_json(report.to_json(status))
        shown.report(report, dry_run=is_dry, strict=running["strict"])
        shown.complain(complaints)
        pipeline.annotate(outcome)
    ctx.exit(status)
