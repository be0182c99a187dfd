"""Choosing the next token. Each request has counter-based random numbers of its own, so its neighbours do not matter.

That holds for the draw itself. A matrix product of another size may round a logit otherwise in its last bit, so a token can in
principle still differ where a draw falls within about 1e-7 of the border between two tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one request is sampled, with OpenAI's and vLLM's names. top_k 0: all tokens; temperature 0: the likeliest."""

    max_tokens: int = 16
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0
    stop_token_ids: frozenset[int] = field(default_factory=frozenset)
    stop: tuple[str, ...] = ()
    include_stop: bool = False
    # How many alternatives per token are reported; None: no log-probs at all.
    logprobs: int | None = None

    @property
    def plain(self) -> bool:
        """Whether tokens are drawn from the model's own distribution, unchanged."""
        return self.temperature == 1.0 and self.top_p >= 1.0 and self.top_k == 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A sampled token, its log-prob under the model itself (temperature 1, nothing cut off), and the likeliest others."""

    token: int
    logprob: float
    top: dict[int, float] | None


@torch.inference_mode()
def choose(logits: Tensor, requests: Sequence[tuple[Sampling, int]]) -> list[Choice]:
    """One token per row of logits [n, vocab]; each row's request comes with the index of the token to be drawn."""
    raw = logits.log_softmax(-1)
    weights = raw.exp() if all(sampling.plain for sampling, _ in requests) else _tempered(logits, requests)
    sums = weights.cumsum(-1, dtype=torch.float64)
    draws = torch.tensor([uniform(sampling.seed, index) for sampling, index in requests], dtype=torch.float64)
    draws = draws.to(logits.device)
    # The first token at which the running sum reaches the draw: draws are above 0, so a token of weight 0 is never it.
    tokens = (sums < (draws * sums[:, -1]).unsqueeze(1)).sum(-1)
    greedy = [row for row, (sampling, _) in enumerate(requests) if sampling.temperature == 0]
    if greedy:
        tokens[greedy] = logits[greedy].argmax(-1)
    logprobs = raw.gather(1, tokens.unsqueeze(1)).squeeze(1).tolist()
    tops = _tops(raw, requests)
    return [Choice(token, logprob, top) for token, logprob, top in zip(tokens.tolist(), logprobs, tops, strict=True)]


def uniform(seed: int, index: int) -> float:
    """A number in (0, 1] that depends on the seed and the token's index alone (splitmix64, two rounds)."""
    return ((_mix(_mix(seed & MASK) ^ index) >> 11) + 1) * 2.0**-53


def _mix(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def _tempered(logits: Tensor, requests: Sequence[tuple[Sampling, int]]) -> Tensor:
    """Probabilities after temperature, then top_k, then top_p, as vLLM and transformers order them."""
    temperatures = torch.tensor([sampling.temperature or 1.0 for sampling, _ in requests], device=logits.device)
    weights = (logits / temperatures.unsqueeze(1)).softmax(-1)
    for row, (sampling, _) in enumerate(requests):
        if sampling.top_k or sampling.top_p < 1:
            weights[row] = _truncated(weights[row], sampling)
    return weights


def _truncated(weights: Tensor, sampling: Sampling) -> Tensor:
    ordered, order = weights.sort(descending=True, stable=True)
    if sampling.top_k:
        ordered[sampling.top_k :] = 0
        ordered = ordered / ordered.sum()
    # A token stays while those before it do not yet hold top_p; the first always does.
    before = ordered.cumsum(-1) - ordered
    kept = torch.where(before < sampling.top_p, ordered, 0.0)
    kept[0] = ordered[0]
    return torch.zeros_like(weights).index_copy_(0, order, kept)


def _tops(raw: Tensor, requests: Sequence[tuple[Sampling, int]]) -> list[dict[int, float] | None]:
    most = max((sampling.logprobs or 0 for sampling, _ in requests), default=0)
    if not most:
        return [None] * len(requests)
    values, ids = raw.topk(min(most, raw.shape[-1]), dim=-1)
    rows = zip(values.tolist(), ids.tolist(), requests, strict=True)
    return [
        dict(zip(names[: sampling.logprobs], numbers[: sampling.logprobs], strict=True)) if sampling.logprobs else None
        for numbers, names, (sampling, _) in rows
    ]
