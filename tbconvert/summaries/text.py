"""A string → what the Text dashboard draws: Markdown, which TensorBoard's server renders."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tbconvert.model import Setting, Tag, TensorPoint

SETTINGS_TAG = Tag("hparams")
"""Under which tag the settings of a run stand among its texts."""

LONGEST = 64 << 10
"""Characters of a text; a server that renders more of them keeps its reader waiting."""

MOST_ROWS = 2_000
"""Settings in a table, which take a server a second; ten thousand would take it ten."""

_MOST_CELLS = 56 << 10
_LONGEST_CELL = 8 << 10
_LONGEST_NAME = 512
"""Characters of a table; of a value, and of a name, before the marks in it are spelled out.

A table is no longer than a text may be, and one row always fits.
"""

_DATA_URI = re.compile(
    r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,\s\"'<>()]*)*;base64,"
    r"(?=[\w+/=%-]{32})(?:[\w+/=-]+|%[0-9A-Fa-f]{2}|\\n)+",
    re.ASCII,
)
_UNBROKEN = re.compile(r"[\w+/=-]{1000,}", re.ASCII)
_SHOWN_OF_UNBROKEN = 60
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f�]+")


def text_point(tag: Tag, step: int, wall_time: float, text: str) -> TensorPoint:
    """Return a text at one step: a tensor of one string and no dimension.

    The dashboard draws such a string as Markdown; a tensor of one dimension it would draw
    as a table (TensorBoard's text plugin). What it could not is what ``shown_text`` returns.
    """
    shown, _ = shown_text(text)
    return TensorPoint(tag, step, wall_time, "text", (shown.encode("utf-8", "replace"),))


def shown_text(text: str, longest: int = LONGEST) -> tuple[str, str]:
    """Return a text as it can be shown, and what was done to it; "" where it is as it was.

    What stands for something else (data of a picture, a long text without a blank) gives way
    to what it is, and what is too long is cut; both can be seen.
    """
    remarks = []
    shown = text
    if "data:" in shown:
        shown, count = _DATA_URI.subn(_described_uri, shown)
        if count:
            remarks.append("data of a URI was left out")
    if not shown.isprintable() and _is_binary(shown):
        return f"binary data, {len(text):,} characters", "binary data was left out"
    if len(shown) >= 1000:
        shown, count = _UNBROKEN.subn(_described_unbroken, shown)
        if count:
            remarks.append("a long text without a blank was cut")
    if len(shown) > longest:
        tail = "\n\n… {:,} more characters were left out"
        kept = longest - len(tail) - 10
        remarks.append(f"{len(shown) - kept:,} of {len(shown):,} characters were left out")
        shown = shown[:kept] + tail.format(len(shown) - kept)
    return shown, "; ".join(remarks)


def _described_uri(found: re.Match[str]) -> str:
    return f"{found['type'] or 'text/plain'} data URI, {len(found[0]):,} characters"


def _described_unbroken(found: re.Match[str]) -> str:
    return f"{found[0][:_SHOWN_OF_UNBROKEN]}… {len(found[0]):,} characters without a blank"


def _is_binary(text: str) -> bool:
    # line ends are none of these, nor are tabs and what colours a terminal
    return sum(map(len, _CONTROLS.findall(text))) > 4 + len(text) // 20


# ---------------------------------------------------------------------------- settings

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# What Markdown or HTML would take for its own; "_" within a word it leaves alone.
_MARK = re.compile(r"[&<>\\`*|\[]|(?<![^\W_])_|_(?![^\W_])")


def settings_text(settings: Mapping[str, Setting]) -> str:
    """Return the settings of a run as a table in Markdown, in their order.

    Whatever a name or a value has in it is drawn as it is. A table that a server would take
    too long to render is cut, and says so.
    """
    lines = ["| setting | value |", "| --- | --- |"]
    size = 0
    for name, value in settings.items():
        line = f"| {_cell(name, _LONGEST_NAME)} | {_cell(value, _LONGEST_CELL)} |"
        size += len(line)
        if len(lines) - 2 == MOST_ROWS or size > _MOST_CELLS:
            lines += ["", f"… {len(settings) - len(lines) + 2:,} more settings were left out"]
            break
        lines.append(line)
    return "\n".join(lines)


def _cell(value: Setting, longest: int) -> str:
    if not isinstance(value, str):
        return spelled(value)
    shown, _ = shown_text(value, longest)
    shown = _UNSEEN.sub("�", _MARK.sub(_entity, _LINE_END.sub("\n", shown).strip()))
    return shown.replace("\n", "<br>")


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def spelled(number: float) -> str:
    """Return a number as a text, however large it is."""
    try:
        return str(number)
    except ValueError:  # Python spells no more than 4,300 digits
        return hex(int(number))
