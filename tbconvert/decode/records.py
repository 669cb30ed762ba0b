"""Whole records that stand one after another → parts: as columns, and what is left one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tbconvert import tfrecord
from tbconvert.decode.columns import Alike, of_one_layout, of_one_size
from tbconvert.decode.curves import Curves
from tbconvert.decode.layouts import Layouts
from tbconvert.decode.parts import Damage, Mark, ParsedBy, Part, Value, Wrong
from tbconvert.decode.record import held


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

    def parts(self, layouts: Layouts) -> Iterator[Part]:
        """Yield what is in the records: first all that is no scalar, in the order of the file."""
        left, unsound = [_NONE], [_NONE]
        for batch in of_one_size(self._frames, self._data):
            found, others = of_one_layout(batch, layouts)
            left.append(others)
            for alike in found:
                unsound.append(alike.members[~alike.is_sound()])
                self._take(alike)
        yield from self._one_by_one(np.concatenate(left), np.concatenate(unsound))
        yield from self._curves.parts()

    def _take(self, alike: Alike) -> None:
        order = self._order + alike.members
        steps, wall_times = alike.steps(), alike.wall_times()
        columns = [alike.values(value.offset) for value in alike.layouts[0].values]
        for layout, which in alike:
            places = order[which], steps[which], wall_times[which]
            for value, column in zip(layout.values, columns, strict=True):
                self._curves.add(value.tag, value.kind, (*places, column[which]))

    def _one_by_one(
        self, left: NDArray[np.int64], unsound: NDArray[np.int64]
    ) -> Iterator[Value | Mark | Damage]:
        """Yield of records that are ``left`` what is no scalar, of others that they are unsound."""
        members = np.concatenate([left, unsound])
        turn = np.argsort(members)
        members, is_left = members[turn], turn < len(left)
        starts = self._frames.starts[members]
        ends = starts + self._frames.sizes[members]
        columns = members.tolist(), starts.tolist(), ends.tolist(), is_left.tolist()
        for index, start, end, is_to_be_read in zip(*columns, strict=True):
            if not is_to_be_read:
                yield self._damage(index, start, "checksum")
                continue
            read = held(self._data[start:end])
            for wrong, parsed_by in read.wrong:
                yield self._damage(index, start, wrong, parsed_by)
            place = self._order + index, read.step, read.wall_time
            if read.mark is not None:
                yield Mark(*place, *read.mark)
            for tag, message, payload in read.values:
                yield Value(*place, tag, message, payload)
            for tag, kind, four_bytes in read.floats:
                self._curves.add_one(tag, kind, *place, four_bytes)

    def _damage(self, index: int, start: int, wrong: Wrong, parsed_by: ParsedBy = "none") -> Damage:
        offset = self._offset + start
        return Damage(self._order + index, offset, self._size - offset, wrong, False, parsed_by)


_NONE = np.empty(0, np.int64)
