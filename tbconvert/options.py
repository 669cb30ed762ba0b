"""Every knob, frozen, made once at the edge; below it no function takes a dozen flags."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from operator import attrgetter
from typing import Any, Literal, get_args

from tbconvert.errors import UsageError, did_you_mean
from tbconvert.globs import are_at_end

OnDuplicate = Literal["last", "first", "mean", "error"]
OnBackward = Literal["restart", "sort", "error"]
IfExists = Literal["error", "skip", "replace", "add"]
ImageScale = Literal["image", "snapshot", "run"]
Constants = Literal["hparams", "scalars", "drop"]
ColorMap = Literal["gray", "rdbu", "viridis"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. ``None`` and empty mean: find out, and say so in the report.

    Names are those of the command line, with "_" for "-".
    """

    # which files of a folder
    include_files: tuple[str, ...] = ()
    exclude_files: tuple[str, ...] = ()
    """Patterns as in ``.gitignore``."""

    # which run, and how its file is read
    run: str | None = None
    run_name: str | None = None
    """A template for the names of runs, see ``naming.FIELDS``."""
    format: str | None = None
    pattern: tuple[str, ...] = ()
    """Regular expressions for the lines of a console log; their named groups are its columns."""
    dialect: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None

    # what its columns are
    step: str | None = None
    step_scale: float = 1.0
    wall_time: str | None = None
    run_column: str | None = None
    tag_column: str | None = None
    value_column: str | None = None

    # what its tags are called; globs on tags
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    tag_prefix: str = ""

    # what the training was started with
    constants: Constants = "hparams"
    """What becomes of texts, and of settings, that are the same in every row."""
    hparam: tuple[tuple[str, str], ...] = ()
    """Names and values that the logs do not tell."""

    # steps that repeat or go back
    on_duplicate: OnDuplicate = "last"
    on_backward: OnBackward | None = None
    """None is a restart, unless that would supersede more than half of the points: then sort."""

    # what is written
    if_exists: IfExists = "error"
    identifier: str = "tbconvert"
    checksum: bool = False
    """Whether sources are known again by their content, and not by size and time."""
    file_time: float | None = None
    """Seconds since the epoch to use where a log has no times: ``SOURCE_DATE_EPOCH``."""

    # what becomes of arrays and graphs
    step_from: str | None = None
    """A regular expression for names of snapshots; its first group is the step."""
    tensor_stats: bool | None = None
    """Curves of weights: all, none, or as many as their number lets one read."""
    image: tuple[str, ...] = ()
    """``PATTERN=HOW``: which arrays become pictures."""
    max_images: int = 10
    bad_color: tuple[int, ...] = (255, 0, 0, 255)
    image_scale: ImageScale = "image"
    colormap: ColorMap = "gray"
    graph: str = "auto"
    """A file, ``auto`` or ``none``."""
    max_unpacked: int = 256
    """Megabytes that an array may unpack to that was packed more than a hundredfold."""
    max_document: int = 256
    """Megabytes of a JSON document that has to be in memory as a whole."""

    # what a configuration says of some files, and of loggers that nobody else knows
    sources: tuple[Mapping[str, Any], ...] = ()
    """For the files that the glob ``match`` means, other values of ``OF_SOURCE``."""
    dialects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Dialects by name, see ``dialects.own``."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices and not (name == "on_backward" and value is None):
                wanted = ", ".join(choices)
                raise UsageError(f"{_option(name)}: got {value!r}, wanted one of {wanted}", name)
        for name in _LISTS:
            if isinstance(getattr(self, name), str):
                given = getattr(self, name)
                said = f"{_option(name)}: got {given!r}, wanted a list: [{given!r}]"
                raise UsageError(said, name)
        for name in _PAIRS:
            given = getattr(self, name)
            if not all(isinstance(pair, tuple | list) and _are_texts(*pair) for pair in given):
                said = f"{_option(name)}: got {given!r}, wanted pairs of texts: [('a', 'b')]"
                raise UsageError(said, name)
        _check_patterns(self.pattern)
        _check_settings(self.hparam)
        if self.decimal not in (None, "", ".", ","):
            raise UsageError(f"--decimal: got {self.decimal!r}, wanted '.' or ','", "decimal")
        if not isinstance(self.step_scale, int | float) or not self.step_scale > 0:
            said = f"--step-scale: got {self.step_scale!r}, wanted a number above 0"
            raise UsageError(said, "step_scale")
        for name in ("max_images", "max_unpacked", "max_document"):
            if (most := getattr(self, name)) < 1:
                said = f"{_option(name)}: got {most!r}, wanted a whole number from 1 on"
                raise UsageError(said, name)
        if len(self.bad_color) not in (1, 3, 4) or not all(0 <= c <= 255 for c in self.bad_color):
            got = f"--bad-color: got {self.bad_color}"
            raise UsageError(f"{got}, wanted 1, 3 or 4 numbers up to 255", "bad_color")
        if not self.identifier or "/" in self.identifier or "\0" in self.identifier:
            said = f"--identifier: got {self.identifier!r}, wanted part of a file name"
            raise UsageError(said, "identifier")

        for section in self.sources:
            _check_section(section)

    def of_source(self, path: str) -> Options:
        """Return the options for the file at a "/"-separated path."""
        changes: dict[str, Any] = {}
        for section in self.sources:
            if are_at_end((section["match"],), path):
                changes |= {name: value for name, value in section.items() if name != "match"}
        return replace(self, **changes, sources=()) if changes else self

    def changed(self) -> dict[str, object]:
        """Return what is made otherwise than by default: what the ledger remembers."""
        names, values_of, defaults = _defaults()
        told = zip(names, values_of(self), defaults, strict=True)
        return {name: value for name, value, default in told if value != default}


_SAME_BYTES = ("if_exists", "checksum", "include_files", "exclude_files", "run_name")
"""The options that say whether a run is made, and not what is in it."""


@cache  # each run asks
def _defaults() -> tuple[list[str], Callable[[Options], tuple[object, ...]], list[object]]:
    """Return the names of some options, what gives their values, and their defaults."""
    knobs = [knob for knob in fields(Options) if knob.name not in _SAME_BYTES]
    names = [knob.name for knob in knobs]
    return (
        names,
        attrgetter(*names),
        [
            knob.default_factory() if callable(knob.default_factory) else knob.default
            for knob in knobs
        ],
    )


OF_SOURCE = (
    *("format", "dialect", "encoding", "delimiter", "decimal", "header", "pattern"),
    *("step", "step_scale", "wall_time", "run_column", "tag_column", "value_column"),
)
"""The options that may differ from file to file."""


def _check_section(section: Mapping[str, Any]) -> None:
    glob = section.get("match")
    if not isinstance(glob, str) or not glob:
        said = f"source: got {glob!r} for 'match', wanted a glob, as '*.csv'"
        raise UsageError(said, "sources")
    for name in section.keys() - {"match"}:
        if name not in OF_SOURCE:
            hint = did_you_mean(name, OF_SOURCE, f"; wanted one of {', '.join(OF_SOURCE)}")
            said = f"source {glob!r}: no option {name!r} for single files{hint}"
            raise UsageError(said, "sources")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def compiled_pattern(text: str) -> re.Pattern[str]:
    """Return the expression that one ``--pattern`` asks for.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what a later Python may read in it
            return re.compile(text)
    except (re.error, RecursionError, OverflowError) as err:
        hint = next((hint for said, hint in _PATTERN_HINTS.items() if said in str(err)), "")
        wanted = f"wanted a regular expression: {err}{hint and f'; {hint}'}"
        raise UsageError(f"--pattern: got {text!r}, {wanted}", "pattern") from None


_PATTERN_HINTS = {
    "unknown extension ?<": "a group is named by a P: (?P<loss>...)",
    "bad character in group name": "a '/' is spelled '__': train__loss becomes train/loss",
    "redefinition of group name": "each name once, and --pattern again for other lines",
}


def _check_patterns(patterns: Sequence[str]) -> None:
    """Refuse what cannot make points of any line."""

    def wrong(said: str) -> UsageError:
        return UsageError(said, "pattern")

    drawn = set[str]()
    for text in patterns:
        found = compiled_pattern(text)
        names = found.groupindex.keys()
        got = f"--pattern: got {text!r}"
        if not names:
            hint = "(?P<loss>...) instead of (...)" if found.groups else "such as (?P<loss>\\S+)"
            raise wrong(f"{got}, wanted groups with names: {hint}")
        if empty := [name for name in names if not name.strip("_")]:
            raise wrong(f"{got}, wanted names of columns for groups, not {empty[0]!r}")
        if "key" in names and "value" not in names:
            raise wrong(f"{got}, which has a group 'key', and wanted one 'value' as well")
        if {"json", "value"} <= names and names & {"key", "name"}:
            raise wrong(f"{got}, wanted a group 'json', or 'key' and 'value', not all of them")
        if found.search(""):
            raise wrong(f"{got}, wanted one that does not match an empty line too")
        drawn |= names
    places = {"step", "epoch"} if "step" not in drawn else {"step"}
    if patterns and drawn <= {*places, "wall_time", "run"}:
        said = f"--pattern: got no groups but {', '.join(sorted(drawn))}"
        raise wrong(f"{said}; wanted one with a value, such as (?P<loss>\\S+)")


def _are_texts(*pair: object) -> bool:
    return [type(text) for text in pair] == [str, str]


def _check_settings(pairs: Sequence[tuple[str, str]]) -> None:
    said: dict[str, str] = {}
    for name, value in pairs:
        if said.setdefault(name, value) != value:
            got = f"--hparam: got {name}={said[name]} and {name}={value}"
            raise UsageError(f"{got}, wanted one value of {name!r}", "hparam")


_LISTS = (
    "include_files",
    "exclude_files",
    "pattern",
    "include",
    "exclude",
    "rename",
    "hparam",
    "image",
    "bad_color",
)
_PAIRS = ("rename", "hparam")
_CHOICES: dict[str, tuple[str, ...]] = {
    "on_duplicate": get_args(OnDuplicate),
    "on_backward": get_args(OnBackward),
    "if_exists": get_args(IfExists),
    "constants": get_args(Constants),
    "image_scale": get_args(ImageScale),
    "colormap": get_args(ColorMap),
}
