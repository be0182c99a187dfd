"""The system calls that a sandbox has no use for, as a filter in the kernel's classic BPF.

The reasons: a nested user namespace would let a program mount file systems that no limit counts; shared memory segments of
System V stay when nobody holds them and are seen in no process; key rings, BPF, perf and the like are the host's.
"""

import os
import platform
import struct

ENOSYS, EPERM = 38, 1
CLONE_NEWUSER = 0x10000000

# machine → (audit architecture, numbers): clone, clone3, unshare, then those refused outright
MACHINES = {
    "x86_64": (0xC000003E, 56, 435, 272, {
        "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "open_tree": 428, "move_mount": 429,
        "fsopen": 430, "fsmount": 432, "shmget": 29, "add_key": 248, "request_key": 249, "keyctl": 250, "bpf": 321,
        "perf_event_open": 298, "userfaultfd": 323, "kexec_load": 246, "init_module": 175, "finit_module": 313,
        "quotactl": 179, "io_uring_setup": 425, "open_by_handle_at": 304,
    }),
    "aarch64": (0xC00000B7, 220, 435, 97, {
        "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "open_tree": 428, "move_mount": 429,
        "fsopen": 430, "fsmount": 432, "shmget": 194, "add_key": 217, "request_key": 218, "keyctl": 219, "bpf": 280,
        "perf_event_open": 241, "userfaultfd": 282, "kexec_load": 104, "init_module": 105, "finit_module": 273,
        "quotactl": 60, "io_uring_setup": 425, "open_by_handle_at": 265,
    }),
}  # fmt: skip

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
X32 = 0x40000000


def filter_for(machine: str) -> bytes | None:
    """None for a machine whose numbers are not listed here."""
    if machine not in MACHINES:
        return None
    architecture, clone, clone3, unshare, refused = MACHINES[machine]
    numbers = sorted(refused.values())
    # Laid out from the end: tests, then allow, flags, refuse, unknown. Jumps count instructions to skip.
    tests = [(EQUAL, clone3, "unknown"), (EQUAL, clone, "flags"), (EQUAL, unshare, "flags")]
    tests += [(EQUAL, number, "refuse") for number in numbers]
    places = {"allow": 0, "flags": 1, "refuse": 3, "unknown": 4}
    program = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 0, 2 + len(tests) + places["unknown"], architecture)]
    program += [(LOAD, 0, 0, NUMBER), (AT_LEAST, len(tests) + places["unknown"], 0, X32)]
    for index, (kind, value, to) in enumerate(tests):
        program.append((kind, len(tests) - index - 1 + places[to], 0, value))
    program += [
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 2, CLONE_NEWUSER),
        (RETURN, 0, 0, ERRNO | EPERM),
        (RETURN, 0, 0, ERRNO | ENOSYS),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


PROGRAM = filter_for(platform.machine())


def descriptor() -> int | None:
    """A descriptor from which bubblewrap reads the filter; it is inherited, and the caller closes it."""
    if PROGRAM is None:
        return None
    reader, writer = os.pipe()
    os.write(writer, PROGRAM)
    os.close(writer)
    os.set_inheritable(reader, True)
    return reader
