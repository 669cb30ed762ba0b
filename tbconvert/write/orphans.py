"""Runs whose sources are not there any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tbconvert.storage import exists, ledgers, small_text
from tbconvert.write.ledger import parse_ledger


def orphans(
    logdir: str, folders: Sequence[str], planned: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield each source below some folders that is gone, and the run that was made from it.

    ``folders`` are paths in full, or URIs. The runs that are ``planned`` are not asked: they
    have sources.

    Raises
    ------
    SourceError
        A store does not tell.
    """
    roots = tuple(folder.rstrip("/") + "/" for folder in folders)
    for run, path in ledgers(logdir) if roots else ():
        ledger = None if run in planned else parse_ledger(small_text(path, _MOST))
        uris = {
            stamp.uri for entry in (ledger.entries if ledger else ()) for stamp in entry.sources
        }
        for uri in sorted(uris):
            if uri.startswith(roots) and not exists(uri):
                yield run, uri


_MOST = 1 << 26
