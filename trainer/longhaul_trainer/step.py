"""One update of the weights."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import torch

from .collate import Part
from .errors import BadInputError
from .forward import hidden_of, logits_of
from .job import Hyper
from .objective import Measured, Numbers, Objective
from .state import Training
from .stopping import stop_asked
from .world import World, add_gradients, largest, total


@dataclass(frozen=True)
class Setting:
    """What stays the same from step to step."""

    training: Training
    objective: Objective
    hyper: Hyper
    world: World
    device: torch.device
    dtype: torch.dtype
    # Trained tokens whose logits are held at a time.
    places: int


@dataclass(frozen=True)
class Stepped:
    """What a step measured, over all processes."""

    loss: float
    grad_norm: float
    stop: bool
    sums: Numbers
    peaks: Numbers


def update(setting: Setting, parts: list[Part], rate: float) -> Stepped:
    """Gradients of all parts, clipping, one optimizer step. Raises BadInputError, weights untouched, if a loss is NaN."""
    training, world = setting.training, setting.world
    training.optimizer.zero_grad(set_to_none=True)
    measured = [backward(setting, part) for part in in_step_with_others(setting, parts)]
    if not setting.hyper.fsdp:
        add_gradients(world, training.trained().values())
    loss, stop, sums, peaks = gathered(setting, measured)
    if not math.isfinite(loss):
        raise BadInputError(f"the loss is {loss}: a lower learningRate or other data may help")
    norm = clip(setting)
    if not math.isfinite(norm):
        raise BadInputError(f"the norm of the gradient is {norm}: a lower learningRate or other data may help")
    for group in training.optimizer.param_groups:
        group["lr"] = rate
    training.optimizer.step()
    return Stepped(loss, norm, stop, sums, peaks)


def backward(setting: Setting, part: Part) -> Measured:
    """Adds a part's gradients; what comes back carries no graph."""
    if len(part.picked) > setting.places:
        return backward_by_places(setting, part)
    measured = setting.objective.measure(forward(setting, setting.training.model, part), part)
    # FSDP means its gradients over the processes, while the weights of tokens already make the loss a sum.
    (measured.loss * (setting.world.size if setting.hyper.fsdp else 1)).backward()
    return replace(measured, loss=measured.loss.detach())


def backward_by_places(setting: Setting, part: Part) -> Measured:
    """The same, with the logits of some places at a time: their gradient is added up at what the output layer saw."""
    model = setting.training.model
    head = model.get_output_embeddings()
    with precision(setting):
        hidden = hidden_of(model, part)
    seen = hidden.detach().requires_grad_(hidden.requires_grad)
    found: list[Measured] = []
    for some in places_of(setting, part):
        with precision(setting):
            logits = head(seen[some])
        measured = setting.objective.measure(logits, part.at(some))
        measured.loss.backward()
        found.append(replace(measured, loss=measured.loss.detach()))
    if seen.grad is not None:
        hidden.backward(seen.grad)
    return together(found)


def places_of(setting: Setting, part: Part) -> list[slice]:
    """The trained tokens of a part in pieces of about the same size."""
    count = len(part.picked)
    pieces = -(-count // setting.places)
    bounds = [count * piece // pieces for piece in range(pieces + 1)]
    return [slice(first, last) for first, last in itertools.pairwise(bounds)]


def together(found: list[Measured]) -> Measured:
    """What several pieces of a part measured."""
    loss = torch.stack([entry.loss for entry in found]).sum()
    sums = {name: torch.stack([entry.sums[name] for entry in found]).sum() for name in found[0].sums}
    peaks = {name: torch.stack([entry.peaks[name] for entry in found]).max() for name in found[0].peaks}
    return Measured(loss, sums, peaks)


def forward(setting: Setting, model: Any, part: Part) -> torch.Tensor:
    """Logits [N, V] in the setting's precision."""
    with precision(setting):
        return logits_of(model, part)


def precision(setting: Setting) -> torch.autocast:
    mixed = setting.dtype != torch.float32 and not setting.hyper.fsdp
    return torch.autocast(setting.device.type, dtype=setting.dtype, enabled=mixed)


def in_step_with_others(setting: Setting, parts: list[Part]) -> list[Part]:
    """Sharded weights are gathered in every pass, so each process makes as many: missing ones weigh nothing."""
    if not setting.hyper.fsdp:
        return parts
    most = int(largest(setting.world, torch.tensor([len(parts)], device=setting.device)).item())
    spare = replace(parts[-1], weights=torch.zeros_like(parts[-1].weights))
    return parts + [spare] * (most - len(parts))


def gathered(setting: Setting, measured: list[Measured]) -> tuple[float, bool, Numbers, Numbers]:
    """Loss, whether any process was asked to stop, and the objective's sums and peaks, over all parts and processes."""
    zero = torch.zeros((), device=setting.device)
    sums = sorted({name for entry in measured for name in entry.sums})
    peaks = sorted({name for entry in measured for name in entry.peaks})
    columns = [sum((entry.loss for entry in measured), zero), zero + float(stop_asked())]
    columns += [sum((entry.sums[name] for entry in measured), zero) for name in sums]
    loss, stop, *rest = total(setting.world, torch.stack(columns)).tolist()
    highest: list[float] = []
    if peaks:
        over_parts = [torch.stack([entry.peaks[name] for entry in measured]).max() for name in peaks]
        highest = largest(setting.world, torch.stack(over_parts)).tolist()
    return loss, stop > 0, dict(zip(sums, rest, strict=True)), dict(zip(peaks, highest, strict=True))


def clip(setting: Setting) -> float:
    """The gradient's norm before clipping."""
    trained: list[Any] = [entry for entry in setting.training.trained().values() if entry.grad is not None]
    norm: Any = torch.nn.utils.get_total_norm([entry.grad for entry in trained])
    if hasattr(norm, "full_tensor"):
        norm = norm.full_tensor()
    if setting.hyper.clip is not None:
        torch.nn.utils.clip_grads_with_norm_(trained, setting.hyper.clip, norm)
    return float(norm)
