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

from tbconvert.encode import tfrecord

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


def unsealed(payloads: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return records whose checksums are of something else."""
    count, size = payloads.shape
    records = np.tile(np.frombuffer(tfrecord.frame(b"\xaa" * size), np.uint8), (count, 1))
    records[:, HEAD:-FOOT] = payloads
    return records
