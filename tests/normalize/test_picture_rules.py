"""The rules by which somebody asks for pictures."""

from __future__ import annotations

import pytest

from tbconvert.errors import UsageError
from tbconvert.normalize.pictures import WAYS, Rule, Way, find_way, parse_rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("*=off", Rule("*", Way("off"))),
        ("dense/kernel=matrix", Rule("dense/kernel", Way("matrix"))),
        ("w*=columns:28x28", Rule("w*", Way("columns", (28, 28)))),
        ("w*=rows:28X14", Rule("w*", Way("rows", (28, 14)))),
        ("w=columns:32x32x3", Rule("w", Way("columns", (32, 32, 3)))),
        ("w=rows:3x32x32", Rule("w", Way("rows", (3, 32, 32)))),
        ("conv*=tile", Rule("conv*", Way("tile"))),
        ("conv*=tile:hwio", Rule("conv*", Way("tile", order="hwio"))),
        ("x= Images ", Rule("x", Way("images"))),
        ("a=b=tile:oihw", Rule("a=b", Way("tile", order="oihw"))),
    ],
)
def test_rules(text: str, rule: Rule) -> None:
    assert parse_rule(text) == rule
    assert parse_rule(f"{rule.pattern}={rule.way}") == rule


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "''"),
        ("matrix", "'matrix'"),
        ("=matrix", "'=matrix'"),
        ("w=", "''"),
        ("w=pie", "'pie'"),
        ("w=matrix:28x28", "'matrix:28x28'"),
        ("w=off:", "'off:'"),
        ("w=tile:", "'tile:'"),
        ("w=tile:ohwi", "'tile:ohwi'"),
    ],
)
def test_a_rule_that_is_none_is_told_all_ways(text: str, got: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_rule(text)

    assert str(told.value).startswith(f"image: got {got}")
    assert str(told.value).endswith(WAYS)


@pytest.mark.parametrize(
    "detail",
    ["", ":", ":28", ":28x", ":0x28", ":-1x28", ":2.5x2", ":28x28x2", ":2x28x28", ":8x8x3x1",
     ":28 x 28", ":100000x1", ":٢x٢"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["columns", "rows"])
def test_columns_and_rows_want_to_know_the_sides(kind: str, detail: str) -> None:
    with pytest.raises(UsageError, match=rf"image: got '{kind}.*' for 'w', wanted {kind}:HEIGHTx"):
        parse_rule(f"w={kind}{detail}")


def test_the_last_rule_that_matches_holds() -> None:
    rules = tuple(map(parse_rule, ("*=off", "dense/*=matrix", "dense/kernel=columns:28x28")))

    assert find_way(rules, "dense/kernel") == Way("columns", (28, 28))
    assert find_way(rules, "dense/deep/er") == Way("matrix")
    assert find_way(rules, "Dense/kernel") == Way("off")
    assert find_way(rules[1:], "conv") is None
    assert find_way((), "conv") is None
