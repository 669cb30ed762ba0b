"""Arrays of safetensors: what is in a file, and what is wrong with it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from members import contents, snapshot

from tbconvert.errors import SourceError


def safetensors(path: Path, header: dict[str, Any], data: bytes = b"") -> Path:
    """Write a file as the format's README describes it."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_safetensors(tmp_path: Path) -> None:
    weights, bias = np.arange(6, dtype="<f4").reshape(2, 3), np.array([1, 2], "<i8")
    path = safetensors(
        tmp_path / "model.safetensors",
        {
            "__metadata__": {"format": "pt"},
            "fc.bias": {"dtype": "I64", "shape": [2], "data_offsets": [24, 40]},
            "fc.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
            "half": {"dtype": "BF16", "shape": [1], "data_offsets": [40, 42]},
        },
        weights.tobytes() + bias.tobytes() + b"\x80\x3f",
    )

    found = contents(path)

    assert list(found) == ["fc.weight", "fc.bias", "half"]
    np.testing.assert_array_equal(found["fc.weight"], weights)
    np.testing.assert_array_equal(found["fc.bias"], bias)
    assert found["half"].dtype == np.dtype("V2")


def test_safetensors_are_what_their_own_package_writes(tmp_path: Path) -> None:
    numpy_of = pytest.importorskip("safetensors.numpy")
    given = {"a": np.random.default_rng(0).random((40, 30)), "b": np.arange(5, dtype=np.int16)}
    numpy_of.save_file(given, tmp_path / "m.safetensors")

    found = contents(tmp_path / "m.safetensors")

    assert found.keys() == given.keys()
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}, "got elements of type F8"),
        (
            {"dtype": "F32", "shape": [4], "data_offsets": [0, 8]},
            "claims 16 bytes of elements, got 8",
        ),
        ({"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}, "the file is cut off"),
        (
            {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]},
            "got a side of -2, wanted none below 0",
        ),
        ({"dtype": "F32", "shape": [1] * 70, "data_offsets": [0, 4]}, "got 70 sides, wanted at mo"),
        (
            {"dtype": "F32", "shape": [0, 2**62], "data_offsets": [0, 0]},
            "got sides for more elements than there can be",
        ),
        ({"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}, 'got the shape "x", wanted a li'),
        ({"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}, "sides that are no whole num"),
        ({"dtype": "U8", "shape": [1], "data_offsets": [-1, 0]}, "begins at byte -1"),
        ({"dtype": "U8", "shape": [1], "data_offsets": [0]}, "got the data_offsets [0], wanted wh"),
        ({"dtype": ["U8"], "shape": [1], "data_offsets": [0, 1]}, 'got elements of type ["U8"]'),
        ({"dtype": "U8"}, 'got the entry {"dtype": "U8"}, wanted an object of dtype, shape, data_'),
        (3, "got the entry 3, wanted an object"),
    ],
)
def test_safetensors_that_cannot_be_read_are_left_out(
    entry: Any, said: str, tmp_path: Path
) -> None:
    good = {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}
    path = safetensors(tmp_path / "m.safetensors", {"good": good, "bad": entry}, bytes(9))

    found = snapshot(path)

    assert [tensor.name for tensor in found.tensors] == ["good"]
    assert said in str(found.problems[0])


@pytest.mark.parametrize("header", [b"{", b'{"a": 1}', b'{"a": {}}', b"[1, 2]", b"{" * 5000])
def test_a_header_that_is_none(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)

    with pytest.raises(SourceError, match=r"not a (header of safetensors|training log)"):
        snapshot(path)
