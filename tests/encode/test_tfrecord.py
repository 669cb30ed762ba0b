"""Frames and checksums, against published values and TensorBoard's own checksum in Python."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tensorboard.summary.writer.record_writer import RecordWriter

from tbconvert import tfrecord

HEAD, FOOT = 12, 4  # not tfrecord's own: the format's


def framed(*payloads: bytes) -> bytes:
    file = io.BytesIO()
    writer = RecordWriter(file)
    for payload in payloads:
        writer.write(payload)
    return file.getvalue()


def test_a_whole_record() -> None:
    # the first of a genuine file: a wall time, and file_version "brain.Event:2"
    payload = "09 0000803899d6d741 1a 0d 627261696e2e4576656e743a32"
    record = "1800000000000000 a37f4b22" + payload + "124b36ab"

    assert tfrecord.frame(bytes.fromhex(payload)) == bytes.fromhex(record)


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"123456789", 0xE3069283, id="the check value"),
        # RFC 3720, B.4
        pytest.param(bytes(32), 0x8A9136AA, id="32 zeros"),
        pytest.param(b"\xff" * 32, 0x62A8AB43, id="32 ones"),
        pytest.param(bytes(range(32)), 0x46DD794E, id="32 rising"),
    ],
)
def test_checksum_of_a_payload(data: bytes, checksum: int) -> None:
    (masked,) = struct.unpack("<I", tfrecord.frame(data)[HEAD + len(data) :])

    rotated = (masked - 0xA282EAD8) % 2**32
    assert (rotated << 15 | rotated >> 17) % 2**32 == checksum


def test_checksum_of_a_length() -> None:
    # of eight zero bytes, masked
    assert tfrecord.frame(b"")[:HEAD] == bytes(8) + struct.pack("<I", 0x07980329)


@given(st.binary(max_size=300))
def test_frame_is_tensorboards(payload: bytes) -> None:
    assert tfrecord.frame(payload) == framed(payload)


# Few and many records, few and many bytes that vary: whichever way checksums are made.
@pytest.mark.parametrize("count", [1, 2, 100, 5000])
@pytest.mark.parametrize("size", [1, 40, 300])
@pytest.mark.parametrize("share", [0.0, 0.05, 1.0], ids="{} vary".format)
def test_seal_is_frame_of_each(count: int, size: int, share: float) -> None:
    random = np.random.default_rng(size)
    payloads = np.tile(random.integers(0, 256, size, np.uint8), (count, 1))
    varying = np.flatnonzero(random.random(size) < share)
    payloads[:, varying] = random.integers(0, 256, (count, len(varying)), np.uint8)

    records = unsealed(payloads)
    tfrecord.seal(records, [HEAD + place for place in varying.tolist()])

    assert records.tobytes() == b"".join(tfrecord.frame(row.tobytes()) for row in payloads)


def test_seal_when_only_the_first_record_differs() -> None:
    payloads = np.zeros((5000, 20), np.uint8)
    payloads[0] = 255

    records = unsealed(payloads)
    tfrecord.seal(records, range(HEAD, HEAD + 20))

    assert records.tobytes() == framed(b"\xff" * 20) + framed(bytes(20)) * 4999


@pytest.mark.parametrize("count", [1, 100, 5000])
@pytest.mark.parametrize("kinds", [1, 3])
def test_verify_tells_which_are_wrong(count: int, kinds: int) -> None:
    random = np.random.default_rng(count)
    kind = np.sort(random.integers(0, kinds, count))
    payloads = random.integers(0, 256, (kinds, 40), np.uint8)[kind]
    varying = [3, 4, 39]
    payloads[:, varying] = random.integers(0, 256, (count, 3), np.uint8)
    records = np.frombuffer(framed(*(row.tobytes() for row in payloads)), np.uint8)
    records = records.reshape(count, -1).copy()
    is_wrong = random.random(count) < 0.1
    is_wrong[0] = True
    # anywhere in the payload that varies, or in the checksum
    places = random.choice([HEAD + 3, HEAD + 39, HEAD + 40, HEAD + 43], count)
    records[is_wrong, places[is_wrong]] ^= random.integers(1, 256, count, np.uint8)[is_wrong]

    begins = np.searchsorted(kind, np.unique(kind)).tolist()
    got = tfrecord.verify(records, [HEAD + place for place in varying], begins)

    assert np.array_equal(got, ~is_wrong)
    sound = [tfrecord.is_sound(record.tobytes()) for record in records]
    assert np.array_equal(got, sound)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=8),
    st.integers(0, 20),
    st.binary(max_size=20),
)
def test_find_is_where_they_are(runs: list[tuple[int, int]], cut: int, more: bytes) -> None:
    payloads = [bytes(size) for size, count in runs for _ in range(count)]
    data = framed(*payloads)
    sizes = [HEAD + len(payload) + FOOT for payload in payloads]

    frames = tfrecord.find(data)

    assert frames.sizes.tolist() == sizes
    assert frames.starts.tolist() == [sum(sizes[:n]) for n in range(len(sizes))]
    assert (frames.end, frames.wanted) == (len(data), HEAD)

    if payloads and 0 < cut < sizes[-1]:
        frames = tfrecord.find(data[:-cut])
        assert frames.sizes.tolist() == sizes[:-1]
        left = sizes[-1] - cut
        assert (frames.end, frames.wanted) == (
            len(data) - sizes[-1],
            sizes[-1] if left >= HEAD else HEAD,
        )

    frames = tfrecord.find(data + b"\xff" * 12 + more)
    assert frames.sizes.tolist() == sizes
    assert (frames.end, frames.wanted) == (len(data), None)


def unsealed(payloads: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return records whose checksums are of something else."""
    count, size = payloads.shape
    records = np.tile(np.frombuffer(tfrecord.frame(b"\xaa" * size), np.uint8), (count, 1))
    records[:, HEAD:-FOOT] = payloads
    return records
