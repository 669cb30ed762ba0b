"""Snapshots of arrays, converted and read back; for the tests of this folder."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle import Logdir, Series, ingest, read_back
from PIL import Image

TIME = 1_700_000_000
STEPS = (100, 200, 300)


def weights(step: int, shape: tuple[int, ...] = (64, 10)) -> NDArray[np.float32]:
    return np.random.default_rng(step).normal(0, 1 + step / 100, shape).astype(np.float32)


def snapshot(path: Path, **arrays: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    os.utime(path, (TIME, TIME))
    return path


def convert(*arguments: Any, logdir: Path, **how: Any) -> tuple[Logdir, dict[str, Any]]:
    report = ingest(*arguments, logdir=logdir, **how)
    return read_back(logdir), report


def messages(report: dict[str, Any]) -> list[str]:
    return [problem["problem"] for run in report["runs"] for problem in run["problems"]]


def pixels(series: Series, step: int) -> NDArray[np.uint8]:
    files = series.values[list(series.steps).index(step)]
    return np.asarray(Image.open(io.BytesIO(files[2])))


def by_tensorflow(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the pixels that TensorFlow's ImageSummary gives to finite floats."""
    low, high = image.min(), image.max()
    if low < 0:
        return (image * (np.float32(127) / max(-low, high)) + np.float32(128)).astype(np.uint8)
    return (image * (np.float32(255) / high)).astype(np.uint8)
