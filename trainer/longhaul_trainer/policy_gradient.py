"""The objective of an `rl` job: PPO's clip on the ratio of each sampled token, and a KL penalty to a frozen reference.

With r = p_new / p_old of a sampled token (p_old as recorded when it was sampled), A the advantage of its row, and over a
batch of N rows (windows) of R rollouts with T trained tokens,

    L = - Σ_rows u Σ_tokens min(r A, clip(r, 1 - ε, 1 + ε) A)  +  β / T Σ_tokens k3

    lossWeight window    u = 1 / N          every window alike: KLong's formula, with n·K = N
    lossWeight rollout   u = 1 / (R K)      every rollout alike; K is the number of its windows in the batch

Tokens are summed within a window, as in the formula: a long window's gradient is larger. k3 = exp(d) - d - 1 with
d = log p_ref - log p_new is Schulman's estimator of KL(new ‖ ref) on sampled tokens: never negative, and unbiased while the
policy is the one that sampled. The batch is dealt into minibatches, one a step; each step's share of the sums is multiplied by
their number, so that the mean over the minibatches is L. Log-probs are those of temperature 1, in float32.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from .collate import Part
from .job import Job, RlHyper
from .objective import Measured, Numbers, Objective
from .rl_rows import check_batch, names_of
from .rows import Rows

# Of a log-ratio. exp(20) is far beyond any clip; without a limit a token that became impossible would make the loss infinite.
LIMIT = 20.0


@dataclass(frozen=True)
class Terms:
    """ε, and what the k3 of one token weighs in a step's loss."""

    clip: float
    kl: float


def policy_gradient(job: Job, rows: Rows) -> tuple[Rows, Objective]:
    """The rows with their advantage at every token, and the objective for them. Raises BadInputError for unfit rows."""
    check_batch(rows, job.steps)
    settings = job.hyper.rl or RlHyper()
    weights = job.steps * unit_weights(rows, settings.loss_weight)
    terms = Terms(settings.clip_ratio, job.steps * settings.kl_weight / max(1, int(rows.trained.sum())))
    advantages = np.repeat(rows.per_row["advantages"].astype(np.float32), rows.lengths)
    spread = replace(rows, per_token={**rows.per_token, "advantages": advantages})
    return spread, Objective(
        weigh=lambda _, chosen: weights[chosen],
        measure=lambda logits, part: measure(logits, part, terms),
        report=report,
        opening=opening,
    )


def unit_weights(rows: Rows, unit: str) -> npt.NDArray[np.float64]:
    """The weight u of each row, [n]; their sum is 1."""
    count = len(rows.lengths)
    if unit == "window":
        return np.full(count, 1.0 / count)
    _, rollout, windows = np.unique(names_of(rows), return_inverse=True, return_counts=True)
    return 1.0 / (len(windows) * windows[rollout])


def measure(logits: torch.Tensor, part: Part, terms: Terms) -> Measured:
    """The loss of a part, and sums over its tokens of what is reported. A part that weighs nothing counts no token."""
    every = torch.log_softmax(logits.float(), dim=-1)
    new = every.gather(1, part.targets.unsqueeze(1)).squeeze(1)
    old, advantage = part.extra["old_logprobs"], part.extra["advantages"]
    ratio = (new - old).clamp(-LIMIT, LIMIT).exp()
    held = ratio.clamp(1 - terms.clip, 1 + terms.clip)
    loss = -(part.weights * torch.minimum(ratio * advantage, held * advantage)).sum()
    counted = (part.weights > 0).float()
    sums: dict[str, torch.Tensor] = {}
    if "reference" in part.extra:
        further = k3((part.extra["reference"] - new).clamp(-LIMIT, LIMIT))
        loss = loss + terms.kl * (counted * further).sum()
        sums["kl"] = (counted * further.detach()).sum()
    with torch.no_grad():
        difference = counted * (new - old).abs()
        sums |= {
            "tokens": counted.sum(),
            "ratio": (counted * ratio).sum(),
            "clipped": (counted * (held * advantage < ratio * advantage)).sum(),
            "entropy": (counted * torch.special.entr(every.exp()).sum(-1)).sum(),
            "difference": difference.sum(),
        }
        peaks = {"ratioMax": (counted * ratio).max(), "differenceMax": difference.max()}
    return Measured(loss, sums, peaks)


def k3(ahead: torch.Tensor) -> torch.Tensor:
    return torch.expm1(ahead) - ahead


def report(numbers: Numbers) -> Numbers:
    """Means over trained tokens, and the largest ratio. `clippedShare` counts tokens whose gradient the clip took away."""
    tokens = numbers["tokens"]
    means = {"ratioMean": "ratio", "clippedShare": "clipped", "entropy": "entropy", "kl": "kl"}
    figures = {name: numbers[key] / tokens for name, key in means.items() if key in numbers}
    return {**figures, "ratioMax": numbers["ratioMax"]}


def opening(numbers: Numbers) -> Numbers:
    """How far recorded and recomputed log-probs are apart before the first update, where they should be the same."""
    return {"mismatch": numbers["differenceMax"], "mismatchMean": numbers["difference"] / numbers["tokens"]}
