"""``tbconvert formats``: what can be read, and whose columns are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tbconvert.cli.conversion import RUNNING, config_knob
from tbconvert.cli.knobs import GroupedCommand, knob
from tbconvert.cli.telling import printable, say_json, telling

_SAID = {"package": "of an installed package", "configuration": "of your configuration"}


@click.command(cls=GroupedCommand, short_help="List the formats and the dialects that are known.")
@config_knob
@knob(RUNNING, "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@knob(RUNNING, "--verbose", "-v", is_flag=True, help="Say the files that each dialect is known by.")
@click.pass_context
def formats(ctx: click.Context, as_json: bool, verbose: bool, config: Any) -> None:
    """List the formats and the dialects that are known.

    Those of your configuration and of other installed packages are marked.
    """
    from tbconvert.dialects import DIALECTS, know, known
    from tbconvert.dialects.telling import files_text, known_by
    from tbconvert.read import FORMATS
    from tbconvert.read import formats as known_formats

    with config.blamed(ctx):
        know(config.dialects)
        listed: dict[str, list[Mapping[str, Any]]] = {
            "formats": [
                {
                    "name": row.name,
                    "about": row.about,
                    "holds": row.holds,
                    "of": "tbconvert" if row in FORMATS else "package",
                }
                for row in known_formats()
            ],
            "dialects": [
                {
                    "name": row.name,
                    "about": row.about,
                    "of": _whose(row, DIALECTS, config.dialects),
                    "files": files_text(row),
                    "known_by": known_by(row),
                    "sample": row.sample,
                }
                for row in known()
            ],
        }
    with telling():
        if as_json:
            say_json(listed)
            return
        for title, rows in listed.items():
            click.echo(f"{title}:")
            width = max(len(row["name"]) for row in rows)
            for row in rows:
                whose = f" ({_SAID[row['of']]})" if row["of"] in _SAID else ""
                click.echo(printable(f"  {row['name']:<{width}}  {row['about']}{whose}"))
                if verbose and (files := row.get("files")):
                    click.echo(printable(f"  {'':<{width}}    {files}"))


def _whose(row: Any, ours: tuple[Any, ...], own: Mapping[str, Any]) -> str:
    """Return who added a dialect."""
    if row in ours:
        return "tbconvert"
    return "configuration" if row.name in own else "package"
