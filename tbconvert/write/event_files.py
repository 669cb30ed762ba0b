"""What event files are called."""

from __future__ import annotations

import math
import re


def event_file_name(wall_time: float, identifier: str, taken: tuple[str, ...] = ()) -> str:
    """Return the name of an event file whose first point has this time.

    Readers take the files of a run in string order, so the seconds are padded to the ten
    digits that TensorFlow's ``EventsWriter`` gives them; what ten digits cannot say is
    clamped. A number is added while the name is one of ``taken``.
    """
    seconds = min(max(math.floor(wall_time), 0), 9_999_999_999)
    name = f"events.out.tfevents.{seconds:010d}.{identifier}"
    number = 0
    while name in taken:
        number += 1
        name = f"events.out.tfevents.{seconds:010d}.{identifier}.{number}"
    return name


def event_file_pattern(identifier: str) -> str:
    """Return what matches the names that event files with an identifier have."""
    return rf"events\.out\.tfevents\.\d{{10}}\.{re.escape(identifier)}(\.\d+)?"
