"""Killed at any instant and run again, a job ends as if it had never been killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from longhaul_trainer.run import STATE
from tests.helpers import Warm, largest_difference, leftovers, losses, of_type, sft

JOB: dict[str, Any] = {"steps": 24, "hyper": {"saveEvery": 5}}


Undisturbed = tuple[Path, list[float]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, warm: Warm, student: Path) -> Undisturbed:
    """The checkpoint and the losses of the job that nothing happens to."""
    folder = sft(tmp_path_factory.mktemp("undisturbed") / "j", student, **JOB)
    code, lines = warm.do(folder)
    assert code == 0, lines
    return folder / "out", losses(lines)


def finish(warm: Warm, folder: Path, undisturbed: Undisturbed) -> int:
    """Runs the job to its end, compares, and returns the step from which it went on."""
    code, lines = warm.do(folder)
    assert code == 0, lines
    assert largest_difference(folder / "out", undisturbed[0]) < 1e-6
    assert leftovers(folder) == ["out"]
    assert not (folder / STATE).exists()
    first = int(of_type(lines, "started")[0]["step"])
    assert losses(lines) == pytest.approx(undisturbed[1][first:], abs=1e-6)
    return first


@pytest.mark.parametrize("after", [0, 3, 5, 12, 23])
def test_a_job_killed_after_a_step_goes_on_from_its_saved_state(
    tmp_path: Path, warm: Warm, student: Path, undisturbed: Undisturbed, after: int
) -> None:
    """The kill arrives while later steps are made, so a later state may have been saved; an earlier one would be a loss."""
    folder = sft(tmp_path / "j", student, **JOB)
    with warm.ask(folder) as lines:
        next(line for line in lines if line.get("step") == after)
    assert leftovers(folder) in ([], [".state.safetensors.writing"], [".out.writing"])
    resumed = finish(warm, folder, undisturbed)
    assert resumed % 5 == 0
    assert resumed >= (after - 1) // 5 * 5


def test_a_job_killed_again_and_again_at_odd_instants_ends_the_same(
    tmp_path: Path, warm: Warm, student: Path, undisturbed: Undisturbed
) -> None:
    folder = sft(tmp_path / "j", student, **{**JOB, "hyper": {"saveEvery": 1}})
    kills = 0
    for patience in (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4):
        with warm.ask(folder):
            time.sleep(patience)
        kills += 1
        assert leftovers(folder) in ([], [".state.safetensors.writing"], [".out.writing"], ["out"])
        if (folder / "out").exists():
            break
    assert kills >= 3
    warm.do(folder)
    assert largest_difference(folder / "out", undisturbed[0]) < 1e-6


@pytest.mark.parametrize("mark", [".out.writing", ".out.writing/config.json", ".out.writing/manifest.json"])
def test_a_job_killed_while_it_writes_its_checkpoint_leaves_none_or_the_whole(
    tmp_path: Path, warm: Warm, student: Path, undisturbed: Undisturbed, mark: str
) -> None:
    folder = sft(tmp_path / "j", student, **JOB)
    with warm.ask(folder):
        until = time.monotonic() + 20
        while not (folder / mark).exists() and not (folder / "out").exists():
            assert time.monotonic() < until
    while_dying(folder)
    if (folder / "out").exists():
        assert (folder / "out" / "manifest.json").exists()
    warm.do(folder)
    assert largest_difference(folder / "out", undisturbed[0]) < 1e-6
    assert leftovers(folder) == ["out"]


def while_dying(folder: Path) -> None:
    """Waits until no process holds the job any more."""
    import fcntl

    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_a_polite_stop_saves_the_state_and_asks_to_be_tried_again(
    tmp_path: Path, warm: Warm, student: Path, undisturbed: Undisturbed
) -> None:
    folder = sft(tmp_path / "j", student, **{**JOB, "hyper": {}})
    with warm.ask(folder) as answer:
        lines = []
        for line in answer:
            lines.append(line)
            if line.get("step") == 4:
                os.kill(child_of(warm), signal.SIGTERM)
    assert (lines[-1]["type"], lines[-1]["code"]) == ("exit", 75)
    assert "asked to stop after step" in of_type(lines, "error")[0]["message"]
    assert finish(warm, folder, undisturbed) >= 4


def child_of(warm: Warm) -> int:
    """The one job that the warm trainer is at work on."""
    children = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def test_a_second_process_at_the_same_job_is_told_to_try_again(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = sft(tmp_path / "j", student, steps=100_000)
    with warm.ask(folder) as lines:
        assert next(lines)["type"] == "started"
        code, sentence = warm.refused(folder)
    assert (code, "another process is at work" in sentence) == (75, True)


def test_a_saved_state_of_other_data_is_refused_and_not_mixed_in(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = sft(tmp_path / "j", student, **JOB)
    with warm.ask(folder) as lines:
        next(line for line in lines if line.get("step") == 7)
    while_dying(folder)
    sft(folder, student, seed=8, **JOB)
    code, sentence = warm.refused(folder)
    assert (code, "was made with another settings" in sentence) == (2, True)
