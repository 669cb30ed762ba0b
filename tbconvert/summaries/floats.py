"""Any array of numbers as floats: the whole, or piece by piece without a copy of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 1 << 17
"""Elements: as float64 they fit into a second-level cache."""


def as_floats(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as float32 where that holds all there can be of their dtype, else as float64.

    An array of these types is returned as it is. Two bytes without a meaning ("V2") are
    bfloat16, the upper half of a float32; of complex numbers the magnitude is returned.

    Raises
    ------
    TypeError
        The array is not of numbers.
    """
    _check(array.dtype)
    if array.dtype.kind == "V":
        return (array.view("<u2").astype(np.uint32) << np.uint32(16)).view(np.float32)
    with np.errstate(over="ignore"):
        if array.dtype.kind == "c":
            array = np.abs(array)
        is_narrow = np.can_cast(array.dtype, np.float32)
        return array.astype(np.float32 if is_narrow else np.float64, copy=False)


def pieces(array: NDArray[Any], start: int, stop: int) -> Iterator[NDArray[Any]]:
    """Yield numbers of an array as floats, (n,) with n ≤ ``PIECE``, from a start up to a stop.

    That they are in the order of memory. A piece may be overwritten when the next one is
    asked for. Raises as ``as_floats`` does.
    """
    _check(array.dtype)
    if not array.size:
        return
    parts: Any = np.nditer(  # Any: of one array it yields arrays, and not tuples as typed
        array,
        flags=["external_loop", "buffered", "ranged"],
        op_flags=["readonly"],
        order="K",
        buffersize=PIECE,
    )
    with parts:
        parts.iterrange = start, min(stop, array.size)
        for part in parts:
            yield as_floats(part)


def _check(dtype: np.dtype[Any]) -> None:
    is_bfloat16 = dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None
    if not is_bfloat16 and dtype.kind not in "biufc":
        raise TypeError(f"an array of {dtype}, wanted numbers")
