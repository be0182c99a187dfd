"""Tokens are drawn from the asked distribution, and the draw depends on seed and index alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from longhaul_trainer.server.sampling import Sampling, choose, uniform


def draw(logits: list[float], count: int, **settings: Any) -> list[int]:
    sampling = [(Sampling(seed=seed, **settings), 0) for seed in range(count)]
    return [choice.token for choice in choose(torch.tensor([logits] * count), sampling)]


def test_frequencies_are_the_models_probabilities() -> None:
    shares = [0.5, 0.3, 0.15, 0.05, 0.0]
    logits = [math.log(share) if share else -math.inf for share in shares]
    tokens = draw(logits, 20_000)
    for token, share in enumerate(shares):
        # Five standard errors.
        allowed = 5 * math.sqrt(share * (1 - share) / 20_000)
        assert abs(tokens.count(token) / 20_000 - share) <= allowed


@pytest.mark.parametrize(
    ("settings", "shares"),
    [
        # Squared and scaled again: .25, .09, .0225 and .0025 of .365.
        ({"temperature": 0.5}, [0.6849, 0.2466, 0.0616, 0.0068]),
        ({"top_k": 2}, [0.625, 0.375, 0, 0]),
        ({"top_p": 0.6}, [0.625, 0.375, 0, 0]),
        ({"top_p": 0.4}, [1, 0, 0, 0]),
        ({"temperature": 0}, [1, 0, 0, 0]),
        # top_k first, then top_p of what is left: .5 of .95 is .526, which holds .52 already.
        ({"top_k": 3, "top_p": 0.52}, [1, 0, 0, 0]),
    ],
)
def test_temperature_top_k_and_top_p_change_the_distribution(settings: dict[str, float], shares: list[float]) -> None:
    logits = [math.log(share) for share in (0.5, 0.3, 0.15, 0.05)]
    tokens = draw(logits, 8_000, **settings)
    for token, share in enumerate(shares):
        assert abs(tokens.count(token) / 8_000 - share) <= 5 * math.sqrt(share * (1 - share) / 8_000) + 1e-3 * share


def test_the_log_prob_is_the_models_own_whatever_the_temperature() -> None:
    logits = torch.tensor([[1.0, 2.0, 0.5]])
    wanted = logits.log_softmax(-1)[0]
    for settings in ({}, {"temperature": 0.3}, {"temperature": 0.0}, {"top_k": 1}):
        choice = choose(logits, [(Sampling(seed=3, **settings), 0)])[0]
        assert choice.logprob == pytest.approx(wanted[choice.token].item(), abs=1e-6)


def test_neighbours_and_place_in_the_batch_do_not_change_a_draw() -> None:
    torch.manual_seed(0)
    logits = torch.randn(6, 40)
    requests = [(Sampling(seed=100 + row), row) for row in range(6)]
    together = [choice.token for choice in choose(logits, requests)]
    alone = [choose(logits[row : row + 1], [requests[row]])[0].token for row in range(6)]
    mixed = choose(logits.flip(0), [(Sampling(seed=1, temperature=0.7, top_p=0.5), 0), *requests[::-1][1:]])
    assert together == alone
    assert [choice.token for choice in mixed][::-1][:5] == together[:5]


def test_alternatives_are_reported_as_many_as_asked_for() -> None:
    choices = choose(torch.tensor([[1.0, 3.0, 2.0]] * 3), [(Sampling(logprobs=n), 0) for n in (None, 0, 2)])
    assert [choice.top if choice.top is None else list(choice.top) for choice in choices] == [None, None, [1, 2]]


def test_uniform_numbers_are_even_distinct_and_never_zero() -> None:
    numbers = [uniform(seed, index) for seed in range(200) for index in range(50)]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) > 0 and max(numbers) <= 1
    for tenth in range(10):
        share = sum(tenth / 10 < number <= (tenth + 1) / 10 for number in numbers) / len(numbers)
        assert abs(share - 0.1) < 0.015
    # Neighbouring seeds and indices are unrelated.
    pairs = [(uniform(seed, 0), uniform(seed + 1, 0)) for seed in range(2000)]
    assert abs(sum((a - 0.5) * (b - 0.5) for a, b in pairs) / 2000 * 12) < 0.1
