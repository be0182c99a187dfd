"""An `rl` job ends the same in one process or several, sharded or whole, killed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longhaul_trainer.run import STATE
from tests.helpers import Warm, command, json_lines, largest_difference, leftovers, losses, of_type
from tests.rl import HYPER, batch_of, metrics_of, rl, stale


def test_two_processes_make_the_steps_of_one(tmp_path: Path, warm: Warm, student: Path) -> None:
    one, two = (rl(tmp_path / name, student, stale(batch_of(student)), hyper=HYPER) for name in ("one", "two"))
    _, expected = warm.do(one)
    torchrun = ("-m", "torch.distributed.run", "--nproc_per_node", "2", "--standalone", "-m", "longhaul_trainer")
    done = command(*torchrun, str(two))
    assert done.returncode == 0, done.stderr
    same_as(json_lines(done.stdout), expected)
    assert largest_difference(one / "out", two / "out") < 1e-4


def test_sharded_weights_make_the_steps_of_whole_ones(tmp_path: Path, warm: Warm, llama: Path) -> None:
    """Some minibatches are a single row: the process that has none keeps in step all the same."""
    batch = stale(batch_of(llama))
    one, two = (
        rl(tmp_path / name, llama, batch, steps=9, hyper={**HYPER, "fsdp": name == "two"}) for name in ("one", "two")
    )
    _, expected = warm.do(one)
    done = command("-m", "longhaul_trainer", str(two), "--processes", "2")
    assert done.returncode == 0, done.stderr
    same_as(json_lines(done.stdout), expected)
    assert largest_difference(one / "out", two / "out") < 1e-4


def same_as(lines: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    for name in ("loss", "ratioMean", "ratioMax", "clippedShare", "kl", "entropy"):
        curves = [[line[name] for line in of_type(some, "progress")] for some in (lines, expected)]
        assert curves[0] == pytest.approx(curves[1], abs=1e-4), name


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_job_that_was_killed_ends_as_if_it_had_not_been(
    tmp_path: Path, warm: Warm, student: Path, after: int
) -> None:
    """Its reference is its input checkpoint, not the weights it had when it was killed."""
    hyper = {**HYPER, "saveEvery": 1}
    whole, killed = (rl(tmp_path / name, student, stale(batch_of(student)), hyper=hyper) for name in ("a", "b"))
    _, expected = warm.do(whole)
    with warm.ask(killed) as heard:
        next(line for line in heard if line.get("step") == after and line["type"] == "progress")
    code, lines = warm.do(killed)
    assert code == 0, lines
    first = of_type(lines, "started")[0]["step"] if of_type(lines, "started") else 4
    assert first >= after - 1
    assert losses(lines) == pytest.approx(losses(expected)[first:], abs=1e-6)
    assert largest_difference(whole / "out", killed / "out") < 1e-6
    same = ("mismatch", "mismatchMean", "ratioMean", "ratioMax", "clippedShare", "kl", "entropy")
    assert {name: metrics_of(killed)[name] for name in same} == pytest.approx(
        {name: metrics_of(whole)[name] for name in same}, abs=1e-6
    )
    assert leftovers(killed) == ["out"]
    assert not (killed / STATE).exists()
