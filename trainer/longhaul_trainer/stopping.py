"""A polite stop: SIGTERM lets the step in progress end, then the state is saved and the job ends with "try again"."""

from __future__ import annotations

import signal
from types import FrameType

_asked = False


def listen() -> None:
    """From now on SIGTERM and SIGINT ask for a stop instead of ending the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, remember)


def remember(_: int, __: FrameType | None) -> None:
    global _asked  # noqa: PLW0603 -- a signal handler has nowhere else to write
    _asked = True


def stop_asked() -> bool:
    return _asked
