"""One whole record → what it holds, wherever in a file it stands."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tbconvert import tfrecord
from tbconvert.decode import events
from tbconvert.decode.curves import Kind
from tbconvert.decode.parts import ParsedBy, What, Wrong
from tbconvert.model import Tag
from tbconvert.proto.event_pb2 import Summary
from tbconvert.tfrecord import FOOT, HEAD


class Held(NamedTuple):
    """What a record holds: an event with a ``mark``, or with ``floats`` and ``values``.

    ``wrong`` is all that is wrong with it, ``mark`` the field that an event without values has,
    ``floats`` are the values that are one float32, as its four bytes, ``values`` all others,
    each parsed and as it was written. Of what is no event there is but ``wrong``.
    """

    wrong: tuple[tuple[Wrong, ParsedBy], ...]
    step: int = 0
    wall_time: float = 0.0
    mark: tuple[What, bytes] | None = None
    floats: tuple[tuple[Tag, Kind, bytes], ...] = ()
    values: tuple[tuple[Tag, Summary.Value, bytes], ...] = ()


def held(record: bytes) -> Held:
    """Return what a record holds; of equal ones, where they are short, it is the same object."""
    return _held_again(record) if len(record) <= _SHORT else _held(record)


def _held(record: bytes) -> Held:
    parsed = events.parse(record[HEAD:-FOOT])
    wrong: list[tuple[Wrong, ParsedBy]] = []
    if not tfrecord.is_sound(record):
        wrong.append(("checksum", "none"))
    if parsed is None or parsed.by != "all":
        wrong.append(("payload", "none" if parsed is None else parsed.by))
    if parsed is None:
        return Held(tuple(wrong))
    event = parsed.event
    read = Held(tuple(wrong), event.step, event.wall_time)
    values = event.summary.value
    if not values:
        return read._replace(mark=events.content(event))
    four_bytes = [events.lone_float(value) for value in values]
    # what is of two kinds is told one by one, since its order is that of the event
    mixed = {value.tag for value, four in zip(values, four_bytes, strict=True) if four is None}
    floats: list[tuple[Tag, Kind, bytes]] = []
    others: list[tuple[Tag, Summary.Value, bytes]] = []
    own = events.payloads(event, parsed.payload)
    for value, four, payload in zip(values, four_bytes, own, strict=True):
        tag = Tag(value.tag)
        if four is None or tag in mixed:
            others.append((tag, value, payload))
        else:
            floats.append((tag, events.kind_of(value), four))
    return read._replace(floats=tuple(floats), values=tuple(others))


# A file may have a million records of no bytes: to parse each of them takes half a minute.
_SHORT = 256
_held_again = lru_cache(maxsize=1024)(_held)
