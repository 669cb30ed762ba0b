"""The digest of a file that is read anywhere: of all of it, whoever else is reading."""

from __future__ import annotations

import hashlib
import io
import os
import random
import threading
from pathlib import Path

import pytest

from tbconvert.errors import SourceError
from tbconvert.streams import InputFile

LARGE = (1 << 25) + 4_321


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(random.Random(7).randbytes(LARGE))
    return path


def opened(path: Path) -> InputFile:
    return InputFile(str(path), io.FileIO(path))


def test_reading_and_hashing_at_the_same_time_leave_each_other_alone(file: Path) -> None:
    data = file.read_bytes()
    with opened(file) as stream:
        stream.hash_ahead()
        for start in range(0, LARGE, 65_521):
            length = min(65_521, LARGE - start)
            assert stream.read_at(start, length) == data[start : start + length]
        assert stream.sha256() == hashlib.sha256(data).hexdigest()
        assert stream.bytes_read == LARGE


@pytest.mark.parametrize("size", [0, 1, 70_000])
@pytest.mark.parametrize("is_ahead", [False, True])
def test_small_files_are_hashed_in_the_end(size: int, is_ahead: bool, tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    path.write_bytes(b"x" * size)
    threads = threading.active_count()
    with opened(path) as stream:
        if is_ahead:
            stream.hash_ahead()
        assert threading.active_count() == threads
        assert stream.sha256() == hashlib.sha256(b"x" * size).hexdigest()


def test_what_a_store_holds_is_hashed_in_the_end(file: Path) -> None:
    with InputFile("s3://bucket/weights.bin", io.BytesIO(file.read_bytes())) as stream:
        stream.hash_ahead()
        stream.read_at(5, 10)
        assert stream.sha256() == hashlib.sha256(file.read_bytes()).hexdigest()


def test_no_thread_is_left_when_nobody_wants_the_digest(file: Path) -> None:
    threads = threading.active_count()
    with opened(file) as stream:
        stream.hash_ahead()
        stream.hash_ahead()
        assert threading.active_count() == threads + 1

    assert threading.active_count() == threads


def test_what_is_closed_is_hashed_no_further(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[int] = []
    pread, closed = os.pread, threading.Event()

    def slow(descriptor: int, size: int, place: int) -> bytes:
        places.append(place)
        closed.wait(60)
        return pread(descriptor, size, place)

    monkeypatch.setattr(os, "pread", slow)
    stream = opened(file)
    stream.hash_ahead()
    threading.Timer(0.1, closed.set).start()
    stream.close()

    assert len(places) <= 1
    with pytest.raises(ValueError, match="closed before all of it was hashed"):
        stream.sha256()


def test_what_the_system_says_is_an_error_of_the_source(file: Path) -> None:
    class Failing(io.FileIO):
        def fileno(self) -> int:
            raise OSError(5, "Input/output error")

    with InputFile(str(file), Failing(file)) as stream:
        stream.hash_ahead()
        with pytest.raises(SourceError, match="cannot be read: input/output error"):
            stream.sha256()
