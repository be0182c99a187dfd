"""Small builders: job folders, Parquet rows, a warm trainer to talk to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import load_file

from longhaul_trainer.run import run

PACKAGE = Path(__file__).resolve().parents[1]
Line = dict[str, Any]


def write_rows(path: Path, rows: list[tuple[list[int], list[int]]], **columns: list[Any]) -> str:
    """A Parquet file of (input_ids, labels) and whatever columns else."""
    lists = pa.list_(pa.int64())
    table = {
        "input_ids": pa.array([ids for ids, _ in rows], lists),
        "labels": pa.array([labels for _, labels in rows], lists),
    }
    pq.write_table(pa.table({**table, **{name: pa.array(values) for name, values in columns.items()}}), path)
    return str(path)


def random_rows(count: int, seed: int = 0, vocabulary: int = 32) -> list[tuple[list[int], list[int]]]:
    """Rows of 4 to 20 tokens in which every token follows from the one before; about half the tokens are trained."""
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        first, length = int(draw.integers(vocabulary)), int(draw.integers(4, 21))
        ids = [(first + 5 * place) % vocabulary for place in range(length)]
        rows.append((ids, [token if draw.random() < 0.5 or place == 1 else -100 for place, token in enumerate(ids)]))
    return rows


def write_job(folder: Path, **fields: Any) -> Path:
    """A job folder. `hyper` is merged over small defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    hyper = {"learningRate": 1e-2, "schedule": "constant", "threads": 1, **fields.pop("hyper", {})}
    job = {"id": folder.name, "kind": "sft", "output": "out", "steps": 6, "batchTokens": 64, "seed": 3, **fields}
    if job["kind"] == "init":
        job.update(steps=0)
    (folder / "job.json").write_text(json.dumps({**job, "hyper": hyper}))
    return folder


def sft(folder: Path, checkpoint: Path, **fields: Any) -> Path:
    """An SFT job on forty random rows."""
    folder.mkdir(parents=True, exist_ok=True)
    data = fields.pop("data", None) or [write_rows(folder / "rows.parquet", random_rows(40))]
    return write_job(folder, checkpoint=str(checkpoint), data=data, **fields)


def make_checkpoint(folder: Path, init: Line, **fields: Any) -> Path:
    assert run(write_job(folder, kind="init", init=init, **fields)) == 0
    return folder / "out"


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def largest_difference(one: Path, other: Path) -> float:
    """Of any weight of two checkpoints."""
    first, second = weights_of(one), weights_of(other)
    assert first.keys() == second.keys()
    return max(float((first[name] - second[name]).abs().max()) for name in first)


def of_type(lines: Iterable[Line], kind: str) -> list[Line]:
    return [line for line in lines if line["type"] == kind]


def losses(lines: Iterable[Line]) -> list[float]:
    return [line["loss"] for line in of_type(lines, "progress")]


def leftovers(folder: Path) -> list[str]:
    """What looks like an output or a half of one."""
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(("out", ".out", ".state")))


@dataclass(frozen=True)
class Warm:
    process: subprocess.Popen[bytes]
    path: Path

    @contextmanager
    def ask(self, directory: Path) -> Iterator[Iterator[Line]]:
        """The lines of a job as they come; leaving early hangs up, which ends the job."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.path))
            client.sendall(f"{directory}\n".encode())
            with client.makefile() as lines:
                yield (json.loads(line) for line in lines)

    def do(self, directory: Path) -> tuple[int, list[Line]]:
        """Exit code and lines of a job that runs to its end."""
        with self.ask(directory) as answer:
            lines = list(answer)
        assert lines[-1]["type"] == "exit"
        return lines[-1]["code"], lines[:-1]

    def refused(self, directory: Path) -> tuple[int, str]:
        """Exit code and sentence of a job that fails."""
        code, lines = self.do(directory)
        assert lines[-1]["type"] == "error", lines
        assert lines[-1]["code"] == code
        return code, lines[-1]["message"]


def start_warm(path: Path) -> Warm:
    process = subprocess.Popen(
        [sys.executable, "-m", "longhaul_trainer.warm", "--socket", str(path)], stdout=subprocess.PIPE, cwd=PACKAGE
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["type"] == "ready"
    return Warm(process, path)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python with the package on its path."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=PACKAGE,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


def json_lines(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
