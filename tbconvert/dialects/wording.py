"""What the text of a setting says, as Python writes it: a number, a truth, or itself."""

from __future__ import annotations

import re

from tbconvert.model import Setting

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|nan", re.ASCII | re.IGNORECASE)


def setting_of(text: str) -> Setting | None:
    """Return what a text says; None if that is nothing."""
    if text in ("", "None"):
        return None
    if text in ("True", "False"):
        return text == "True"
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
