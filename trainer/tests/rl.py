"""Batches for `rl` jobs: rows with the log-probs that a checkpoint gives their trained tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from tests.helpers import random_rows, write_job, write_rows

WINDOWS = (3, 1, 2, 4, 1, 1)  # of each rollout of a batch
HYPER: dict[str, Any] = {"learningRate": 5e-3, "clip": 0.5, "rl": {"klWeight": 0.1, "lossWeight": "rollout"}}


@dataclass(frozen=True)
class Batch:
    """Columns as the dataset writer makes them."""

    rows: list[tuple[list[int], list[int]]]
    advantages: list[float]
    old_logprobs: list[list[float]]
    rollout_id: list[str]
    window: list[int]

    def write(self, path: Path) -> str:
        columns = {name: getattr(self, name) for name in ("advantages", "old_logprobs", "rollout_id", "window")}
        return write_rows(path, self.rows, **columns)


def log_probs_of(checkpoint: Path, rows: list[tuple[list[int], list[int]]]) -> list[list[float]]:
    """Of every token of every row, each row alone; 0 where it is not trained, as the dataset writer has it."""
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    found = []
    for ids, labels in rows:
        with torch.no_grad():
            every = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        own = [0.0, *(every[place - 1, token].item() for place, token in enumerate(ids) if place > 0)]
        found.append([value if label != -100 else 0.0 for value, label in zip(own, labels, strict=True)])
    return found


def batch_of(checkpoint: Path, seed: int = 0) -> Batch:
    """Six rollouts of twelve windows, as if sampled from the checkpoint; advantages of either sign, one a rollout."""
    rows = random_rows(sum(WINDOWS), seed)
    rollouts = [number for number, windows in enumerate(WINDOWS) for _ in range(windows)]
    advantages = np.random.default_rng(seed).normal(0, 0.5, len(WINDOWS))
    return Batch(
        rows=rows,
        advantages=[float(np.float32(advantages[number])) for number in rollouts],
        old_logprobs=log_probs_of(checkpoint, rows),
        rollout_id=[f"run.rl.0.task.{number}" for number in rollouts],
        window=[window for windows in WINDOWS for window in range(windows)],
    )


def stale(batch: Batch, seed: int = 1) -> Batch:
    """The batch as an earlier policy would have sampled it: log-probs a little off, so that the clip has work to do."""
    draw = np.random.default_rng(seed)
    moved = [[value + draw.normal(0, 0.3) if value else 0.0 for value in row] for row in batch.old_logprobs]
    return replace(batch, old_logprobs=[[min(0.0, value) for value in row] for row in moved])


def rl(folder: Path, checkpoint: Path, batch: Batch, **fields: Any) -> Path:
    """An RL job of four minibatches."""
    folder.mkdir(parents=True, exist_ok=True)
    data = [batch.write(folder / "rows.parquet")]
    return write_job(folder, kind="rl", checkpoint=str(checkpoint), data=data, **{"steps": 4, **fields})


def metrics_of(folder: Path) -> dict[str, float]:
    return json.loads((folder / "out" / "manifest.json").read_text())["metrics"]
