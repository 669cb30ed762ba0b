"""Train, convert, and take the pictures of the walk-through: what TensorBoard shows of it.

Needs the extras ``test``, ``browser`` and ``docs``, and Chromium:

    PYTHONPATH=tests python docs/walkthrough/pictures.py
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from browser.chromium import chromium, missing
from oracle import TensorBoard, ingest
from PIL import Image

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
REST = 2.0
"""Seconds in which nothing moves: then all is drawn."""

PATIENCE = 60.0


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
                _write(HERE / f"{name}.png", _picture(browser, f"{board.url}#{name}", size))


def _picture(browser: Browser, url: str, size: tuple[int, int]) -> bytes:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(url)
    page.wait_for_timeout(6000)
    if url.endswith("#graphs"):
        page.locator("text.nodelabel", has_text="output").first.dblclick(force=True)
    end = time.monotonic() + PATIENCE
    before = b""
    while time.monotonic() < end:
        picture = page.screenshot()
        if picture == before:
            page.close()
            return picture
        before = picture
        page.wait_for_timeout(REST * 1000)
    raise TimeoutError(f"{url} does not come to rest")


def _write(target: Path, picture: bytes) -> None:
    # a page has few colours, and a palette of them is half the size
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
