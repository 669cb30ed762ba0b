"""Reading and parsing ahead of whoever takes the results."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from tbconvert.read.blocks import Block

State = TypeVar("State")
Result = TypeVar("Result")

# Beside it, one thread reads and the caller's is at work: on two cores one more is in the way.
_PARSERS = 1 if (os.cpu_count() or 1) <= 2 else 2
_AHEAD = 3


def parse_ahead(
    blocks: Iterator[Block],
    parse: Callable[[Block, State], tuple[Result, State]],
    state: State,
) -> Iterator[Result]:
    """Yield what ``parse`` makes of each block, in order, a few blocks ahead.

    ``parse`` returns, with its result, the state to parse the next block in. The blocks
    ahead are parsed as if it stayed the same; where it did not, they are parsed again.
    """
    block = next(blocks, None)
    if block is not None and block.last:  # a small file is not worth a thread
        yield parse(block, state)[0]
        return
    pending: deque[tuple[Block, State, Future[tuple[Result, State]]]] = deque()
    pool = ThreadPoolExecutor(_PARSERS + 1, thread_name_prefix="read")
    try:
        upcoming = pool.submit(next, blocks, None)
        while block is not None or pending:
            while block is not None and len(pending) < _AHEAD:
                pending.append((block, state, pool.submit(parse, block, state)))
                block = upcoming.result()
                upcoming = pool.submit(next, blocks, None)
            done, assumed, future = pending.popleft()
            result, state = future.result() if assumed == state else parse(done, state)
            del done, future  # their memory is wanted while the result is at work
            yield result
    finally:
        # Not to wait: if nobody wants the rest, this runs where Python swallows an interrupt.
        pool.shutdown(wait=False, cancel_futures=True)
