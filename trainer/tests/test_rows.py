"""Rows are read whole and checked before a step is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longhaul_trainer.errors import BadInputError
from longhaul_trainer.rows import check_rows, load_rows
from tests.helpers import write_rows

GOOD = [([1, 2, 3], [-100, 2, 3]), ([4, 5], [-100, 5])]


def test_rows_of_several_files_lie_end_to_end_and_the_first_label_is_never_trained(tmp_path: Path) -> None:
    one = write_rows(tmp_path / "a.parquet", GOOD)
    two = write_rows(tmp_path / "b.parquet", [([6, 7, 8, 9], [6, 7, -100, 9])])
    rows = load_rows([one, two])
    assert rows.starts.tolist() == [0, 3, 5, 9]
    assert rows.input_ids.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert rows.trained.tolist() == [2, 1, 2]
    assert [(file["rows"], file["tokens"]) for file in rows.files] == [(2, 5), (1, 4)]


def test_what_hugging_face_datasets_writes_is_read(tmp_path: Path) -> None:
    from datasets import Dataset

    path = str(tmp_path / "d.parquet")
    Dataset.from_dict({"input_ids": [[1, 2], [3]], "labels": [[1, 2], [3]]}).to_parquet(path)
    assert load_rows([path]).input_ids.tolist() == [1, 2, 3]


def test_columns_of_a_number_a_row_and_of_a_number_a_token_are_told_apart(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.parquet", GOOD, advantages=[0.5, -1.0], old_logprobs=[[0.0, -1.0, -2.0], [0.0, -3.0]]
    )
    rows = load_rows([path], ("advantages", "old_logprobs"))
    assert rows.per_row["advantages"].tolist() == [0.5, -1.0]
    assert rows.per_token["old_logprobs"].tolist() == [0, -1, -2, 0, -3]


def corrupt(path: Path) -> None:
    write_rows(path, GOOD)
    content = bytearray(path.read_bytes())
    content[8:40] = b"\xff" * 32
    path.write_bytes(content)


def truncated(path: Path) -> None:
    write_rows(path, GOOD)
    path.write_bytes(path.read_bytes()[:-20])


def table(**columns: pa.Array) -> pa.Table:
    return pa.table({"input_ids": pa.array([[1, 2]]), "labels": pa.array([[1, 2]]), **columns})


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (corrupt, "is not readable Parquet"),
        (truncated, "is not readable Parquet"),
        (lambda path: path.write_text("hello"), "is not readable Parquet"),
        (lambda path: pq.write_table(table().drop(["labels"]), path), "has no column labels; it has input_ids"),
        (lambda path: pq.write_table(table(labels=pa.array([[1.0, 2.0]])), path), "must hold lists of int64"),
        (lambda path: pq.write_table(table(labels=pa.array([7])), path), "must hold lists of int64"),
        (lambda path: pq.write_table(table(labels=pa.array([[1, None]])), path), "has empty values in the lists"),
        (lambda path: pq.write_table(table(labels=pa.array([None], pa.list_(pa.int64()))), path), "1 empty values"),
        (lambda path: write_rows(path, [*GOOD, ([1, 2], [1])]), "row 2 of"),
        (lambda path: write_rows(path, []), "has no rows"),
    ],
)
def test_a_file_that_cannot_be_read_as_rows_is_refused(tmp_path: Path, write: object, sentence: str) -> None:
    path = tmp_path / "x.parquet"
    assert callable(write)
    write(path)
    with pytest.raises(BadInputError, match=sentence) as caught:
        load_rows([str(path)])
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (([1, 9], [-100, 1]), r"row 2 of .* has the token 9, the model's run from 0 to 8"),
        (([1, -1], [-100, 1]), "has the token -1"),
        (([1, 2], [-100, 9]), "has the label 9"),
        (([1, 2], [-100, -1]), "has the label -1"),
        (([1] * 6, [1] * 6), "row 2 of .* has 6 tokens, 5 are allowed"),
    ],
)
def test_a_row_that_the_model_cannot_take_is_named(
    tmp_path: Path, row: tuple[list[int], list[int]], sentence: str
) -> None:
    rows = load_rows([write_rows(tmp_path / "a.parquet", GOOD), write_rows(tmp_path / "b.parquet", [*GOOD, row])])
    with pytest.raises(BadInputError, match=sentence):
        check_rows(rows, 9, 5)


def test_rows_without_any_trained_label_are_refused(tmp_path: Path) -> None:
    rows = load_rows([write_rows(tmp_path / "a.parquet", [([1, 2], [1, -100])])])
    with pytest.raises(BadInputError, match="no row has a trained label"):
        check_rows(rows, 9, 5)
    assert np.array_equal(rows.trained, [0])
