"""Small files in the user's cache folder, of which each may be gone the next time."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "tbconvert")


_MOST_CACHED = 20


def read_cached(name: str) -> str:
    """Return the text of a file in the user's cache folder; "" if there is none."""
    with contextlib.suppress(OSError, RuntimeError, UnicodeDecodeError):
        return (_cache() / name).read_text(encoding="utf-8")
    return ""


def write_cached(name: str, text: str) -> None:
    """Put a file into the user's cache folder, if that can be; the oldest of many are removed."""
    with contextlib.suppress(OSError, RuntimeError):  # a user may have no home
        folder = _cache()
        folder.mkdir(parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(path, folder / name)  # noqa: PTH105
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        found = sorted(folder.iterdir(), key=lambda path: -path.stat().st_mtime)
        for old in found[_MOST_CACHED:]:
            old.unlink(missing_ok=True)
