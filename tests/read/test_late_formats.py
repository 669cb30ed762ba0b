"""A format whose reader no file needs is not imported, and no file is mistaken for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tbconvert.options import Options
from tbconvert.read import sniff_source


def loaded(log: Path) -> set[str]:
    """Return the modules that are imported to look at a log."""
    code = (
        f"import sys; from tbconvert.cli import run; run(['inspect', {str(log)!r}]);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_a_table_does_not_wait_for_readers_of_objects(tmp_path: Path) -> None:
    log = tmp_path / "run.csv"
    log.write_text("epoch,loss,lr\n" + "".join(f"{n},{1 / n},0.1\n" for n in range(1, 20)))

    found = loaded(log)

    assert "tbconvert.read.delimited" in found
    assert found.isdisjoint({"tbconvert.read.jsonlines", "tbconvert.read.outline", "statistics"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp500"])
@pytest.mark.parametrize("before", ["", "starting ...\n"])
def test_objects_are_known_in_any_encoding(tmp_path: Path, encoding: str, before: str) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes((before + '{"step": 1, "loss": 0.5}\n' * 3).encode(encoding))
    given = None if encoding in ("utf-8", "utf-8-sig", "utf-16") else encoding

    format, _ = sniff_source(str(log), Options(encoding=given))

    assert format == "jsonl"
