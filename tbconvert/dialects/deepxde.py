"""DeepXDE's loss.dat: one name for all terms of a loss, by numpy's savetxt."""

from __future__ import annotations

from collections.abc import Sequence

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.savetxt import named_by

_HEADER = "# step, loss_train, loss_test, metrics_test"


def _names(comments: Sequence[str], width: int) -> tuple[list[str], str]:
    """Tell losses from metrics: as many are of the training as of the test.

    Most problems have one metric or none, so an odd number is that of losses and one metric.
    """
    cells = width - 1
    if cells < 2 or not any(line.strip() == _HEADER for line in comments):
        return [], ""
    terms, metrics = divmod(cells, 2)
    parts = (("loss_train", terms), ("loss_test", terms), ("metrics_test", metrics))
    names = [
        f"{name}/{place}" if count > 1 else name for name, count in parts for place in range(count)
    ]
    if cells == 3:
        return ["step", *names], ""
    losses = f"{terms} loss{'es' * (terms > 1)}"
    said = f"3 names for {cells} columns: taken for {losses} of the training, {losses} of the test"
    return ["step", *names], f"{said} and {'a' if metrics else 'no'} metric"


DEEPXDE = on_generic(
    "deepxde",
    "loss.dat of DeepXDE's saveplot",
    Mark(formats=("csv",), comments=(_HEADER,)),
    sample="tbconvert ingest loss.dat --logdir runs",
    steps=("step",),
    stock_names={"loss"},
    names_columns=True,
    adapt=named_by(_names),
)
