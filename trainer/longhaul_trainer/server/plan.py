"""Index arithmetic of one step: which row of the flat token batch belongs where in the per-slot stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

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
    """One query for each of `count` slots, in the order of the slots.

    `hidden` [count, 1, longest] is what a row must not see: positions after its own, which may hold another text's leftovers.
    """

    count: int
    runs: list[Run]
    hidden: Tensor
    longest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Row r is token `tokens[r]` at `positions[r]` of `slots[r]`: first the pieces of one token, then the chunks.

    `ends` are the rows of the pieces' last tokens in the order of their slots, `finals` the queries of those rows, `order[i]`
    the place of piece i among them. `ends` is None where every piece is one token, `order` where it changes nothing.
    """

    tokens: Tensor
    slots: Tensor
    positions: Tensor
    conv_write: Tensor
    conv_read: Tensor
    singles: Decode | None
    chunks: list[Chunk]
    ends: Tensor | None
    finals: Decode
    order: Tensor | None


def make_plan(pieces: Sequence[Piece], store: tuple[int, int], device: torch.device) -> Plan:
    """Where everything goes, for stores of so many positions and convolutions of so many taps."""
    plan = _plan(pieces, *store)
    return plan if device.type == "cpu" else _moved(plan, device)


def _moved(value: Any, device: torch.device) -> Any:
    """A plan, or a part of one, with its tensors on the device."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if not isinstance(value, Plan | Decode):
        return value
    return type(value)(*(_moved(getattr(value, entry.name), device) for entry in fields(value)))


def _plan(pieces: Sequence[Piece], max_length: int, taps: int) -> Plan:
    by_slot = sorted(range(len(pieces)), key=lambda index: pieces[index].slot)
    tokens: list[int] = []
    slots: list[int] = []
    positions: list[int] = []
    ends = dict.fromkeys(by_slot, 0)
    chunks: list[Chunk] = []
    for long in (False, True):
        for index in by_slot:
            piece = pieces[index]
            count = len(piece.tokens)
            if (count > 1) is not long:
                continue
            if long:
                chunks.append(Chunk(len(tokens), count, piece.slot, piece.start))
            tokens.extend(piece.tokens)
            slots.extend([piece.slot] * count)
            positions.extend(range(piece.start, piece.start + count))
            ends[index] = len(tokens) - 1
    table = torch.tensor([tokens, slots, positions])
    slot_rows, position_rows = table[1], table[2]
    first = slot_rows * (max_length + taps - 1) + position_rows
    singles = len(pieces) - len(chunks)
    end_rows = torch.tensor(list(ends.values())) if chunks else None
    final_positions = position_rows if end_rows is None else position_rows.index_select(0, end_rows)
    finals = _decode([pieces[index].slot for index in by_slot], final_positions)
    return Plan(
        tokens=table[0],
        slots=slot_rows,
        positions=position_rows,
        conv_write=first + (taps - 1),
        conv_read=(first.unsqueeze(1) + torch.arange(taps)).view(-1),
        singles=_singles(slots[:singles], position_rows[:singles], finals if end_rows is None else None),
        chunks=chunks,
        ends=end_rows,
        finals=finals,
        order=_inverse(by_slot),
    )


def _singles(slots: list[int], positions: Tensor, same: Decode | None) -> Decode | None:
    if same is not None or not slots:
        return same
    return _decode(slots, positions)


def _inverse(by_slot: list[int]) -> Tensor | None:
    if by_slot == sorted(by_slot):
        return None
    order = [0] * len(by_slot)
    for place, index in enumerate(by_slot):
        order[index] = place
    return torch.tensor(order)


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
