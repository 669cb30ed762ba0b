"""The command, its exit statuses, and what is said when it is used wrongly."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence

import click

from tbconvert.cli.formats import formats
from tbconvert.cli.ingest import ingest
from tbconvert.errors import UsageError
from tbconvert.version import __version__

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def tbconvert() -> None:
    r"""Turn the training logs you already have into TensorBoard runs.

    \b
        tbconvert ingest run.csv --logdir runs
        tensorboard --logdir runs
    """


tbconvert.add_command(ingest)
tbconvert.add_command(formats)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status.

    0: all is written. 1: a run failed, or under --strict something was left out. 2: wrong
    usage, nothing was done. 130: interrupted.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = tbconvert.main(list(arguments), prog_name="tbconvert", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else OK
    except click.UsageError as err:
        return _wrong_usage(arguments, err)
    except click.ClickException as err:
        return _wrong_usage(arguments, click.UsageError(err.format_message()))
    except UsageError as err:
        return _wrong_usage(arguments, click.UsageError(str(err)))
    except (KeyboardInterrupt, click.Abort):
        return _stopped(arguments, "interrupted", INTERRUPTED)
    except BrokenPipeError:
        # whoever read our output has seen enough; nothing must be said on the way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _wrong_usage(arguments: Sequence[str], error: click.UsageError) -> int:
    error.show()
    return _stopped(arguments, error.format_message(), WRONG_USAGE)


def _stopped(arguments: Sequence[str], said: str, status: int) -> int:
    """With --json, stdout is one JSON object whatever happens."""
    if "--json" in arguments:
        answer = {"tbconvert": __version__, "exit_status": status, "error": said}
        click.echo(json.dumps(answer, ensure_ascii=False))
    return status
