"""The limits that the kernel does not hold for a sandbox as a whole, looked at now and then.

Between two looks a program can pass them: at most by what it writes or touches in `EVERY_SECONDS` (some hundred megabytes on
a fast machine). Processes are held by the kernel besides; a single process's memory, processor time and files always are.
"""

import os
import time

import folders
import processes

FIRST_SECONDS = 0.05
EVERY_SECONDS = 0.1
# A large workspace is walked less often, so that looking costs at most a twentieth of a core.
WALK_SHARE = 20


class Limits:
    def __init__(self, spec: dict, folder: str) -> None:
        self.limits = spec["limits"]
        self.workspace = f"{folder}/workspace"
        self.size = folders.measure(self.workspace, self.limits["workspaceBytes"] * 2)
        self.next_walk = 0.0
        self.next_look: float | None = None
        # Whether a call may have changed the workspace since it was last walked.
        self.stale = False

    def rest(self) -> None:
        """Looks no more until the next call."""
        self.next_look = None
        self.stale = True

    def look_soon(self) -> None:
        soon = time.monotonic() + FIRST_SECONDS
        self.next_look = soon if self.next_look is None else min(soon, self.next_look)

    def full(self) -> bool:
        """Whether the workspace is over its limit; looked at again before that is said."""
        if self.size > self.limits["workspaceBytes"] or (self.stale and time.monotonic() >= self.next_walk):
            self.walk(0)
        return self.size > self.limits["workspaceBytes"]

    def broken(self, pids: list[int], baseline: int | None) -> str | None:
        """Which limit is passed, as a sentence. `baseline`: the workspace's size when the running call began, else None."""
        limits = self.limits
        if len(pids) > limits["processes"]:
            return f"more than {limits['processes']} processes"
        if memory(pids, limits["memoryBytes"]) > limits["memoryBytes"]:
            return f"more than {limits['memoryBytes']} bytes of memory"
        if time.monotonic() >= self.next_walk:
            self.walk(baseline or 0)
        allowed = max(limits["workspaceBytes"], baseline or 0)
        if self.size > allowed:
            return f"more than {limits['workspaceBytes']} bytes in the workspace"
        return None

    def walk(self, baseline: int) -> None:
        began = time.monotonic()
        self.stale = False
        self.size = folders.measure(self.workspace, max(self.limits["workspaceBytes"], baseline) * 2)
        ended = time.monotonic()
        self.next_walk = ended + (ended - began) * WALK_SHARE


def memory(pids: list[int], limit: int) -> int:
    return processes.resident(pids, limit) + memory_files(pids)


def memory_files(pids: list[int]) -> int:
    """Bytes in files of memory that programs hold open: no process's resident size counts them."""
    sizes: dict[int, int] = {}
    for pid in pids:
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("/memfd:"):
                    info = os.stat(f"/proc/{pid}/fd/{fd}")
                    sizes[info.st_ino] = info.st_blocks * 512
        except OSError:
            continue  # it has ended meanwhile
    return sum(sizes.values())
