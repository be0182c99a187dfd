"""Sandboxes of other machines over the same home: a folder each, in which the numbers of processes mean nothing here.

Whether a supervisor lives is told by its lock alone, which the file system lets go when its holder ends, wherever that is.
"""

import os
import time

import folders
import removal

# An answer is one write below PIPE_BUF; what is left over is told the next time.
MOST = 64
# Far longer than a removal takes.
STALE_SECONDS = 3600.0


def abandoned(sandboxes: str, own: str) -> list[str]:
    """`machine/sandbox` of those that no supervisor holds. Removals that were cut short are finished on the way."""
    found = []
    for machine in os.listdir(sandboxes):
        if machine == own or len(machine) != len(own):
            continue
        for name in names_in(f"{sandboxes}/{machine}"):
            folder = f"{sandboxes}/{machine}/{name}"
            if name.startswith(".gone-"):
                finish(folder)
            elif is_free(folder):
                found.append(f"{machine}/{name}")
    return found[:MOST]


def names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def finish(gone: str) -> None:
    try:
        if time.time() - os.lstat(gone).st_ctime > STALE_SECONDS:
            folders.remove(gone)
    except FileNotFoundError:
        return  # its machine has finished it


def is_free(folder: str) -> bool:
    lock = taken(folder)
    if lock is not None:
        os.close(lock)
    return lock is not None


def discard(folder: str) -> None:
    """Removes a sandbox that nobody holds, and its machine's folder with the last of them."""
    if taken(folder) is None:
        return
    removal.discard(folder)
    try:
        os.rmdir(os.path.dirname(folder))
    except OSError:
        return  # there are others


def taken(folder: str) -> int | None:
    """Its lock, held until this process ends or closes it; None where a supervisor holds it, or none ever has."""
    try:
        lock = os.open(f"{folder}/lock", os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    if removal.locked(lock):
        return lock
    os.close(lock)
    return None
