"""Make the picture at the top of the README: a log that ships here, as TensorBoard shows it.

Needs the extras ``test`` and ``browser``, and Chromium:

    PYTHONPATH=tests python docs/picture.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from browser.chromium import chromium, missing
from browser.dashboard import PATIENCE, TIME_SERIES, look, open_page
from browser.picture import write_picture
from oracle import TensorBoard, ingest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
LOG = ROOT / "fixtures" / "keras" / "digits" / "digits.csv"
TAGS = "acc|loss"
CARDS = 4
SIZE = (1200, 846)
"""The page down to the lower edge of the second row of cards."""


def main() -> None:
    """Convert, look, wait until all is drawn, and write ``docs/scalars.png``."""
    if message := missing():
        sys.exit(message)
    with tempfile.TemporaryDirectory() as logdir:
        ingest(LOG, logdir=Path(logdir))
        with TensorBoard(logdir) as board, chromium() as browser:
            picture = _picture(browser, board.url)
    write_picture(ROOT / "docs" / "scalars.png", picture)


def _picture(browser: Browser, url: str) -> bytes:
    page = open_page(browser, f"{url}?smoothing=0&tagFilter={quote(TAGS)}", TIME_SERIES, SIZE)
    page.get_by_label("Toggle settings side pane").click()
    # nothing is pointed at, and nothing blinks
    page.mouse.move(1, SIZE[1] - 1)
    page.evaluate("document.activeElement.blur()")
    end = time.monotonic() + PATIENCE
    before = b""
    while time.monotonic() < end:
        page.wait_for_timeout(500)
        picture = page.screenshot()
        if picture == before and len(look(page, TIME_SERIES).cards) == CARDS:
            return picture
        before = picture
    raise TimeoutError(f"the page does not come to rest with {CARDS} curves")


if __name__ == "__main__":
    main()
