"""Waiting for something to come about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0


def wait_for(happened: Callable[[], Any], patience: float = PATIENCE, pause: float = 0.001) -> Any:
    """Return what a function returns as soon as that is something; it is asked again and again."""
    deadline = time.monotonic() + patience
    while not (found := happened()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(pause)
    return found
