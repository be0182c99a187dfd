"""Log-probs under the frozen policy that the KL of an `rl` job is measured to: asked once, before the first step.

So no second model stays in memory while the first is trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from .collate import Part
from .errors import BadInputError
from .forward import hidden_of
from .fused import fuse, fusible
from .job import Job, RlHyper
from .models import load_model
from .shard import shard
from .step import Setting, forward, in_step_with_others, places_of, precision

Columns = dict[str, torch.Tensor]


@torch.no_grad()
def reference_log_probs(job: Job, setting: Setting, steps: Iterable[list[Part]]) -> list[list[Columns]]:
    """For each part of each step the log-probs of its trained tokens, [N], as the column `reference`.

    Empty where the KL weighs nothing. Without a folder of its own the reference is the model as it is now."""
    settings = job.hyper.rl or RlHyper()
    if job.kind != "rl" or settings.kl_weight == 0:
        return []
    model = setting.training.model if settings.reference is None else load_reference(settings.reference, setting)
    found = [[ask(setting, model, part) for part in in_step_with_others(setting, parts)] for parts in steps]
    if setting.hyper.fsdp:
        model.reshard()  # a forward pass alone leaves the outermost weights gathered
    return found


def load_reference(folder: str, setting: Setting) -> Any:
    """The model of another checkpoint, on the device and sharded like the one that is trained."""
    model = load_model(folder)
    size, own = (part.get_input_embeddings().weight.shape[0] for part in (model, setting.training.model))
    if size != own:
        raise BadInputError(f"hyper.rl.reference {folder} has a vocabulary of {size}, the checkpoint one of {own}")
    model.to(setting.device)
    if fusible(setting.device, setting.dtype, setting.hyper.fsdp):
        fuse(model)
    if setting.hyper.fsdp:
        shard(model, setting.device, setting.dtype)
    return model


def ask(setting: Setting, model: Any, part: Part) -> Columns:
    if len(part.picked) <= setting.places:
        return {"reference": log_probs(forward(setting, model, part), part)}
    with precision(setting):
        hidden = hidden_of(model, part)
    found = []
    for some in places_of(setting, part):
        with precision(setting):
            logits = model.get_output_embeddings()(hidden[some])
        found.append(log_probs(logits, part.at(some)))
    return {"reference": torch.cat(found)}


def log_probs(logits: torch.Tensor, part: Part) -> torch.Tensor:
    every = torch.log_softmax(logits.float(), dim=-1)
    return every.gather(1, part.targets.unsqueeze(1)).squeeze(1)
