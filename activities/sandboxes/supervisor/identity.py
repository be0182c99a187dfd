"""The user id of a sandbox when the supervisor is root: one of its own, so that limits per user are limits per sandbox."""

import hashlib

# Between the ids that systemd gives to containers and the first that is negative when signed: nobody's.
FIRST, COUNT = 0x70000000, 0x0FFFFFF0
INSIDE = 1000


def pick(sandbox_id: str) -> int | None:
    """None where this system's root has no ids to give away (some containers)."""
    number = int.from_bytes(hashlib.sha256(sandbox_id.encode()).digest()[:8], "big")
    with open("/proc/self/uid_map") as file:
        ranges = [(int(inside), int(count)) for inside, _, count in (line.split() for line in file)]
    for first, count in ((FIRST, COUNT), (30000, 30000)):
        if any(inside <= first and first + count <= inside + size for inside, size in ranges):
            return first + number % count
    return None
