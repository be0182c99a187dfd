"""The processes that work on one job together, as `torchrun` starts them. No torch at import: bad input is refused first."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import TryAgainError

if TYPE_CHECKING:
    import torch

# CUDA_VISIBLE_DEVICES where the CPU is meant.
NO_DEVICE = ("", "-1", "none")


@dataclass(frozen=True)
class World:
    """This process's place among `size` processes; `local` counts on this machine."""

    rank: int
    size: int
    local: int


def here() -> World:
    """From the environment that torchrun sets; one process where it sets none."""
    return World(
        *(
            int(os.environ.get(name, default))
            for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
        )
    )


def device_of(world: World) -> torch.device:
    """This process's GPU, or the CPU where there is none. Raises TryAgainError where a GPU was promised and is not there."""
    import torch

    promised = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if not torch.cuda.is_available():
        if promised not in NO_DEVICE:
            raise TryAgainError(
                f"CUDA_VISIBLE_DEVICES is {promised}, but torch {torch.__version__} finds no GPU:"
                " the driver, or a torch with CUDA, is missing"
            )
        return torch.device("cpu")
    count = torch.cuda.device_count()
    if world.local >= count:
        raise TryAgainError(f"process {world.local} has no GPU, {count} can be seen: start one process for each")
    torch.cuda.set_device(world.local)
    return torch.device("cuda", world.local)


def join(world: World, device: torch.device) -> None:
    """Connects the processes: NCCL between GPUs, gloo between CPUs (and for objects on the CPU)."""
    import torch.distributed as dist

    if world.size > 1 and not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")


def leave(world: World) -> None:
    import torch.distributed as dist

    if world.size > 1 and dist.is_initialized():
        dist.destroy_process_group()


def wait_for_all(world: World) -> None:
    import torch.distributed as dist

    if world.size > 1:
        dist.barrier()


def total(world: World, values: torch.Tensor) -> torch.Tensor:
    """The sum over all processes of a small vector, in place."""
    import torch.distributed as dist

    if world.size > 1:
        dist.all_reduce(values)
    return values


def add_gradients(world: World, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Sums every gradient over the processes, as one vector. A parameter without a gradient counts as zero."""
    import torch
    import torch.distributed as dist

    if world.size == 1:
        return
    trained = list(parameters)
    for parameter in trained:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in trained if parameter.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    offset = 0
    for gradient in gradients:
        gradient.copy_(flat[offset : offset + gradient.numel()].view_as(gradient))
        offset += gradient.numel()


def largest(world: World, values: torch.Tensor) -> torch.Tensor:
    """The largest of each entry over all processes, in place."""
    import torch.distributed as dist

    if world.size > 1:
        dist.all_reduce(values, op=dist.ReduceOp.MAX)
    return values
