"""``python -m tbconvert`` and the ``tbconvert`` command."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    # for each core, numpy's BLAS would start a thread that spins for a tenth of a second
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # imports are slower by a quarter with it; where work begins, so does it
    from tbconvert.cli import leave, run

    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
