"""A job on a GPU makes the steps of the CPU, and the same bits however often it is killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from longhaul_trainer.errors import explain
from tests.helpers import (
    Line,
    Warm,
    command,
    json_lines,
    largest_difference,
    losses,
    make_checkpoint,
    of_type,
    sft,
    write_rows,
)
from tests.rl import HYPER, batch_of, metrics_of, rl, stale

pytestmark = pytest.mark.cuda
VOCABULARY, LONGEST = 1000, 1500


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama with heads for which a GPU has fast attention, whose backward pass is not the same twice by itself."""
    config = {
        "model_type": "llama",
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "vocab_size": VOCABULARY,
    }
    return make_checkpoint(tmp_path_factory.mktemp("larger"), {"mode": "random", "config": config})


def long_rows(path: Path) -> str:
    """Thirty rows of 300 to 1,500 tokens, every second one trained."""
    draw = np.random.default_rng(0)
    rows = []
    for length in draw.integers(300, LONGEST + 1, 30).tolist():
        ids = draw.integers(VOCABULARY, size=length).tolist()
        rows.append((ids, [token if place % 2 else -100 for place, token in enumerate(ids)]))
    return write_rows(path, rows)


def on_the_cpu(folder: Path) -> list[Line]:
    done = command("-m", "longhaul_trainer", str(folder), CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 0, done.stderr
    return json_lines(done.stdout)


def on_the_gpu(warm: Warm, folder: Path) -> list[Line]:
    code, lines = warm.do(folder)
    assert code == 0, lines
    assert of_type(lines, "started")[0]["device"] == "cuda:0"
    return lines


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("student", {}),
        ("llama", {}),
        ("llama", {"packing": "pack"}),
        ("llama", {"activationCheckpointing": True, "accumulation": 3}),
    ],
)
def test_losses_and_weights_in_float32_are_those_of_the_cpu(
    request: pytest.FixtureRequest, tmp_path: Path, warm: Warm, model: str, more: dict[str, Any]
) -> None:
    checkpoint = request.getfixturevalue(model)
    hyper = {"dtype": "float32", "learningRate": 3e-3, **more}
    gpu, cpu = (sft(tmp_path / name, checkpoint, hyper=hyper) for name in ("gpu", "cpu"))
    assert losses(on_the_gpu(warm, gpu)) == pytest.approx(losses(on_the_cpu(cpu)), abs=1e-4)
    assert largest_difference(gpu / "out", cpu / "out") < 1e-3


def test_bfloat16_is_the_precision_of_a_gpu_and_its_losses_are_near_those_of_float32(
    tmp_path: Path, warm: Warm, larger: Path
) -> None:
    data = [long_rows(tmp_path / "rows.parquet")]
    fields: dict[str, Any] = {"data": data, "steps": 5, "batchTokens": 4000}
    short, long = (
        on_the_gpu(warm, sft(tmp_path / dtype, larger, **fields, hyper={"dtype": dtype, "learningRate": 1e-3}))
        for dtype in ("auto", "float32")
    )
    assert [of_type(lines, "started")[0]["dtype"] for lines in (short, long)] == ["bfloat16", "float32"]
    assert losses(short) == pytest.approx(losses(long), abs=2e-2)


@pytest.mark.parametrize(
    "more", [{}, {"dtype": "float32"}, {"activationCheckpointing": True}, {"lora": {"dropout": 0.2, "rank": 4}}]
)
def test_a_job_that_was_killed_ends_with_the_very_bits_of_one_that_was_not(
    tmp_path: Path, warm: Warm, larger: Path, more: dict[str, Any]
) -> None:
    data = [long_rows(tmp_path / "rows.parquet")]
    job: dict[str, Any] = {"data": data, "steps": 24, "batchTokens": 6000}
    hyper = {"saveEvery": 2, "learningRate": 1e-3, **more}
    whole, killed = (sft(tmp_path / name, larger, **job, hyper=hyper) for name in ("whole", "killed"))
    expected = on_the_gpu(warm, whole)
    assert not of_type(expected, "note")
    for after in (3, 7):
        with warm.ask(killed) as lines:
            next(line for line in lines if line["type"] == "progress" and line["step"] >= after)
    rest = on_the_gpu(warm, killed)
    first = of_type(rest, "started")[0]["step"]
    assert first >= 6
    assert losses(rest) == losses(expected)[first:]
    assert largest_difference(whole / "out", killed / "out") == 0


def test_an_rl_job_makes_the_steps_of_the_cpu(tmp_path: Path, warm: Warm, student: Path) -> None:
    batch = stale(batch_of(student))
    hyper = {**HYPER, "dtype": "float32"}
    gpu, cpu = (rl(tmp_path / name, student, batch, hyper=hyper) for name in ("gpu", "cpu"))
    assert losses(on_the_gpu(warm, gpu)) == pytest.approx(losses(on_the_cpu(cpu)), abs=1e-4)
    names = ("mismatch", "ratioMean", "ratioMax", "clippedShare", "kl", "entropy")
    found, expected = metrics_of(gpu), metrics_of(cpu)
    assert {name: found[name] for name in names} == pytest.approx({name: expected[name] for name in names}, abs=1e-3)


def test_an_rl_job_that_was_killed_ends_with_the_very_bits_of_one_that_was_not(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    hyper = {**HYPER, "saveEvery": 1}
    batch = stale(batch_of(student))
    whole, killed = (rl(tmp_path / name, student, batch, steps=9, hyper=hyper) for name in "ab")
    expected = on_the_gpu(warm, whole)
    with warm.ask(killed) as lines:
        next(line for line in lines if line["type"] == "progress" and line["step"] >= 2)
    rest = on_the_gpu(warm, killed)
    assert losses(rest) == losses(expected)[-len(losses(rest)) :]
    assert largest_difference(whole / "out", killed / "out") == 0


def test_the_optimizer_that_a_checkpoint_carries_goes_on(tmp_path: Path, warm: Warm, larger: Path) -> None:
    data = [long_rows(tmp_path / "rows.parquet")]
    hyper = {"learningRate": 1e-3}
    first = sft(tmp_path / "first", larger, data=data, steps=2, hyper={**hyper, "keepOptimizer": True})
    on_the_gpu(warm, first)
    second = sft(tmp_path / "second", first / "out", data=data, steps=2, hyper={**hyper, "optimizer": "continue"})
    on_the_gpu(warm, second)
    assert json.loads((second / "out" / "manifest.json").read_text())["step"] == 2


def test_more_processes_than_gpus_are_refused(tmp_path: Path, student: Path) -> None:
    count = torch.cuda.device_count() + 1
    done = command("-m", "longhaul_trainer", str(sft(tmp_path / "j", student)), "--processes", str(count))
    assert done.returncode == 75
    assert f"process {count - 1} has no GPU, {count - 1} can be seen" in done.stderr


def test_a_gpu_that_is_full_is_said_so() -> None:
    with pytest.raises(torch.OutOfMemoryError) as caught:
        torch.empty(2**42, dtype=torch.uint8, device="cuda")
    code, sentence = explain(caught.value)
    assert code == 75
    assert sentence.startswith("out of memory; `activationCheckpointing`")
