"""The processes of a sandbox as seen from outside, and how to end some of them for certain."""

import os
import select
import signal
import subprocess
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
LINUX = os.path.exists("/proc/self/stat")
CHILDREN_FILES = os.path.exists("/proc/self/task") and os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def children(pid: int) -> list[int]:
    """The direct children of a process, whichever of its threads made them."""
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += [int(child) for child in file.read().split()]
    except OSError:
        return found  # it has ended
    return found


def descendants(pid: int) -> list[int]:
    """All living processes below one. Orphans fall to the spawner, so below it nothing is missed."""
    if not CHILDREN_FILES:
        return descendants_by_parent(pid)
    found: list[int] = []
    queue = [pid]
    while queue:
        below = children(queue.pop())
        found += below
        queue += below
    return found


def descendants_by_parent(pid: int) -> list[int]:
    """For a kernel without `children` files, and for systems without /proc."""
    below: dict[int, list[int]] = {}
    for child, parent in parents():
        below.setdefault(parent, []).append(child)
    found: list[int] = []
    queue = [pid]
    while queue:
        more = below.pop(queue.pop(), [])
        found += more
        queue += more
    return found


def parents() -> list[tuple[int, int]]:
    if not LINUX:
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return [(int(pid), int(parent)) for pid, parent in (line.split() for line in listing.splitlines())]
    pairs = []
    for entry in os.listdir("/proc"):
        stat = read_stat(int(entry)) if entry.isdigit() else None
        if stat:
            pairs.append((int(entry), int(stat[1])))
    return pairs


def read_stat(pid: int) -> list[bytes] | None:
    """The fields after the name: state, parent, …; the start time is number 19. None when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def birth(pid: int) -> bytes | None:
    """Tells a process from a later one with the same number; None when it has ended or is a zombie."""
    if not LINUX:
        return b"?"
    stat = read_stat(pid)
    return None if stat is None or stat[0] in b"ZX" else stat[19]


def living(pids) -> list[int]:
    """Without those of which only the entry is left, and without 0 for one that never was."""
    return [pid for pid in pids if pid > 0 and birth(pid) is not None]


def orphans_of_session(leader: int) -> list[int]:
    """Who is left of the session of a leader that is no more; while any is, the leader's number is given to nobody else."""
    if not LINUX or leader <= 0 or birth(leader) is not None:
        return []
    session = str(leader).encode()
    found = []
    for entry in os.listdir("/proc"):
        stat = read_stat(int(entry)) if entry.isdigit() else None
        if stat and stat[3] == session and stat[0] not in b"ZX":
            found.append(int(entry))
    return found


def environment_has(pid: int, entry: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return entry in file.read().split(b"\0")
    except OSError:
        return False


def number_inside(pid: int) -> int:
    """The number by which a process is known in its own process namespace; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            return next((int(line.split()[-1]) for line in file if line.startswith(b"NSpid:")), 0)
    except OSError:
        return 0


def resident(pids: list[int], limit: int) -> int:
    """Resident bytes together. Shared pages are counted once, but only when the cheap sum is above the limit."""
    total = sum(number(f"/proc/{pid}/statm", 1) * PAGE for pid in pids)
    if total <= limit:
        return total
    return sum(proportional(pid) for pid in pids)


def number(path: str, field: int) -> int:
    try:
        with open(path, "rb") as file:
            return int(file.read().split()[field])
    except (OSError, IndexError):
        return 0


def proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
    except OSError:
        return number(f"/proc/{pid}/statm", 1) * PAGE


def end_all(choose, patience: float = 10.0) -> None:
    """Kills what `choose()` names until it names nothing more.

    All are stopped before any is killed, so that they cannot fork meanwhile. Even so a listing can miss one, which has changed
    parents while it was made: hence the next round. A dead process is named until its parent has taken note of it, since until
    then it counts against the limit.
    """
    until = time.monotonic() + patience
    while choose() and time.monotonic() < until:
        held: dict[tuple[int, bytes], int] = {}
        while stop_new(choose(), held):
            pass
        for handle in held.values():
            send(handle, signal.SIGKILL)
        for handle in held.values():
            wait_for(handle, max(0.0, until - time.monotonic()))
        if not held:
            time.sleep(0.001)


def stop_new(pids: list[int], held: dict[tuple[int, bytes], int]) -> bool:
    new = False
    for pid in pids:
        born = birth(pid)
        if born is None or (pid, born) in held:
            continue
        handle = take(pid)
        if handle is None:
            continue
        if birth(pid) != born:  # the number went to another process in between: not ours to touch
            release(handle)
            continue
        send(handle, signal.SIGSTOP)
        held[(pid, born)] = handle
        new = True
    return new


def take(pid: int) -> int | None:
    """A handle that cannot come to mean another process (where the kernel has such handles)."""
    if not LINUX:
        return pid
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def send(handle: int, number: int) -> None:
    try:
        signal.pidfd_send_signal(handle, number) if LINUX else os.kill(handle, number)
    except ProcessLookupError:
        return


def wait_for(handle: int, seconds: float) -> None:
    if LINUX:
        select.select([handle], [], [], seconds)
    release(handle)


def release(handle: int) -> None:
    if LINUX:
        os.close(handle)
