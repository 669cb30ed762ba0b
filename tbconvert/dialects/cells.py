"""Tables in which each row is a run: what its cells are as settings, and in time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from tbconvert.dialects.reshape import plain
from tbconvert.model import Setting


def plain_setting(cell: Any) -> Setting:
    """Return a cell as a setting: a number, a truth, or a text."""
    if isinstance(cell, str) and cell in ("True", "False"):
        return cell == "True"
    return cell if isinstance(cell, bool | int | float | str) else str(cell)


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
    return float(cell) if type(cell) in (int, float) else None
