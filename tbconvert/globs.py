"""Which paths and names globs mean; in any case."""

from __future__ import annotations

import re
from collections.abc import Collection
from fnmatch import translate
from functools import cache

_WRAPPED = re.compile(r"\(\?s:(.*)\)\\[Zz]", re.DOTALL)
_SIGN = re.compile(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\])")


def are_at_end(globs: Collection[str], path: str) -> bool:
    """Tell whether the end of a "/"-separated path, whole parts of it, is like one of some globs.

    ``*`` stands for any text in one part, ``**`` for any folders.
    """
    return _ends(tuple(globs)).fullmatch(path.casefold()) is not None


def are_whole(globs: Collection[str], path: str) -> bool:
    """Tell whether a whole "/"-separated path is like one of some globs, as in ``are_at_end``."""
    return _paths(tuple(globs)).fullmatch(path.casefold()) is not None


def is_like(globs: Collection[str], name: str) -> bool:
    """Tell whether a whole name is like one of some globs, in which ``*`` is any text."""
    return _wholes(tuple(globs)).fullmatch(name.casefold()) is not None


@cache
def _ends(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(f"(?:.*/)?(?:{_any_of(globs, '[^/]*')})", re.DOTALL)


@cache
def _paths(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(_any_of(globs, "[^/]*"), re.DOTALL)


@cache
def _wholes(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(_any_of(globs, ".*"), re.DOTALL)


def _any_of(globs: tuple[str, ...], any_text: str) -> str:
    return "|".join(_translated(glob, any_text) for glob in globs) if globs else "(?!)"


def _translated(glob: str, any_text: str) -> str:
    parts = []
    for part in _SIGN.split(glob.casefold()):
        if part == "**/":
            parts.append("(?:.*/)?")
        elif part == "**":
            parts.append(".*")
        elif part == "*":
            parts.append(any_text)
        elif part == "?":
            parts.append(any_text.rstrip("*"))
        elif part.startswith("["):
            parts.append(_WRAPPED.sub(r"\1", translate(part)))
        else:
            parts.append(re.escape(part))
    return "".join(parts)
