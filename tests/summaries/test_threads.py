"""Work in threads: each piece once, in its place, and an end to it when one fails."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields

import numpy as np
import pytest

from tbconvert.summaries.histogram import distribution
from tbconvert.summaries.threads import in_threads


@pytest.mark.parametrize("cores", [None, 1, 2, 64])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_all_is_done_and_stands_in_its_place(
    cores: int | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)

    assert in_threads(lambda each: each**2, count) == [each**2 for each in range(count)]


def test_threads_work_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    meeting = threading.Barrier(2, timeout=60)

    found = in_threads(lambda _: (meeting.wait(), threading.get_ident())[1], 2)

    assert len(set(found)) == 2


@pytest.mark.parametrize("cores", [1, 2])
def test_one_that_fails_ends_it(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    begun = []

    def work(each: int) -> None:
        begun.append(each)
        if each == 3:
            raise ValueError("the third")
        time.sleep(0.001)

    with pytest.raises(ValueError, match="the third"):
        in_threads(work, 5000)
    assert len(begun) < 100
    assert in_threads(abs, 3) == [0, 1, 2]  # and others are not kept waiting


def test_who_works_beside_others_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)

    def inner(_: int) -> set[int]:
        return set(in_threads(lambda _: threading.get_ident(), 50))

    assert all(len(threads) == 1 for threads in in_threads(inner, 20))


def _threads_of_work(count: int) -> int:
    return len(set(in_threads(lambda _: threading.get_ident(), count)))


def test_a_process_that_was_started_to_work_has_one_thread_only() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_threads_of_work, 100).result(120) == 1


@pytest.mark.parametrize("kind", ["a bell", "a narrow core", "holes"])
def test_cores_make_no_difference_to_a_distribution(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(7).normal(size=(5 << 20) + 12_345).astype("f4")
    if kind == "a narrow core":
        values[:100] *= 1e6
    if kind == "holes":
        values[::7] = np.nan
        values[1 << 20 : 2 << 20] = np.inf

    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    alone = distribution(values)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    together = distribution(values)

    for field in fields(alone):
        np.testing.assert_array_equal(getattr(alone, field.name), getattr(together, field.name))
