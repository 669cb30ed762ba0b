"""``tbconvert formats``: what can be read, and whose columns are known."""

from __future__ import annotations

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def formats(as_json: bool) -> None:
    """List the formats and the dialects that are known."""
    from tbconvert.dialects import DIALECTS
    from tbconvert.read import FORMATS

    listed = {
        "formats": [{"name": row.name, "about": row.about} for row in FORMATS],
        "dialects": [{"name": row.name, "about": row.about} for row in DIALECTS],
    }
    if as_json:
        click.echo(json.dumps(listed, ensure_ascii=False))
        return
    for title, rows in listed.items():
        click.echo(f"{title}:")
        for row in rows:
            click.echo(f"  {row['name']:<12} {row['about']}")
