"""Dialects that users write as data, in their configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tbconvert.dialects.dialect import Dialect, Mark
from tbconvert.dialects.generic import GENERIC
from tbconvert.errors import UsageError, did_you_mean

_MARK = ("files", "formats", "columns", "keys", "comments", "but", "beside")
_NAMES = {
    "step": "steps",
    "wall_time": "wall_times",
    "clock": "clocks",
    "runs": "runs",
    "tag": "tags",
    "value": "values",
    "settings": "settings",
    "stock_names": "stock_names",
    "stock_folders": "stock_folders",
    "settings_files": "settings_names",
}
"""What a user calls a list of names, and what a dialect does."""

_PLAIN = {"about": str, "sample": str, "run": str, "joins": bool, "base": str}
KEYS = (*_MARK, *_NAMES, *_PLAIN)


def own_dialects(
    tables: Mapping[str, Mapping[str, Any]], others: Sequence[Dialect]
) -> dict[str, Dialect]:
    """Return the dialects of a configuration; each builds on one before it, or on others.

    Raises
    ------
    UsageError
        What describes one makes no sense.
    """
    own: dict[str, Dialect] = {}
    for name, table in tables.items():
        base = table.get("base", GENERIC.name)
        by_name = {dialect.name: dialect for dialect in reversed((*own.values(), *others))}
        if not isinstance(base, str) or base not in by_name:
            wanted = (
                f"wanted one of {', '.join(reversed(by_name))}{did_you_mean(str(base), by_name)}"
            )
            raise UsageError(f"dialect.{name}.base: got {base!r}, {wanted}")
        own[name] = own_dialect(name, table, by_name[base])
    return own


def own_dialect(name: str, table: Mapping[str, Any], base: Dialect) -> Dialect:
    """Return the dialect that a table of the configuration describes, built on another one.

    What is a list may be a single text. Names stand in front of those of the base.

    Raises
    ------
    UsageError
        A key is unknown, or holds what it cannot.
    """
    fields: dict[str, Any] = {"name": name, "about": f"of the configuration, like {base.name}"}
    mark: dict[str, Any] = {}
    for key, value in table.items():
        if key in _MARK:
            mark[key] = _texts(name, key, value)
        elif key in _NAMES:
            known = getattr(base, _NAMES[key])
            texts = _texts(name, key, value)
            is_set = isinstance(known, frozenset)
            folded = tuple(map(str.casefold, texts))
            fields[_NAMES[key]] = known | {*folded} if is_set else (*folded, *known)
        elif key in _PLAIN:
            if not isinstance(value, _PLAIN[key]):
                wanted = "a text" if _PLAIN[key] is str else "true or false"
                raise UsageError(f"dialect.{name}.{key}: got {value!r}, wanted {wanted}")
            if key != "base":
                fields[key] = value
        else:
            hint = did_you_mean(key, KEYS, f"; wanted one of {', '.join(KEYS)}")
            raise UsageError(f"dialect.{name}: no key {key!r}{hint}")
    if not (mark.get("files") or mark.get("columns") or mark.get("keys")):
        said = "wanted 'files', 'columns' or 'keys', by which its logs are known"
        raise UsageError(f"dialect.{name}: {said}")
    return replace(base, marks=(Mark(**mark),), copies=None, **fields)


def _texts(name: str, key: str, value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else value
    if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
        return tuple(texts)
    raise UsageError(f"dialect.{name}.{key}: got {value!r}, wanted a text, or a list of texts")
