"""The whole state of training in one file: trained weights, the optimizer's moments, the step, what was measured so far."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .errors import BadInputError, first_line
from .files import replace_file
from .shard import put, whole

MOMENTS = ("exp_avg", "exp_avg_sq")
# In an output checkpoint, for a job that continues.
KEPT = "trainer_state.safetensors"


@dataclass
class Training:
    """A model and its optimizer; the order of data and all random numbers follow from seed and step."""

    model: Any
    optimizer: torch.optim.Optimizer

    def trained(self) -> dict[str, torch.nn.Parameter]:
        return {name: entry for name, entry in self.model.named_parameters() if entry.requires_grad}


def tensors_of(training: Training) -> dict[str, torch.Tensor]:
    """Everything as full tensors on the CPU; a collective where weights are sharded."""
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in training.trained().items():
        tensors[f"weight.{name}"] = whole(parameter).contiguous()
        state = training.optimizer.state.get(parameter, {})
        for moment in MOMENTS:
            if moment in state:
                tensors[f"{moment}.{name}"] = whole(state[moment]).contiguous()
        if "step" in state:
            tensors[f"step.{name}"] = state["step"].detach().cpu().reshape(1).clone()
    return tensors


def save_state(path: Path, tensors: dict[str, torch.Tensor], about: dict[str, Any]) -> None:
    """Writes the file in one rename: a process that dies here leaves the earlier one."""
    from safetensors.torch import save_file

    replace_file(path, lambda aside: save_file(tensors, aside, metadata={"about": json.dumps(about)}))


def load_state(path: Path, training: Training, expected: dict[str, Any]) -> dict[str, Any]:
    """Puts a saved state into the model and its optimizer; returns what was said about it, if that is as expected."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about: dict[str, Any] = json.loads((file.metadata() or {}).get("about", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadInputError(f"the saved state {path} cannot be read: {first_line(error)}") from error
    foreign = next((key for key, value in expected.items() if about.get(key) != value), None)
    if foreign:
        raise BadInputError(f"the saved state {path} was made with another {foreign}: remove it to start anew")
    trained = training.trained()
    lacking = [name for name in trained if f"weight.{name}" not in tensors]
    if lacking:
        raise BadInputError(f"the saved state {path} belongs to another model: it lacks {lacking[0]}")
    for name, parameter in trained.items():
        put(parameter.data, tensors[f"weight.{name}"])
        if f"step.{name}" in tensors:
            state = moments(parameter, name, tensors)
            # Only a fused optimizer counts on the device; elsewhere a counter there is waited for at every step.
            if training.optimizer.defaults.get("fused"):
                state["step"] = state["step"].to(parameter.device)
            training.optimizer.state[parameter] = state
    return about


def moments(parameter: torch.Tensor, name: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = {"step": tensors[f"step.{name}"].reshape(())}
    for moment in MOMENTS:
        state[moment] = torch.zeros_like(parameter)
        put(state[moment], tensors[f"{moment}.{name}"])
    return state
