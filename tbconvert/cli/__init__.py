"""The edge: the only room that prints, exits, and imports click.

Nothing in here imports Arrow before a command is at work: ``--help`` is instant.
"""

from tbconvert.cli.main import leave, run

__all__ = ["leave", "run"]
