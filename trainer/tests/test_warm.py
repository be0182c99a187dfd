"""The warm trainer forks a job per request, and nothing that happens to a job happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers import PACKAGE, Warm, json_lines, losses, of_type, sft, start_warm


def children(warm: Warm) -> list[int]:
    text = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children").read_text()
    return [int(word) for word in text.split()]


def gone(process: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_job_starts_without_the_seconds_that_torch_takes_to_load(tmp_path: Path, warm: Warm, student: Path) -> None:
    started = time.monotonic()
    code, lines = warm.do(sft(tmp_path / "j", student, steps=1))
    assert code == 0, lines
    assert time.monotonic() - started < 3


def test_jobs_run_side_by_side_and_with_threads_of_their_own(tmp_path: Path, warm: Warm, student: Path) -> None:
    folders = [sft(tmp_path / name, student, steps=3) for name in "abc"]
    alone = warm.do(sft(tmp_path / "d", student, steps=3, hyper={"threads": 2}))[1]
    with warm.ask(folders[0]) as one, warm.ask(folders[1]) as two, warm.ask(folders[2]) as three:
        for answer in (one, two, three):
            lines = list(answer)
            assert lines[-1] == {"type": "exit", "directory": lines[-1]["directory"], "code": 0}
            assert losses(lines) == pytest.approx(losses(alone), abs=1e-5)
            assert of_type(lines, "started")[0]["threads"] == 1
    assert of_type(alone, "started")[0]["threads"] == 2


def test_a_job_that_is_killed_or_crashes_takes_nobody_with_it(tmp_path: Path, warm: Warm, student: Path) -> None:
    for number in (signal.SIGKILL, signal.SIGSEGV):
        with warm.ask(sft(tmp_path / str(number), student, steps=100_000)) as lines:
            assert next(lines)["type"] == "started"
            [child] = children(warm)
            os.kill(child, number)
            last = list(lines)[-1]
        assert (last["type"], last["code"]) == ("exit", 75)
    assert warm.do(sft(tmp_path / "after", student, steps=1))[0] == 0


def test_a_client_that_hangs_up_ends_its_job(tmp_path: Path, warm: Warm, student: Path) -> None:
    with warm.ask(sft(tmp_path / "j", student, steps=100_000)) as lines:
        next(line for line in lines if line["type"] == "progress")
        [child] = children(warm)
    assert gone(child)
    assert children(warm) == []


def test_jobs_named_on_stdin_are_answered_on_stdout_and_waited_for(tmp_path: Path, student: Path) -> None:
    folders = [sft(tmp_path / name, student, steps=2) for name in "ab"]
    requests = "\n".join(str(folder) for folder in [*folders, tmp_path / "nowhere"])
    done = subprocess.run(
        [sys.executable, "-m", "longhaul_trainer.warm"],
        input=requests,
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE,
    )
    lines = json_lines(done.stdout)
    assert lines[0]["type"] == "ready"
    assert {(line["directory"], line["code"]) for line in of_type(lines, "exit")} == {
        (str(folders[0]), 0),
        (str(folders[1]), 0),
        (str(tmp_path / "nowhere"), 2),
    }
    assert {line["job"] for line in of_type(lines, "done")} == {"a", "b"}


def test_jobs_end_with_a_warm_trainer_that_is_killed(tmp_path: Path, student: Path) -> None:
    warm = start_warm(tmp_path / "w.sock")
    with warm.ask(sft(tmp_path / "j", student, steps=100_000)) as lines:
        assert next(lines)["type"] == "started"
        [child] = children(warm)
        warm.process.kill()
        warm.process.wait()
        assert gone(child)


def test_a_job_imports_nothing_that_was_not_there_before_the_fork(tmp_path: Path, student: Path) -> None:
    script = """
import sys
from pathlib import Path
from longhaul_trainer.warm import load
load()
from longhaul_trainer.run import run
before = set(sys.modules)
code = run(Path(sys.argv[1]))
print(code, sorted(set(sys.modules) - before), file=sys.stderr)
"""
    job = sft(tmp_path / "j", student, steps=1)
    command = [sys.executable, "-c", script, str(job)]
    ended = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=120, check=True)
    assert ended.stderr.splitlines()[-1] == "0 []"
