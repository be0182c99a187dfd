"""FSDP2: every process holds a part of each weight, of its gradient and of its optimizer state."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .errors import BadInputError


def shard(model: Any, device: torch.device, dtype: torch.dtype) -> None:
    """Shards each repeated layer and then the rest, in place. Layers are what the model itself checkpoints or repeats."""
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    if not dist.is_initialized():
        raise BadInputError("hyper.fsdp needs several processes: start the job with torchrun or --processes")
    mesh = init_device_mesh(device.type, (dist.get_world_size(),))
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    for layer in layers_of(model):
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)


def layers_of(model: nn.Module) -> list[nn.Module]:
    """The entries of the longest list of modules: a transformer's layers."""
    lists = [list(module) for module in model.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len, default=[])


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A sharded tensor in full, on the CPU; every process must ask. An ordinary tensor as it is."""
    full = getattr(tensor, "full_tensor", None)
    return (tensor if full is None else full()).detach().cpu()


@torch.no_grad()
def put(into: torch.Tensor, value: torch.Tensor) -> None:
    """Writes a full tensor into one that may be sharded; every process has the full one."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if isinstance(into, DTensor):
        value = distribute_tensor(value.to(into.device), into.device_mesh, into.placements)
    into.copy_(value)
