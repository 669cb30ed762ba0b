"""A log and its snapshots, converted without options: what TensorBoard's other pages show."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from oracle import TensorBoard, ingest

from browser.chromium import chromium, missing
from browser.dashboard import PATIENCE, TALL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EXPERIMENT = Path(__file__).parents[2] / "fixtures" / "numpy" / "digits" / "digits"
ARRAYS = ["output/bias", "output/bias_grad", "output/kernel", "output/kernel_grad"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    if message := missing():
        pytest.skip(message)
    logdir = tmp_path_factory.mktemp("runs")
    ingest(EXPERIMENT, logdir=logdir)
    with TensorBoard(logdir) as board:
        yield board


@pytest.fixture(scope="module")
def headless(board: TensorBoard) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def until(check: Callable[[Page], Any], wanted: Any, page: Page) -> None:
    """Look again and again until a page shows what is wanted."""
    end = time.monotonic() + PATIENCE
    while (seen := check(page)) != wanted:
        assert time.monotonic() < end, seen
        page.wait_for_timeout(200)


def opened(browser: Browser, board: TensorBoard, name: str) -> Page:
    page = browser.new_page(viewport={"width": TALL[0], "height": TALL[1]})
    page.goto(f"{board.url}#{name}")
    return page


def titles(page: Page) -> list[str]:
    return page.locator("[itemprop=name]").all_inner_texts()


def drawn(page: Page, what: str) -> list[bool]:
    """Tell of each chart whether something is drawn in it."""
    found: list[bool] = page.locator(what).evaluate_all(
        "charts => charts.map(c => [...c.shadowRoot.querySelectorAll('path')]"
        ".some(p => p.getTotalLength() > 50))"
    )
    return found


@pytest.mark.parametrize(
    ("name", "chart"),
    [("histograms", "vz-histogram-timeseries"), ("distributions", "vz-distribution-chart")],
)
def test_every_distribution_is_drawn(
    name: str, chart: str, headless: Browser, board: TensorBoard
) -> None:
    with opened(headless, board, name) as page:
        until(titles, ARRAYS, page)
        until(lambda page: drawn(page, chart), [True] * len(ARRAYS), page)


def test_ten_fingerprints_of_eight_by_eight_pixels(headless: Browser, board: TensorBoard) -> None:
    def sizes(page: Page) -> list[list[int]]:
        found: list[list[int]] = page.locator("tf-image-loader img").evaluate_all(
            "images => images.map(i => [i.naturalWidth, i.naturalHeight])"
        )
        return found

    with opened(headless, board, "images") as page:
        until(titles, [f"output/kernel/image/{digit}" for digit in range(10)], page)
        until(sizes, [[8, 8]] * 10, page)


def test_the_graph_has_the_layer(headless: Browser, board: TensorBoard) -> None:
    def has_layer(page: Page) -> bool:
        return page.locator("text.nodelabel", has_text="output").count() > 0

    with opened(headless, board, "graphs") as page:
        until(has_layer, True, page)
