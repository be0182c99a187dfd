"""Several processes make the steps that one would make."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import PACKAGE, Warm, command, json_lines, largest_difference, losses, of_type, sft, write_rows

JOB: dict[str, Any] = {"steps": 12, "batchTokens": 128}


def test_two_gloo_processes_under_torchrun_give_the_curve_of_one(tmp_path: Path, warm: Warm, student: Path) -> None:
    one, two = (sft(tmp_path / name, student, **JOB) for name in ("one", "two"))
    _, expected = warm.do(one)
    torchrun = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone", "-m", "longhaul_trainer")
    done = command(*torchrun, str(two))
    assert done.returncode == 0, done.stderr
    lines = json_lines(done.stdout)
    assert of_type(lines, "started")[0]["processes"] == 2
    assert losses(lines) == pytest.approx(losses(expected), abs=1e-4)
    assert largest_difference(one / "out", two / "out") < 1e-4


def test_sharded_weights_give_the_curve_of_whole_ones_also_after_a_stop(
    tmp_path: Path, warm: Warm, llama: Path
) -> None:
    one, two = (sft(tmp_path / name, llama, **JOB, hyper={"fsdp": name == "two"}) for name in ("one", "two"))
    _, expected = warm.do(one)
    sharded = (sys.executable, "-m", "longhaul_trainer", str(two), "--processes", "2")
    with subprocess.Popen(sharded, stdout=subprocess.PIPE, text=True, cwd=PACKAGE) as process:
        assert process.stdout is not None
        first = []
        for text in process.stdout:
            first.append(json.loads(text))
            if first[-1].get("step") == 3:
                process.terminate()
    assert process.returncode == 75
    assert "the state is saved" in of_type(first, "error")[0]["message"]
    done = command(*sharded[1:])
    assert done.returncode == 0, done.stderr
    lines = json_lines(done.stdout)
    assert of_type(lines, "started")[0]["step"] == len(losses(first)) >= 3
    assert losses(first) + losses(lines) == pytest.approx(losses(expected), abs=1e-4)
    assert largest_difference(one / "out", two / "out") < 1e-4


def test_a_failure_in_several_processes_keeps_its_exit_code_and_its_one_sentence(tmp_path: Path, student: Path) -> None:
    data = [write_rows(tmp_path / "bad.parquet", [([1, 2], [-100, 32])])]
    done = command("-m", "longhaul_trainer", str(sft(tmp_path / "j", student, data=data)), "--processes", "2")
    assert done.returncode == 2
    [error] = of_type(json_lines(done.stdout), "error")
    assert "has the label 32" in error["message"]
