"""A backend whose next token is known by arithmetic, and the harness of the tests that need no real model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from longhaul_trainer.server.backend import Piece
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.sampling import Sampling


class CountingBackend:
    """After a sequence whose tokens sum to s comes s mod 50, for certain. It checks that pieces go on where slots ended."""

    kind = "fake"
    vocab_size = 50
    eos_token_ids = frozenset({2})

    def __init__(self, slots: int = 4, max_length: int = 40, truncates: bool = True) -> None:
        self.slots, self.max_length, self.truncates = slots, max_length, truncates
        self.held: list[list[int]] = [[] for _ in range(slots)]
        self.batches: list[list[Piece]] = []
        self.copies: list[tuple[int, int, int]] = []
        self.breaks = False

    def forward(self, pieces: Sequence[Piece]) -> torch.Tensor:
        if self.breaks:
            self.breaks = False
            raise RuntimeError("out of memory")
        assert len({piece.slot for piece in pieces}) == len(pieces)
        self.batches.append(list(pieces))
        logits = torch.full((len(pieces), self.vocab_size), -1e4)
        for row, piece in enumerate(pieces):
            held = self.held[piece.slot]
            assert piece.start <= len(held) if self.truncates else piece.start in (0, len(held))
            self.held[piece.slot] = held[: piece.start] + list(piece.tokens)
            logits[row, sum(self.held[piece.slot]) % self.vocab_size] = 0
        return logits

    def copy(self, source: int, target: int, length: int) -> None:
        assert self.truncates
        self.copies.append((source, target, length))
        self.held[target] = self.held[source][:length]

    def prepare(self, path: Path) -> Any:
        return path

    def install(self, weights: Any) -> None:
        del weights

    def reset(self) -> None:
        self.held = [[] for _ in range(self.slots)]


def expected(prompt: list[int], count: int) -> list[int]:
    """What CountingBackend answers."""
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(sum(tokens) % CountingBackend.vocab_size)
    return tokens[len(prompt) :]


def job(prompt: list[int], tokens: int = 5, session: str | None = None, **sampling: Any) -> Job:
    return Job(model="m", prompt=prompt, session=session, sampling=Sampling(max_tokens=tokens, **sampling))
