"""``python -m tbconvert`` and the ``tbconvert`` command."""

import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    from tbconvert.cli import leave, run

    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
