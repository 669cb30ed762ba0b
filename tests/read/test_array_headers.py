"""What stands before the elements of numpy's arrays, where it is odd or damaged."""

from __future__ import annotations

import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from members import contents, member, problems, snapshot
from numpy.lib import format as npy_format

from tbconvert.errors import SourceError


def headed(text: str, elements: bytes = b"", version: int = 1) -> bytes:
    """Return an array with a header of any text."""
    head = text.encode("utf-8" if version == 3 else "latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(head))
    return b"\x93NUMPY" + bytes([version, 0]) + length + head + elements


def of(descr: object = "<f4", shape: object = (4,), order: object = False) -> str:
    return repr({"descr": descr, "fortran_order": order, "shape": shape})


def archive(path: Path, method: int, **arrays: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in arrays.items():
            file.writestr(f"{name}.npy", data)
    return path


CUT = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,"
WANTED = ", wanted a dictionary of descr, fortran_order and shape"

DAMAGED = [
    (CUT, f'got the header "{CUT}"{WANTED}'),
    ("(" * 200, f"got the header '{'(' * 80}…'{WANTED}"),
    ("-" * 9000 + "1", f"got the header '{'-' * 80}…'{WANTED}"),
    ("{'descr': '<f4', 'fortran_order': '''False", WANTED),
    (of().replace("(4,)", "len('four')"), WANTED),
    ("[1, 2]", f"got the header '[1, 2]'{WANTED}"),
    ("{'descr': '<f4'}", WANTED),
    (of(order="no"), WANTED),
    (of(shape=[4]), WANTED),
    (of(shape=("x",)), "got sides that are no whole numbers"),
    (of(shape=(-2, -2)), "got a side of -2, wanted none below 0"),
    (of(shape=(1,) * 70), "got 70 sides, wanted at most"),
    # numpy 1 takes 32 sides, and refuses a field of more by itself
    (of([("a", "<f4", (1,) * 30)], (1,) * 40), " sides, wanted at most"),
    (of(shape=(0, 2**62)), "got sides for more elements than there can be"),
    (of().replace("4,", "0x" + "f" * 9000 + ","), "got sides for more elements than there can be"),
    (of("|S0"), "got 4 elements of no bytes, wanted some in each"),
    (of([]), "got 4 elements of no bytes, wanted some in each"),
    (of("<q9"), "in which descr is no dtype of numpy"),
    (of([("a", [("b", [3])])]), "in which descr is no dtype of numpy"),
    (of("(2,)f4,("), "in which descr is no dtype of numpy"),
    (of(("<f4", (2,)), (2,)), "wanted them in its shape"),
]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("text", "said"), DAMAGED)
def test_a_damaged_header_costs_its_array(
    text: str, said: str, method: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    archive(path, method, bad=headed(text, bytes(16)), good=member(np.ones(3)))

    (tensor,) = snapshot(path).tensors
    (problem,) = problems(path)

    assert tensor.load().tolist() == [1, 1, 1]
    assert problem.startswith(f"{path}#bad.npy: not an array of numpy: ")
    assert problem.endswith("; it was left out")
    assert said in problem
    assert problem == problems(path)[0]


@pytest.mark.parametrize(("text", "said"), DAMAGED)
def test_a_damaged_header_of_a_single_array(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(headed(text, bytes(16)))

    with pytest.raises(SourceError) as refused:
        snapshot(path)

    assert str(refused.value).startswith(f"{path}: not an array of numpy: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x93NUMPY\x01", "ends after 7 bytes, within its header"),
        (headed(of())[:40], "its header claims 55 bytes, got 30"),
        (headed(" " * 20_000), "its header claims 20000 bytes, wanted at most 16374"),
        (headed(of(), version=4), "numpy format 4.0, wanted 1.0, 2.0 or 3.0"),
        (headed(of()).replace(b"descr", b"\xff\xfe\xfd\xfc\xfb"), "got the header"),
        (headed(of(), version=3).replace(b"descr", b"\xff" * 5), "its header is no utf-8"),
    ],
)
def test_headers_that_cannot_be_read(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(data)

    with pytest.raises(SourceError) as refused:
        snapshot(path)

    assert said in str(refused.value)


def _python_2(tmp_path: Path) -> Path:
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 2L), }"
    return archive(tmp_path / "a.npz", 0, w=headed(text, np.arange(4, dtype="<f4").tobytes()))


def _python_2_with_fields(tmp_path: Path) -> Path:
    text = "{'descr': [('w', '<f4'), ('layer1L', '<f4', (1L,))], 'fortran_order': False, "
    text += "'shape': (2L,), }"
    return archive(tmp_path / "a.npz", 0, a=headed(text, np.arange(4, dtype="<f4").tobytes()))


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (_python_2, {"w": [[0, 1], [2, 3]]}),
        (_python_2_with_fields, {"a/w": [0, 2], "a/layer1L": [[1], [3]]}),
    ],
)
def test_headers_of_python_2_are_read_in_silence(
    make: Callable[[Path], Path], wanted: dict[str, object], tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = contents(make(tmp_path))

    assert {name: array.tolist() for name, array in found.items()} == wanted


@pytest.mark.filterwarnings("ignore:Stored array in format 3.0")
def test_names_that_are_not_latin_make_version_3(tmp_path: Path) -> None:
    given = np.array([(1, 0.5), (2, 0.25)], [("шаг", "<i4"), ("損失", "<f8")])
    np.save(tmp_path / "a.npy", given)
    assert (tmp_path / "a.npy").read_bytes()[6:8] == bytes([3, 0])

    found = contents(tmp_path / "a.npy")

    np.testing.assert_array_equal(found["a/шаг"], [1, 2])
    np.testing.assert_array_equal(found["a/損失"], [0.5, 0.25])


def test_version_2_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        npy_format.write_array(file, np.arange(3.0), version=(2, 0))

    np.testing.assert_array_equal(contents(tmp_path / "a.npy")["a"], np.arange(3.0))


def test_texts_of_what_is_no_character(tmp_path: Path) -> None:
    damaged = headed(of("<U1", (2,)), b"A\0\0\0\xff\xff\xff\xff")
    (tensor,) = snapshot(archive(tmp_path / "a.npz", 0, note=damaged)).tensors

    with pytest.raises(SourceError, match=r"#note\.npy: its bytes are damaged: U\+FFFFFFFF"):
        tensor.load()
