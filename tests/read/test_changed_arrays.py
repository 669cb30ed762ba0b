"""Files of arrays that are written to after their headers were read, and before their arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from members import snapshot
from test_safetensors import safetensors

from tbconvert.errors import SourceError
from tbconvert.storage import open_file

LARGE = np.random.default_rng(0).normal(size=(300, 1000))


def stored(folder: Path) -> Path:
    np.savez(folder / "a.npz", w=LARGE)
    return folder / "a.npz"


def packed(folder: Path) -> Path:
    np.savez_compressed(folder / "a.npz", w=LARGE)
    return folder / "a.npz"


def single(folder: Path) -> Path:
    np.save(folder / "a.npy", LARGE)
    return folder / "a.npy"


def tensors(folder: Path) -> Path:
    entry = {"dtype": "F64", "shape": [300, 1000], "data_offsets": [0, LARGE.nbytes]}
    return safetensors(folder / "a.safetensors", {"w": entry}, LARGE.tobytes())


MAKERS = pytest.mark.parametrize("make", [stored, packed, single, tensors])
CHANGED = r"changed while it was read; ingest again when it is written"


@MAKERS
def test_a_file_that_is_cut_short(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    (tensor,) = snapshot(path).tensors
    os.truncate(path, 5000)

    with pytest.raises(SourceError, match=CHANGED):
        tensor.load()


@MAKERS
def test_a_file_that_was_written_anew(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    (tensor,) = snapshot(path).tensors
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)
    os.utime(path, (1, 1))  # the clock of the file system may be coarse

    with pytest.raises(SourceError, match=CHANGED):
        tensor.load()


@MAKERS
def test_what_was_read_outlives_its_file(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    (tensor,) = snapshot(path).tensors

    array = tensor.load()
    os.truncate(path, 0)

    np.testing.assert_array_equal(array, LARGE)


def test_a_file_that_is_cut_short_while_it_is_open(tmp_path: Path) -> None:
    path = single(tmp_path)
    with open_file(str(path)) as file:
        os.truncate(path, 100_000)

        with pytest.raises(SourceError, match=CHANGED):
            file.read_into(128, memoryview(bytearray(LARGE.nbytes)))


def test_a_place_with_a_scheme_is_read_alike(tmp_path: Path) -> None:
    path = single(tmp_path)
    with open_file(path.as_uri()) as file:
        assert file.read_at(128, 8) == LARGE.tobytes()[:8]
        with pytest.raises(OSError, match="Invalid argument"):
            file.seek(-file.size - 1, os.SEEK_END)


def test_an_archive_at_a_place_with_a_scheme_is_too_short_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"PK\x03\x04" + bytes(10))

    with pytest.raises(SourceError, match="not a whole archive of arrays"):
        snapshot(path.as_uri())
