"""The names of event files, and the order that they are read in."""

from __future__ import annotations

import re

MARK = "tfevents"
"""What makes a file an event file to all readers, wherever it stands in its name."""

SKIPPED_BY_PYTHON = ".profile-empty"
"""The end of the names of event files that the Python reader passes over."""

_NUMBER = re.compile(r"(\d+)")


def by_number(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts names by the numbers in them: 9 before 10."""
    parts = _NUMBER.split(name)
    return [(int(part), "") if i % 2 else (-1, part) for i, part in enumerate(parts)]


def is_misplaced(before: str, after: str) -> bool:
    """Tell whether one name, which stands first in plain order, is meant to be the later one."""
    return by_number(before) > by_number(after)
