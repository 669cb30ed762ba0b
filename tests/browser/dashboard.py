"""What can be seen on the two pages that TensorBoard has for scalars.

``open_page(browser, url, SCALARS)``, then ``look(page, SCALARS)``. A curve is found by its
colour in a picture of the page, not by the elements it is made of: one page draws SVG, the
other on a canvas, and both can draw beside the visible.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 60.0
"""Seconds until something that does not appear is a failure."""

TALL = (1200, 5000)
"""Width and height. A chart is drawn once it comes into view, so nothing may be out of it."""

_NEAR = 12
"""How far red, green and blue may each be from a run's colour. Grids are far from all."""


@dataclass(frozen=True)
class Dashboard:
    """Where things are on a page, as CSS selectors that see into shadow roots."""

    fragment: str
    closed_group: str
    unticked: tuple[str, ...]
    """The settings that would hide a part of a curve, or draw over it."""

    run: str
    # within a run
    run_name: str
    run_box: str
    run_colour: str
    run_colour_property: str

    card: str
    # within a card
    title: str
    chart: str
    """The curves' own area, without axes."""


SCALARS = Dashboard(
    fragment="#scalars",
    closed_group="tf-category-paginated-view button.heading:not([open-button])",
    unticked=("Ignore outliers in chart scaling",),
    run="tf-runs-selector .name-row",
    run_name=".item-label-container",
    run_box="paper-checkbox",
    run_colour="paper-icon-button.isolator",
    run_colour_property="color",
    card="tf-scalar-card",
    title="[itemprop=name]",
    chart=".line-plot:not(.ghost)",
)
TIME_SERIES = Dashboard(
    fragment="#timeseries",
    closed_group="button.group-toolbar:has([svgicon^=expand_more])",
    unticked=("Ignore outliers in chart scaling", "Enable step selection and data table"),
    run="runs-data-table tb-data-table-content-row",
    run_name=".table-column-run",
    run_box="input[type=checkbox]",
    run_colour=".run-color-swatch",
    run_colour_property="background-color",
    card="scalar-card",
    title="tb-truncated-path",
    chart=".series-view",
)

Box = Mapping[str, float]
"""x, y, width, height in pixels of the page."""


@dataclass(frozen=True)
class View:
    """What a page shows: the runs to choose from, and the curves in each card.

    ``cards`` is {title: {run: width}}, the width as a part of the chart's. A run whose colour
    is nowhere in a chart has no curve there; a card without curves counts for nothing.
    """

    runs: list[str]
    cards: dict[str, dict[str, float]]


def open_page(
    browser: Browser, url: str, dashboard: Dashboard, size: tuple[int, int] = TALL
) -> Page:
    """Open a page, and set it so that it shows every point of what it shows."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(url + dashboard.fragment)
    for setting in dashboard.unticked:
        page.get_by_text(setting).click()
    return page


def open_groups(page: Page, dashboard: Dashboard) -> None:
    """Click on the groups of cards that are closed by now: at first all but two."""
    # all at one moment: one that opens by itself while it is looked for would never be found
    page.locator(dashboard.closed_group).evaluate_all("groups => groups.forEach(g => g.click())")


def tick(page: Page, dashboard: Dashboard, run: str) -> None:
    """Click on the box that shows and hides a run."""
    row = page.locator(dashboard.run, has=page.get_by_text(run, exact=True))
    row.locator(dashboard.run_box).click()


def look(page: Page, dashboard: Dashboard) -> View:
    """Look once, at what happens to be drawn by now."""
    colours = _colours(page, dashboard)
    boxes = _boxes(page, dashboard)
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    curves = {title: _curves(picture, box, colours) for title, box in boxes.items()}
    return View(sorted(colours), {title: found for title, found in curves.items() if found})


def _colours(page: Page, dashboard: Dashboard) -> dict[str, NDArray[np.int64]]:
    names = page.locator(f"{dashboard.run} {dashboard.run_name}").all_inner_texts()
    colours = page.locator(f"{dashboard.run} {dashboard.run_colour}").evaluate_all(
        "(elements, name) => elements.map(e => getComputedStyle(e).getPropertyValue(name))",
        dashboard.run_colour_property,
    )
    return {
        name.strip(): np.array(re.findall(r"\d+", colour)[:3], int)
        for name, colour in zip(names, colours, strict=False)
    }


def _boxes(page: Page, dashboard: Dashboard) -> dict[str, Box]:
    """Find all charts at one moment: cards come, go and move while a page is loading."""
    parts: Sequence[str | Box] = page.locator(
        f"{dashboard.card} {dashboard.title}, {dashboard.card} {dashboard.chart}"
    ).evaluate_all(
        """(elements, title) => elements.map(
            e => e.matches(title) ? e.innerText.trim() : e.getBoundingClientRect().toJSON()
        )""",
        dashboard.title,
    )
    # in the order of the page: each title, then the chart, unless that is still to come;
    # without a width in groups that a filter has hidden
    return {
        title: box
        for title, box in pairwise(parts)
        if isinstance(title, str) and not isinstance(box, str) and box["width"]
    }


def _curves(
    picture: NDArray[np.int64], box: Box, colours: Mapping[str, NDArray[np.int64]]
) -> dict[str, float]:
    left, top = round(box["x"]), round(box["y"])
    chart = picture[top : top + round(box["height"]), left : left + round(box["width"])]
    widths = {}
    for run, colour in colours.items():
        columns = np.flatnonzero((abs(chart - colour) <= _NEAR).all(axis=2).any(axis=0))
        if len(columns):
            widths[run] = float(columns[-1] + 1 - columns[0]) / chart.shape[1]
    return widths
