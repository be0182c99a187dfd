"""How the threads of torch wait for each other."""

from __future__ import annotations

import os

# OpenMP's word for it, and GNU's: rounds that a thread looks again before it sleeps, some microseconds.
POLICY = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}


def sleep_at_barriers() -> None:
    """Makes threads sleep while they wait, where the environment does not say otherwise. It is read once, with torch.

    By default they spin. Beside other work, as evaluations are, a step then takes up to six times as long: each thread that
    waits takes the processor from the one that it waits for.
    """
    for name, value in POLICY.items():
        os.environ.setdefault(name, value)
