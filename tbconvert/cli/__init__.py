"""The edge: the only room that prints, exits, and imports click.

Nothing in here imports Arrow before a command is at work: ``--help`` is instant.
"""

from tbconvert.cli.main import run

__all__ = ["run"]
