"""Whether packed rows stay apart in this very model: asked of the model, not of a list of names."""

from __future__ import annotations

from typing import Any

import torch

from .errors import BadInputError

# The largest difference of a logit, as a share of the logits' own spread, that rounding explains.
ROUNDING = 1e-3


@torch.no_grad()
def refuse_mixing(model: Any, vocabulary: int) -> None:
    """Lays two short rows end to end and compares with each alone; raises BadInputError where one sees the other.

    Convolutions and recurrent states do on most machines. The model must be float32, without hooks and on its device."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randint(vocabulary, (1, length), generator=generator).to(device) for length in (9, 7)]
    together = torch.cat(rows, dim=1)
    positions = torch.cat([torch.arange(row.shape[1], device=device) for row in rows]).unsqueeze(0)
    mixed = model(input_ids=together, position_ids=positions, use_cache=False).logits
    alone = torch.cat([model(input_ids=row, use_cache=False).logits for row in rows], dim=1)
    model.train(training)
    difference = (mixed - alone).abs().max() / alone.std().clamp(min=1e-6)
    if not difference <= ROUNDING:
        raise BadInputError(
            f"hyper.packing is pack, but {type(model).__name__} lets packed rows see each other"
            f" (logits differ by {float(difference):.2g} standard deviations): use bucket"
        )
