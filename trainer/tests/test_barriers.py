"""Threads that wait for each other leave the processor to whoever has work."""

import os
import subprocess
import sys

import pytest

from longhaul_trainer.barriers import POLICY, sleep_at_barriers

# Two threads add a little now and then; says how many seconds of processor time the second one took.
WAITING = """
import time
from longhaul_trainer.barriers import sleep_at_barriers
sleep_at_barriers()
import torch
torch.set_num_threads(2)
big = torch.ones(1 << 20)
big.add_(1)
alone, both = time.thread_time(), time.process_time()
for _ in range(50):
    big.add_(1)
    time.sleep(0.01)
print((time.process_time() - both) - (time.thread_time() - alone))
"""


def test_a_user_who_says_how_threads_wait_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    sleep_at_barriers()
    assert {name: os.environ[name] for name in POLICY} == {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "1000"}


def test_a_thread_that_waits_for_work_takes_no_processor_time() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in POLICY}
    done = subprocess.run([sys.executable, "-c", WAITING], env=environment, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.1  # by default it spins for some .3 s
