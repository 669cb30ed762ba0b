"""Debian's Chromium without a window, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAM = "chromium"

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    # nothing that speaks to anybody but the server asked for
    *("--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--no-first-run",
)


def missing() -> str:
    """Say what there is to install before a page can be opened; nothing if all is there."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed: pip install 'tbconvert[browser]'"
    if shutil.which(PROGRAM) is None:
        return f"there is no {PROGRAM} on the path: apt-get install {PROGRAM}"
    return ""


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which(PROGRAM), args=list(OPTIONS)
        )
        try:
            yield browser
        finally:
            browser.close()
