"""Which rows a step trains, and in which parts. Both follow from the seed and the step alone, never from a machine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from .rows import Ints

# What one more part costs, in tokens of padding: below this, padding is cheaper than another forward pass.
PART_COST = 256


def step_rows(lengths: Ints, usable: Ints, plan: tuple[int, int]) -> Iterator[Ints]:
    """The rows of step 0, 1, …: every pass goes through all `usable` rows in a new order; a step holds at most the plan's
    tokens, or one row that is longer. Passes follow each other without a gap. `plan` is (seed, tokens of a step)."""
    seed, tokens = plan
    batch: list[int] = []
    filled = 0
    for row in endless(usable, seed):
        length = int(lengths[row])
        if batch and filled + length > tokens:
            yield np.array(batch)
            batch, filled = [], 0
        batch.append(row)
        filled += length


def endless(usable: Ints, seed: int) -> Iterator[int]:
    for epoch in itertools.count():
        yield from np.random.default_rng([seed, epoch]).permutation(usable).tolist()


def dealt_once(usable: Ints, seed: int, steps: int) -> Iterator[Ints]:
    """All rows once, dealt into `steps` steps of as equal a number of rows as can be."""
    yield from np.array_split(np.random.default_rng([seed, 0]).permutation(usable), steps)


def shares(rows: Ints, lengths: Ints, processes: int) -> list[Ints]:
    """The rows of each process, longest first, dealt back and forth so that all have about the same work."""
    ordered = rows[np.argsort(-lengths[rows], kind="stable")]
    turn = np.arange(len(ordered)) % (2 * processes)
    owner = np.where(turn < processes, turn, 2 * processes - 1 - turn)
    return [ordered[owner == process] for process in range(processes)]


def bucketed(rows: Ints, lengths: Ints, most: int) -> list[Ints]:
    """Rows of like length together: a part ends where more would pad over PART_COST tokens or hold over `most` of them.

    `rows` come longest first, so that the first row of a part says its width."""
    parts: list[list[int]] = []
    width = padding = 0
    for row in rows.tolist():
        length = int(lengths[row])
        if parts:
            full = (len(parts[-1]) + 1) * width > most
            padding += width - length
        if not parts or full or padding > PART_COST:
            parts.append([])
            width, padding = length, 0
        parts[-1].append(row)
    return [np.array(part) for part in parts]


def packed(rows: Ints, lengths: Ints, room: int) -> list[list[int]]:
    """Rows laid end to end in sequences of at most `room` tokens, each row into the first sequence that has place for it.

    `rows` come longest first."""
    sequences: list[list[int]] = []
    free: list[int] = []
    for row in rows.tolist():
        length = int(lengths[row])
        place = next((index for index, left in enumerate(free) if left >= length), None)
        if place is None:
            sequences.append([row])
            free.append(room - length)
        else:
            sequences[place].append(row)
            free[place] -= length
    return sequences
