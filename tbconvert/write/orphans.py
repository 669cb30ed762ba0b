"""Runs whose sources are not there any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from tbconvert.errors import SourceError
from tbconvert.storage import ledgers, small_text, stat
from tbconvert.write.ledger import parse_ledger


def orphans(
    logdir: str, folders: Sequence[str], planned: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield each source below some folders that is gone, and the run that was made from it.

    ``folders`` are paths in full, or URIs. The runs that are ``planned`` are not asked: they
    have sources. What the system or a store does not tell of is not called gone.
    """
    roots = tuple(folder.rstrip("/") + "/" for folder in folders)
    for run, path in _ledgers(logdir) if roots else ():
        ledger = None if run in planned else parse_ledger(small_text(path, _MOST))
        uris = {
            stamp.uri for entry in (ledger.entries if ledger else ()) for stamp in entry.sources
        }
        for uri in sorted(uris):
            if uri.startswith(roots) and _is_gone(uri):
                yield run, uri


def _ledgers(logdir: str) -> Iterator[tuple[str, str]]:
    with suppress(SourceError):  # whoever wanted to write there was told of it
        yield from ledgers(logdir)


def _is_gone(uri: str) -> bool:
    try:
        stat(uri)
    except (SourceError, ValueError) as err:  # a ledger may hold what can be no path
        return isinstance(err.__cause__, FileNotFoundError | NotADirectoryError)
    return False


_MOST = 1 << 26
