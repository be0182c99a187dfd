"""Rows as tensors: right-padded or packed, with the places whose next token is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from .batches import bucketed, packed
from .rows import UNTRAINED, Ints, Rows


@dataclass(frozen=True)
class Part:
    """One forward and backward pass: B sequences of width W, N trained tokens."""

    input_ids: torch.Tensor  # [B, W]
    positions: torch.Tensor | None  # [B, W], starting anew with every packed row; None: 0, 1, …
    picked: torch.Tensor  # [N], index into the B·W places of the token before each trained one
    targets: torch.Tensor  # [N]
    weights: torch.Tensor  # [N], of each trained token in the step's loss
    extra: dict[str, torch.Tensor]  # further columns at the trained tokens, [N] each

    def at(self, some: slice) -> Part:
        """The part with some of its trained tokens."""
        extra = {name: column[some] for name, column in self.extra.items()}
        fewer = {name: getattr(self, name)[some] for name in ("picked", "targets", "weights")}
        return replace(self, **fewer, extra=extra)


@dataclass(frozen=True)
class Layout:
    """How rows become parts: `most` tokens a part, sequences of at most `room` tokens where rows are packed."""

    packing: str
    most: int
    room: int
    device: torch.device


def parts_of(rows: Rows, share: tuple[Ints, dict[int, float]], layout: Layout) -> list[Part]:
    """The parts of one process's rows; `share` is its rows, longest first, and the loss weight of a token of each row."""
    chosen, weights = share
    lengths = rows.lengths
    if layout.packing == "bucket":
        grouped = [[[row] for row in part.tolist()] for part in bucketed(chosen, lengths, layout.most)]
    else:
        sequences = packed(chosen, lengths, layout.room)
        each = max(1, layout.most // layout.room)
        grouped = [sequences[start : start + each] for start in range(0, len(sequences), each)]
    return [collate(rows, group, (weights, layout)) for group in grouped]


def collate(rows: Rows, sequences: list[list[int]], how: tuple[dict[int, float], Layout]) -> Part:
    """One part of the given sequences, each a list of rows. Padding comes last, where a causal model does not see it."""
    weights, layout = how
    starts = rows.starts
    widths = [sum(int(starts[row + 1] - starts[row]) for row in sequence) for sequence in sequences]
    width = max(widths)
    input_ids = np.zeros((len(sequences), width), dtype=np.int64)
    positions = np.zeros((len(sequences), width), dtype=np.int64)
    picked, sources, token_weights = [], [], []
    for index, sequence in enumerate(sequences):
        at = 0
        for row in sequence:
            first, last = int(starts[row]), int(starts[row + 1])
            input_ids[index, at : at + last - first] = rows.input_ids[first:last]
            positions[index, at : at + last - first] = np.arange(last - first)
            trained = np.flatnonzero(rows.labels[first:last] != UNTRAINED)
            picked.append(trained + (index * width + at - 1))
            sources.append(trained + first)
            token_weights.append(np.full(len(trained), weights[row], dtype=np.float32))
            at += last - first
        positions[index, at:] = np.arange(width - at)
    source = np.concatenate(sources)

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(layout.device, non_blocking=True)

    return Part(
        input_ids=tensor(input_ids),
        positions=None if layout.packing == "bucket" else tensor(positions),
        picked=tensor(np.concatenate(picked)),
        targets=tensor(rows.labels[source]),
        weights=tensor(np.concatenate(token_weights)),
        extra=extra_of(rows, source, tensor),
    )


def extra_of(rows: Rows, source: Ints, tensor: object) -> dict[str, torch.Tensor]:
    assert callable(tensor)
    return {name: tensor(values[source]) for name, values in rows.per_token.items()}
