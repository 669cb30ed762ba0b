"""``tbconvert inspect`` of a log that has a histogram in each row."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("folder")


def test_histograms_are_counted_and_their_range_is_said(tbconvert: Command) -> None:
    rows = [(2, [-0.25, 1.0, 4.5]), (5, [-1.5, 0.0, 2.0]), (9, [3.0, 4.0])]
    path = Path("wandb/run-20260101_000000-abcdefgh/files/wandb-history.jsonl")
    path.parent.mkdir(parents=True)
    path.write_text(
        "".join(
            json.dumps({
                "_step": step, "_timestamp": 1.75e9 + step, "loss": 1 / step,
                "w": {"_type": "histogram", "values": [1] * (len(edges) - 1), "bins": edges},
            }) + "\n"
            for step, edges in rows
        )
    )  # fmt: skip

    (run,) = tbconvert("inspect", str(path), "--json").answer["runs"]

    (found,) = run["histograms"]
    wanted = {"points": 3, "first_step": 2, "last_step": 9, "min": -1.5, "max": 4.5}
    assert found == {"tag": "w", **wanted}
    assert run["points"] == 6
