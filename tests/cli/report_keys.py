"""The keys of the JSON report; for the tests of this folder."""

from __future__ import annotations

from typing import Any

KIND = {"tags": int, "points": int}
CHOSEN = {"column": (str, type(None)), "how": str}
SOURCE = {"uri": str, "format": str, "dialect": str, "rows": int} | {
    "step": CHOSEN,
    "wall_time": CHOSEN,
}
PROBLEM = {"uri": str, "row": (int, type(None)), "column": (str, type(None))} | {
    "problem": str,
    "hint": str,
}
RUN = {
    "run": str,
    "status": str,
    "event_file": (str, type(None)),
    "bytes": int,
    "sources": [SOURCE],
    "scalars": KIND,
    "histograms": KIND,
    "images": KIND,
    "texts": KIND,
    "graph": bool,
    "hparams": int,
    "missing": int,
    "rejected": int,
    "superseded": int,
    "non_finite": int,
    "problems": [PROBLEM],
}
REQUIREMENT = {
    "require": str,
    "run": (str, type(None)),
    "tag": (str, type(None)),
    "got": (float, type(None)),
    "ok": bool,
    "problem": str,
}
REPORT = {
    "tbconvert": str,
    "logdir": str,
    "exit_status": int,
    "dry_run": bool,
    "shard": str,
    "runs": [RUN],
    "skipped": [{"uri": str, "reason": str}],
    "gone": [{"uri": str, "reason": str}],
    "requirements": [REQUIREMENT],
    "failed_on": [str],
    "totals": {
        "runs": int,
        "written": int,
        "unchanged": int,
        "empty": int,
        "failed": int,
        "points": int,
        "rejected": int,
        "seconds": float,
    },
}
"""The promise to whoever parses it: exactly these keys, of these types."""


def check(got: Any, wanted: Any, where: str = "report") -> None:
    """Fail unless the shape of some JSON is the one wanted."""
    if isinstance(wanted, dict):
        assert list(got) == list(wanted), where
        for key, inner in wanted.items():
            check(got[key], inner, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(got, list), where
        for place, entry in enumerate(got):
            check(entry, wanted[0], f"{where}[{place}]")
    else:
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        assert type(got) in kinds, f"{where}: {got!r}"
