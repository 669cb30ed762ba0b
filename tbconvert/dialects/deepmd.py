"""DeePMD-kit's learning curve: aligned columns, whose names are the first line of comment."""

from __future__ import annotations

from collections.abc import Sequence

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.savetxt import named_by


def _names(comments: Sequence[str], width: int) -> tuple[list[str], str]:
    for line in comments:
        names = line.lstrip("# \t").split()
        if names[:1] == ["step"] and len(names) == width == len({*names}):
            return names, ""
    return [], ""


DEEPMD = on_generic(
    "deepmd",
    "lcurve.out of DeePMD-kit",
    Mark(("lcurve*",), formats=("csv",), comments=("#*step *lr*",)),
    Mark(formats=("csv",), comments=("#*step *rmse*_trn* lr*",)),
    # the first that was written on PyTorch had pairs instead
    Mark(formats=("text",), columns=("step", "lr", "loss", "speed")),
    sample="tbconvert ingest lcurve.out --logdir runs",
    steps=("step",),
    names_columns=True,
    marker=b" s/100 batches\n",
    pattern=(r"(?P<key>\w+)=(?P<value>[^,\s]+)",),
    stock_names={"lcurve"},
    adapt=named_by(_names),
)
