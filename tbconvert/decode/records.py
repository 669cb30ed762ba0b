"""Whole records that stand one after another → parts: as columns, and what is left one by one."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

import numpy as np

from tbconvert import tfrecord
from tbconvert.decode import events
from tbconvert.decode.columns import Alike, of_one_layout, of_one_size
from tbconvert.decode.curves import Curves
from tbconvert.decode.layouts import Layouts
from tbconvert.decode.parts import Damage, Mark, ParsedBy, Part, Value, Wrong
from tbconvert.model import Tag
from tbconvert.tfrecord import FOOT, HEAD


class Records:
    """Some records of a file, of which the first is the ``order``-th, ``offset`` bytes into it.

    ``size`` is how many bytes the file has.
    """

    def __init__(
        self, data: bytes, frames: tfrecord.Frames, order: int, offset: int, size: int
    ) -> None:
        self._data = data
        self._frames = frames
        self._order = order
        self._offset = offset
        self._size = size
        self._curves = Curves()
        self._others: list[Value | Mark | Damage] = []

    def parts(self, layouts: Layouts) -> Iterator[Part]:
        """Yield what is in the records: first all that is no scalar, in the order of the file."""
        left = []
        for batch in of_one_size(self._frames, self._data):
            found, others = of_one_layout(batch, layouts)
            for alike in found:
                self._take(alike)
            left.append(others)
        for index in np.sort(np.concatenate(left)).tolist() if left else ():
            self._take_one(index)
        yield from sorted(self._others, key=attrgetter("order"))
        yield from self._curves.parts()

    def _take(self, alike: Alike) -> None:
        for index in alike.members[~alike.is_sound()].tolist():
            self._note(index, "checksum")
        order = self._order + alike.members
        steps, wall_times = alike.steps(), alike.wall_times()
        columns = [alike.values(value.offset) for value in alike.layouts[0].values]
        for layout, which in alike:
            places = order[which], steps[which], wall_times[which]
            for value, column in zip(layout.values, columns, strict=True):
                self._curves.add(value.tag, value.kind, (*places, column[which]))

    def _take_one(self, index: int) -> None:
        start, size = int(self._frames.starts[index]), int(self._frames.sizes[index])
        record = self._data[start : start + size]
        parsed = events.parse(record[HEAD:-FOOT])
        if not tfrecord.is_sound(record):
            self._note(index, "checksum")
        if parsed is None or parsed.by != "all":
            self._note(index, "payload", "none" if parsed is None else parsed.by)
        if parsed is None:
            return
        event = parsed.event
        place = self._order + index, event.step, event.wall_time
        values = event.summary.value
        if not values:
            self._others.append(Mark(*place, *events.content(event)))
        floats = [events.lone_float(value) for value in values]
        # what is of two kinds is told one by one, since its order is that of the event
        mixed = {value.tag for value, four in zip(values, floats, strict=True) if four is None}
        own = events.payloads(event, parsed.payload)
        for value, four_bytes, payload in zip(values, floats, own, strict=True):
            tag = Tag(value.tag)
            if four_bytes is None or value.tag in mixed:
                self._others.append(Value(*place, tag, value, payload))
            else:
                self._curves.add_one(tag, events.kind_of(value), *place, four_bytes)

    def _note(self, index: int, wrong: Wrong, parsed_by: ParsedBy = "none") -> None:
        offset = self._offset + int(self._frames.starts[index])
        self._others.append(
            Damage(self._order + index, offset, self._size - offset, wrong, False, parsed_by)
        )
