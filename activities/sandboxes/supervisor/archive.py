"""The workspace as a tar and back. `tar` runs inside the sandbox as its user, so no link of the agent's leads out of it."""

import os
import shlex

from protocol import Refused

# Sorted, without times and owners: the same workspace gives the same bytes.
PACK = "tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu --anchored --no-wildcards"
OPEN_UP = "chmod -R u+rwX . 2>/dev/null"
EMPTY = f"{OPEN_UP}; find . -mindepth 1 -xdev -delete 2>/dev/null; "
UNPACK = "exec tar -xmpf - --no-same-owner"
SECONDS = 600.0


class FileSink:
    """Takes a stream into a file up to a limit."""

    def __init__(self, fd: int, limit: int) -> None:
        self.fd = fd
        self.left = limit

    def add(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left < 0:
            return
        while data:
            data = data[os.write(self.fd, data) :]


def pack_command(spec: dict) -> str:
    """What is mounted below the workspace is not the workspace's."""
    below = [m["target"][len("/workspace/") :] for m in spec["mounts"] if m["target"].startswith("/workspace/")]
    return f"exec {PACK} {' '.join('--exclude=' + shlex.quote('./' + name) for name in below)} -cf - . 2>/dev/null"


def unpack_command(workspace: str) -> str:
    return UNPACK if not os.listdir(workspace) else EMPTY + UNPACK


def most_bytes(spec: dict) -> int:
    """A workspace within its limit fits: entries count as in a tar; names that are long and the end get some room."""
    return spec["limits"]["workspaceBytes"] * 4 + (1 << 20)


def create(file: str) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)


def feed(file: str) -> int:
    """A pipe that a child of ours fills from the file: the sandbox is never handed the file itself."""
    source = os.open(file, os.O_RDONLY)
    reader, writer = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.close(reader)
            copy(source, writer)
        os._exit(0)
    os.wait()
    os.close(source)
    os.close(writer)
    return reader


def copy(source: int, target: int) -> None:
    try:
        while data := os.read(source, 1 << 16):
            while data:
                data = data[os.write(target, data) :]
    except BrokenPipeError:
        os._exit(1)  # the reader has had enough: its exit code says why
    os._exit(0)


def refuse(what: str, code: int | None) -> Refused:
    return Refused("failed", f"{what}: tar {'was killed' if code is None else f'ended with {code}'}")
