"""Logits at chosen places only: the output layer, the widest of a small model, sees the trained tokens and no others."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .collate import Part


def logits_of(model: nn.Module, part: Part) -> torch.Tensor:
    """Logits [N, V] for the N trained tokens of a part.

    The places are picked in front of the output layer by a hook, so that whatever the model does after it (caps, scales)
    is done as the model does it. Padding is at the end and needs no mask: nothing before it can see it."""
    head = model.get_output_embeddings()  # type: ignore[operator]

    def pick(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        hidden = inputs[0]
        return (hidden.reshape(-1, hidden.shape[-1]).index_select(0, part.picked).unsqueeze(0), *inputs[1:])

    hook = head.register_forward_pre_hook(pick)
    given: dict[str, Any] = {} if part.positions is None else {"position_ids": part.positions}
    try:
        logits: torch.Tensor = model(input_ids=part.input_ids, use_cache=False, **given).logits
    finally:
        hook.remove()
    return logits.reshape(-1, logits.shape[-1])
