"""JSON with anything in the place of anything in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def harmed(sound: Any, harm: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield a document with harm in the place of each thing in it, and the path to that."""
    for path in list(_paths_into(sound)):
        data = json.loads(json.dumps(sound))
        inner = data
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = harm
        yield json.dumps(data), path


def _paths_into(data: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _paths_into(value, *above, key)
