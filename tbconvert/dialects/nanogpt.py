"""Lines of a step and what it came to, as build-nanogpt's log.txt and llm.c's main.log have."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

_NAMED = r"\b(?P<key>[a-z]+):(?P<value>[-+]?\d[-+.\de]*|-?nan|-?inf)(?=\s|$)"

# Both begin with an evaluation of a model that knows nothing: its loss is the logarithm of 50257.
BUILD_NANOGPT = on_generic(
    "build-nanogpt",
    "log.txt of build-nanogpt and its heirs: '250 val 6.0123'",
    Mark(formats=("text",), columns=("train", "val", "hella")),
    sample="tbconvert ingest log/ --logdir runs",
    steps=("step",),
    marker=b"0 train 10.",
    pattern=(r"^(?P<step>\d+) (?:train (?P<train>\S+)|val (?P<val>\S+)|hella (?P<hella>\S+)) *$",),
)

LLM_C = on_generic(
    "llm.c",
    "main.log of llm.c: 's:250 tel:6.0123'; trl is the loss of training, tel that of tests",
    Mark(formats=("text",), columns=("s", "trl", "tel")),
    sample="tbconvert ingest log124M/main.log --logdir runs",
    steps=("s",),
    marker=b"s:0 tel:",
    pattern=(_NAMED,),
    stock_names=("main",),
)
