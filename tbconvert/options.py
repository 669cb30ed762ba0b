"""Every knob, frozen, made once at the edge; below it no function takes a dozen flags."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from tbconvert.errors import UsageError

OnDuplicate = Literal["last", "first", "mean", "error"]
OnBackward = Literal["restart", "sort", "error"]
IfExists = Literal["error", "skip", "replace", "add"]
ImageScale = Literal["image", "snapshot", "run"]
ColorMap = Literal["gray", "rdbu", "viridis"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. ``None`` and empty mean: find out, and say so in the report.

    Names are those of the command line, with "_" for "-".
    """

    # which run, and how its file is read
    run: str | None = None
    format: str | None = None
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

    # steps that repeat or go back
    on_duplicate: OnDuplicate = "last"
    on_backward: OnBackward | None = None
    """None is a restart, unless that would supersede more than half of the points: then sort."""

    # what is written
    if_exists: IfExists = "error"
    identifier: str = "tbconvert"
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

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices and not (name == "on_backward" and value is None):
                wanted = ", ".join(choices)
                raise UsageError(f"{_option(name)}: got {value!r}, wanted one of {wanted}")
        for name in _LISTS:
            if isinstance(getattr(self, name), str):
                given = getattr(self, name)
                raise UsageError(f"{_option(name)}: got {given!r}, wanted a list: [{given!r}]")
        if self.decimal not in (None, "", ".", ","):
            raise UsageError(f"--decimal: got {self.decimal!r}, wanted '.' or ','")
        if not isinstance(self.step_scale, int | float) or not self.step_scale > 0:
            raise UsageError(f"--step-scale: got {self.step_scale!r}, wanted a number above 0")
        if self.max_images < 1 or self.max_unpacked < 1:
            raise UsageError("--max-images, --max-unpacked: wanted whole numbers from 1 on")
        if len(self.bad_color) not in (1, 3, 4) or not all(0 <= c <= 255 for c in self.bad_color):
            got = f"--bad-color: got {self.bad_color}"
            raise UsageError(f"{got}, wanted 1, 3 or 4 numbers up to 255")
        if not self.identifier or "/" in self.identifier or "\0" in self.identifier:
            raise UsageError(f"--identifier: got {self.identifier!r}, wanted part of a file name")

    def changed(self) -> dict[str, object]:
        """Return the knobs that differ from their defaults: what the ledger remembers."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


_LISTS = ("include", "exclude", "rename", "image", "bad_color")
_CHOICES: dict[str, tuple[str, ...]] = {
    "on_duplicate": get_args(OnDuplicate),
    "on_backward": get_args(OnBackward),
    "if_exists": get_args(IfExists),
    "image_scale": get_args(ImageScale),
    "colormap": get_args(ColorMap),
}
