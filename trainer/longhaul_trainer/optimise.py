"""AdamW over the trained weights."""

from __future__ import annotations

from typing import Any

import torch

from .job import Hyper


def adamw(model: Any, hyper: Hyper) -> torch.optim.AdamW:
    """Decay acts on matrices only: gains and biases are scales, which have no reason to be small."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [entry for entry in trained if entry.ndim >= 2], "weight_decay": hyper.weight_decay},
        {"params": [entry for entry in trained if entry.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=hyper.learning_rate,
        betas=hyper.betas,
        eps=1e-8,
        fused=not hyper.fsdp,
        foreach=True if hyper.fsdp else None,
    )
