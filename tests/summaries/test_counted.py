"""Histograms that were counted before: the sums of Python's fractions, one at a time."""

from __future__ import annotations

import sys
import tracemalloc
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tbconvert.model import HistogramBlock, Tag
from tbconvert.summaries.counted import Counted, counted_blocks

TAG = Tag("hist")
LARGEST = sys.float_info.max

edges = st.floats(-1e6, 1e6)
counts = st.integers(0, 2**40).map(float) | st.floats(0, 1)
histograms = st.lists(counts, min_size=1, max_size=30).flatmap(
    lambda filled: st.tuples(
        st.lists(edges, min_size=len(filled) + 1, max_size=len(filled) + 1).map(sorted),
        st.just(filled),
    )
)


def block_of(*given_ones: Counted) -> HistogramBlock:
    """Return histograms at steps 0, 3, … and times 0.5, 3.5, …: few enough for one block."""
    steps = np.arange(len(given_ones)) * 3
    (block,) = counted_blocks(TAG, steps, np.asarray(steps + 0.5, np.float64), given_ones)
    return block


@given(st.lists(histograms, min_size=1, max_size=10))
@example([([-6.0, -2.0, 2.0, 7.0], [6.0, 0.0, 3.0]), ([1.5, 1.5], [4.0])])
def test_every_histogram_has_its_figures(
    given_ones: list[tuple[list[float], list[float]]],
) -> None:
    block = block_of(*((np.array(limits), np.array(filled)) for limits, filled in given_ones))

    count = len(given_ones)
    assert (block.tag, block.steps.tolist()) == (TAG, [at * 3 for at in range(count)])
    assert block.wall_times.tolist() == [at * 3 + 0.5 for at in range(count)]
    assert block.minimum.tolist() == [limits[0] for limits, _ in given_ones]
    assert block.maximum.tolist() == [limits[-1] for limits, _ in given_ones]
    assert block.sizes.tolist() == [len(limits) for limits, _ in given_ones]
    assert block.limits.tolist() == [limit for limits, _ in given_ones for limit in limits]
    assert block.counts.tolist() == [one for _, filled in given_ones for one in (0, *filled)]
    for place, (limits, filled) in enumerate(given_ones):
        middles = [(Fraction(a) + Fraction(b)) / 2 for a, b in pairwise(limits)]
        parts = [Fraction(n) * at for n, at in zip(filled, middles, strict=True)]
        squares = [Fraction(n) * at**2 for n, at in zip(filled, middles, strict=True)]
        # of numbers of both signs what is left may be next to nothing
        room = 1e-12 * float(sum(map(abs, parts))) + sys.float_info.min
        assert block.total[place] == pytest.approx(float(sum(parts)), abs=room)
        assert block.sum_squares[place] == pytest.approx(float(sum(squares)), rel=1e-12, abs=1e-300)


def test_sums_beyond_floats_are_the_largest() -> None:
    one = (np.array([-LARGEST, LARGEST, LARGEST]), np.array([1.0, 4.0]))

    block = block_of(one)

    assert (block.total.tolist(), block.sum_squares.tolist()) == ([LARGEST], [LARGEST])


def test_no_block_grows_with_the_log_and_their_order_is_kept() -> None:
    sizes = [at % 70 + 2 for at in range(5_000)]
    given_ones = [(np.full(size, 1.0 * size), np.ones(size - 1)) for size in sizes]
    steps = np.arange(len(sizes))

    blocks = list(counted_blocks(TAG, steps, steps * 1.0, given_ones))

    assert [step for block in blocks for step in block.steps.tolist()] == steps.tolist()
    assert [size for block in blocks for size in block.sizes.tolist()] == sizes
    assert 5 < len(blocks) < 10
    assert max(len(block.limits) for block in blocks) < 33_000
    for block in blocks:
        ends = accumulate(block.sizes.tolist())
        assert [block.limits[end - 1] for end in ends] == block.sizes.tolist()


def test_one_that_is_larger_than_a_block_is_to_be_stays_whole() -> None:
    small = (np.array([0.0, 1.0]), np.array([2.0]))
    large = (np.arange(100_001.0), np.ones(100_000))

    blocks = list(counted_blocks(TAG, np.arange(3), np.zeros(3), [small, large, small]))

    assert [block.sizes.tolist() for block in blocks] == [[2, 100_001], [2]]


def test_memory_does_not_grow_with_the_number_of_histograms() -> None:
    one = (np.arange(31.0), np.arange(30.0))
    peaks = []
    for count in (20_000, 80_000):
        given_ones = [one] * count
        steps, times = np.arange(count), np.zeros(count)
        tracemalloc.start()
        for _ in counted_blocks(TAG, steps, times, given_ones):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.1


def test_no_histograms() -> None:
    assert list(counted_blocks(TAG, np.empty(0, np.int64), np.empty(0), [])) == []
