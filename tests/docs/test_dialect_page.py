"""The page of all dialects is what their table makes of it."""

from __future__ import annotations

import runpy
from pathlib import Path

from tbconvert.dialects import DIALECTS

SCRIPT = Path(__file__).parents[2] / "docs" / "dialects.py"


def test_the_page_of_dialects_is_fresh() -> None:
    wanted = runpy.run_path(str(SCRIPT))["page"]()

    is_fresh = SCRIPT.with_suffix(".md").read_text("utf-8") == wanted
    assert is_fresh, "docs/dialects.md is stale: it is not what the table makes; make docs-dialects"


def test_every_dialect_is_on_the_page() -> None:
    page = SCRIPT.with_suffix(".md").read_text("utf-8")

    for dialect in DIALECTS:
        assert f"| **{dialect.name}**<br>" in page
        assert dialect.sample in page
