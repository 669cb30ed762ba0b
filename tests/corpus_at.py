"""Where the genuine logs are, whose licences keep them out of this repository."""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = Path(os.environ.get("TBCONVERT_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus")

MISSING = f"no genuine logs at {CORPUS}; set TBCONVERT_CORPUS"
"""Why a test that wants some is skipped."""
