"""``tbconvert report``: reports of several ingests put together, as of the shards of an archive."""

from __future__ import annotations

import json
from typing import IO

import click

from tbconvert.cli.conversion import RUNNING
from tbconvert.cli.knobs import GroupedCommand, knob
from tbconvert.cli.telling import say_json, telling
from tbconvert.errors import UsageError


@click.group()
def report() -> None:
    """Work with what 'ingest --json' said."""


@report.command(cls=GroupedCommand, no_args_is_help=True)
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True, type=click.File("rb"))
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--verbose", "-v", is_flag=True, help="Say every skipped file, and all problems.")
@click.pass_context
def merge(
    ctx: click.Context, /, reports: tuple[IO[bytes], ...], as_json: bool, verbose: bool
) -> None:
    """Put reports together, as if one ingest had done it all.

    The exit status is the one that this ingest would have had.

    \b
        tbconvert ingest archive/ --logdir runs --shard 1/2 --json > 1.json
        tbconvert ingest archive/ --logdir runs --shard 2/2 --json > 2.json
        tbconvert report merge 1.json 2.json
    """  # noqa: D301 -- click wants the character, not the escape
    from tbconvert.cli.show import Shown
    from tbconvert.report import Report, merged

    parts: list[Report] = []
    is_strict = False
    for file in reports:
        try:
            data = json.loads(file.read())
            part = Report.from_json(data)
            status = int(data["exit_status"])
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            wanted = "wanted what 'tbconvert ingest --json' printed"
            raise UsageError(f"REPORT: got {file.name!r}, {wanted} ({err!r})") from err
        parts.append(part)
        is_strict |= status != part.exit_status()
    whole = merged(parts)
    status = whole.exit_status(strict=is_strict)
    with telling():
        if as_json:
            say_json(whole.to_json(status))
        Shown(quiet=as_json, verbose=verbose).report(whole, dry_run=False)
    ctx.exit(status)
