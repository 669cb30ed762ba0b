"""What a training was started with, put together from all that says something of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath

from tbconvert.model import Origin, Point, Problem, Setting
from tbconvert.options import Options
from tbconvert.settings import is_same, read_setting

_SHOWN = 5


class Settings:
    """The settings of a run: each name has one value, and says where it came from."""

    def __init__(self, given: Mapping[str, Setting] | None = None) -> None:
        self._given = dict(given or {})
        self._found: dict[str, Setting] = {}
        self._from: dict[str, str] = {}

    def add(self, values: Mapping[str, Setting], origin: Origin) -> list[Problem]:
        """Take settings in; return what is to be said where two sources differ.

        The second of two that differ gets its file's name in front.
        """
        said: list[Problem] = []
        for name, value in values.items():
            if name in self._given:
                continue
            former = self._found.setdefault(name, value)
            source = self._from.setdefault(name, origin.uri)
            if _is_same(former, value):
                continue
            other = f"{PurePath(origin.uri).stem}/{name}"
            self._found[other] = value
            where = Origin(origin.uri, column=name)
            what = f"got {value!r}, and {former!r} in {source}: here it is {other!r}"
            said.append(Problem(where, what, "--hparam says which it is"))
        return said

    def all(self) -> dict[str, Setting]:
        """Return all settings; what the user gave stands first."""
        return {**self._given, **self._found}


def _is_same(one: Setting, other: Setting) -> bool:
    """Tell whether two values say the same; arrays are texts here, and 1.0 is 1."""
    if is_same(one, other):
        return True
    texts = [value for value in (one, other) if isinstance(value, str) and value[:1] == "["]
    try:
        return len(texts) == 2 and bool(json.loads(texts[0]) == json.loads(texts[1]))
    except (ValueError, RecursionError):
        return False


def constants_remark(settings: Mapping[str, Setting], where: Origin, options: Options) -> Problem:
    """Say which columns never changed, and what they became."""
    names = list(settings)
    shown = ", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")
    has = "has" if len(names) == 1 else "have"
    said = f"{_columns(len(names))} {shown} {has} one value in all rows"
    if options.constants == "drop":
        return Problem(where, f"{said}: left out, as --constants drop asks")
    return Problem(where, f"{said}: taken for settings", "--constants scalars overrules")


def _columns(count: int) -> str:
    return "column" if count == 1 else f"{count} columns"


def parse_settings(pairs: tuple[tuple[str, str], ...]) -> dict[str, Setting]:
    """Return what ``--hparam`` gives: numbers, truths and texts by name."""
    return {name: read_setting(text) for name, text in pairs}


def settings_points(
    settings: Mapping[str, Setting],
    wall_time: float,
    end_time: float | None = None,
    *,
    as_text: bool,
) -> tuple[list[Point], list[str]]:
    """Return the summaries that show settings, and what is to be said of them.

    ``wall_time`` is when the run began, ``end_time`` when it ended, where that is known.
    ``as_text`` has them in the Text dashboard too, whole and as a table.
    """
    from tbconvert.summaries.hparams import hparams_points  # few logs need it
    from tbconvert.summaries.text import SETTINGS_TAG, settings_text, text_point

    points, remarks = hparams_points(settings, wall_time, end_time)
    if as_text:
        points.append(text_point(SETTINGS_TAG, 0, wall_time, settings_text(settings)))
    return points, remarks
