"""Tables in which each row is a run: what its cells are as settings, and in time."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tbconvert.dialects.reshape import plain
from tbconvert.model import Setting

_TRUTHS = ("True", "False", "true", "false")


def from_json(text: str) -> Any:
    """Return what a text in JSON says.

    Raises
    ------
    ValueError
        It is none, or is nested deeper than anybody meant it to be.
    """
    try:
        return json.loads(text)
    except RecursionError as err:
        raise ValueError("nested too deep") from err


def double(number: float) -> float:
    """Return a number as a double; a whole one that none holds is infinite, as 1e400 is."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def is_step(number: float) -> bool:
    """Return whether a number can be a step: it is whole, and one of 64 bits holds it."""
    return abs(number) < 2.0**63 and number == int(number)


def plain_setting(cell: Any) -> Setting:
    """Return a cell as a setting: a number, a truth, or a text; of what has parts its JSON.

    Beside texts in its column, a truth is the text that Python or JSON has of it.
    """
    if isinstance(cell, str):
        return cell.casefold() == "true" if cell in _TRUTHS else cell
    if isinstance(cell, bool | int | float):
        return cell
    is_of_parts = isinstance(cell, list | dict)
    return json.dumps(cell, ensure_ascii=False, default=str) if is_of_parts else str(cell)


def epoch_seconds(cells: pa.Array) -> list[float | None]:
    """Return times in seconds since the epoch; None where there is none, or something else."""
    return [_seconds(cell) for cell in plain(cells)]


def _seconds(cell: Any) -> float | None:
    if isinstance(cell, str):
        try:
            cell = datetime.fromisoformat(cell.strip().replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(cell, datetime):
        zoned = cell if cell.tzinfo else cell.replace(tzinfo=UTC)
        return zoned.timestamp()
    return double(cell) if type(cell) in (int, float) else None
