"""Names that came out of data, as the names of runs: below the logdir, and on every system."""

from __future__ import annotations

import hashlib
import re

from tbconvert.model import Run

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\ud800-\udfff]')
_END = re.compile(r"[\s.]+\Z")
_LONGEST_PART = 200
"""Bytes; file systems take 255, and an event file's folder may get a suffix."""


def safe_run(name: str) -> Run:
    """Return the run of a name that came out of data: below the logdir, and on every system.

    No part is "..", a drive, a name that Windows reserves, or too long, and none has
    ``tfevents`` in it: TensorBoard's Python reader takes such a folder for a file.
    """
    parts = (_safe_part(part) for part in name.replace("\\", "/").split("/"))
    return Run("/".join(part for part in parts if part) or "run")


def _safe_part(part: str) -> str:
    part = _END.sub("", _UNSAFE.sub("_", part.strip())).replace("tfevents", "tf_events")
    if _RESERVED.fullmatch(part):
        part += "_"
    if len(part.encode()) > _LONGEST_PART:
        tail = hashlib.sha256(part.encode()).hexdigest()[:8]
        part = part.encode()[: _LONGEST_PART - 9].decode(errors="ignore") + "-" + tail
    return "" if not part.strip(".") else part
