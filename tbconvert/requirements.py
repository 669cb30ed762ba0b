"""What a pipeline asks of metrics, as ``val/acc last >= 0.9``, and whether they are like that."""

from __future__ import annotations

import difflib
import math
import operator
import re
import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from tbconvert.errors import UsageError
from tbconvert.report import RequirementReport

FIGURES = ("last", "min", "max", "mean")
"""What can be asked of the points of a tag: of the last one, or of all that are finite."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_MEANT = {
    "=": "==",
    "===": "==",
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
}
_COMPARED = re.compile(
    r"(?s)(?P<left>(?:.*[^<>=!≥≤≠\s])?)\s*(?P<sign>[<>=!≥≤≠]+)\s*(?P<number>[^<>=!≥≤≠]*?)\s*"
)
_NAMED = 5
"""Tags that are named where none is like the one that was asked for."""


class Figures(Protocol):
    """The points of one tag in a few numbers, NaN where there is none."""

    points: int
    last_step: int
    last: float

    @property
    def finite(self) -> int:
        """How many points are neither NaN nor infinite: ``min``, ``max``, ``mean`` are of those."""

    @property
    def min(self) -> float:
        """The lowest one."""

    @property
    def max(self) -> float:
        """The highest one."""

    @property
    def mean(self) -> float:
        """Their mean."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A figure of the tags that a glob means, and what it is compared with."""

    text: str
    glob: str
    figure: str
    sign: str
    number: float

    def is_of(self, tag: str) -> bool:
        """Tell whether it is asked of a tag."""
        return tag == self.glob or fnmatchcase(tag, self.glob)

    def holds(self, got: float) -> bool:
        """Tell whether a number is as it should be; nothing holds of NaN.

        Both are compared as float32: a log's 0.9 came back as one, and is less than 0.9.
        """
        if math.isnan(got):
            return False
        return _SIGNS[self.sign](_single(got), _single(self.number))


def parse_requirement(text: str) -> Requirement:
    """Return what a text asks for.

    Raises
    ------
    UsageError
        It is no tag, figure, sign and number; it says where, and what is wanted there.
    """
    found = _COMPARED.fullmatch(text)
    if found is None:
        wanted = f"wanted a comparison, one of {', '.join(_SIGNS)}, and a number"
        raise _wrong(text, len(text), f"got no comparison, {wanted}")
    left, sign, number = found["left"], found["sign"], found["number"]
    glob, figure = _words(left)
    if figure not in FIGURES:
        got = repr(figure) if glob or not figure else f"{figure!r} alone"
        wanted = _listed(FIGURES) if glob else f"a tag, and then {_listed(FIGURES)}"
        near = difflib.get_close_matches(figure.lower(), FIGURES, n=1) if glob else []
        raise _wrong(text, len(left) - len(figure), f"got {got}, wanted {wanted}", near)
    if not glob:
        raise _wrong(text, 0, f"got no tag, wanted one before {figure!r}")
    if sign not in _SIGNS:
        said = f"got {sign!r}, wanted {_listed(tuple(_SIGNS))}"
        raise _wrong(text, found.start("sign"), said, [_MEANT[sign]] if sign in _MEANT else [])
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        hint = "; --fail-on nan looks for those" if number.lower().lstrip("+-") == "nan" else ""
        said = f"got {number!r}, wanted a number to compare with, as 0.9{hint}"
        raise _wrong(text, found.start("number"), said)
    return Requirement(text, glob, figure, sign, value)


def _words(left: str) -> tuple[str, str]:
    """Return the glob, in which blanks may be, and the last word."""
    *glob, figure = left.strip().rsplit(None, 1) or [""]
    return "".join(glob), figure


class Judgement:
    """Requirements, and what comes of them as one run after the other is looked at."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        self._requirements = requirements
        self._judged: list[RequirementReport] = []
        self._met: set[Requirement] = set()
        self._tags: dict[str, None] = {}
        self._runs = 0

    def look(self, run: str, tags: Mapping[str, Figures], damage: Collection[str] = ()) -> None:
        """Judge a run; where its event files are damaged nothing holds."""
        self._runs += 1
        self._tags.update(dict.fromkeys(tags))
        for one in self._requirements:
            if damage:
                self._met.add(one)
                problem = f"run {run!r} cannot be read back: {next(iter(damage))}"
                self._judged.append(_failed(one, run, problem))
                continue
            for tag, figures in tags.items():
                if one.is_of(tag):
                    self._met.add(one)
                    self._judged.append(_judged(one, run, tag, figures))

    def reports(self) -> tuple[RequirementReport, ...]:
        """Return what came of them all, of those that no tag is like at the end."""
        if not self._runs:
            return ()
        missed = (one for one in self._requirements if one not in self._met)
        return (*self._judged, *(_failed(one, None, self._unmet(one)) for one in missed))

    def _unmet(self, one: Requirement) -> str:
        where = "the run" if self._runs == 1 else f"{self._runs:,} runs"
        said = f"no scalar of {where} is called {one.glob!r}"
        if not self._tags:
            return f"{said}; there are none"
        tags = list(self._tags)
        if near := _nearest(one.glob, tags):
            return said + _did_you_mean([near])
        more = len(tags) - _NAMED
        some = ", ".join(map(repr, tags[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")
        return f"{said}; there is {some}"


def _judged(one: Requirement, run: str, tag: str, figures: Figures) -> RequirementReport:
    got = getattr(figures, one.figure)
    if one.holds(got):
        return RequirementReport(one.text, run, tag, _plain(got), True)
    said = f"{one.figure} of {tag!r} in run {run!r} is {_shown(got)}"
    if one.figure == "last":
        said += f", at step {figures.last_step}"
        said += "; nothing holds of nan" if math.isnan(got) else ""
    elif not figures.finite:
        said = (
            f"{one.figure} of {tag!r} in run {run!r}: none of {figures.points:,} points is finite"
        )
    elif figures.finite < figures.points:
        said += f", of the {figures.finite:,} points of {figures.points:,} that are finite"
    return RequirementReport(one.text, run, tag, _plain(got), False, said)


def _failed(one: Requirement, run: str | None, problem: str) -> RequirementReport:
    return RequirementReport(one.text, run, None, None, False, problem)


def _nearest(glob: str, tags: Sequence[str]) -> str | None:
    """Return the tag that a glob looks most like, also without case or what stands before "/"."""
    name = glob.replace("*", "").casefold()
    whole = {tag.casefold(): tag for tag in reversed(tags)}
    ends = {tag.rpartition("/")[2]: whole[tag] for tag in reversed(whole)}
    near = difflib.get_close_matches(name, whole, n=1)
    if near:
        return whole[near[0]]
    near = difflib.get_close_matches(name.rpartition("/")[2], ends, n=1)
    return ends[near[0]] if near else None


def _wrong(text: str, at: int, said: str, near: Sequence[str] = ()) -> UsageError:
    shown = re.sub(r"\s", " ", text)
    return UsageError(f"{said}{_did_you_mean(near)}\n  {shown}\n  {' ' * at}^", "require")


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _did_you_mean(near: Sequence[str]) -> str:
    return f"; did you mean {near[0]!r}?" if near else ""


def _single(number: float) -> float:
    """Return the float32 that is nearest to a number."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def shortest(number: float) -> float:
    """Return the number of fewest digits that is the same float32."""
    single = _single(number)
    digits = (float(f"{single:.{count}g}") for count in range(1, 10))
    return next((short for short in digits if _single(short) == single), number)


def _shown(number: float) -> str:
    return str(shortest(number)).removesuffix(".0")


def _plain(number: float) -> float | None:
    return shortest(number) if math.isfinite(number) else None
