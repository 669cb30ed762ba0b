"""Arrow, without the packages that it would bring along."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


def spare_pandas() -> None:
    """Keep Arrow from importing pandas in this process.

    Where pandas is installed, Arrow imports it at its first conversion from or to Python,
    which takes longer than to convert a log. It looks once only, so it is let look in vain;
    afterwards it has no ``to_pandas``, which is why this is for processes of our own.
    """
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """Finds no pandas; what is imported already, or is something else, stays as it is."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is not wanted", name=name)
        return None
