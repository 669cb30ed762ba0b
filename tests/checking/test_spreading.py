"""Tasks on executors: results in order, and none is lost but that of the task to blame."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tbconvert.checking import Wanted
from tbconvert.checking.spreading import spread


def doubled(number: int) -> str:
    if number == 700:
        raise MemoryError("no more")
    return str(2 * number)


def lost(number: int, error: Exception) -> str:
    return f"{number} {error}"


@pytest.mark.parametrize("count", [0, 1, 50, 5000])
def test_results_come_in_order(count: int) -> None:
    with ThreadPoolExecutor(3) as executor:
        got = list(spread(doubled, range(count), executor, lost))

    assert got == ["700 no more" if n == 700 else str(2 * n) for n in range(count)]


def test_without_an_executor_it_is_done_here() -> None:
    assert list(spread(doubled, [1, 2], None, lost)) == ["2", "4"]


def test_a_sample_has_its_share() -> None:
    runs = [f"run-{number}" for number in range(10_000)]

    chosen = Wanted(share=0.05).sample(runs)

    assert 400 < len(chosen) < 600
    assert chosen <= Wanted(share=0.1).sample(runs)
    assert Wanted(share=1.0).sample(runs) == set(runs)
    assert len(Wanted(share=1e-9).sample(runs)) == 1
    assert Wanted(share=0.05).sample([]) == set()
