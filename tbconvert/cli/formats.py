"""``tbconvert formats``: what can be read, and whose columns are known."""

from __future__ import annotations

import click

from tbconvert.cli.knobs import GroupedCommand, knob
from tbconvert.cli.telling import say_json, telling


@click.command(cls=GroupedCommand)
@knob("How it is done", "--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def formats(as_json: bool) -> None:
    """List the formats and the dialects that are known."""
    from tbconvert.dialects import known
    from tbconvert.read import formats as known_formats

    listed = {
        "formats": [{"name": row.name, "about": row.about} for row in known_formats()],
        "dialects": [{"name": row.name, "about": row.about} for row in known()],
    }
    with telling():
        if as_json:
            say_json(listed)
            return
        for title, rows in listed.items():
            click.echo(f"{title}:")
            for row in rows:
                click.echo(f"  {row['name']:<12} {row['about']}")
