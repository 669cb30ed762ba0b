"""``tbconvert report``: reports of several ingests put together, as of the shards of an archive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from tbconvert.cli.conversion import RUNNING
from tbconvert.cli.knobs import GroupedCommand, knob
from tbconvert.cli.telling import say_json, telling
from tbconvert.errors import UsageError

if TYPE_CHECKING:
    from tbconvert.report import Report

_NAMED = 10
"""Shards that are missing, of which each is named."""


@click.group()
def report() -> None:
    """Work with what 'ingest --json' said."""


@report.command(cls=GroupedCommand, no_args_is_help=True)
@click.argument(
    "reports", metavar="REPORT...", nargs=-1, required=True, type=click.File("rb", lazy=True)
)
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--verbose", "-v", is_flag=True, help="Say every skipped file, and all problems.")
@click.pass_context
def merge(
    ctx: click.Context, /, reports: tuple[IO[bytes], ...], as_json: bool, verbose: bool
) -> None:
    """Put reports together, as if one ingest had done it all.

    The exit status is the one that this ingest would have had, and 1 where a shard is missing.

    \b
        tbconvert ingest archive/ --logdir runs --shard 1/2 --json > 1.json
        tbconvert ingest archive/ --logdir runs --shard 2/2 --json > 2.json
        tbconvert report merge 1.json 2.json
    """  # noqa: D301 -- click wants the character, not the escape
    from tbconvert.cli.show import Shown
    from tbconvert.report import merged

    parts = [_part(file) for file in reports]
    whole = merged(parts)
    missing = _missing([part.shard for part in parts if part.shard])
    status = whole.exit_status() or int(bool(missing))
    with telling():
        if as_json:
            say_json(whole.to_json(status))
        Shown(quiet=as_json, verbose=verbose).report(whole, dry_run=whole.dry_run)
        if missing:
            click.echo(f"no report is of shard {_listed(missing)}", err=True)
    ctx.exit(status)


def _part(file: IO[bytes]) -> Report:
    """Return the report in a file.

    Raises
    ------
    UsageError
        It is no report, or that of an ingest that did nothing.
    """
    from tbconvert.report import Report

    with file:
        text = file.read()
    if not text.strip():
        said = "which is empty: its ingest was ended before it could report; do it again"
        raise UsageError(f"REPORT: got {file.name!r}, {said}")
    try:
        data = json.loads(text)
        error = data.get("error")
        if error is None:
            return Report.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
        said = "wanted what 'tbconvert ingest --json' printed"
        raise UsageError(f"REPORT: got {file.name!r}, {said}") from err
    raise UsageError(f"REPORT: got {file.name!r}, of an ingest that did nothing: {error}")


def _missing(shards: Sequence[str]) -> list[str]:
    """Return the shards that are not there, although others of so many are."""
    counts = sorted({int(shard.partition("/")[2]) for shard in shards})
    return [
        f"{number}/{of}"
        for of in counts
        for number in range(1, of + 1)
        if f"{number}/{of}" not in shards
    ]


def _listed(shards: Sequence[str]) -> str:
    more = len(shards) - _NAMED
    return ", ".join(shards[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
