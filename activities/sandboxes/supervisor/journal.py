"""What became of each call: the intent before it runs, each charge of the virtual clock, the result after it.

One file that only grows, a line a record: `<call> <kind> <json>`. (A file a call costs an inode before each call, which on a
journalling file system is half of what the whole call takes.) A line that a crash has left unfinished counts as not
written. The page cache is trusted: what is survived is the death of processes, not of the machine, whose workspaces are
restored from snapshots.
"""

import hashlib
import json
import os

import protocol

FILE = "journal"
INTENT, SLEPT, RESULT = b"intent", b"slept", b"result"


def name_of(call_id: str) -> str:
    return hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Journal:
    """Of the sandbox in the current folder."""

    def __init__(self) -> None:
        self.fd = os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        # call → (kind, where its JSON lies, how long it is) of its last record
        self.last: dict[bytes, tuple[bytes, int, int]] = {}
        self.end = 0
        with open(FILE, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    self.note(line)
        os.ftruncate(self.fd, self.end)

    def note(self, line: bytes) -> None:
        call, kind, record = line.split(b" ", 2)
        self.last[call] = (kind, self.end + len(line) - len(record), len(record))
        self.end += len(line)

    def append(self, name: str, kind: bytes, record: dict) -> None:
        line = name.encode() + b" " + kind + b" " + protocol.line(record)
        rest = line
        while rest:
            rest = rest[os.write(self.fd, rest) :]
        self.note(line)

    def read(self, name: str) -> tuple[bytes, dict] | None:
        """The kind and content of a call's last record; None when it was never begun."""
        if name.encode() not in self.last:
            return None
        kind, at, length = self.last[name.encode()]
        return kind, json.loads(os.pread(self.fd, length, at))


def read_epoch() -> int:
    try:
        with open("epoch") as file:
            return int(file.read())
    except FileNotFoundError:
        return -1


def write_epoch(epoch: int) -> None:
    with open("epoch.new", "w") as file:
        file.write(str(epoch))
    os.rename("epoch.new", "epoch")
