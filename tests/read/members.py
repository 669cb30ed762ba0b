"""Files of arrays, read; for the tests of this folder."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import RawSnapshot, Run, Source
from tbconvert.options import Options
from tbconvert.read import open_source, read_source, sniff_source


def snapshot(path: Path, **options: Any) -> RawSnapshot:
    name, how = sniff_source(str(path), Options(**options))
    source = Source(str(path), Run("r"), name, "generic", how)
    with open_source(source) as stream:
        (found,) = read_source(source, stream)
    assert isinstance(found, RawSnapshot)
    return found


def contents(path: Path, **options: Any) -> dict[str, NDArray[Any]]:
    found = snapshot(path, **options)
    assert not found.problems
    return {tensor.name: tensor.load() for tensor in found.tensors}


def problems(path: Path, **options: Any) -> list[str]:
    return [str(problem) for problem in snapshot(path, **options).problems]


def member(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
