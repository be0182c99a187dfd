"""The order of data follows from seed and step alone; parts hold every row of a step once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from longhaul_trainer.batches import PART_COST, bucketed, dealt_once, packed, shares, step_rows

LENGTHS = np.random.default_rng(0).integers(3, 60, 101)
ALL = np.arange(101)


def steps(count: int, seed: int = 1, tokens: int = 200) -> list[list[int]]:
    return [rows.tolist() for rows in itertools.islice(step_rows(LENGTHS, ALL, (seed, tokens)), count)]


def test_a_pass_takes_every_row_once_and_the_next_pass_another_order() -> None:
    order = list(itertools.chain(*steps(60)))
    assert sorted(order[:101]) == sorted(order[101:202]) == ALL.tolist()
    assert order[:101] != order[101:202]


def test_a_step_is_filled_to_its_tokens_and_never_over_them() -> None:
    filled = [int(LENGTHS[rows].sum()) for rows in steps(60)]
    assert max(filled) <= 200
    assert min(filled) > 200 - 60


def test_a_row_longer_than_a_step_is_a_step_of_its_own() -> None:
    assert all(len(rows) == 1 for rows in steps(20, tokens=3))


def test_the_same_seed_gives_the_same_steps_and_another_seed_others() -> None:
    assert steps(30) == steps(30)
    assert steps(30) != steps(30, seed=2)


def test_rows_without_a_trained_label_take_no_place() -> None:
    usable = np.array([4, 7])
    assert {int(row) for rows in itertools.islice(step_rows(LENGTHS, usable, (0, 100)), 9) for row in rows} == {4, 7}


def test_dealt_once_gives_every_row_to_exactly_one_of_the_steps() -> None:
    parts = list(dealt_once(ALL, 5, 4))
    assert sorted(map(len, parts)) == [25, 25, 25, 26]
    assert sorted(np.concatenate(parts)) == ALL.tolist()


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_processes_share_a_step_without_loss_and_about_evenly(processes: int) -> None:
    parts = shares(ALL, LENGTHS, processes)
    assert sorted(np.concatenate(parts)) == ALL.tolist()
    work = [int(LENGTHS[part].sum()) for part in parts]
    assert max(work) - min(work) <= 60


@pytest.mark.parametrize("most", [64, 300, 2**62])
def test_buckets_hold_like_lengths_with_little_padding(most: int) -> None:
    ordered = shares(ALL, LENGTHS, 1)[0]
    parts = bucketed(ordered, LENGTHS, most)
    assert sorted(np.concatenate(parts)) == ALL.tolist()
    for part in parts:
        width = int(LENGTHS[part].max())
        assert width * len(part) <= max(most, width)
        assert width * len(part) - int(LENGTHS[part].sum()) <= PART_COST


def test_packed_sequences_hold_every_row_once_and_never_more_than_there_is_room() -> None:
    ordered = shares(ALL, LENGTHS, 1)[0]
    sequences = packed(ordered, LENGTHS, 64)
    assert sorted(itertools.chain(*sequences)) == ALL.tolist()
    filled = [int(LENGTHS[sequence].sum()) for sequence in sequences]
    assert max(filled) <= 64
    assert len(sequences) <= 1.1 * LENGTHS.sum() / 64 + 1
