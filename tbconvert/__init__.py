"""tbconvert turns the training logs people already have into TensorBoard runs.

The public names are loaded when they are first used: ``tbconvert --help`` must not wait
for Arrow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tbconvert.version import __version__

if TYPE_CHECKING:
    from tbconvert.api import ingest
    from tbconvert.dispatch import convert
    from tbconvert.errors import SourceError, TargetError, TbconvertError, UsageError
    from tbconvert.options import Options
    from tbconvert.plan import RunJob, plan_runs
    from tbconvert.report import Report, RunReport
    from tbconvert.writer import RunWriter

_HOMES = {
    "Options": "tbconvert.options",
    "Report": "tbconvert.report",
    "RunJob": "tbconvert.plan",
    "RunReport": "tbconvert.report",
    "RunWriter": "tbconvert.writer",
    "SourceError": "tbconvert.errors",
    "TargetError": "tbconvert.errors",
    "TbconvertError": "tbconvert.errors",
    "UsageError": "tbconvert.errors",
    "convert": "tbconvert.dispatch",
    "ingest": "tbconvert.api",
    "plan_runs": "tbconvert.plan",
}

__all__ = [
    "Options",
    "Report",
    "RunJob",
    "RunReport",
    "RunWriter",
    "SourceError",
    "TargetError",
    "TbconvertError",
    "UsageError",
    "__version__",
    "convert",
    "ingest",
    "plan_runs",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
