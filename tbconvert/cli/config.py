"""``tbconvert.toml``, or ``[tool.tbconvert]`` in ``pyproject.toml``: options that stay."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tbconvert import storage
from tbconvert.cli.knobs import Pair
from tbconvert.errors import UsageError
from tbconvert.options import Options

_TABLES = ("source", "dialect")
"""What is no option: sections for some files, and dialects."""


def find_config(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """Return the nearest configuration, of a folder or one above, and what is in it.

    Raises
    ------
    UsageError
        It is no TOML.
    """
    for above in (folder, *folder.parents):
        for name in ("tbconvert.toml", "pyproject.toml"):
            file = above / name
            if storage.exists(str(file)) and (table := read_config(file)) is not None:
                return file, table
    return None


def read_config(file: Path) -> dict[str, Any] | None:
    """Return what a file says of tbconvert; None if it is a ``pyproject.toml`` that says nothing.

    Raises
    ------
    UsageError
        It is not there, or is no TOML.
    """
    if not storage.exists(str(file)):
        raise UsageError(f"--config: {file}: no such file")
    try:
        table = tomllib.loads(storage.small_text(str(file)))
    except tomllib.TOMLDecodeError as err:
        if file.name == "pyproject.toml":
            return None  # not ours to judge
        raise UsageError(f"{file}: not TOML: {err}") from err
    if file.name != "pyproject.toml":
        return table
    own = table.get("tool", {}).get("tbconvert")
    return own if isinstance(own, dict) else None


def defaults_of(
    table: Mapping[str, Any], file: Path, ctx: click.Context, *, is_whole: bool = True
) -> dict[str, Any]:
    """Return the defaults that a configuration gives the options of a command, by their names.

    Keys are the long options, without dashes in front, and with "-" or "_" between words.
    ``source`` and ``dialect`` come as they are. Of a configuration that is for several
    commands, not ``is_whole``, the options of others are passed over.

    Raises
    ------
    UsageError
        A key is no option, or its value none for it; the message names file and key.
    """
    params = {param.name: param for param in ctx.command.params if isinstance(param, click.Option)}
    by_key = {key: param for param in params.values() for key in _keys(param)}
    defaults: dict[str, Any] = {}
    for key, value in table.items():
        if key in _TABLES:
            continue
        param = by_key.get(key.replace("_", "-"))
        if param is None:
            if is_whole:
                near = difflib.get_close_matches(key, [*by_key, *_TABLES], n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise UsageError(f"{file}: no option {key!r}{hint}")
            continue
        given = _given(value, param, key, file)
        try:
            param.type_cast_value(ctx, given)
        except click.UsageError as err:
            raise UsageError(f"{file}: {key}: {err.message}") from err
        except TypeError as err:
            raise UsageError(f"{file}: {key}: got {value!r}, which is no value for it") from err
        # as whoever wrote it sees it, wherever the command is given
        is_place = key == "logdir" and "://" not in str(given)
        defaults[str(param.name)] = str(file.parent / given) if is_place else given
    return defaults


def sections_of(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Return the sections for some files, and the dialects, as ``Options`` take them.

    Raises
    ------
    UsageError
            They are no sections, or make no sense.
    """
    sources, dialects = table.get("source", []), table.get("dialect", {})
    if not isinstance(sources, list) or not all(isinstance(one, dict) for one in sources):
        raise UsageError(f"{file}: source: wanted sections, each headed [[source]]")
    if not isinstance(dialects, dict) or not all(isinstance(d, dict) for d in dialects.values()):
        raise UsageError(f"{file}: dialect: wanted sections, each headed [dialect.NAME]")
    named = tuple({key.replace("-", "_"): one[key] for key in one} for one in sources)
    if not (sources or dialects):
        return {}
    from tbconvert.dialects import know  # slow to import, and few configurations have any

    try:
        Options(sources=named, dialects=dialects)
        know(dialects)
    except UsageError as err:
        raise UsageError(f"{file}: {err}") from err
    return {"sources": named, "dialects": dialects}


def _keys(param: click.Option) -> list[str]:
    """Return the keys of an option: ``step-scale``; ``no-header`` is ``header`` that is false."""
    return [name[2:] for name in param.opts if name.startswith("--")]


def _given(value: Any, param: click.Option, key: str, file: Path) -> Any:
    """Return a value as click takes it for the option."""
    if isinstance(value, dict):
        if not isinstance(param.type, Pair):
            raise UsageError(f"{file}: {key}: got a table, wanted a value")
        return [f"{name}={_text(one)}" for name, one in value.items()]
    if param.multiple:
        return [value] if isinstance(value, str) else value
    if isinstance(value, list):
        raise UsageError(f"{file}: {key}: got a list, wanted one value")
    if param.is_flag and not isinstance(value, bool):
        raise UsageError(f"{file}: {key}: got {value!r}, wanted true or false")
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
