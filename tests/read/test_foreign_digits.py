"""Digits of other scripts are letters of a text: YAML and Python write numbers by ASCII."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from found import Found

from tbconvert.dialects.wording import setting_of

FOREIGN = ["১3", "٣", "3.১", "1e৩"]


@pytest.mark.parametrize("text", FOREIGN)
def test_yaml_has_them_as_texts(read: Callable[..., Found], text: str) -> None:
    found = read(f"lr: 0.5\nname: {text}\n", name="hparams.yaml")

    assert found.settings[0].values["name"] == text
    assert yaml.safe_load(f"name: {text}") == {"name": text}


@pytest.mark.parametrize("text", FOREIGN)
def test_a_setting_of_such_digits_is_a_text(text: str) -> None:
    assert setting_of(text) == text
