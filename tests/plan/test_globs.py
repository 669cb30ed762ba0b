"""Which paths and names a glob means, beside fnmatch where that has the same rule."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.globs import are_at_end, is_like

NAMES = st.text("ab.[]!-?*\\", max_size=8)


@given(st.lists(st.sampled_from(["a", "B", "*", "?", "[ab]", "[!a]", ".", "-", "("]), max_size=6))
def test_whole_names_as_fnmatch_has_it(parts: list[str]) -> None:
    glob = "".join(parts)
    for name in ("", "a", "b", "ab", "a.b", "AB(", "-a", "bb.b"):
        assert is_like((glob,), name) == fnmatchcase(name.casefold(), glob.casefold())


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("metrics.csv", "/x/Metrics.CSV", True),
        ("metrics.csv", "metrics.csv", True),
        ("metrics.csv", "/x/my_metrics.csv", False),
        ("version_*/metrics.csv", "/x/version_0/metrics.csv", True),
        ("version_*/metrics.csv", "/x/version_0/sub/metrics.csv", False),
        ("metrics/**", "/x/metrics/train/loss", True),
        ("metrics/**", "/x/my_metrics/loss", False),
        ("a/**/b", "/x/a/c/d/b", True),
        ("*", "/x/a", True),
        ("a[0-9].txt", "/x/a7.txt", True),
    ],
)
def test_ends_of_paths(glob: str, path: str, *, fits: bool) -> None:
    assert are_at_end((glob,), path) == fits


def test_no_glob_means_nothing() -> None:
    assert not is_like((), "")
    assert not are_at_end((), "a")


@given(NAMES, NAMES)
def test_no_glob_is_an_error(glob: str, name: str) -> None:
    is_like((glob,), name)
    are_at_end((glob,), name)
