"""Pictures of a page for the documentation."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from browser.dashboard import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

_REST = 2.0
"""Seconds in which nothing moves: then all is drawn."""


def picture_at_rest(page: Page) -> bytes:
    """Return a picture of a page once it does not change any more."""
    end = time.monotonic() + PATIENCE
    before = b""
    while time.monotonic() < end:
        picture = page.screenshot()
        if picture == before:
            return picture
        before = picture
        page.wait_for_timeout(_REST * 1000)
    raise TimeoutError(f"{page.url} does not come to rest")


def write_picture(target: Path, picture: bytes) -> None:
    """Write a picture small, and say how small."""
    # a page has few colours, and a palette of them is half the size
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"{target.name}: {target.stat().st_size:,} bytes")
