"""Tables of very many columns take as long as they are wide, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyarrow as pa
import pytest

from tbconvert.dialects import GENERIC
from tbconvert.model import Origin
from tbconvert.normalize.columns import choose_layout
from tbconvert.normalize.evidence import Evidence
from tbconvert.options import Options


def table(width: int) -> pa.RecordBatch:
    cells = pa.array([1.5, 2.5])
    steps = pa.array([0, 1])
    return pa.RecordBatch.from_arrays(
        [steps, *[cells] * width], names=["step", *(f"c{place}" for place in range(width))]
    )


def seconds(act: Callable[[pa.RecordBatch], object], width: int) -> float:
    def once() -> float:
        batch = table(width)
        began = time.process_time()
        act(batch)
        return time.process_time() - began

    return min(once() for _ in range(3))


def see(batch: pa.RecordBatch) -> None:
    Evidence(["step"], [], []).add(batch)


def lay_out(batch: pa.RecordBatch) -> None:
    choose_layout(batch, Origin("a.csv"), Options(), GENERIC)


@pytest.mark.parametrize("act", [see, lay_out])
def test_eight_times_as_many_columns(act: Callable[[pa.RecordBatch], object]) -> None:
    # what looks each name up among all of them takes 64 times as long
    assert seconds(act, 16_000) < 24 * max(seconds(act, 2_000), 0.002)
