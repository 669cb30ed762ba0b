"""``tbconvert ingest``: files, folders, globs, URIs or standard input → runs."""

from __future__ import annotations

import os
from typing import Any, get_args

import click

from tbconvert.cli.knobs import Choice, Colour, GroupedCommand, Pair, knob
from tbconvert.cli.telling import say_json, telling
from tbconvert.options import (
    ColorMap,
    Constants,
    IfExists,
    ImageScale,
    OnBackward,
    OnDuplicate,
    Options,
)

_INPUT = "How the log is read"
_COLUMNS = "What its columns are (found by their names if not given)"
_TAGS = "Which tags, and what they are called"
_SETTINGS = "What the training was started with"
_STEPS = "Steps that repeat or go back"
_ARRAYS = "Arrays: weights, gradients, images, graphs"
_OUTPUT = "What is written"
_RUNNING = "How it is done"

_PATH = click.Path(readable=False)
"""Shells complete it; whether it can be read is found out, and said, by whoever reads it."""


class _Lines(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """A text with blanks in it: in a variable, one a line."""

    name = "REGEX"

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the lines of a variable."""
        return [line for line in rv.splitlines() if line.strip()]


def _configure(ctx: click.Context, param: click.Parameter, given: str | None) -> dict[str, Any]:
    """Let a configuration give the defaults of all options; return its sections."""
    from pathlib import Path

    from tbconvert.cli.config import defaults_of, find_config, read_config, sections_of

    if given == "none":
        return {}
    found = find_config(Path.cwd()) if given is None else (Path(given), read_config(Path(given)))
    if found is None:
        return {}
    file, table = found
    ctx.default_map = {**(ctx.default_map or {}), **defaults_of(table or {}, file, ctx)}
    return sections_of(table or {}, file)


@click.command(cls=GroupedCommand, no_args_is_help=True)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=_PATH)
@knob(
    _OUTPUT,
    "--logdir",
    required=True,
    metavar="DIR",
    type=_PATH,
    help="Where the runs go; TensorBoard is pointed at it.",
)
@knob(
    _OUTPUT,
    "--run",
    metavar="NAME",
    help="The run; for several sources the folder of their runs. Otherwise from the file's name.",
)
@knob(
    _OUTPUT,
    "--if-exists",
    type=Choice(get_args(IfExists)),
    default="error",
    show_default=True,
    help="What to do with a run that was made from something else.",
)
@knob(
    _OUTPUT,
    "--identifier",
    metavar="TEXT",
    default="tbconvert",
    show_default=True,
    help="The end of the event file's name.",
)
@knob(_OUTPUT, "--dry-run", is_flag=True, help="Convert and count, but write nothing.")
@knob(_INPUT, "--format", metavar="NAME", help="One of those that 'tbconvert formats' lists.")
@knob(
    _INPUT,
    "--pattern",
    type=_Lines(),
    multiple=True,
    help="Reads console logs: what its groups find in a line, as 'step (?P<step>\\d+) loss "
    "(?P<train__loss>\\S+)', which is train/loss. A group 'json' holds an object, 'key' and "
    "'value' are found again and again. Again for other lines.",
)
@knob(_INPUT, "--dialect", metavar="NAME", help="One of those that 'tbconvert formats' lists.")
@knob(_INPUT, "--encoding", metavar="NAME", help="Such as utf-8, utf-16, latin-1.")
@knob(_INPUT, "--delimiter", metavar="CHAR", help="Such as ',', ';', '|', tab, blank.")
@knob(_INPUT, "--decimal", metavar="CHAR", help="The decimal point or comma.")
@knob(_INPUT, "--header/--no-header", default=None, help="Whether the first row has names.")
@knob(
    _INPUT,
    "--max-document",
    metavar="MB",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="The most that a JSON document may have that is no array of records.",
)
@knob(_COLUMNS, "--step", metavar="COLUMN", help="The steps; 'none' numbers the rows.")
@knob(
    _COLUMNS,
    "--step-scale",
    metavar="NUMBER",
    type=float,
    default=1.0,
    show_default=True,
    help="Multiplies the steps, then rounds them: 1000 for epochs such as 0.125.",
)
@knob(
    _COLUMNS,
    "--wall-time",
    metavar="COLUMN",
    help="The times; 'none' takes the file's modification time.",
)
@knob(_COLUMNS, "--run-column", metavar="COLUMN", help="Splits a table into runs; 'none' does not.")
@knob(_COLUMNS, "--tag-column", metavar="COLUMN", help="The tags of a long table.")
@knob(_COLUMNS, "--value-column", metavar="COLUMN", help="The values of a long table.")
@knob(_TAGS, "--include", metavar="GLOB", multiple=True, help="Only these; again for more.")
@knob(_TAGS, "--exclude", metavar="GLOB", multiple=True, help="Not these; again for more.")
@knob(
    _TAGS,
    "--rename",
    type=Pair("OLD=NEW"),
    multiple=True,
    help="A * stands for any text: 'train_*=train/*'.",
)
@knob(_TAGS, "--tag-prefix", metavar="TEXT", default="", help="Put in front of every tag.")
@knob(
    _SETTINGS,
    "--hparam",
    type=Pair("KEY=VALUE"),
    multiple=True,
    help="A hyperparameter of every run, whatever its files say; again for more.",
)
@knob(
    _SETTINGS,
    "--constants",
    type=Choice(get_args(Constants)),
    default="hparams",
    show_default=True,
    help="What becomes of texts and settings that are the same in every row.",
)
@knob(
    _STEPS,
    "--on-duplicate",
    type=Choice(get_args(OnDuplicate)),
    default="last",
    show_default=True,
    help="Which point of a tag stays where a step comes twice.",
)
@knob(
    _STEPS,
    "--on-backward",
    type=Choice(get_args(OnBackward)),
    default=None,
    help="What a smaller step is; otherwise a restart, or sorted if most points would be lost.",
)
@knob(
    _ARRAYS,
    "--step-from",
    metavar="REGEX",
    help="The step in a snapshot's name: 'it(\\d+)'. Otherwise found by itself.",
)
@knob(
    _ARRAYS,
    "--tensor-stats/--no-tensor-stats",
    default=None,
    help="Curves of every array: norm, mean, … Otherwise fewer where there are many arrays.",
)
@knob(
    _ARRAYS,
    "--image",
    metavar="GLOB=HOW",
    multiple=True,
    help="Draw arrays: matrix, columns:28x28, rows:28x28, tile, images, off. Again for more.",
)
@knob(
    _ARRAYS,
    "--max-images",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Images of one array.",
)
@knob(
    _ARRAYS,
    "--image-scale",
    type=Choice(get_args(ImageScale)),
    default="image",
    show_default=True,
    help="What has one scale of greys: each image, those of a snapshot, those of the run.",
)
@knob(
    _ARRAYS,
    "--colormap",
    type=Choice(get_args(ColorMap)),
    default="gray",
    show_default=True,
    help="The colours of images of one channel; rdbu is white at zero.",
)
@knob(
    _ARRAYS,
    "--bad-color",
    type=Colour(),
    default="255,0,0,255",
    show_default=True,
    help="The colour of pixels that are NaN or infinite; a single number is a grey.",
)
@knob(
    _ARRAYS,
    "--graph",
    metavar="FILE",
    default="auto",
    show_default=True,
    help="The model's graph; 'auto' takes one that lies beside, or draws one, 'none' does not.",
)
@knob(
    _ARRAYS,
    "--max-unpacked",
    metavar="MB",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="The most that an array may unpack to that is packed more than a hundredfold.",
)
@knob(
    _RUNNING,
    "--config",
    metavar="FILE",
    is_eager=True,
    callback=_configure,
    type=_PATH,
    help="Options from a file; otherwise tbconvert.toml here or above, 'none' for none.",
)
@knob(
    _RUNNING,
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Processes at work; as many as cores if there are many logs.",
)
@knob(_RUNNING, "--strict", is_flag=True, help="Leave with status 1 if a cell was left out.")
@knob(_RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(_RUNNING, "--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@knob(
    _RUNNING,
    "--verbose",
    "-v",
    is_flag=True,
    help="Say every skipped file, and of each column the first problems, and how many more.",
)
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
    running = {name: knobs.pop(name) for name in ("jobs", "strict", "as_json", "quiet", "verbose")}
    sink = "discard" if knobs.pop("dry_run") else "directory"
    config = knobs.pop("config")
    options = Options(file_time=_source_date_epoch(), **knobs, **config)

    # from here on the work begins, and with it the slow imports
    from tbconvert.api import run_plan
    from tbconvert.cli.progress import showing_progress
    from tbconvert.cli.show import Shown
    from tbconvert.cli.workers import workers
    from tbconvert.plan import plan_runs

    shown = Shown(quiet=running["quiet"] or running["as_json"], verbose=running["verbose"])
    plan = plan_runs(sources, logdir, options, sink)
    with (
        workers(running["jobs"], len(plan.jobs)) as executor,
        showing_progress(plan, hidden=shown.quiet) as progress,
    ):
        report = run_plan(plan, logdir, executor, progress)
    status = report.exit_status(strict=running["strict"])
    with telling():
        if running["as_json"]:
            say_json(report.to_json(status))
        shown.report(report, dry_run=sink == "discard")
    ctx.exit(status)


def _source_date_epoch() -> float | None:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return None
    try:
        return float(int(given))
    except ValueError:
        raise click.UsageError(
            f"SOURCE_DATE_EPOCH: got {given!r}, wanted whole seconds since 1970"
        ) from None
