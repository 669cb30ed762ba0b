"""MLflow's file store: a file for each metric, parameter and tag, which its path names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import from_json
from tbconvert.dialects.dialect import Adapter, Mark, ReadText
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.errors import SourceError
from tbconvert.model import Origin, Raw, RawSettings, RawTable, Source

_HOMES = {"metrics", "params", "tags"}
_NAMES = ("wall_time", "", "step")
_COLUMN = "column_"
_META = "meta.yaml"
_OF_EVERY_RUN = ("tags/mlflow.user", "tags/mlflow.runName")
_LINE = r"\d{13} \S+ -?\d+( \S+ \S+)?"
"""A metric: milliseconds, the value, the step; and maybe the name and the digest of a data set."""


def _named(read: ReadText) -> Sequence[str]:
    """Return what MLflow's page calls the experiment and the run, rather than their ids."""
    run, experiment = read(_META), read(f"../{_META}")
    for meta, what in ((run, "run"), (experiment, "experiment")):
        if _field(meta, "lifecycle_stage") == "deleted":
            said = f"of a {what} that was deleted in MLflow, which hides it"
            raise SourceError(Origin(""), said, "mlflow runs restore brings it back")
    name = _field(run, "run_name") or read("tags/mlflow.runName").strip()
    name = name or _field(run, "run_id") or _field(run, "run_uuid")
    above = _field(experiment, "name")
    if above and name:
        return above, name
    return (name,) if name else ()


def _field(meta: str, name: str) -> str:
    """Return a text of a mapping in YAML, "" if there is none."""
    found = re.search(rf"(?m)^{name}:[ \t]*(.*?)[ \t]*$", meta)
    text = found[1] if found else ""
    if text.startswith('"'):
        try:
            return str(from_json(text))
        except ValueError:
            return text.strip('"')
    if text.startswith("'"):
        return text.strip("'").replace("''", "'")
    return "" if text in ("null", "~") else text


def _marks(home: str, *, deep: int = 4, tells: str = _META) -> Iterator[Mark]:
    """Yield what files below a folder of the run look like: their names may be folders.

    The run is told by a file in it.
    """
    for depth in range(1, deep + 1):
        yield Mark((f"{home}/" + "/".join("*" * depth),), beside=("../" * depth + tells,))


def _copies(paths: Sequence[str]) -> Mapping[str, str]:
    """Return the files of logged models, which have what their run has as well."""
    runs: dict[tuple[str, str], str] = {}
    models: dict[str, tuple[str, str]] = {}
    for path in paths:
        if model := re.fullmatch(r"(?P<experiment>.*)/models/m-[^/]+/(?P<inner>.*)", path):
            models[path] = model["experiment"], model["inner"]
        elif run := re.fullmatch(
            r"(?P<experiment>.*)/[^/]+/(?P<inner>(metrics|params|tags)/.*)", path
        ):
            runs[run["experiment"], run["inner"]] = path
    return {path: runs[key] for path, key in models.items() if key in runs}


def _metric(source: Source) -> Adapter:
    tag = str(source.read_options.get("below") or "value")
    roles = {f"{_COLUMN}{at}": name for at, name in enumerate(_NAMES, 1) if name}
    called = reshape.Names(roles)
    left = LeftOut(source, "what stands behind the step of a metric names a data set")

    def name_of(column: str) -> str:
        number = column.removeprefix(_COLUMN)
        at = int(number) - 1 if number.isdecimal() else len(_NAMES)
        return (_NAMES[at] or tag) if at < len(_NAMES) else column

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        yield called.renamed(left.unless(raw, lambda name: name_of(name) != name), name_of)

    return left.after(adapted)


def _setting(source: Source) -> Adapter:
    below = str(source.read_options.get("below", ""))
    left = LeftOut(source, "tags of MLflow's own tell who ran what, and where")
    is_tag = source.uri.replace("\\", "/").endswith(f"/tags/{below}")

    def adapted(raw: Raw) -> Iterator[Raw]:
        if is_tag and isinstance(raw, RawSettings):
            raw = left.settings(raw, lambda name: not below.startswith("mlflow."))
            raw = replace(raw, values={f"tags/{name}": value for name, value in raw.values.items()})
        yield raw

    return left.after(adapted)


MLFLOW = on_generic(
    "mlflow",
    "runs of MLflow's file store: mlruns/*/*/metrics",
    *_marks("metrics"),
    # copied without the rest of its run
    Mark(("metrics/**",), ("csv",), line=_LINE),
    Mark(formats=("csv",), line=_LINE),
    sample="tbconvert ingest mlruns/ --logdir runs",
    steps=("step",),
    wall_times=("wall_time",),
    homes=_HOMES,
    joins=True,
    names_columns=True,
    named=_named,
    asks={"format": "csv", "header": False, "delimiter": " "},
    adapt=_metric,
    copies=_copies,
)

MLFLOW_SETTINGS = on_generic(
    "mlflow-settings",
    "parameters and tags in MLflow's file store, beside metrics",
    *_marks("params"),
    *_marks("tags", deep=1),
    # copied without the description of its run
    *(mark for tag in _OF_EVERY_RUN for mark in _marks("params", tells=tag)),
    *(mark for tag in _OF_EVERY_RUN for mark in _marks("tags", deep=1, tells=tag)),
    sample="tbconvert ingest mlruns/ --logdir runs",
    homes=_HOMES,
    named=_named,
    asks={"format": "value"},
    adapt=_setting,
    copies=_copies,
)
