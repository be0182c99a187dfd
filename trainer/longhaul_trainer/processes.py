"""Several processes for one job on this machine, as torchrun has it, but with the job's own exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from .errors import TRY_AGAIN

# Seconds in which the other processes may fail by themselves and say why, before they are ended.
LAST_WORDS = 5.0


def spread(directory: Path, count: int) -> int:
    """Runs the job in `count` processes; the first that fails ends the others and gives the exit code."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "longhaul_trainer", str(directory)]
    workers = [subprocess.Popen(command, env=place(rank, count, port)) for rank in range(count)]

    def forward(number: int, _: FrameType | None) -> None:
        for worker in workers:
            worker.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    return supervise(workers)


def place(rank: int, count: int, port: int) -> dict[str, str]:
    """The environment of one process, in torchrun's words."""
    return {
        **os.environ,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "LONGHAUL_PARENT": str(os.getpid()),
    }


def supervise(workers: list[subprocess.Popen[bytes]]) -> int:
    """Waits for all; a death by a signal is "try again"."""
    while True:
        codes = [worker.poll() for worker in workers]
        failed = next((code for code in codes if code), None)
        if failed is not None:
            end(workers)
            return failed if failed > 0 else TRY_AGAIN
        if all(code == 0 for code in codes):
            return 0
        time.sleep(0.05)


def end(workers: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + LAST_WORDS
    while time.monotonic() < until and any(worker.poll() is None for worker in workers):
        time.sleep(0.05)
    for worker in workers:
        worker.kill()
        worker.wait()
