"""`python -m longhaul_trainer JOB_DIR [--processes N]`: one job. Also what `torchrun -m longhaul_trainer JOB_DIR` starts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .barriers import sleep_at_barriers
from .lifeline import die_with
from .processes import spread
from .run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="longhaul_trainer", description="Do the training job of a folder.")
    parser.add_argument("directory", type=Path, help="the folder with job.json")
    parser.add_argument("--processes", type=int, default=1, help="processes on this machine, one for each GPU")
    arguments = parser.parse_args()
    if arguments.processes > 1:
        return spread(arguments.directory, arguments.processes)
    if "LONGHAUL_PARENT" in os.environ:
        die_with(int(os.environ["LONGHAUL_PARENT"]))
    sleep_at_barriers()
    return run(arguments.directory)


if __name__ == "__main__":
    sys.exit(main())
