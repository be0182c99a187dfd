"""Logits that are held some places at a time give the losses, figures and gradients of all at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM

from longhaul_trainer.collate import Part
from longhaul_trainer.forward import ends_with_head
from longhaul_trainer.job import read_job
from longhaul_trainer.kinds import KINDS
from longhaul_trainer.models import load_model
from longhaul_trainer.objective import Measured
from longhaul_trainer.prepare import Ready, prepare
from longhaul_trainer.reference import ask
from longhaul_trainer.rows import load_rows
from longhaul_trainer.step import backward
from longhaul_trainer.train import Run, parts_for
from longhaul_trainer.world import World
from tests.helpers import sft
from tests.rl import HYPER, batch_of, rl, stale


def ready(folder: Path) -> tuple[Ready, list[Part]]:
    """The job of a folder before its first step, and the parts of a step of twelve rows."""
    job = read_job(folder)
    kind = KINDS[job.kind]
    rows, objective = kind.bind(job, load_rows(job.data, kind.columns))
    made = prepare(job, rows, objective, (World(0, 1, 0), torch.device("cpu")))
    run = Run(job, rows, made, folder / "state", lambda *_, **__: None)
    return made, parts_for(run, np.arange(12))


def measured(made: Ready, part: Part, places: int) -> tuple[Measured, dict[str, torch.Tensor]]:
    setting = replace(made.setting, places=places)
    made.setting.training.optimizer.zero_grad()
    found = backward(setting, part)
    return found, {
        name: entry.grad.clone() for name, entry in setting.training.trained().items() if entry.grad is not None
    }


@pytest.mark.parametrize("places", [1, 3, 1000])
@pytest.mark.parametrize(
    ("kind", "hyper"),
    [
        ("sft", {}),
        ("sft", {"activationCheckpointing": True}),
        ("sft", {"lora": {"rank": 4}}),
        ("sft", {"packing": "pack"}),
        ("rl", {}),
        ("rl", {"dtype": "bfloat16"}),
    ],
)
def test_every_number_of_a_part_is_that_of_the_whole(
    tmp_path: Path, llama: Path, kind: str, hyper: dict[str, Any], places: int
) -> None:
    if kind == "sft":
        folder = sft(tmp_path / "j", llama, hyper=hyper)
    else:
        folder = rl(tmp_path / "j", llama, stale(batch_of(llama)), hyper={**HYPER, **hyper})
    made, [part, *_] = ready(folder)
    if kind == "rl":
        references = [
            ask(replace(made.setting, places=count), made.setting.training.model, part) for count in (10**6, places)
        ]
        near = 1e-5 if "dtype" not in hyper else 1e-2
        torch.testing.assert_close(references[1], references[0], atol=near, rtol=near)
        part = replace(part, extra={**part.extra, **{name: entry.detach() for name, entry in references[0].items()}})
    whole, gradients = measured(made, part, 10**6)
    pieces, same = measured(made, part, places)
    near = 1e-5 if "dtype" not in hyper else 2e-2
    for expected, found in ((whole.sums, pieces.sums), (whole.peaks, pieces.peaks), (gradients, same)):
        torch.testing.assert_close(found, expected, atol=near, rtol=near)
    torch.testing.assert_close(pieces.loss, whole.loss, atol=near, rtol=near)


def test_a_model_that_caps_its_logits_is_asked_for_all_of_them(llama: Path) -> None:
    assert ends_with_head(load_model(str(llama)))
    config = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "head_dim": 8}
    capped = Gemma2ForCausalLM(Gemma2Config(vocab_size=32, num_attention_heads=2, num_key_value_heads=1, **config))
    assert not ends_with_head(capped)
