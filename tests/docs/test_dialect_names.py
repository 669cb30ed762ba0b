"""Each name on the page of dialects says one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tbconvert.dialects import DIALECTS

PAGE = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text("utf-8")
ROWS = {found[1]: found[0] for found in re.finditer(r"(?m)^\| \*\*(.+?)\*\*<br>.*$", PAGE)}


@pytest.mark.parametrize("name", [one.name for one in DIALECTS if one.name != "generic"])
def test_a_column_is_a_time_or_a_clock(name: str) -> None:
    times = re.split(r"(?<!\\)\|", ROWS[name])[4]

    names = re.findall(r"`(.+?)`", times)
    assert len(names) == len({*names})


def test_the_time_of_flair_is_a_clock() -> None:
    assert "| clock `timestamp` |" in ROWS["flair"]


def test_what_a_console_log_has_is_said_without_its_line_ends() -> None:
    assert "console logs with 's/100 batches'" in ROWS["deepmd"]
    assert "\\n'" not in PAGE
