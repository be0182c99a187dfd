"""The server as a process: its ready line, its end, and what it refuses at the start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.server import models

PACKAGE = Path(__file__).resolve().parents[2]


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "longhaul_trainer.server", *arguments]
    return subprocess.Popen(
        command,
        cwd=PACKAGE,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_sigterm_answers_what_is_running_then_exits_zero(tmp_path: Path) -> None:
    path = models.save(models.lfm2(max_position_embeddings=4096), tmp_path / "v1")
    process = start("--model", f"policy={path}")
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert (ready["event"], ready["models"], ready["pid"]) == ("ready", {"policy": "v1"}, process.pid)
        base = f"http://127.0.0.1:{ready['port']}"
        answers: list[dict[str, list[dict[str, str]]]] = []

        def ask() -> None:
            body = {"model": "policy", "prompt": [5], "max_tokens": 1500, "ignore_eos": True}
            request = urllib.request.Request(f"{base}/v1/completions", data=json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=60) as answer:
                answers.append(json.load(answer))

        asking = threading.Thread(target=ask)
        asking.start()
        while 'requests_running{model="policy"} 1' not in urllib.request.urlopen(f"{base}/metrics").read().decode():
            assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        asking.join(timeout=10)
        assert answers[0]["choices"][0]["finish_reason"] == "length"
    finally:
        process.kill()
        process.communicate()


def test_a_gpu_that_is_not_there_is_a_mistake_of_the_caller() -> None:
    process = start("--device", "cuda", CUDA_VISIBLE_DEVICES="")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith("server: --device is cuda, but torch ")
    assert errors.endswith("finds no GPU\n")


@pytest.mark.parametrize(
    ("argument", "words"), [("policy=/nowhere", "has no config.json"), ("policy", "NAME=PATH is needed")]
)
def test_a_model_that_cannot_be_served_is_a_mistake_of_the_caller(argument: str, words: str) -> None:
    process = start("--model", argument)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert words in errors
