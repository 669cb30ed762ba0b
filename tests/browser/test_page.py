"""The way a user goes: convert some logs, open TensorBoard, look."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from oracle import TensorBoard, ingest

from browser.chromium import chromium, missing
from browser.dashboard import (
    PATIENCE,
    SCALARS,
    TIME_SERIES,
    Dashboard,
    View,
    look,
    open_groups,
    open_page,
    tick,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = ("keras/digits", "lightning/csvlogger", "generic/bad_cells")
"""Some tags are in two runs, others in one. 16 tags would be the most: each is a canvas on the
Time Series page, and Chromium keeps no more of WebGL's contexts."""

Curves = dict[str, dict[str, tuple[int, int]]]
"""{tag: {run: (first step, last step)}}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def headless() -> Iterator[Browser]:
    if message := missing():
        pytest.skip(message)
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("dashboard", [SCALARS, TIME_SERIES], ids=lambda d: d.fragment)
def test_every_curve_is_to_be_seen(headless: Browser, dashboard: Dashboard, tmp_path: Path) -> None:
    inputs, wanted = read_cases()
    runs = sorted({run for curves in wanted.values() for run in curves})
    ingest(*inputs, logdir=tmp_path)
    with TensorBoard(tmp_path) as board, open_page(headless, board.url, dashboard) as page:

        def all_is_there(view: View) -> None:
            check_names(view, runs, wanted)
            check_widths(view, wanted)

        def digits_are_gone(view: View) -> None:
            # a busy page may keep the steps that it has had room for: nothing about widths
            check_names(view, runs, without("digits", wanted))

        wait_until(all_is_there, page, dashboard)
        # and what was taken for a curve goes when its run goes
        tick(page, dashboard, "digits")
        wait_until(digits_are_gone, page, dashboard)


def read_cases() -> tuple[list[Path], Curves]:
    inputs, curves = [], Curves()
    for case in CASES:
        expected = json.loads((FIXTURES / case / "expected.json").read_text())
        inputs.append(FIXTURES / case / expected["input"])
        for run, about in expected["runs"].items():
            for tag, points in about["tags"].items():
                steps = points.get("steps") or about["steps"]
                curves.setdefault(tag, {})[run] = (steps[0], steps[-1])
    return inputs, curves


def without(hidden: str, curves: Curves) -> Curves:
    left = {
        tag: {run: steps for run, steps in runs.items() if run != hidden}
        for tag, runs in curves.items()
    }
    return {tag: runs for tag, runs in left.items() if runs}


def wait_until(check: Callable[[View], None], page: Page, dashboard: Dashboard) -> None:
    """Look again and again until all is as it should be; at last, fail by what is not."""
    end = time.monotonic() + PATIENCE
    while True:
        open_groups(page, dashboard)
        view = look(page, dashboard)
        try:
            return check(view)
        except AssertionError:
            if time.monotonic() > end:
                raise
        page.wait_for_timeout(200)


def check_names(view: View, runs: list[str], wanted: Curves) -> None:
    assert view.runs == runs
    seen = {tag: sorted(curves) for tag, curves in view.cards.items()}
    assert seen == {tag: sorted(curves) for tag, curves in wanted.items()}


def check_widths(view: View, wanted: Curves) -> None:
    for tag, curves in wanted.items():
        firsts, lasts = zip(*curves.values(), strict=True)
        for run, (first, last) in curves.items():
            # the chart leaves some room beside its curves, and a single point is a dot
            part = (last - first) / max(max(lasts) - min(firsts), 1)
            width = view.cards[tag][run]
            assert 0.6 * part < width < part + 0.05, f"{tag}, run {run}: {width:.0%} of the chart"
