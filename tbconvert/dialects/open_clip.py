"""OpenCLIP: results of each epoch, below a text file of what the training was started with."""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.wording import setting_of
from tbconvert.model import Origin, Raw, RawSettings, Setting, Source

_PARAMS = "../params.txt"


def _adapt(source: Source) -> Adapter:
    text = source.read_options.get("texts", {}).get(_PARAMS, "")
    settings = [RawSettings(Origin(source.uri), values)] if (values := _settings(text)) else []

    def adapt(raw: Raw) -> Iterator[Raw]:
        while settings:
            yield settings.pop()
        yield raw

    return adapt


def _settings(text: str) -> dict[str, Setting]:
    """Return what stands in lines ``name: value``; what is None or empty says nothing."""
    pairs = (line.partition(":") for line in text.splitlines())
    given = {name.strip(): value.strip() for name, colon, value in pairs if colon}
    said = {name: setting_of(text) for name, text in given.items()}
    return {name: value for name, value in said.items() if value is not None}


OPEN_CLIP = on_generic(
    "open_clip",
    "checkpoints/results.jsonl and params.txt of OpenCLIP",
    Mark(("checkpoints/results.jsonl",), formats=("jsonl",), beside=(_PARAMS,)),
    Mark(("results.jsonl",), formats=("jsonl",), columns=("image_to_text_r@1", "epoch")),
    Mark(("results.jsonl",), formats=("jsonl",), columns=("*-zeroshot-val-top1",)),
    sample="tbconvert ingest logs --logdir runs",
    steps=("epoch",),
    texts=(_PARAMS,),
    adapt=_adapt,
)
