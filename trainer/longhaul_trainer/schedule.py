"""The learning rate of a step."""

from __future__ import annotations

import math

from .job import Hyper


def learning_rate(hyper: Hyper, step: int, steps: int) -> float:
    """Of step 0 … steps - 1. Warm-up ends with the full rate at step `warmupSteps`; the last has the final share."""
    if step < hyper.warmup_steps:
        return hyper.learning_rate * (step + 1) / (hyper.warmup_steps + 1)
    if hyper.schedule == "constant":
        return hyper.learning_rate
    done = (step - hyper.warmup_steps) / max(1, steps - 1 - hyper.warmup_steps)
    left = 1 - done if hyper.schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
    return hyper.learning_rate * (hyper.final_fraction + (1 - hyper.final_fraction) * left)
