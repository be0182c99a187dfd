"""One file a call: the intent before it runs, each charge of the virtual clock, the result after it.

A line that a crash has left unfinished counts as not written. The page cache is trusted: what is survived is the death of
processes, not of the machine, whose workspaces are restored from snapshots.
"""

import hashlib
import json
import os

import protocol

FOLDER = "journal"


def name_of(call_id: str) -> str:
    return hashlib.sha256(call_id.encode()).hexdigest()[:32]


def read(call_id: str) -> list[dict]:
    """The records of a call; empty when it was never begun."""
    try:
        with open(f"{FOLDER}/{name_of(call_id)}", "rb") as file:
            *whole, _unfinished = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in whole]


def begin(call_id: str, intent: dict) -> int:
    """Opens the call's file and writes its intent; returns the descriptor for `append`."""
    fd = os.open(f"{FOLDER}/{name_of(call_id)}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    append(fd, {"intent": intent})
    return fd


def append(fd: int, record: dict) -> None:
    data = protocol.line(record)
    while data:
        data = data[os.write(fd, data) :]


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
