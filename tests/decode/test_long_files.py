"""Long files: what is read together ends anywhere, and takes the memory of a part only."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from decode.event_files import Trickle, found, framed, masked, read, scalar
from tensorboard.compat.proto.event_pb2 import Event

from tbconvert.decode import Scalars, Value, read_events


def interleaved(tags: int, steps: int) -> bytes:
    return framed(
        *(scalar(f"t/{tag}", step, step / 8 + tag) for step in range(steps) for tag in range(tags))
    )


# Steps of one byte, of two and of three; tags of one length and of two.
@pytest.mark.parametrize("chunk", [1, 11, 12, 13, 57, 1000, 65_537])
def test_where_parts_end(chunk: int) -> None:
    data = interleaved(11, 150) + framed(scalar("t/0", 20_000, 1.0)) + interleaved(2, 20)

    got = read(data, chunk=chunk)

    assert got == read(data)
    assert [point[:2] for point in got.points["t/3"]] == [(11 * s + 3, s) for s in range(150)]
    steps = [point[1] for point in got.points["t/0"]]
    assert steps == [*range(150), 20_000, *range(20)]


def test_a_stream_that_gives_little_at_once() -> None:
    data = interleaved(3, 50)

    assert found(read_events(Trickle(data, 7), None)) == read(data)


def test_a_million_records() -> None:
    count = 1_000_000
    head = framed(scalar("t", 1 << 21, 1.0))[:12]
    payload = np.frombuffer(scalar("t", 1 << 21, 0.0), np.uint8)
    # a step of four bytes from 2^21 on, and a float32 at the end: put in by numpy
    payloads = np.tile(payload, (count, 1))
    steps = np.arange(1 << 21, (1 << 21) + count)
    values = np.random.default_rng(7).normal(size=count).astype("<f4")
    for place in range(4):
        payloads[:, 10 + place] = steps >> 7 * place & 127 | (128 if place < 3 else 0)
    payloads[:, -4:] = values.view(np.uint8).reshape(-1, 4)
    data = b"".join(
        part for row in payloads for part in (head, row.tobytes(), masked(row.tobytes()))
    )

    tracemalloc.start()
    read_steps, read_values, orders = [], [], []
    for part in read_events(io.BytesIO(data), len(data)):
        assert isinstance(part, Scalars)
        assert (part.wall_times == 1.7e9).all()
        read_steps.append(part.steps)
        read_values.append(part.values)
        orders.append(part.order)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert np.array_equal(np.concatenate(read_steps), steps)
    assert np.array_equal(np.concatenate(read_values), values)
    assert np.array_equal(np.concatenate(orders), np.arange(count))
    assert peak < count * (8 + 4 + 8 + 8) + (32 << 20)


def test_a_record_longer_than_what_is_read_together() -> None:
    event = Event(step=1)
    event.summary.value.add(tag="image").image.encoded_image_string = bytes(range(256)) * 50_000
    data = framed(scalar("t", 0, 1.0), event.SerializeToString(), scalar("t", 2, 1.0))

    parts = list(read_events(io.BytesIO(data), len(data)))

    values = [part for part in parts if isinstance(part, Value)]
    assert [value.message.image.encoded_image_string for value in values] == [
        bytes(range(256)) * 50_000
    ]
    orders = [part.order for part in parts if isinstance(part, Scalars)]
    assert np.concatenate(orders).tolist() == [0, 2]


def test_points_of_a_tag_told_in_two_ways_are_in_order() -> None:
    payloads = []
    for step in range(60):
        event = Event(step=step)
        value = event.summary.value.add(tag="t", simple_value=step)
        if step % 3 == 0:
            value.metadata.plugin_data.plugin_name = "scalars"
        payloads.append(event.SerializeToString())

    parts = [p for p in read_events(io.BytesIO(framed(*payloads)), None) if isinstance(p, Scalars)]

    assert np.concatenate([p.order for p in parts]).tolist() == list(range(60))
    assert all((p.plugin == "scalars") == (p.steps % 3 == 0).all() for p in parts)


def test_a_thousand_tags_of_few_points() -> None:
    got = read(interleaved(1000, 5))

    assert len(got.points) == 1000
    assert all([p[1] for p in points] == [0, 1, 2, 3, 4] for points in got.points.values())


def test_records_of_one_size_that_hold_their_fields_at_other_places() -> None:
    # a step of one byte and a tag of two, and the other way round
    one = [scalar("ab", step, step + 0.5) for step in range(1, 21)]
    other = [scalar("a", 128, 1.0)] * 20
    assert len({len(payload) for payload in one + other}) == 1

    got = read(framed(*one, *other))

    assert [point[1] for point in got.points["ab"]] == list(range(1, 21))
    assert [point[:2] for point in got.points["a"]] == [(20 + n, 128) for n in range(20)]
    assert {point[3] for point in got.points["a"]} == {b"\x00\x00\x80\x3f"}
