"""What a job minimises: what a token of a row weighs, the loss, and what is reported beside it."""

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
Numbers = dict[str, float]
Report = Callable[[Numbers], Numbers]


@dataclass(frozen=True)
class Measured:
    """The loss of a part, already weighted, and what is reported: sums add up over parts, peaks are maxima."""

    loss: torch.Tensor
    sums: dict[str, torch.Tensor] = field(default_factory=dict)
    peaks: dict[str, torch.Tensor] = field(default_factory=dict)


def nothing(_: Numbers) -> Numbers:
    return {}


@dataclass(frozen=True)
class Objective:
    """`weigh` gives the weight of one trained token of each row of a step; `measure` the loss of logits [N, V].

    `report` makes figures of the sums and peaks of a step, or of all steps; `opening` of those of the first step alone."""

    weigh: Weigh
    measure: Callable[[torch.Tensor, Part], Measured]
    report: Report = nothing
    opening: Report = nothing


def every_token_alike(rows: Rows, chosen: Ints) -> npt.NDArray[np.float64]:
    """The step's loss is the mean over its trained tokens."""
    trained = int(rows.trained[chosen].sum())
    return np.full(len(chosen), 1.0 / max(1, trained))


def cross_entropy(logits: torch.Tensor, part: Part) -> Measured:
    """-Σ w·log p of the trained tokens, in float32."""
    losses = F.cross_entropy(logits.float(), part.targets, reduction="none")
    return Measured((losses * part.weights).sum())


SFT = Objective(weigh=every_token_alike, measure=cross_entropy)
