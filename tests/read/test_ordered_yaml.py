"""Mappings whose order was meant to stay, as YAML and PyYAML write them."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import yaml

from tbconvert.read.yaml_tree import YamlError, read_yaml

SETTINGS = OrderedDict([("batch_size", 256), ("clip", "lin_0.2"), ("net", [64, 64])])


def test_what_pyyaml_makes_of_an_ordered_dict() -> None:
    text = yaml.dump(SETTINGS)
    assert text.startswith("!!python/object/apply:collections.OrderedDict\n- - - batch_size\n")
    assert read_yaml(text) == (dict(SETTINGS), [])
    assert read_yaml(yaml.dump({"of": SETTINGS})) == ({"of": dict(SETTINGS)}, [])
    assert read_yaml(yaml.dump(OrderedDict(only=1))) == ({"only": 1}, [])


def test_yaml_s_own_ordered_mappings() -> None:
    assert read_yaml("a: !!omap\n- b: 1\n- c: [2, 3]\n") == ({"a": {"b": 1, "c": [2, 3]}}, [])


@pytest.mark.parametrize("rest", ["- 1", "- - - a\n    - 1\n    - 2"])
def test_an_ordered_dict_that_is_none(rest: str) -> None:
    with pytest.raises(YamlError, match="got a list, wanted a mapping"):
        read_yaml(f"!!python/object/apply:collections.OrderedDict\n{rest}\n")
