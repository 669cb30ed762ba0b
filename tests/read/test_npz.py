"""Arrays of numpy: what is in a file, and what is wrong with it."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from members import contents, member, problems, snapshot
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.options import Options
from tbconvert.read import sniff_source

ANY_ARRAY = arrays.arrays(
    st.one_of(
        arrays.boolean_dtypes(),
        arrays.integer_dtypes(endianness="?"),
        arrays.unsigned_integer_dtypes(endianness="?"),
        arrays.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
        arrays.complex_number_dtypes(endianness="?", sizes=(64, 128)),
        arrays.unicode_string_dtypes(max_len=5),
        arrays.byte_string_dtypes(max_len=5),
    ),
    arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)


@given(
    given=st.dictionaries(st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True), ANY_ARRAY),
    is_packed=st.booleans(),
    is_fortran=st.booleans(),
)
def test_arrays_are_what_numpy_loads(
    given: dict[str, NDArray[Any]],
    is_packed: bool,
    is_fortran: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    if is_fortran:
        given = {name: np.asfortranarray(array) for name, array in given.items()}
    (np.savez_compressed if is_packed else np.savez)(path, **given)

    found = contents(path)

    with np.load(path) as loaded:
        assert list(found) == loaded.files
        for name in loaded.files:
            wanted = loaded[name]
            assert found[name].dtype == wanted.dtype
            assert found[name].shape == wanted.shape
            np.testing.assert_array_equal(found[name], wanted)


@pytest.mark.parametrize("is_packed", [False, True])
def test_large_arrays_in_pieces(is_packed: bool, tmp_path: Path) -> None:
    given = np.random.default_rng(0).normal(size=(700, 1001)).astype(np.float32)
    path = tmp_path / "a.npz"
    (np.savez_compressed if is_packed else np.savez)(path, first=given, second=-given)

    found = contents(path)

    np.testing.assert_array_equal(found["first"], given)
    np.testing.assert_array_equal(found["second"], -given)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_array_is_never_written_to(save: Any, tmp_path: Path) -> None:
    save(tmp_path / "a.npz", w=np.zeros((1000, 1000)))

    array = contents(tmp_path / "a.npz")["w"]

    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_a_single_array_is_named_after_its_file(tmp_path: Path) -> None:
    np.save(tmp_path / "loss.npy", np.arange(5.0))

    found = contents(tmp_path / "loss.npy")

    assert list(found) == ["loss"]
    np.testing.assert_array_equal(found["loss"], np.arange(5.0))


def test_fields_of_structures_are_arrays(tmp_path: Path) -> None:
    given = np.array([(1, 0.5), (2, 0.25)], [("step", "<i4"), ("loss", ">f8")])
    np.savez(tmp_path / "a.npz", log=given)

    found = contents(tmp_path / "a.npz")

    np.testing.assert_array_equal(found["log/step"], [1, 2])
    np.testing.assert_array_equal(found["log/loss"], [0.5, 0.25])


def test_archives_of_more_than_four_gigabytes_have_longer_numbers(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        with archive.open("w.npy", "w", force_zip64=True) as file:
            file.write(member(np.arange(6.0)))
        archive.writestr("b.npy", member(np.ones(3)))

    found = contents(tmp_path / "a.npz")

    np.testing.assert_array_equal(found["w"], np.arange(6.0))
    np.testing.assert_array_equal(found["b"], np.ones(3))


def test_objects_are_refused_and_their_siblings_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, good=np.ones(3), bad=np.array([{"a": 1}], object))

    assert [tensor.name for tensor in snapshot(path).tensors] == ["good"]
    (problem,) = problems(path)
    assert problem == (
        f"{path}#bad.npy: an array of Python objects: to read it could run code; it was left out; "
        "save it as an array of numbers"
    )
    assert [problem.cells for problem in snapshot(path).problems] == [1]


def test_a_single_array_of_objects_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([None, {}], object))

    with pytest.raises(SourceError, match="to read it could run code"):
        snapshot(tmp_path / "a.npy")


@pytest.mark.parametrize("kept", [100, 3000, b"PK\x01\x02", b"PK\x05\x06", -40, -1])
def test_an_archive_that_is_cut_off(kept: int | bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, w=np.arange(1000.0), b=np.ones(3))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(kept) if isinstance(kept, bytes) else kept])

    with pytest.raises(SourceError, match=r"not a whole archive of arrays.*still being written"):
        snapshot(path)


def test_a_single_array_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(SourceError, match="cut off: wanted 8000 bytes of elements, got 7992"):
        snapshot(path)


@pytest.mark.parametrize("is_packed", [False, True])
def test_bytes_that_have_changed_are_told_by_their_checksum(
    is_packed: bool, tmp_path: Path
) -> None:
    path = tmp_path / "a.npz"
    (np.savez_compressed if is_packed else np.savez)(path, w=np.random.default_rng(0).random(900))
    damaged = bytearray(path.read_bytes())
    damaged[4000] ^= 0x55
    path.write_bytes(damaged)

    (tensor,) = snapshot(path).tensors

    with pytest.raises(SourceError, match=r"a\.npz#w\.npy: its bytes are damaged"):
        tensor.load()


def bomb(path: Path, size: int) -> None:
    """Write an archive that claims, truly, to be so many bytes of zeros."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("zeros.npy", "w", force_zip64=True) as file,
    ):
        file.write(_npy_header(size))
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))


def _npy_header(size: int) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "|u1", "fortran_order": False, "shape": (size,)}
    )
    return buffer.getvalue()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb(tmp_path / "a.npz", 1 << 30)
    size = (tmp_path / "a.npz").stat().st_size
    assert size < 2 << 20

    (problem,) = problems(tmp_path / "a.npz")

    assert "to 1073741824; it was left out; --max-unpacked 1024 lets it" in problem
    assert not problems(tmp_path / "a.npz", max_unpacked=1024)


def test_a_header_that_claims_more_than_there_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", _npy_header(1 << 40) + bytes(100))

    (problem,) = problems(tmp_path / "a.npz")
    assert problem == (
        f"{tmp_path / 'a.npz'}#w.npy: its header claims 1099511627776 bytes of elements, "
        "got 100; it was left out"
    )


def test_members_that_are_no_arrays_are_left_out_and_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", member(np.ones(2)))
        archive.writestr("readme.txt", "hello")

    found = snapshot(tmp_path / "a.npz")

    assert [tensor.name for tensor in found.tensors] == ["w"]
    assert "#readme.txt: not an array of numpy" in str(found.problems[0])


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", member(np.ones(2)))
        archive.writestr("w.npy", member(np.zeros(2)))

    found = snapshot(tmp_path / "a.npz")

    assert [tensor.name for tensor in found.tensors] == ["w", "w.1"]
    assert [tensor.load().sum() for tensor in found.tensors] == [2, 0]
    assert "stands in it more than once: here 'w.1'" in str(found.problems[0])


def test_members_packed_otherwise_are_left_out_and_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("w.npy", member(np.ones(2)))

    assert "is packed by method 12, wanted deflate or none" in problems(tmp_path / "a.npz")[0]


def test_an_archive_whose_directory_begins_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, w=np.ones(3))
    damaged = bytearray(path.read_bytes())
    damaged[-10:-6] = struct.pack("<I", len(damaged) + 1)  # how long the directory is
    path.write_bytes(damaged)

    with pytest.raises(SourceError, match="not a whole archive of arrays"):
        snapshot(path)


def test_a_member_without_a_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr(zipfile.ZipInfo("w.npy"), member(np.ones(2)))
        archive.writestr(zipfile.ZipInfo("x"), member(np.zeros(2)))
        archive.infolist()[1].filename = ""

    first, second = snapshot(tmp_path / "a.npz").tensors

    assert (first.load().sum(), second.load().sum()) == (2, 0)


def test_a_hundred_thousand_members(tmp_path: Path) -> None:
    one = member(np.float32(1.5))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.npy", one)

    found = snapshot(tmp_path / "a.npz")

    assert len(found.tensors) == 100_000
    assert found.tensors[-1].load() == np.float32(1.5)


def test_other_archives_are_no_arrays(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"x")

    with pytest.raises(SourceError, match="not a training log: a zip archive"):
        sniff_source(str(tmp_path / "model.pt"), Options())


def test_what_stands_behind_an_array_takes_no_memory(tmp_path: Path) -> None:
    behind = 50 << 20
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", member(np.arange(10.0)) + bytes(behind))
    (tensor,) = snapshot(tmp_path / "a.npz").tensors

    tracemalloc.start()
    found = tensor.load()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.tolist() == list(range(10))
    assert peak < behind / 10
