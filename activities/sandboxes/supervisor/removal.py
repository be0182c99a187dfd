"""Removes a sandbox by its folder, whoever opened it and whatever state its supervisor is in."""

import fcntl
import os
import signal
import time

import folders
import holders
import processes
from protocol import Refused

PATIENCE_SECONDS = 10.0


def destroy(folder: str) -> None:
    """Ends a supervisor that still holds the folder, then removes the folder; nothing happens when there is none."""
    try:
        lock = os.open(f"{folder}/lock", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        if os.path.isdir(folder):
            discard(folder)
        return
    until = time.monotonic() + PATIENCE_SECONDS
    while not locked(lock):
        if time.monotonic() > until:
            raise Refused("failed", "the sandbox's supervisor does not end")
        end_holder(lock)
        time.sleep(0.01)
    end_left_over(lock)
    discard(folder)


def locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def end_holder(lock: int) -> None:
    """Kills the supervisor named in the lock file."""
    holder = holders.living(lock, holders.SUPERVISOR)
    if holder is not None:
        os.kill(holder, signal.SIGKILL)


def end_left_over(lock: int) -> None:
    """Ends what a dead supervisor may have left running: its sandbox, or what was about to become one."""
    processes.end_all(lambda: processes.orphans_of_session(holders.number(lock, holders.SUPERVISOR)))
    first = holders.living(lock, holders.FIRST_PROCESS)
    if first is not None:
        processes.end_all(lambda: processes.living([*processes.descendants(first), first]))


def discard(folder: str) -> None:
    """Renames first, so that the name is free at once and a removal cut short is seen as one."""
    parent, name = os.path.split(folder)
    gone = f"{parent}/.gone-{name}-{os.getpid()}-{time.monotonic_ns()}"
    try:
        os.rename(folder, gone)
    except FileNotFoundError:
        return
    folders.remove(gone)


def sweep(sandboxes: str) -> None:
    """Finishes removals that were cut short: their folders carry the number of a process that is no more."""
    for name in os.listdir(sandboxes):
        if name.startswith(".gone-") and processes.birth(int(name.split("-")[2])) is None:
            folders.remove(f"{sandboxes}/{name}")
