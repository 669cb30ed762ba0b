"""Arrow, without the packages that it would bring along, in processes of our own."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


def cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return an array in another type, as ``pyarrow.compute.cast`` does.

    That module first makes a function of each of Arrow's three hundred, which takes longer than
    to convert ten small logs; what it calls in the end needs none of them.

    Raises
    ------
    ArrowInvalid
        Some cell is nothing of that type.
    """
    try:
        from pyarrow._compute import CastOptions, call_function
    except ImportError:  # nobody has promised that it is there
        from pyarrow.compute import CastOptions, call_function

    return call_function("cast", [array], CastOptions.safe(kind))


def own_process() -> None:
    """Keep a process of our own from what takes longer than to convert a small log.

    Where pandas is installed, Arrow imports it at its first conversion from or to Python. It
    looks once only, so it is let look in vain; afterwards it has no ``to_pandas``. And for
    every table that it parses it starts a thread that waits for an interrupt.

    What has been imported is not looked through for garbage, now or later: it stays, and in
    a copy of a process each page that is touched has to be copied.
    """
    pa.enable_signal_handlers(False)
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)
    gc.freeze()
    gc.enable()


class _NoPandas:
    """Finds no pandas; what is imported already, or is something else, stays as it is."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(f"{name} is not wanted", name=name)
        return None
