"""How far weights move from one snapshot to the next, whatever form they are saved in."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import read_back
from snapshots import snapshot

from tbconvert import ingest

SHAPE = (530, 511)
"""More than is read at once of any dtype, and no whole number of that."""


def weights(step: int, dtype: str = "<f8") -> NDArray[Any]:
    return np.random.default_rng(step).normal(size=SHAPE).astype(dtype)


def stored(folder: Path, step: int, array: NDArray[Any]) -> None:
    snapshot(folder / f"step_{step}.npz", before=np.ones(3), w=array)


def packed(folder: Path, step: int, array: NDArray[Any]) -> None:
    folder.mkdir(exist_ok=True)
    np.savez_compressed(folder / f"step_{step}.npz", before=np.ones(3), w=array)


def single(folder: Path, step: int, array: NDArray[Any]) -> None:
    folder.mkdir(exist_ok=True)
    np.save(folder / f"w_{step}.npy", array)


def safetensors(folder: Path, step: int, array: NDArray[Any]) -> None:
    name = {"f8": "F64", "f4": "F32", "f2": "F16", "u2": "BF16"}[array.dtype.str[1:]]
    entry = {"dtype": name, "shape": array.shape, "data_offsets": [0, array.nbytes]}
    header = json.dumps({"w": entry}).encode()
    folder.mkdir(exist_ok=True)
    path = folder / f"step_{step}.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + array.tobytes())


def updates(tmp_path: Path) -> tuple[list[int], list[float]]:
    """Convert the run; return the steps of its update, and how far the weight has moved."""
    ingest(tmp_path / "run", logdir=tmp_path / "runs", image=["*=off"])
    (run,) = read_back(tmp_path / "runs").values()
    return run["w/update"].steps.tolist(), run["w/update"].values.tolist()


def moved(before: NDArray[Any], after: NDArray[Any]) -> float:
    before = before.astype(np.float64)
    return float(np.linalg.norm(after.astype(np.float64) - before) / np.linalg.norm(before))


@pytest.mark.parametrize(
    ("save", "dtype"),
    [
        *((stored, dtype) for dtype in ("<f8", "<f4", "<f2", ">f8", ">f4", ">f2")),
        *((packed, dtype) for dtype in ("<f4", ">f8")),
        *((single, dtype) for dtype in ("<f8", ">f4")),
        *((safetensors, dtype) for dtype in ("<f8", "<f2")),
    ],
)
def test_an_update_is_numpys(save: Callable[..., None], dtype: str, tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save(tmp_path / "run", step, weights(step, dtype))

    steps, found = updates(tmp_path)

    wanted = [moved(weights(step, dtype), weights(step + 1, dtype)) for step in (1, 2)]
    assert steps == [2, 3]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_an_update_of_bfloat16(tmp_path: Path) -> None:
    halves = {s: (weights(s, "<f4").view("<u4") >> 16).astype("<u2") for s in (1, 2)}
    for step, half in halves.items():
        safetensors(tmp_path / "run", step, half)

    _, found = updates(tmp_path)

    one, two = ((half.astype("<u4") << 16).view("<f4") for half in halves.values())
    np.testing.assert_allclose(found, [moved(one, two)], rtol=1e-6)


@pytest.mark.parametrize("orders", ["FF", "FC", "CF"])
@pytest.mark.parametrize("save", [stored, packed])
def test_an_update_of_arrays_by_columns(
    save: Callable[..., None], orders: str, tmp_path: Path
) -> None:
    for step, order in enumerate(orders):
        save(tmp_path / "run", step, weights(step).copy(order=order))

    _, found = updates(tmp_path)

    wanted = moved(weights(0), weights(1))
    np.testing.assert_allclose(found, [wanted], rtol=1e-6)


@pytest.mark.parametrize(
    ("save", "dtype", "order"),
    [(stored, ">f8", "C"), (stored, "<f8", "F"), (packed, "<f8", "C"), (single, ">f8", "F")],
)
def test_two_arrays_are_never_in_memory_at_once(
    save: Callable[..., None], dtype: str, order: str, tmp_path: Path
) -> None:
    for step in (1, 2):
        array = np.full((3000, 2000), step, dtype, order=order)
        save(tmp_path / "run", step, array)
    ingest(tmp_path / "run", logdir=tmp_path / "warm", dry_run=True)

    tracemalloc.start()
    ingest(tmp_path / "run", logdir=tmp_path / "runs")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < array.nbytes + (16 << 20)
