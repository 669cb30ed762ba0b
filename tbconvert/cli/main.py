"""The command, its exit statuses, and what is said when it is used wrongly."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from tbconvert.cli.check import check
from tbconvert.cli.formats import formats
from tbconvert.cli.ingest import ingest
from tbconvert.cli.inspect import inspect
from tbconvert.cli.merge import report
from tbconvert.cli.telling import prepare_streams, say_json, silence
from tbconvert.errors import UsageError
from tbconvert.version import __version__

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def tbconvert() -> None:
    """Turn the training logs you already have into TensorBoard runs.

    \b
        tbconvert ingest run.csv --logdir runs
        tensorboard --logdir runs
    """  # noqa: D301 -- click wants the character, not the escape


tbconvert.add_command(ingest)
tbconvert.add_command(inspect)
tbconvert.add_command(check)
tbconvert.add_command(formats)
tbconvert.add_command(report)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status.

    0: all is written, or all that was checked is right. 1: it is not, or an option such as
    --strict, --fail-on or --require found something, or a file that was asked for could not be
    written. 2: wrong usage, nothing was done. 130: interrupted.
    """
    came: list[int] = []

    def interrupt(number: int, frame: object) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    prepare_streams()
    try:
        status = tbconvert.main(list(arguments), prog_name="tbconvert", standalone_mode=False)
        return status if isinstance(status, int) else OK
    except click.UsageError as err:
        return _wrong_usage(arguments, err)
    except click.ClickException as err:
        return _wrong_usage(arguments, click.UsageError(err.format_message()))
    except UsageError as err:
        return _wrong_usage(arguments, click.UsageError(str(err)))
    except (KeyboardInterrupt, click.Abort):
        return _stopped(arguments, "interrupted", INTERRUPTED)
    except OSError as err:
        # such as a full disk behind standard output; Python would try it again on its way out
        silence()
        click.echo(f"Error: {err}", err=True)
        return FAILED
    except Exception:
        if not came:
            raise
        # a module that was being imported, in C, may have made anything of it
        return _stopped(arguments, "interrupted", INTERRUPTED)


def leave(status: int) -> NoReturn:
    """End this process at once.

    To take down what was imported would take Python a tenth of a second. And an interrupt that
    came while a thread was started may leave one that nobody knows: it would be waited for.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads it any more
            stream.flush()
    os._exit(status)


def _wrong_usage(arguments: Sequence[str], error: click.UsageError) -> int:
    error.show()
    return _stopped(arguments, error.format_message(), WRONG_USAGE)


def _stopped(arguments: Sequence[str], said: str, status: int) -> int:
    """With --json, stdout is one JSON object whatever happens."""
    given = os.environ.get("TBCONVERT_JSON", "").casefold() in {"1", "true", "t", "yes", "y", "on"}
    if given or "--json" in arguments:
        say_json({"tbconvert": __version__, "exit_status": status, "error": said})
    return status
