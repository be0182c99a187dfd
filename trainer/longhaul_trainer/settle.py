"""How a GPU computes in a job: where it is asked to, the same bits again; float32 is not rounded to less."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import torch

Found = TypeVar("Found")
# What torch says of an operation for which it knows no way that gives the same bits twice.
NO_WAY = "does not have a deterministic implementation"


def settle(device: torch.device, *, repeatable: bool) -> None:
    """To be called before anything is computed on the device. A CPU needs nothing of it."""
    if device.type != "cuda":
        return
    # The first two are read once, when the device is first used. Rows of many lengths leave gaps between larger blocks.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    torch.use_deterministic_algorithms(repeatable)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # untyped
    torch.backends.cudnn.allow_tf32 = False


def settled(compute: Callable[[], Found], give_up: Callable[[], None]) -> Found:
    """What `compute` finds. Where a model has an operation that is never the same twice, `give_up` is called, and from
    then on a job that was killed may end with other last bits than one that was not."""
    try:
        return compute()
    except RuntimeError as error:
        if NO_WAY not in str(error) or not torch.are_deterministic_algorithms_enabled():
            raise
    give_up()
    torch.use_deterministic_algorithms(False)
    return compute()
