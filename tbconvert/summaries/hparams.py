r"""What a training was started with → a row of the HParams dashboard.

A run says what it was started with, and what that makes of the table is left to TensorBoard:
its columns are the settings of all runs, and all their scalars (at their last step). A record
of the experiment, which would name the columns, is never written. It hides what it does not
name, the settings of a run that is converted next month too; of two that differ TensorBoard
takes any one.

Without that record TensorBoard derives the values to filter a column of texts by, and spells
them as JSON does: ``C:\x`` as ``C:\\x``, ``é`` as ``\u00e9``. All rows are shown until a
reader unticks one of those values; then also those go whose value is spelled otherwise. So
quotes, backslashes and control characters are written as what looks alike and is spelled as
it is; arrays, which are texts of JSON, would have been of that kind. Letters beyond ASCII
have no such double, and stay: to be read matters more than to be filtered by.

A session in the logdir itself (run ".") gets its row, but TensorBoard then looks for its
metrics in a run "./.", so that it has none; nothing but a name for the run helps that.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping

from google.protobuf.struct_pb2 import Value

from tbconvert.model import Point, Setting, Tag, TensorPoint
from tbconvert.proto.hparams_pb2 import (
    STATUS_SUCCESS,
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from tbconvert.summaries.text import spelled

MOST_SETTINGS = 10_000
"""More of one run are not written: the page asks for 1,000, those that differ first."""

_LONGEST = 200
"""Characters of a name or a text; what is longer is cut."""

_EXACT = 2**53
"""Up to here every whole number is a double, which is what numbers are there."""

_LOOK_ALIKE = str.maketrans({'"': "'", "\\": "/"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HALF = re.compile(r"[\ud800-\udfff]")


def hparams_points(
    settings: Mapping[str, Setting], wall_time: float, end_time: float | None = None
) -> tuple[list[Point], list[str]]:
    """Return what makes a run a row of the HParams dashboard, and remarks for its reader.

    ``wall_time`` is when the run began, ``end_time`` when it ended, where that is known. No
    settings make no points.
    """
    if not settings:
        return [], []
    start, remarks = start_point(settings, wall_time)
    return [start, end_point(wall_time, wall_time if end_time is None else end_time)], remarks


def start_point(settings: Mapping[str, Setting], wall_time: float) -> tuple[Point, list[str]]:
    """Return the record of what a run was started with, and remarks.

    TensorBoard reads the first one of a run only.
    """
    values: dict[str, Value] = {}
    cut, foreign = [], []
    for given, setting in settings.items():
        if len(values) == MOST_SETTINGS:
            break
        value, is_cut = _value(setting)
        name = _free(_cut(_plain(given) or "unnamed")[0], values)
        values[name] = value
        if is_cut:
            cut.append(name)
        if not value.string_value.isascii():
            foreign.append(name)
    content = HParamsPluginData(
        session_start_info=SessionStartInfo(hparams=values, start_time_secs=wall_time)
    )
    point = _point("session_start_info", wall_time, content)
    return point, list(_remarks(len(settings), cut, foreign))


def end_point(wall_time: float, end_time: float) -> Point:
    """Return the record that a run which began at ``wall_time`` came to its end."""
    info = SessionEndInfo(status=STATUS_SUCCESS, end_time_secs=end_time)
    return _point("session_end_info", wall_time, HParamsPluginData(session_end_info=info))


def _point(name: str, wall_time: float, content: HParamsPluginData) -> Point:
    # all is in the metadata; the tensor is one of nothing
    data = content.SerializeToString(deterministic=True)
    tag = Tag(f"_hparams_/{name}")
    return TensorPoint(tag, 0, wall_time, "hparams", strings=(), shape=(0,), content=data)


def _value(setting: Setting) -> tuple[Value, bool]:
    """Return what is written of a setting, and whether it is shortened."""
    match setting:
        case bool():
            return Value(bool_value=setting), False
        case int() if abs(setting) <= _EXACT:
            return Value(number_value=setting), False
        case float() if math.isfinite(setting):
            return Value(number_value=setting), False
        case int() | float():  # TensorBoard drops what is not finite from its rows
            text, is_cut = _cut(spelled(setting))
        case _:
            text, is_cut = _cut(_plain(setting).translate(_LOOK_ALIKE))
    return Value(string_value=text), is_cut


def _plain(text: str) -> str:
    return _HALF.sub("�", _CONTROL.sub(" ", text))


def _cut(text: str) -> tuple[str, bool]:
    """Return what is shown of a text, and whether that is less; of two that differ, two."""
    if len(text) <= _LONGEST:
        return text, False
    tail = f"... ({len(text):,} characters, {hashlib.sha256(text.encode()).hexdigest()[:8]})"
    return text[: _LONGEST - len(tail)] + tail, True


def _free(name: str, taken: Mapping[str, Value]) -> str:
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}.{number}"
    return free


def _remarks(count: int, cut: list[str], foreign: list[str]) -> Iterable[str]:
    if count > MOST_SETTINGS:
        yield f"{count:,} settings, of which HParams gets the first {MOST_SETTINGS:,}"
    if cut:
        yield f"{_named(cut)} longer than {_LONGEST} characters: cut in HParams"
    if foreign:
        it = "it" if len(foreign) == 1 else "them"
        yield f"{_named(foreign)} beyond ASCII: HParams shows {it}, but cannot filter by {it}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"setting {names[0]!r}{more}"
