"""TorchRL's CSVLogger: a file for each metric, whose rows are a step and the value.

What the training was started with is a text beside them, ``name: value`` in each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.wording import setting_of
from tbconvert.model import Raw, RawSettings, Setting, Source

_HOME, _TEXTS = "scalars", "texts"
_LINE = re.compile(r"(?P<name>[^\s:][^:]*): ?(?P<value>.*)")


def _adapter(source: Source) -> Adapter:
    below = PurePosixPath(source.read_options.get("below") or reshape.file_name(source.uri))
    inner = below.relative_to(_HOME) if below.is_relative_to(_HOME) else below
    tag = inner.as_posix()
    names = {"column_1": "step", "column_2": tag[: tag.casefold().rfind(".csv")]}
    return reshape.renaming(lambda name: names.get(name, name))


def _settings(source: Source) -> Adapter:
    def adapted(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawSettings):
            text = "".join(map(str, raw.values.values()))
            raw = replace(raw, values=_named(text))
        yield raw

    return adapted


def _named(text: str) -> dict[str, Setting]:
    """Return what each line says; one that names nothing goes on with the value before."""
    lines: dict[str, str] = {}
    name = None
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            name = found["name"]
            lines[name] = found["value"]
        elif name is not None:
            lines[name] += f"\n{line}"
    said = {name: setting_of(value) for name, value in lines.items()}
    return {name: value for name, value in said.items() if value is not None}


TORCHRL = on_generic(
    "torchrl",
    "CSVLogger of TorchRL: scalars/**.csv, a file for each metric",
    Mark((f"{_HOME}/**.csv",), ("csv",), ("column_1", "column_2"), but=("column_3",)),
    sample="tbconvert ingest my_experiment/ --logdir runs",
    steps=("step",),
    homes={_HOME},
    joins=True,
    names_columns=True,
    adapt=_adapter,
)

TORCHRL_SETTINGS = on_generic(
    "torchrl-settings",
    "log_hparams of TorchRL's CSVLogger: texts/hparams0.txt",
    Mark((f"{_TEXTS}/hparams*.txt",), ("value",), beside=(f"../{_HOME}",)),
    sample="tbconvert ingest my_experiment/ --logdir runs",
    homes={_TEXTS},
    asks={"format": "value"},
    adapt=_settings,
)
