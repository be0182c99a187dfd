"""What a job says while it runs: JSON lines on stdout, which become heartbeats."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any

Emit = Callable[..., None]


def emitter(job: str, rank: int = 0) -> Emit:
    """A function `emit(type, **fields)` that writes one line; silent on every process but the first."""

    def emit(line_type: str, /, **fields: Any) -> None:
        if rank == 0:
            sys.stdout.write(line({"type": line_type, "job": job, **fields}))
            sys.stdout.flush()

    return emit


def line(value: dict[str, Any]) -> str:
    """One line of strict JSON: a number that JSON cannot say becomes null, floats keep seven digits."""
    return json.dumps({key: plain(entry) for key, entry in value.items()}, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    return value
