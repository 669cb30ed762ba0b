"""Reading ahead: nobody waits for what is wanted no more, and nothing is closed too soon."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest

from tbconvert.read.ahead import parse_ahead
from tbconvert.read.blocks import Block
from tbconvert.streams import InputStream


class Slow(io.BytesIO):
    """A file that keeps its reader waiting, and notes whether it is closed under him."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.is_asked, self.may_go_on = threading.Event(), threading.Event()
        self.was_closed_early = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.is_asked.set()
        self.may_go_on.wait(60)
        self.was_closed_early = self.closed
        return super().read(size)


def test_what_is_left_halfway_is_not_waited_for() -> None:
    going_on = threading.Event()

    def blocks() -> Iterator[Block]:
        yield from (Block(b"1\n", line) for line in range(1, 5))
        assert going_on.wait(60)

    ahead = parse_ahead(blocks(), lambda block, state: (block.first_line, state), None)
    assert next(ahead) == 1
    del ahead  # returns, though a thread still waits for the block after

    going_on.set()


def test_a_file_is_closed_when_whoever_reads_it_is_done() -> None:
    raw = Slow(b"step,loss\n")
    stream = InputStream("log.csv", raw)
    reader = threading.Thread(target=stream.read)
    reader.start()
    assert raw.is_asked.wait(60)
    threading.Timer(0.1, raw.may_go_on.set).start()

    stream.close()
    reader.join(60)

    assert raw.closed
    assert not raw.was_closed_early
    with pytest.raises(ValueError, match="closed"):
        stream.read()
