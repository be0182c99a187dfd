"""How a job fails: one clear sentence and an exit code, decided once, at the boundary that was crossed."""

from __future__ import annotations

import errno
from pathlib import Path

DONE = 0
BAD_INPUT = 2
TRY_AGAIN = 75

MEMORY_WORDS = ("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
REMEDY = "`activationCheckpointing`, more `accumulation` or fewer `batchTokens` need less"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class JobError(Exception):
    """A sentence for a person; `code` is the exit code of the process."""

    code = TRY_AGAIN


class BadInputError(JobError):
    """Trying again gives the same: the job, its data or its checkpoint has to be changed."""

    code = BAD_INPUT


class TryAgainError(JobError):
    """The machine or the moment was wrong, the job is not."""


def explain(error: BaseException) -> tuple[int, str]:
    """Exit code and sentence for whatever escaped from a job."""
    if isinstance(error, JobError):
        return error.code, str(error)
    if disk_is_full(error):
        return TRY_AGAIN, f"the disk is full: {first_line(error)}"
    if memory_is_full(error):
        return TRY_AGAIN, f"out of memory; {REMEDY}: {first_line(error)}"
    if isinstance(error, OSError):
        return TRY_AGAIN, f"input or output failed: {first_line(error)}"
    return TRY_AGAIN, f"the trainer broke: {type(error).__name__}: {first_line(error)}"


def memory_is_full(error: BaseException) -> bool:
    """True for the machine's memory or a GPU's; some libraries of CUDA say it in words only."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in MEMORY_WORDS)


def disk_is_full(error: BaseException) -> bool:
    """True for a full disk or quota; safetensors says it in words only."""
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return type(error).__name__ == "SafetensorError" and any(f"os error {number}" in str(error) for number in FULL)


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def existing(path: Path, what: str) -> Path:
    """`path`, or a sentence that says what is missing."""
    if not path.exists():
        raise BadInputError(f"there is no {what} {path}")
    return path
