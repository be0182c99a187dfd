"""What a kind of job minimises. A kind is three things: the columns it reads, what a token of a row weighs, and the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from .collate import Part
from .rows import Ints, Rows

Weigh = Callable[[Rows, Ints], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Measured:
    """The loss of a part, already weighted, and what is reported: sums add up over parts, peaks are maxima."""

    loss: torch.Tensor
    sums: dict[str, torch.Tensor] = field(default_factory=dict)
    peaks: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Objective:
    """`weigh` gives the weight of one trained token of each row of a step; `measure` the loss of logits [N, V]."""

    columns: tuple[str, ...]
    weigh: Weigh
    measure: Callable[[torch.Tensor, Part], Measured]


def every_token_alike(rows: Rows, chosen: Ints) -> npt.NDArray[np.float64]:
    """The step's loss is the mean over its trained tokens."""
    trained = int(rows.trained[chosen].sum())
    return np.full(len(chosen), 1.0 / max(1, trained))


def cross_entropy(logits: torch.Tensor, part: Part) -> Measured:
    """-Σ w·log p of the trained tokens, in float32."""
    losses = F.cross_entropy(logits.float(), part.targets, reduction="none")
    return Measured((losses * part.weights).sum())


SFT = Objective(columns=(), weigh=every_token_alike, measure=cross_entropy)

# By the kind of the job. A kind that is not here is refused.
OBJECTIVES = {"sft": SFT, "pretrain": SFT}
