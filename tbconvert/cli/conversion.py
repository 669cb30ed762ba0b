"""The options of all commands that look at logs: declared once, and what is made of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import click

from tbconvert.cli.knobs import Choice, Colour, F, Pair, knob
from tbconvert.options import ColorMap, Constants, ImageScale, OnBackward, OnDuplicate, Options

if TYPE_CHECKING:
    from tbconvert.cli.config import Config

_FILES = "Which files of a folder, and what their runs are called"
_INPUT = "How the log is read"
_COLUMNS = "What its columns are (found by their names if not given)"
_TAGS = "Which tags, and what they are called"
_SETTINGS = "What the training was started with"
_STEPS = "Steps that repeat or go back"
_ARRAYS = "Arrays: weights, gradients, images, graphs"
OUTPUT = "What is written"
RUNNING = "How it is done"

PATH = click.Path(readable=False)
"""Shells complete it; whether it can be read is found out, and said, by whoever reads it."""

run_knob = knob(
    _FILES,
    "--run",
    metavar="NAME",
    help="The run; for several sources the folder of their runs. Otherwise from the file's name.",
)


class _Lines(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since 8.5
    """A text with blanks in it: in a variable, one a line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def split_envvar_value(self, rv: str) -> list[str]:
        """Return the lines of a variable."""
        return [line for line in rv.splitlines() if line.strip()]


_KNOBS: tuple[Callable[[Any], Any], ...] = (
    knob(
        _FILES,
        "--run-name",
        metavar="TEMPLATE",
        help="Names of runs from where their files are, as '{parent}/{stem}'; also {run}, {name}, "
        "{grandparent}, {folder}, {dialect}.",
    ),
    knob(
        _FILES,
        "--include-files",
        type=_Lines("PATTERN"),
        multiple=True,
        help="Only these, by patterns as in .gitignore; again for more.",
    ),
    knob(
        _FILES,
        "--exclude-files",
        type=_Lines("PATTERN"),
        multiple=True,
        help="Not these; again for more. A folder's own stand in its .tbconvertignore.",
    ),
    knob(_INPUT, "--format", metavar="NAME", help="One of those that 'tbconvert formats' lists."),
    knob(
        _INPUT,
        "--pattern",
        type=_Lines("REGEX"),
        multiple=True,
        help="Reads console logs: what its groups find in a line, as 'step (?P<step>\\d+) loss "
        "(?P<train__loss>\\S+)', which is train/loss. A group 'json' holds an object, 'key' and "
        "'value' are found again and again. Again for other lines.",
    ),
    knob(_INPUT, "--dialect", metavar="NAME", help="One of those that 'tbconvert formats' lists."),
    knob(_INPUT, "--encoding", metavar="NAME", help="Such as utf-8, utf-16, latin-1."),
    knob(_INPUT, "--delimiter", metavar="CHAR", help="Such as ',', ';', '|', tab, blank."),
    knob(_INPUT, "--decimal", metavar="CHAR", help="The decimal point or comma."),
    knob(_INPUT, "--header/--no-header", default=None, help="Whether the first row has names."),
    knob(
        _INPUT,
        "--max-document",
        metavar="MB",
        type=click.IntRange(min=1),
        default=256,
        show_default=True,
        help="The most that a JSON document may have that is no array of records.",
    ),
    knob(_COLUMNS, "--step", metavar="COLUMN", help="The steps; 'none' numbers the rows."),
    knob(
        _COLUMNS,
        "--step-scale",
        metavar="NUMBER",
        type=float,
        default=1.0,
        show_default=True,
        help="Multiplies the steps, then rounds them: 1000 for epochs such as 0.125.",
    ),
    knob(
        _COLUMNS,
        "--wall-time",
        metavar="COLUMN",
        help="The times; 'none' takes the file's modification time.",
    ),
    knob(
        _COLUMNS,
        "--run-column",
        metavar="COLUMN",
        help="Splits a table into runs; 'none' does not.",
    ),
    knob(_COLUMNS, "--tag-column", metavar="COLUMN", help="The tags of a long table."),
    knob(_COLUMNS, "--value-column", metavar="COLUMN", help="The values of a long table."),
    knob(_TAGS, "--include", metavar="GLOB", multiple=True, help="Only these; again for more."),
    knob(_TAGS, "--exclude", metavar="GLOB", multiple=True, help="Not these; again for more."),
    knob(
        _TAGS,
        "--rename",
        type=Pair("OLD=NEW"),
        multiple=True,
        help="A * stands for any text: 'train_*=train/*'.",
    ),
    knob(_TAGS, "--tag-prefix", metavar="TEXT", default="", help="Put in front of every tag."),
    knob(
        _SETTINGS,
        "--hparam",
        type=Pair("KEY=VALUE"),
        multiple=True,
        help="A hyperparameter of every run, whatever its files say; again for more.",
    ),
    knob(
        _SETTINGS,
        "--constants",
        type=Choice(get_args(Constants)),
        default="hparams",
        show_default=True,
        help="What becomes of texts and settings that are the same in every row.",
    ),
    knob(
        _STEPS,
        "--on-duplicate",
        type=Choice(get_args(OnDuplicate)),
        default="last",
        show_default=True,
        help="Which point of a tag stays where a step comes twice.",
    ),
    knob(
        _STEPS,
        "--on-backward",
        type=Choice(get_args(OnBackward)),
        default=None,
        help="What a smaller step is; otherwise a restart, or sorted if most points would be lost.",
    ),
    knob(
        _ARRAYS,
        "--step-from",
        metavar="REGEX",
        help="The step in a snapshot's name: 'it(\\d+)'. Otherwise found by itself.",
    ),
    knob(
        _ARRAYS,
        "--tensor-stats/--no-tensor-stats",
        default=None,
        help="Curves of every array: norm, mean, … Otherwise fewer where there are many arrays.",
    ),
    knob(
        _ARRAYS,
        "--image",
        metavar="GLOB=HOW",
        multiple=True,
        help="Draw arrays: matrix, columns:28x28, rows:28x28, tile, images, off. Again for more.",
    ),
    knob(
        _ARRAYS,
        "--max-images",
        metavar="N",
        type=click.IntRange(min=1),
        default=10,
        show_default=True,
        help="Images of one array.",
    ),
    knob(
        _ARRAYS,
        "--image-scale",
        type=Choice(get_args(ImageScale)),
        default="image",
        show_default=True,
        help="What has one scale of greys: each image, those of a snapshot, those of the run.",
    ),
    knob(
        _ARRAYS,
        "--colormap",
        type=Choice(get_args(ColorMap)),
        default="gray",
        show_default=True,
        help="The colours of images of one channel; rdbu is white at zero.",
    ),
    knob(
        _ARRAYS,
        "--bad-color",
        type=Colour(),
        default="255,0,0,255",
        show_default=True,
        help="The colour of pixels that are NaN or infinite; a single number is a grey.",
    ),
    knob(
        _ARRAYS,
        "--graph",
        metavar="FILE",
        default="auto",
        show_default=True,
        help="The model's graph; 'auto' takes one that lies beside, or draws one, 'none' does not.",
    ),
    knob(
        _ARRAYS,
        "--max-unpacked",
        metavar="MB",
        type=click.IntRange(min=1),
        default=256,
        show_default=True,
        help="The most that an array may unpack to that is packed more than a hundredfold.",
    ),
)


def conversion_knobs(command: F) -> F:
    """Give a command all options that say how logs are read, and what becomes of them."""
    for declare in reversed(_KNOBS):
        command = declare(command)
    return command


def _configure(ctx: click.Context, param: click.Parameter, given: str | None) -> Config:
    from tbconvert.cli.config import configure  # TOML is slow to import, and --help needs none

    return configure(ctx, param, given)


config_knob = knob(
    RUNNING,
    "--config",
    metavar="FILE",
    is_eager=True,
    callback=_configure,
    type=PATH,
    help="Options from a file; otherwise tbconvert.toml here or above, 'none' for none.",
)


def options_of(ctx: click.Context, config: Config, knobs: dict[str, Any]) -> Options:
    """Return what the command line, the environment and a configuration ask for.

    Raises
    ------
    UsageError
        Some of it makes no sense.
    """
    with config.blamed(ctx):
        return Options(
            file_time=_source_date_epoch(),
            sources=config.sources_beside(ctx),
            dialects=config.dialects,
            **knobs,
        )


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
