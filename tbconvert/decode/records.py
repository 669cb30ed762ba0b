"""Whole records that stand one after another → parts: as columns, and what is left one by one."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

import numpy as np

from tbconvert import tfrecord
from tbconvert.decode import events
from tbconvert.decode.columns import Alike, of_one_layout, of_one_size
from tbconvert.decode.curves import Curves, Kind
from tbconvert.decode.layouts import Layouts
from tbconvert.decode.parts import Damage, Mark, Part, Value, Wrong
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
                kind = Kind(value.is_tensor, value.plugin)
                self._curves.add(value.tag, kind, (*places, column[which]))

    def _take_one(self, index: int) -> None:
        start, size = int(self._frames.starts[index]), int(self._frames.sizes[index])
        record = self._data[start : start + size]
        payload = record[HEAD:-FOOT]
        event = events.parse(payload)
        if not tfrecord.is_sound(record):
            self._note(index, "checksum")
        elif event is None:
            self._note(index, "payload")
        if event is None:
            return
        place = self._order + index, event.step, event.wall_time
        values = event.summary.value
        if not values:
            self._others.append(Mark(*place, *events.content(event)))
        for value, own in zip(values, events.payloads(event, payload), strict=True):
            tag = Tag(value.tag)
            if four_bytes := events.lone_float(value):
                kind = Kind(
                    value.WhichOneof("value") == "tensor", value.metadata.plugin_data.plugin_name
                )
                self._curves.add_one(tag, kind, *place, four_bytes)
            else:
                self._others.append(Value(*place, tag, value, own))

    def _note(self, index: int, wrong: Wrong) -> None:
        offset = self._offset + int(self._frames.starts[index])
        self._others.append(
            Damage(self._order + index, offset, self._size - offset, wrong, is_end=False)
        )
