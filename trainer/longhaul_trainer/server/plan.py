"""Index arithmetic of one step: which row of the flat token batch belongs where in the per-slot stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from longhaul_trainer.server.backend import Piece


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows `row … row+count` of the batch are positions `start …` of a slot."""

    row: int
    count: int
    slot: int
    start: int


@dataclass(frozen=True, slots=True)
class Run:
    """Rows `row … row_end` of the batch are single tokens of the neighbouring slots `slot … slot_end`."""

    row: int
    row_end: int
    slot: int
    slot_end: int


@dataclass(frozen=True, slots=True)
class Decode:
    """The first `count` rows are single tokens, in the order of their slots.

    `hidden` [count, 1, longest] is what a row must not see: positions after its own, which may hold another text's leftovers.
    """

    count: int
    runs: list[Run]
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
    singles = sorted((piece.slot, index) for index, piece in enumerate(pieces) if len(piece.tokens) == 1)
    for row, (slot, index) in enumerate(singles):
        last[index] = row
        tokens.append(pieces[index].tokens[0])
        slots.append(slot)
        positions.append(pieces[index].start)
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
        decode=_decode([slot for slot, _ in singles], position_rows[: len(singles)]) if singles else None,
        chunks=chunks,
        last=None if last == list(range(len(tokens))) else torch.tensor(last),
    )


def _decode(slots: list[int], positions: Tensor) -> Decode:
    runs: list[Run] = []
    first = 0
    for row in range(1, len(slots) + 1):
        if row == len(slots) or slots[row] != slots[row - 1] + 1:
            runs.append(Run(first, row, slots[first], slots[row - 1] + 1))
            first = row
    longest = int(positions.max()) + 1
    hidden = torch.arange(longest) > positions.unsqueeze(1)
    return Decode(len(slots), runs, hidden.unsqueeze(1), longest)
