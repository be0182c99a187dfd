"""SFT tokens per second beside TRL's SFTTrainer: the same model, rows, batches, optimizer and number of threads.

    python bench/sft_vs_trl.py [--model FOLDER] [--steps 30] [--threads 1] [--batch-tokens 2048]

Longhaul does an ordinary job. TRL gets the very batches that the job's plan holds, so that the losses can be compared step by
step. The two run in turns, three times; the first steps of a run are left out, and the median run of each counts.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from longhaul_trainer.batches import step_rows
from longhaul_trainer.init.create import create
from longhaul_trainer.job import Job
from longhaul_trainer.rows import load_rows
from longhaul_trainer.run import quieten
from longhaul_trainer.strict import read
from longhaul_trainer.train import train
from longhaul_trainer.world import World

WARM_UP = 5
TURNS = 3
HYPER = {"learningRate": 1e-3, "schedule": "constant", "betas": [0.9, 0.98], "weightDecay": 0.02, "clip": 1.0}


@dataclass
class Curve:
    """Losses, and the moment at which each step was done."""

    losses: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    def add(self, loss: float) -> None:
        self.losses.append(loss)
        self.moments.append(time.perf_counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, help="a Hugging Face folder; default: the tiny student")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    options = parser.parse_args()
    quieten()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        model = options.model or tiny_student(place / "init")
        data = windows(place / "rows.parquet", AutoModelForCausalLM.from_pretrained(model).config.vocab_size)
        plan = batches(data, options)
        tokens = step_tokens(data, plan)
        ours, theirs = [], []
        for turn in range(TURNS):
            ours.append(longhaul(job_of(options, (model, data, place / f"out{turn}")), place / f"state{turn}"))
            theirs.append(trl((model, data, place / f"trl{turn}"), plan, options))
    print(json.dumps(compared(ours, theirs, tokens, options), indent=2))


def compared(ours: list[Curve], theirs: list[Curve], tokens: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """Tokens per second of each run after its warm-up, and the largest difference of a step's loss."""

    def speed(curve: Curve) -> float:
        return sum(tokens[WARM_UP:]) / (curve.moments[-1] - curve.moments[WARM_UP - 1])

    longhaul_speeds, trl_speeds = ([round(speed(curve)) for curve in curves] for curves in (ours, theirs))
    apart = np.abs(np.array(ours[0].losses) - np.array(theirs[0].losses)).max()
    return {
        "tokensPerSecond": {"longhaul": statistics.median(longhaul_speeds), "trl": statistics.median(trl_speeds)},
        "ratio": round(statistics.median(longhaul_speeds) / statistics.median(trl_speeds), 3),
        "runs": {"longhaul": longhaul_speeds, "trl": trl_speeds},
        "largestLossDifference": float(apart),
        "lastLoss": {"longhaul": ours[0].losses[-1], "trl": theirs[0].losses[-1]},
        "threads": options.threads,
        "steps": options.steps,
        "batchTokens": options.batch_tokens,
        "torch": torch.__version__,
    }


def tiny_student(folder: Path) -> Path:
    init = {"mode": "copying", "vocabSize": 350}
    create(read(Job, {"id": "init", "kind": "init", "output": str(folder), "init": init}), lambda *_, **__: None)
    return folder


def windows(path: Path, vocabulary: int) -> Path:
    """Rows as the micropapers' SFT has them: 100 to 192 tokens, about a third of them trained, in runs."""
    draw = np.random.default_rng(0)
    ids, labels = [], []
    for length in draw.integers(100, 193, 600):
        row = draw.integers(vocabulary, size=length)
        trained = np.repeat(draw.random(length // 8 + 1) < 0.35, 8)[:length]
        trained[1] = True
        ids.append(row)
        labels.append(np.where(trained, row, -100))
    pq.write_table(pa.table({"input_ids": ids, "labels": labels}), path)
    return path


def batches(data: Path, options: argparse.Namespace) -> list[list[int]]:
    rows = load_rows([str(data)])
    plan = step_rows(rows.lengths, np.flatnonzero(rows.trained > 0), (0, options.batch_tokens))
    return [chosen.tolist() for chosen in itertools.islice(plan, options.steps)]


def step_tokens(data: Path, plan: list[list[int]]) -> list[int]:
    lengths = load_rows([str(data)]).lengths
    return [int(lengths[chosen].sum()) for chosen in plan]


def job_of(options: argparse.Namespace, where: tuple[Path, Path, Path]) -> Job:
    model, data, output = where
    return read(
        Job,
        {
            "id": "bench",
            "kind": "sft",
            "checkpoint": str(model),
            "data": [str(data)],
            "output": str(output),
            "seed": 0,
            "steps": options.steps,
            "batchTokens": options.batch_tokens,
            "hyper": {**HYPER, "threads": options.threads, "dtype": "float32"},
        },
    )


def longhaul(job: Job, state: Path) -> Curve:
    curve = Curve()

    def emit(kind: str, /, **fields: Any) -> None:
        if kind == "progress":
            curve.add(fields["loss"])

    train(job, state, World(0, 1, 0), emit)
    return curve


class Watch(TrainerCallback):  # type: ignore[misc]
    """Notes every step of a Trainer as it is logged."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve

    def on_log(self, *_: Any, logs: dict[str, Any], **__: Any) -> None:
        if "loss" in logs:
            self.curve.add(float(logs["loss"]))


def trl(where: tuple[Path, Path, Path], plan: list[list[int]], options: argparse.Namespace) -> Curve:
    """TRL with its own defaults for everything that the comparison does not fix."""
    model, data, output = where
    torch.set_num_threads(options.threads)
    curve = Curve()

    class Planned(SFTTrainer):  # type: ignore[misc]
        def get_train_dataloader(self) -> DataLoader[Any]:
            loader = DataLoader(self.train_dataset, batch_sampler=plan, collate_fn=self.data_collator)
            return self.accelerator.prepare(loader)

    settings = SFTConfig(
        output_dir=str(output),
        max_steps=options.steps,
        learning_rate=HYPER["learningRate"],
        lr_scheduler_type="constant",
        adam_beta1=0.9,
        adam_beta2=0.98,
        weight_decay=0.02,
        max_grad_norm=1.0,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
        max_length=None,
        gradient_checkpointing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
    )
    rows = Dataset.from_parquet(str(data), cache_dir=str(output))
    trainer = Planned(
        model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
        args=settings,
        train_dataset=rows,
        processing_class=processing(),
        callbacks=[Watch(curve)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return curve


def processing() -> Any:
    """A tokenizer that is never asked: the rows are tokens already; SFTTrainer wants one for its padding token."""
    from longhaul_trainer.init.tokenizer import make_tokenizer
    from longhaul_trainer.job import Tokenizer

    return make_tokenizer(Tokenizer(words=["<pad>", "<end>"], pad="<pad>", eos="<end>"))


if __name__ == "__main__":
    main()
