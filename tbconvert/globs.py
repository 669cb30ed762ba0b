"""Which paths a glob means."""

from __future__ import annotations

from fnmatch import fnmatchcase


def is_at_end(glob: str, path: str) -> bool:
    """Tell whether the end of a "/"-separated path, whole parts of it, is like a glob.

    In any case; ``**`` stands for any folders.
    """
    path, glob = path.casefold(), glob.casefold()
    if "**" in glob:
        return fnmatchcase(f"/{path}", f"*/{glob.replace('**', '*')}")
    parts = glob.count("/") + 1
    return fnmatchcase("/".join(path.split("/")[-parts:]), glob)
