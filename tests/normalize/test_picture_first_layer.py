"""Which matrix of a run is its first layer: among other arrays, and in models without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tbconvert.model import RawTensor
from tbconvert.normalize.first_layer import FirstLayer

Array = tuple[str, tuple[int, ...]] | tuple[str, tuple[int, ...], str]


def tensor(name: str, shape: tuple[int, ...], dtype: str = "f4") -> RawTensor:
    def load() -> NDArray[Any]:
        raise AssertionError("is not to be loaded")

    return RawTensor(name, shape, np.dtype(dtype), load)


def found(*arrays: Array) -> list[str]:
    """Return the names of what is taken for the first layer, the same at a second look."""
    first_layer = FirstLayer()
    tensors = [tensor(*array) for array in arrays]
    looks = [[t.name for t in tensors if first_layer.way(t)] for _ in range(3)]
    assert looks[1] == looks[2]
    return looks[0]


@pytest.mark.parametrize(
    "before",
    [
        ("digit", (28, 28), "u1"),
        ("digit", (28, 28)),
        ("digits", (100, 784), "u1"),
        ("confusion", (10, 10), "i8"),
        ("confusion", (10, 10)),
        ("output", (1, 10)),
        ("b1", (1, 128)),
        ("embedding", (200, 2)),
        ("W2", (128, 10)),  # a layer that follows, and stands before
        ("filters", (32, 1, 3, 3)),
    ],
    ids=str,
)
def test_other_arrays_before_it(before: Array) -> None:
    assert found(before, ("W1", (784, 128)), ("W3", (784, 20))) == ["W1"]


def test_pytorch_with_the_last_layer_first() -> None:
    assert found(("2.weight", (10, 128)), ("0.weight", (128, 784))) == ["0.weight"]


@pytest.mark.parametrize(
    "arrays",
    [
        [("0/kernel", (13, 64)), ("1/kernel", (64, 64)), ("2/kernel", (64, 1))],
        [("0.weight", (64, 13)), ("2.weight", (64, 64)), ("4.weight", (2, 64))],
        [("W1", (13, 100)), ("W2", (100, 100)), ("W3", (100, 10))],
        [("lstm/kernel", (10, 256)), ("lstm/recurrent_kernel", (64, 256))],
        [("weight_ih_l0", (256, 10)), ("weight_hh_l0", (256, 64))],
        [  # BERT
            ("word_embeddings.weight", (30522, 768)), ("query.weight", (768, 768)),
            ("intermediate.dense.weight", (3072, 768)), ("output.dense.weight", (768, 3072)),
        ],
    ],
    ids=["keras", "pytorch", "numpy", "lstm", "pytorch-lstm", "bert"],
)  # fmt: skip
def test_models_that_see_no_pixels(arrays: list[Array]) -> None:
    assert found(*arrays) == []


def test_a_layer_that_follows_one_with_a_rule_is_not_the_first() -> None:
    first_layer = FirstLayer()

    first_layer.pass_by(tensor("W1", (400, 64)))

    assert first_layer.way(tensor("W2", (64, 10))) is None
