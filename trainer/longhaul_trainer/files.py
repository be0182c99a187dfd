"""Files that are whole or absent: written aside, forced to the disk, renamed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from .errors import BadInputError, TryAgainError

# Seconds that a process which was killed may take to be gone.
DYING = 2.0


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Forces a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def aside_of(path: Path) -> Path:
    """Where a file or a folder is made before it is renamed to `path`; a process that was killed may leave it there."""
    return path.with_name(f".{path.name}.writing")


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` make the file aside and puts it in place in one rename; nothing is left aside when writing fails."""
    aside = aside_of(path)
    try:
        write(aside)
        sync(aside)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """An object in a JSON file; raises BadInputError where it is none."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInputError(f"{what} {path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise BadInputError(f"{what} {path} is not a JSON object")
    return value


@contextmanager
def aside_folder(place: Path) -> Iterator[Path]:
    """A folder to fill that becomes `place` in one rename, or is removed when the body raises."""
    aside = aside_of(place)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        for path in (*aside.rglob("*"), aside):
            path.chmod(0o755 if path.is_dir() else 0o644)
            sync(path)
        aside.rename(place)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    sync(place.parent)


@contextmanager
def only_one(directory: Path) -> Iterator[None]:
    """Holds the job's folder; a second process at the same job is told to try again. The kernel frees it at any death."""
    with (directory / ".lock").open("w") as lock:
        patience = time.monotonic() + DYING
        while not taken(lock):
            if time.monotonic() > patience:
                raise TryAgainError(f"another process is at work on {directory}")
            time.sleep(0.02)
        yield


def taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
