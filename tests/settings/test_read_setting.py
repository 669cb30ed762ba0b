"""What a setting is that was written as a text, by --hparam or in a file of its own."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tbconvert.model import Setting
from tbconvert.normalize import parse_settings
from tbconvert.settings import read_setting


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("True", True),
        ("false", False),
        ("TRUE", True),
        ("64", 64),
        ("-3", -3),
        ("3e-4", 3e-4),
        ("-inf", -math.inf),
        ("adam", "adam"),
        ("", ""),
        ("2024_01_15", "2024_01_15"),
        ("1_0.5", "1_0.5"),
        ("12e45678", "12e45678"),
        ("9" * 5000, "9" * 5000),
        ("a=b", "a=b"),
    ],
)
def test_a_text_is_a_truth_a_number_or_itself(text: str, wanted: Setting) -> None:
    found = read_setting(text)

    assert (found, type(found)) == (wanted, type(wanted))
    assert parse_settings((("x", text),)) == {"x": wanted}


def test_nan_is_a_number() -> None:
    assert math.isnan(float(read_setting("nan")))


@pytest.mark.parametrize(("text", "wanted"), [("TRUE", True), ("2024_01_15", "2024_01_15")])
def test_a_parameter_of_mlflow_is_read_like_an_option(
    tmp_path: Path, text: str, wanted: Setting
) -> None:
    from tbconvert.model import Run, Source
    from tbconvert.read.value import read
    from tbconvert.storage import open_input

    path = tmp_path / "lr"
    path.write_text(f"{text}\n")
    source = Source(str(path), Run("r"), "value", "generic", {"name": "lr"})

    with open_input(str(path)) as stream:
        (raw,) = read(source, stream)

    assert raw.values == {"lr": wanted}
