"""What the tests compare the server's answers with."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from tests.server import models


def training_logprobs(model: Any, prompt: list[int], output: list[int]) -> list[float]:
    """The log-probs that a training forward over the whole row gives the sampled tokens."""
    with torch.no_grad():
        rows = model(torch.tensor([prompt + output])).logits[0].log_softmax(-1)
    return [rows[len(prompt) - 1 + index, token].item() for index, token in enumerate(output)]


def assert_exact(model: Any, answer: dict[str, Any]) -> None:
    choice = answer["choices"][0]
    wanted = training_logprobs(model, choice["prompt_token_ids"], choice["token_ids"])
    assert choice["logprobs"]["token_logprobs"] == pytest.approx(wanted, abs=1e-5)


def some_tokens(seed: int, count: int) -> list[int]:
    generator = random.Random(seed)
    return [generator.randrange(3, models.VOCAB) for _ in range(count)]
