"""Logits at chosen places only: the output layer, the widest of a small model, sees the trained tokens and no others.

With a large vocabulary the logits of a long window are the largest thing in memory: 32,768 places of 150,000 tokens take 20 GB
in float32, several times over. Where a model does nothing after its output layer they can be made some places at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .collate import Part

Hidden = Callable[[torch.Tensor], torch.Tensor]


def logits_of(model: nn.Module, part: Part) -> torch.Tensor:
    """Logits [N, V] for the N trained tokens of a part.

    The places are picked in front of the output layer by a hook, so that whatever the model does after it (caps, scales)
    is done as the model does it. Padding is at the end and needs no mask: nothing before it can see it."""
    logits = run(model, part, lambda hidden: hidden)
    return logits.reshape(-1, logits.shape[-1])


def hidden_of(model: nn.Module, part: Part) -> torch.Tensor:
    """What the output layer would see of the N trained tokens, [N, d]; it is shown the first of them only."""
    kept: list[torch.Tensor] = []

    def keep(hidden: torch.Tensor) -> torch.Tensor:
        kept.append(hidden)
        return hidden[:1]

    run(model, part, keep)
    return kept[0]


def run(model: nn.Module, part: Part, show: Hidden) -> torch.Tensor:
    """The model's logits of what `show` lets the output layer see of the picked places, [N, d]."""
    head = model.get_output_embeddings()  # type: ignore[operator]  # torch: Tensor | Module

    def pick(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        hidden = inputs[0]
        return (show(hidden.reshape(-1, hidden.shape[-1]).index_select(0, part.picked)).unsqueeze(0), *inputs[1:])

    hook = head.register_forward_pre_hook(pick)
    given: dict[str, Any] = {} if part.positions is None else {"position_ids": part.positions}
    try:
        logits: torch.Tensor = model(input_ids=part.input_ids, use_cache=False, **given).logits
    finally:
        hook.remove()
    return logits


@torch.no_grad()
def ends_with_head(model: nn.Module) -> bool:
    """Whether the logits are what the output layer gives and nothing is done to them: asked of the model itself.

    The model must be float32, without hooks and on its device."""
    head: Any = model.get_output_embeddings()  # type: ignore[operator]  # torch: Tensor | Module
    training, seen = model.training, []
    hook = head.register_forward_hook(lambda *found: seen.append(found[2].clone()))
    try:
        ids = torch.arange(3, device=next(model.parameters()).device).unsqueeze(0)
        logits = model.eval()(input_ids=ids, use_cache=False).logits
    finally:
        hook.remove()
        model.train(training)
    return len(seen) == 1 and torch.equal(logits, seen[0])
