"""Train, convert, and take the pictures of the walk-through: what TensorBoard shows of it.

Needs the extras ``test``, ``browser`` and ``docs``, and Chromium:

    PYTHONPATH=tests python docs/walkthrough/pictures.py
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from browser.chromium import chromium, missing
from browser.picture import picture_at_rest, write_picture
from oracle import TensorBoard, ingest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = Path(__file__).resolve().parent
PAGES = {
    "scalars": (1200, 760),
    "histograms": (1200, 760),
    "distributions": (1200, 760),
    "images": (1900, 1560),
    "graphs": (1200, 700),
}


def main() -> None:
    """Write a picture of each page beside this script."""
    if message := missing():
        sys.exit(message)
    train = runpy.run_path(str(HERE / "train.py"))["main"]
    # the page shows the logdir as it was named
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        train(Path("experiment"))
        ingest("experiment", logdir=Path("runs"))
        with TensorBoard("runs") as board, chromium() as browser:
            for name, size in PAGES.items():
                write_picture(HERE / f"{name}.png", _picture(browser, f"{board.url}#{name}", size))


def _picture(browser: Browser, url: str, size: tuple[int, int]) -> bytes:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(url)
    page.wait_for_timeout(6000)
    if url.endswith("#graphs"):
        page.locator("text.nodelabel", has_text="output").first.dblclick(force=True)
    picture = picture_at_rest(page)
    page.close()
    return picture


if __name__ == "__main__":
    main()
