"""The lock file of a sandbox: held by its supervisor, and in it, a line each, its supervisor and its first process.

A process is named by its number and its start time, which tell it from a later one with the same number.
"""

import os

import processes

SUPERVISOR, FIRST_PROCESS = 0, 1
WIDTH = 40


def write(place: int, pid: int) -> None:
    """In the current folder."""
    lock = os.open("lock", os.O_WRONLY | os.O_NOFOLLOW)
    os.pwrite(lock, b"%d %s" % (pid, processes.birth(pid) or b"?") + b" " * WIDTH, place * (WIDTH + 1))
    os.pwrite(lock, b"\n", place * (WIDTH + 1) + WIDTH)
    os.ftruncate(lock, 2 * (WIDTH + 1))
    os.close(lock)


def living(lock: int, place: int) -> int | None:
    """The process named there, if it lives."""
    words = os.pread(lock, WIDTH, place * (WIDTH + 1)).split()
    if len(words) == 2 and words[0].isdigit() and processes.birth(int(words[0])) == words[1]:
        return int(words[0])
    return None


def number(lock: int, place: int) -> int:
    """The number written there, whether its process lives or not; 0 where there is none."""
    words = os.pread(lock, WIDTH, place * (WIDTH + 1)).split()
    return int(words[0]) if len(words) == 2 and words[0].isdigit() else 0


def end(holder: str) -> None:
    """Ends the process that a lock file named so, and none that has come after it."""
    words = holder.encode().split()
    if len(words) == 2 and words[0].isdigit():
        pid = int(words[0])
        processes.end_all(lambda: [pid] if processes.birth(pid) == words[1] else [])
