"""A batch means its rows: padding and packing change no row's loss, and where they would, they are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM

from longhaul_trainer.collate import Layout, Part, parts_of
from longhaul_trainer.errors import BadInputError
from longhaul_trainer.exactness import refuse_mixing
from longhaul_trainer.forward import logits_of
from longhaul_trainer.models import load_model
from longhaul_trainer.objective import SFT
from longhaul_trainer.rows import Rows, load_rows
from tests.helpers import random_rows, write_rows

CPU = torch.device("cpu")


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return load_rows([write_rows(tmp_path / "rows.parquet", random_rows(12))])


def parts(rows: Rows, packing: str, most: int = 2**62) -> list[Part]:
    ordered = np.argsort(-rows.lengths, kind="stable")
    weights = dict(zip(range(12), SFT.weigh(rows, np.arange(12)).tolist(), strict=True))
    return parts_of(rows, (ordered, weights), Layout(packing, most, 40, CPU))


def loss_of_parts(model: torch.nn.Module, made: list[Part]) -> float:
    with torch.no_grad():
        return sum(float(SFT.measure(logits_of(model, part), part).loss) for part in made)


def loss_row_by_row(checkpoint: Path, rows: Rows) -> float:
    """The mean over all trained tokens, each row alone, by the model's own forward and nothing of ours."""
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    total, count = 0.0, 0
    for start, end in zip(rows.starts[:-1], rows.starts[1:], strict=True):
        ids, labels = torch.tensor(rows.input_ids[start:end]), torch.tensor(rows.labels[start:end])
        with torch.no_grad():
            logits = model(input_ids=ids[None]).logits[0]
        total += float(F.cross_entropy(logits[:-1], labels[1:], ignore_index=-100, reduction="sum"))
        count += int((labels[1:] != -100).sum())
    return total / count


@pytest.mark.parametrize("most", [20, 64, 2**62])
@pytest.mark.parametrize("model", ["student", "llama"])
def test_the_loss_of_a_bucketed_step_is_that_of_its_rows_alone(
    request: pytest.FixtureRequest, rows: Rows, model: str, most: int
) -> None:
    checkpoint = request.getfixturevalue(model)
    made = parts(rows, "bucket", most)
    assert (len(made) > 1) == (most < 2**62)
    assert abs(loss_of_parts(load_model(str(checkpoint)), made) - loss_row_by_row(checkpoint, rows)) < 1e-5


def test_the_loss_of_packed_rows_is_that_of_the_rows_alone(llama: Path, rows: Rows) -> None:
    made = parts(rows, "pack")
    assert sum(len(part.input_ids) for part in made) < 12
    assert abs(loss_of_parts(load_model(str(llama)), made) - loss_row_by_row(llama, rows)) < 1e-5


def test_packing_is_refused_for_a_model_whose_convolution_sees_over_the_border(student: Path, llama: Path) -> None:
    with pytest.raises(BadInputError, match="Lfm2ForCausalLM lets packed rows see each other"):
        refuse_mixing(load_model(str(student)), 32)
    refuse_mixing(load_model(str(llama)), 32)


def test_the_loss_of_the_packed_student_would_have_been_wrong(student: Path, rows: Rows) -> None:
    assert abs(loss_of_parts(load_model(str(student)), parts(rows, "pack")) - loss_row_by_row(student, rows)) > 1e-4


def test_logits_at_picked_places_are_those_of_the_whole_forward(student: Path, rows: Rows) -> None:
    model = load_model(str(student))
    part = parts(rows, "bucket")[0]
    with torch.no_grad():
        whole = model(input_ids=part.input_ids).logits
        assert torch.equal(logits_of(model, part), whole.reshape(-1, 32)[part.picked])
