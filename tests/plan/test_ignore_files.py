"""What folders say of their files, and what the command line says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tbconvert import Options, plan_runs


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work above a tree of three logs."""
    monkeypatch.chdir(tmp_path)
    for name in ("a/x.csv", "a/y.csv", "b/z.csv"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("step,loss\n0,1.0\n1,0.5\n")
    return tmp_path / "tree"


def taken(*unwanted: str) -> list[str]:
    made = plan_runs(["tree"], "runs", Options(exclude_files=unwanted))
    return sorted(source.uri.removeprefix("tree/") for job in made.jobs for source in job.sources)


def test_the_command_line_has_the_last_word(tree: Path) -> None:
    (tree / "a/.tbconvertignore").write_text("!x.csv\ny.csv\n")

    assert taken() == ["a/x.csv", "b/z.csv"]
    assert taken("x.csv") == ["b/z.csv"]
    assert taken("!y.csv") == ["a/x.csv", "a/y.csv", "b/z.csv"]


def test_a_long_list_is_read_to_its_end(tree: Path) -> None:
    lines = [f"old-experiment-{number}.csv" for number in range(5000)]
    assert sum(map(len, lines)) > 1 << 16
    (tree / ".tbconvertignore").write_text("\n".join([*lines, "b/"]))

    assert taken() == ["a/x.csv", "a/y.csv"]


def test_a_list_written_on_windows(tree: Path) -> None:
    (tree / ".tbconvertignore").write_bytes(b"# trials\r\nb/\r\n")

    assert taken() == ["a/x.csv", "a/y.csv"]


def test_a_list_that_begins_with_a_mark(tree: Path) -> None:
    (tree / ".tbconvertignore").write_bytes(b"\xef\xbb\xbfb/\n")

    assert taken() == ["a/x.csv", "a/y.csv"]
