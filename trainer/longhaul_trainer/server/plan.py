"""Index arithmetic of one step: which row of the flat token batch belongs where in the per-slot stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from longhaul_trainer.server.backend import Piece

# Reading idle slots between the busy ones costs less than gathering the busy ones until about this ratio.
LANES_PER_ROW = 1.6


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows `row … row+count` of the batch are positions `start …` of a slot."""

    row: int
    count: int
    slot: int
    start: int


@dataclass(frozen=True, slots=True)
class Decode:
    """The first `count` rows are single tokens. `lanes`: read slots 0…lanes in place; None: gather the slots.

    `limits` is the last visible position of each lane, `hidden` [lanes, 1, longest] what lies beyond it.
    """

    count: int
    slots: Tensor
    lanes: int | None
    limits: list[int]
    hidden: Tensor
    longest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Row r is token `tokens[r]` at `positions[r]` of `slots[r]`; `last[i]` is the row of piece i's last token."""

    tokens: Tensor
    slots: Tensor
    positions: Tensor
    conv_write: Tensor
    conv_read: Tensor
    decode: Decode | None
    chunks: list[Chunk]
    last: Tensor | None


def make_plan(pieces: Sequence[Piece], max_length: int, taps: int) -> Plan:
    """Single tokens come first in the batch, then the chunks; `last` is None where rows and pieces coincide."""
    tokens: list[int] = []
    slots: list[int] = []
    positions: list[int] = []
    last = [0] * len(pieces)
    chunks: list[Chunk] = []
    for index, piece in enumerate(pieces):
        if len(piece.tokens) == 1:
            last[index] = len(tokens)
            tokens.append(piece.tokens[0])
            slots.append(piece.slot)
            positions.append(piece.start)
    singles = len(tokens)
    for index, piece in enumerate(pieces):
        count = len(piece.tokens)
        if count > 1:
            chunks.append(Chunk(len(tokens), count, piece.slot, piece.start))
            tokens.extend(piece.tokens)
            slots.extend([piece.slot] * count)
            positions.extend(range(piece.start, piece.start + count))
            last[index] = len(tokens) - 1
    table = torch.tensor([tokens, slots, positions])
    slot_rows, position_rows = table[1], table[2]
    first = slot_rows * (max_length + taps - 1) + position_rows
    return Plan(
        tokens=table[0],
        slots=slot_rows,
        positions=position_rows,
        conv_write=first + (taps - 1),
        conv_read=(first.unsqueeze(1) + torch.arange(taps)).view(-1),
        decode=_decode(slots[:singles], positions[:singles], slot_rows[:singles]) if singles else None,
        chunks=chunks,
        last=torch.tensor(last) if chunks else None,
    )


def _decode(slots: list[int], positions: list[int], slot_rows: Tensor) -> Decode:
    count, lanes = len(slots), max(slots) + 1
    limits, in_place = positions, lanes <= LANES_PER_ROW * count
    if in_place:
        limits = [0] * lanes
        for slot, position in zip(slots, positions, strict=True):
            limits[slot] = position
    longest = max(positions) + 1
    hidden = torch.arange(longest) > torch.tensor(limits).unsqueeze(1)
    return Decode(count, slot_rows, lanes if in_place else None, limits, hidden.unsqueeze(1), longest)
