"""The table of runs on W&B's page, saved as CSV: what each was started with, and came to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import epoch_seconds, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_RUN, _STEP, _TIME = "run", "step", "_timestamp"
_NAME, _CREATED, _RUNTIME = "Name", "Created", "Runtime"
_OWN = {
    *("Name", "ID", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "Group"),
    *("Job Type", "Hostname", "Description", "Commit", "Github", "GPU Count", "GPU Type", "Agent"),
    *("Updated", "End Time", "Start Time", "Host", "Created By", "Relative Runtime"),
}
_METRIC = re.compile(
    r"(?i)(_step|_runtime|_timestamp|global_?step|.*"
    r"(loss|acc(uracy)?|error|score|reward|return|f1|auc|auroc|precision|recall|perplexity|ppl|"
    r"bleu|rouge|wer|cer|mse|mae|rmse|iou|psnr|ssim|fid|success|entropy|grad_?norm|best|"
    r"(train|val|valid|validation|eval|test)[/_. ][^/]*)"
    r"([@\d%_/. -]\w*)*)"
)
_CONFIG = re.compile(
    r"(?i).*(size|rate|seed|weight|coef|lambda|alpha|beta|gamma|dir|path|file|name|freq|interval|"
    r"steps|epochs|every|type|_fn|function)|(.*[/_. -])?(num|n)_\w+"
)


def _adapter(source: Source) -> Adapter:
    return RunRows(Origin(source.uri)).adapt


@dataclass(slots=True, eq=False)
class RunNames:
    """Tells runs of one name apart; ``seen`` are the names that were."""

    seen: dict[str, int] = field(default_factory=dict)

    def of(self, name: Any) -> str:
        """Return what the next run of a name is called."""
        text = "none" if name is None else str(name)
        self.seen[text] = count = self.seen.get(text, 0) + 1
        return text if count == 1 else f"{text}-{count}"


@dataclass(slots=True, eq=False)
class RunRows:
    """Makes a run of each row."""

    origin: Origin
    names: RunNames = field(default_factory=RunNames)
    metrics: list[str] | None = None

    @reshape.of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the last values of all runs, then the settings of each."""
        cells = reshape.column(raw, _NAME)
        if cells is None:
            yield raw
            return
        if self.metrics is None:
            self.metrics = _metrics(raw.batch)
            said = (
                "a table of runs: by their names and places "
                f"{', '.join(map(repr, self.metrics)) or 'no columns'} hold the last values of "
                "metrics, shown at step 0, and the others settings"
            )
            raw = replace(raw, problems=(*raw.problems, Problem(self.origin, said)))
        runs = [self.names.of(name) for name in reshape.plain(cells)]
        count = raw.batch.num_rows
        columns = {_RUN: pa.array(runs, pa.string()), _STEP: pa.array([0] * count, pa.int64())}
        columns[_TIME] = _ends(raw)
        kept = {name: c for name in self.metrics if (c := reshape.column(raw, name)) is not None}
        columns |= kept
        batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
        yield replace(raw, batch=batch)
        told = reshape.records(raw, lambda n: n not in (_NAME, _CREATED, *kept))
        for run, row in zip(runs, told, strict=True):
            yield RawSettings(raw.origin, _settings(row), run=run)


def _ends(raw: RawTable) -> pa.Array:
    """Return when each run ended, in seconds since the epoch."""
    created = reshape.column(raw, _CREATED)
    if created is None:
        return pa.nulls(raw.batch.num_rows, pa.float64())
    lasted = [0.0 if seconds != seconds else seconds for seconds in reshape.numbers(raw, _RUNTIME)]
    ends = zip(epoch_seconds(created), lasted, strict=True)
    return pa.array([None if at is None else at + more for at, more in ends], pa.float64())


def _settings(row: Mapping[str, Any]) -> dict[str, Setting]:
    # "-" is what W&B writes where there are no notes
    there = {name: cell for name, cell in row.items() if cell not in (None, "", "-")}
    return {name: plain_setting(cell) for name, cell in there.items()}


def _metrics(batch: pa.RecordBatch) -> list[str]:
    """Return the columns of metrics, which the table does not tell from those of the config.

    It has the config first, then the metrics, each by the alphabet, in which capitals may come
    first: where that begins anew once, and no name speaks against it, all numbers from there
    on are metrics. Else names say.
    """
    numbers = {
        name
        for name, kind in zip(batch.schema.names, batch.schema.types, strict=True)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind)
    }
    names = [name for name in batch.schema.names if name not in _OWN]
    named = [name for name in names if name in numbers and _is_metric(name)]
    start = _second_alphabet(names)
    if start is not None and not any(name in named for name in names[:start]):
        named = [name for name in names[start:] if name in numbers]
    return [*([_RUNTIME] if _RUNTIME in numbers else []), *named]


def _second_alphabet(names: Sequence[str]) -> int | None:
    for keys in ([*names], [name.casefold() for name in names]):
        falls = [at for at in range(1, len(keys)) if keys[at] < keys[at - 1]]
        if len(falls) == 1:
            return falls[0]
    return None


def _is_metric(name: str) -> bool:
    return _METRIC.fullmatch(name) is not None and _CONFIG.fullmatch(name) is None


WANDB_RUNS = on_generic(
    "wandb-runs",
    "the table of a project's runs in Weights & Biases, exported as CSV",
    Mark(formats=("csv",), columns=("name", "state", "user", "created", "runtime")),
    Mark(("wandb*export*.csv",), formats=("csv",), columns=("name", "created", "runtime")),
    Mark(("wandb*export*.csv",), formats=("csv",), columns=("name", "state")),
    sample="tbconvert ingest wandb_export_*.csv --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    run=_RUN,
    names_runs=True,
    adapt=_adapter,
)
