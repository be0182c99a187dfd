"""A job's model, optimizer and data, ready for the first step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .collate import Layout
from .errors import BadInputError
from .exactness import refuse_mixing
from .forward import ends_with_head
from .fused import fuse, fusible
from .job import Hyper, Job
from .models import add_lora, compute_dtype, load_model, parameter_count, positions_of, save_activations
from .objective import Objective
from .optimise import adamw
from .rows import Rows, check_rows
from .shard import shard
from .state import KEPT, Training, load_state
from .step import Setting
from .world import World

UNLIMITED = 2**62
# That are held at a time: 2 GB in float32, of which a backward pass needs three or four.
LOGITS = 2**29


@dataclass(frozen=True)
class Ready:
    setting: Setting
    layout: Layout
    parameters: int


def prepare(job: Job, rows: Rows, objective: Objective, where: tuple[World, torch.device]) -> Ready:
    """Loads, checks the rows against the model, adapts and shards. Raises BadInputError for what does not fit."""
    world, device = where
    hyper = job.hyper
    model = load_model(str(job.checkpoint))
    vocabulary = model.get_input_embeddings().weight.shape[0]
    longest = positions_of(model, hyper)
    check_rows(rows, vocabulary, longest)
    dtype = compute_dtype(hyper, device)
    model.to(device)
    if hyper.packing == "pack":
        refuse_mixing(model, vocabulary)
    places = places_at_once(model, hyper)
    parameters = parameter_count(model)
    model = adapt(model, job)
    if hyper.fsdp:
        shard(model, device, dtype)
    if fusible(device, dtype, hyper.fsdp):
        fuse(model)
    set_mode(model, job.kind)
    training = Training(model, adamw(model, hyper))
    if hyper.optimizer == "continue":
        go_on(job, training)
    parts = hyper.accumulation * world.size
    # The batch of an rl job is dealt by its number of steps, so there batchTokens bounds what is held at a time.
    bounded = hyper.accumulation > 1 or job.kind == "rl"
    layout = Layout(
        packing=hyper.packing,
        most=-(-job.batch_tokens // parts) if bounded else UNLIMITED,
        room=max(int(rows.lengths.max()), min(longest, -(-job.batch_tokens // parts))),
        device=device,
    )
    return Ready(Setting(training, objective, hyper, world, device, dtype, places), layout, parameters)


def places_at_once(model: Any, hyper: Hyper) -> int:
    """Trained tokens whose logits are held at a time: all, where sharded weights or the model itself ask for the whole."""
    if hyper.fsdp or not ends_with_head(model):
        return UNLIMITED
    return max(1, LOGITS // model.get_input_embeddings().weight.shape[0])


def adapt(model: Any, job: Job) -> Any:
    """Adapters and activation checkpointing, as the job says. Adapters start from the job's seed."""
    torch.manual_seed(job.seed)
    if job.hyper.activation_checkpointing:
        save_activations(model)
    if job.hyper.lora is not None:
        model = add_lora(model, job.hyper.lora)
    return model


def set_mode(model: Any, kind: str) -> None:
    """No dropout in an rl job: there the log-probs have to be those of the policy that sampled.

    Layers whose activations are computed again ask whether they are training; what they hold does not become so by that."""
    model.train(kind != "rl")
    for module in model.modules():
        if getattr(module, "gradient_checkpointing", False):
            module.training = True


def go_on(job: Job, training: Training) -> None:
    path = Path(str(job.checkpoint)) / KEPT
    if job.hyper.lora is not None:
        raise BadInputError("hyper.optimizer continue does not go with hyper.lora: adapters start anew in every job")
    if not path.is_file():
        raise BadInputError(
            f"hyper.optimizer is continue, but {job.checkpoint} carries no optimizer state: keep it there"
        )
    load_state(path, training, {})
