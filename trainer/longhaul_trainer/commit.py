"""The output checkpoint: a stock Hugging Face folder and its manifest, in place by one rename."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import transformers

from . import manifest
from .files import aside_folder, write_json
from .job import Job
from .shard import whole
from .state import KEPT, Training, save_state, tensors_of
from .world import World

# What travels from the input checkpoint to the output besides weights and configuration.
COMPANIONS = (
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab*",
    "merges.txt",
    "chat_template*",
    "*.model",
)


def commit(job: Job, world: World, trained: tuple[Training, torch.dtype], found: dict[str, Any]) -> None:
    """Writes the checkpoint; gathering sharded weights takes every process, writing only the first."""
    training, dtype = trained
    weights = plain_weights(training.model)
    kept = tensors_of(training) if job.hyper.keep_optimizer else None
    if world.rank != 0:
        return
    with aside_folder(Path(job.output)) as folder:
        save_model(training.model, {name: tensor.to(dtype) for name, tensor in weights.items()}, folder)
        if kept is not None:
            save_state(folder / KEPT, kept, {"job": job.id})
        copy_companions(Path(job.checkpoint or ""), folder)
        seal(job, folder, found)


def seal(job: Job, folder: Path, found: dict[str, Any]) -> None:
    """The manifest, last of all files."""
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    write_json(folder / manifest.NAME, manifest.compose(job, folder, {**found, "versions": versions}))


def save_model(model: Any, weights: dict[str, torch.Tensor], folder: Path) -> None:
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    base.config.dtype = next(iter(weights.values())).dtype
    base.save_pretrained(folder, state_dict=weights)


def plain_weights(model: Any) -> dict[str, torch.Tensor]:
    """Every weight in full under the name that the plain model has for it, with adapters merged in."""
    weights = {name: whole(tensor) for name, tensor in named_weights(model)}
    merged: dict[str, torch.Tensor] = {}
    adapters = {name: module for name, module in model.named_modules() if hasattr(module, "lora_A")}
    for name, tensor in weights.items():
        if ".lora_" in name:
            continue
        owner, _, kind = name.rpartition(".base_layer.")
        adapted = owner in adapters and kind == "weight"
        plain = tensor + delta(weights, owner, adapters[owner]) if adapted else tensor
        merged[name.replace(".base_layer.", ".").removeprefix("base_model.model.")] = plain.contiguous()
    return merged


def named_weights(model: Any) -> list[tuple[str, torch.Tensor]]:
    """Parameters, tied ones once, and the buffers that belong to a checkpoint."""
    lasting = set(model.state_dict(keep_vars=True))
    return [*model.named_parameters(), *((name, entry) for name, entry in model.named_buffers() if name in lasting)]


def delta(weights: dict[str, torch.Tensor], owner: str, module: Any) -> torch.Tensor:
    """What an adapter adds to its layer: scaling · B A."""
    first, second = (weights[f"{owner}.lora_{which}.default.weight"] for which in "AB")
    change = (second @ first) * module.scaling["default"]
    return change.T if module.fan_in_fan_out else change


def copy_companions(source: Path, folder: Path) -> None:
    for pattern in COMPANIONS:
        for path in sorted(source.glob(pattern)):
            if path.is_file() and not (folder / path.name).exists():
                shutil.copyfile(path, folder / path.name)
