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
        # what a full disk did not take: known to this supervisor only
        self.unwritten: dict[bytes, tuple[bytes, dict]] = {}
        self.end = 0
        with open(FILE, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    self.note(line)
        os.ftruncate(self.fd, self.end)

    def note(self, line: bytes) -> None:
        words = line.split(b" ", 2)
        if len(words) == 3:
            call, kind, record = words
            self.last[call] = (kind, self.end + len(line) - len(record), len(record))
        self.end += len(line)

    def append(self, name: str, kind: bytes, record: dict) -> None:
        line = name.encode() + b" " + kind + b" " + protocol.line(record)
        rest = line
        try:
            while rest:
                rest = rest[os.write(self.fd, rest) :]
        except OSError:
            os.ftruncate(self.fd, self.end)  # half a record would become one with the next
            raise
        self.note(line)

    def keep(self, name: str, kind: bytes, record: dict) -> None:
        """Of a call that has begun, which a full disk does not end; to the next supervisor it is then interrupted."""
        try:
            self.append(name, kind, record)
            self.unwritten.pop(name.encode(), None)
        except OSError:
            self.unwritten[name.encode()] = (kind, record)

    def read(self, name: str) -> tuple[bytes, dict] | None:
        """The kind and content of a call's last record; None when it was never begun."""
        call = name.encode()
        if call in self.unwritten:
            return self.unwritten[call]
        if call not in self.last:
            return None
        kind, at, length = self.last[call]
        record = parsed(os.pread(self.fd, length, at))
        return (INTENT, {}) if record is None else (kind, record)


def parsed(text: bytes) -> dict | None:
    """None for what is no record: that its call was begun is all that is known."""
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


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
