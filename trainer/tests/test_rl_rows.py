"""A batch that cannot move a policy, or would move it wrongly, is refused with one sentence before a step is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from longhaul_trainer.errors import BadInputError
from longhaul_trainer.rl_rows import COLUMNS, check_batch
from longhaul_trainer.rows import load_rows
from tests.helpers import Warm, leftovers, random_rows, write_job, write_rows
from tests.rl import Batch, batch_of, rl

NAN, INFINITE = float("nan"), float("inf")
Change = Callable[[Batch], Batch]


def with_old(batch: Batch, value: float) -> Batch:
    """`value` at the first trained token of row 2."""
    old = [list(row) for row in batch.old_logprobs]
    _, labels = batch.rows[2]
    old[2][first_trained(labels)] = value
    return replace(batch, old_logprobs=old)


def first_trained(labels: list[int]) -> int:
    return next(place for place, label in enumerate(labels) if place > 0 and label != -100)


def with_one_log_prob_a_row(batch: Batch) -> Batch:
    single: Any = [-1.0] * 12
    return replace(batch, old_logprobs=single)


def with_another_label(batch: Batch) -> Batch:
    rows = [(list(ids), list(labels)) for ids, labels in batch.rows]
    place = first_trained(rows[2][1])
    rows[2][1][place] = (rows[2][1][place] + 1) % 32
    return replace(batch, rows=rows)


def with_advantage(batch: Batch, value: float) -> Batch:
    return replace(batch, advantages=[*batch.advantages[:4], value, *batch.advantages[5:]])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda batch: with_old(batch, NAN), r"row 2 of .* has the recorded log-prob nan at token \d+, which is no"),
        (lambda batch: with_old(batch, -INFINITE), "has the recorded log-prob -inf at token"),
        (lambda batch: with_old(batch, 0.5), r"has the recorded log-prob 0.5 at token \d+, which is above 0"),
        (with_another_label, r"row 2 of .* has the label \d+ at token \d+, which is not the token there"),
        (lambda batch: with_advantage(batch, NAN), r"row 4 of .* has the advantage nan"),
        (lambda batch: with_advantage(batch, INFINITE), "has the advantage inf"),
        (lambda batch: replace(batch, advantages=[0.0] * 12), "all advantages are 0: no rollout was better"),
        (
            lambda batch: replace(
                batch, window=[0, *batch.window[1:-1], 0], rollout_id=["a", *batch.rollout_id[1:-1], "a"]
            ),
            "row 11 of .* is window 0 of rollout a, which is there already",
        ),
        (lambda batch: replace(batch, advantages=["0.5"] * 12), "must hold one number a row"),
        (with_one_log_prob_a_row, "must hold a list of numbers a row"),
        (lambda batch: replace(batch, old_logprobs=[["a"]] * 12), "the column old_logprobs of .* must hold numbers"),
        (lambda batch: replace(batch, rollout_id=[[0.5]] * 12), "has .* input_ids and 1 rollout_id"),
    ],
)
def test_a_row_that_is_unfit_is_named(tmp_path: Path, student: Path, change: Any, sentence: str) -> None:
    path = change(batch_of(student)).write(tmp_path / "rows.parquet")
    with pytest.raises(BadInputError, match=sentence):
        check_batch(load_rows([path], COLUMNS), 4)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_file_without_a_column_of_rl_is_refused_by_its_name(tmp_path: Path, column: str) -> None:
    columns: dict[str, list[Any]] = {
        "advantages": [0.5],
        "old_logprobs": [[0.0, -1.0]],
        "rollout_id": ["a"],
        "window": [0],
    }
    del columns[column]
    path = write_rows(tmp_path / "rows.parquet", [([1, 2], [-100, 2])], **columns)
    with pytest.raises(BadInputError, match=f"has no column {column}; it has input_ids, labels"):
        load_rows([path], COLUMNS)


def test_a_row_with_fewer_log_probs_than_tokens_is_refused(tmp_path: Path, student: Path) -> None:
    batch = batch_of(student)
    short = replace(batch, old_logprobs=[batch.old_logprobs[0][:-1], *batch.old_logprobs[1:]])
    path = short.write(tmp_path / "rows.parquet")
    with pytest.raises(BadInputError, match=r"row 0 of .* input_ids and \d+ old_logprobs"):
        load_rows([path], COLUMNS)


def test_files_that_hold_different_kinds_of_columns_are_refused(tmp_path: Path, student: Path) -> None:
    batch = batch_of(student)
    one = batch.write(tmp_path / "a.parquet")
    two = with_one_log_prob_a_row(batch).write(tmp_path / "b.parquet")
    with pytest.raises(BadInputError, match=r"a.parquet and .*b.parquet hold different kinds of columns"):
        load_rows([one, two], COLUMNS)


def test_log_probs_of_tokens_that_are_not_trained_are_not_looked_at(tmp_path: Path, student: Path) -> None:
    batch = batch_of(student)
    old = [
        [
            value if place > 0 and label != -100 else NAN
            for place, (value, label) in enumerate(zip(row, labels, strict=True))
        ]
        for row, (_, labels) in zip(batch.old_logprobs, batch.rows, strict=True)
    ]
    path = replace(batch, old_logprobs=old).write(tmp_path / "rows.parquet")
    check_batch(load_rows([path], COLUMNS), 4)


def test_a_rollout_may_have_the_advantage_0_beside_others(tmp_path: Path, student: Path) -> None:
    batch = batch_of(student)
    path = replace(batch, advantages=[0.0] * 11 + [0.1]).write(tmp_path / "rows.parquet")
    check_batch(load_rows([path], COLUMNS), 4)


def test_a_batch_is_refused_by_the_job_with_exit_2_and_leaves_nothing(
    tmp_path: Path, warm: Warm, student: Path, llama: Path
) -> None:
    batch = batch_of(student)
    other = write_job(tmp_path / "other", kind="init", init={"mode": "copying", "vocabSize": 40})
    assert warm.do(other)[0] == 0
    without = [write_rows(tmp_path / "sft.parquet", random_rows(8))]
    for number, (fields, sentence) in enumerate(
        [
            ({"data": without}, "has no column advantages"),
            ({"steps": 13}, "steps is 13, but only 12 rows have a trained token"),
            ({"hyper": {"lora": {"dropout": 0.1}}}, "hyper.lora.dropout must be 0 in a job of kind rl"),
            ({"hyper": {"rl": {"reference": "nowhere"}}}, "there is no checkpoint in"),
            ({"hyper": {"rl": {"reference": str(other / "out")}}}, "has a vocabulary of 40, the checkpoint one of 32"),
            ({"hyper": {"learningRate": 1e30, "clip": None}}, "a lower learningRate"),
        ]
    ):
        folder = rl(tmp_path / f"j{number}", student, batch)
        write_job(
            folder,
            kind="rl",
            checkpoint=str(student),
            **{"data": [str(folder / "rows.parquet")], "steps": 4, **fields},  # type: ignore[dict-item]
        )
        code, message = warm.refused(folder)
        assert (code, sentence in message, "\n" in message) == (2, True, False), message
        assert leftovers(folder) == []
