"""A training job: rows in, a stock checkpoint out, and the numbers of a plain loop."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

from longhaul_trainer.job import Hyper
from longhaul_trainer.schedule import learning_rate
from tests.helpers import (
    Warm,
    largest_difference,
    losses,
    make_checkpoint,
    of_type,
    random_rows,
    sft,
    weights_of,
    write_rows,
)

HYPER: dict[str, Any] = {"learningRate": 1e-2, "betas": [0.9, 0.98], "weightDecay": 0.1, "clip": 0.5}


def plain_loop(checkpoint: Path, rows: list[tuple[list[int], list[int]]], steps: int) -> tuple[list[float], Any]:
    """All rows in every step, each row alone; AdamW, clipping and decay as torch and the textbook have them."""
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    matrices = [entry for entry in model.parameters() if entry.ndim > 1]
    vectors = [entry for entry in model.parameters() if entry.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.98), fused=False)
    count = sum(sum(label != -100 for label in labels[1:]) for _, labels in rows)
    curve = []
    for _ in range(steps):
        optimizer.zero_grad()
        total = torch.zeros(())
        for ids, labels in rows:
            logits = model(input_ids=torch.tensor([ids])).logits[0, :-1]
            total = total + F.cross_entropy(logits, torch.tensor(labels[1:]), ignore_index=-100, reduction="sum")
        (total / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        curve.append(total.item() / count)
    return curve, model


@pytest.mark.parametrize("more", [{}, {"accumulation": 3}, {"activationCheckpointing": True}, {"packing": "pack"}])
def test_losses_and_weights_are_those_of_a_plain_loop(
    tmp_path: Path, warm: Warm, llama: Path, more: dict[str, Any]
) -> None:
    rows = random_rows(16)
    curve, model = plain_loop(llama, rows, 5)
    data = [write_rows(tmp_path / "rows.parquet", rows)]
    folder = sft(
        tmp_path / "j", llama, data=data, steps=5, batchTokens=sum(len(ids) for ids, _ in rows), hyper=HYPER | more
    )
    code, lines = warm.do(folder)
    assert code == 0, lines
    np.testing.assert_allclose(losses(lines), curve, atol=2e-5)
    trained = weights_of(folder / "out")
    for name, entry in model.state_dict().items():
        assert torch.allclose(trained[name], entry, atol=5e-5), name


def test_the_student_learns_and_its_checkpoint_is_a_stock_folder_with_its_tokenizer(tmp_path: Path, warm: Warm) -> None:
    words = [f"w{index}" for index in range(32)]
    base = make_checkpoint(tmp_path / "base", {"mode": "copying"}, tokenizer={"words": words})
    folder = sft(tmp_path / "j", base, steps=40, hyper={"warmupSteps": 4, "schedule": "cosine"}, batchTokens=128)
    code, lines = warm.do(folder)
    assert code == 0, lines
    curve = losses(lines)
    assert curve[0] > 3
    assert np.mean(curve[-5:]) < 0.5
    model = AutoModelForCausalLM.from_pretrained(folder / "out")
    assert AutoTokenizer.from_pretrained(folder / "out").decode([3, 4]) == "w3 w4"
    generated = model.generate(torch.tensor([[1, 6, 11]]), max_new_tokens=3, do_sample=False, pad_token_id=0)
    assert generated[0].tolist() == [1, 6, 11, 16, 21, 26]


def test_progress_and_manifest_say_what_was_done(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = sft(tmp_path / "j", student, steps=4)
    _, lines = warm.do(folder)
    assert [line["type"] for line in lines] == ["started", *["progress"] * 4, "done"]
    step = of_type(lines, "progress")[2]
    assert (step["step"], step["steps"], step["job"]) == (3, 4, "j")
    assert {"loss", "tokensPerSecond", "lr", "gradNorm", "tokens", "trainedTokens", "seconds"} <= set(step)
    text = (folder / "out" / "manifest.json").read_bytes()
    manifest = json.loads(text)
    assert lines[-1]["manifest"] == hashlib.sha256(text).hexdigest()
    assert (manifest["job"], manifest["kind"], manifest["step"], manifest["steps"]) == ("j", "sft", 4, 4)
    assert manifest["parent"]["sha256"] == hashlib.sha256((student / "manifest.json").read_bytes()).hexdigest()
    data = (folder / "rows.parquet").read_bytes()
    assert manifest["batch"][0]["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["metrics"]["lastLoss"] == pytest.approx(losses(lines)[-1], rel=1e-5)
    assert manifest["metrics"]["tokens"] == sum(line["tokens"] for line in of_type(lines, "progress"))
    for name, entry in manifest["files"].items():
        content = (folder / "out" / name).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_done_job_is_not_done_again(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = sft(tmp_path / "j", student)
    warm.do(folder)
    before = (folder / "out" / "manifest.json").stat().st_mtime_ns
    code, lines = warm.do(folder)
    assert code == 0
    assert [line["type"] for line in lines] == ["note", "done"]
    assert (folder / "out" / "manifest.json").stat().st_mtime_ns == before


def test_an_output_of_another_job_or_of_other_settings_is_never_overwritten(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    folder = sft(tmp_path / "j", student)
    warm.do(folder)
    content = weights_of(folder / "out")["model.embed_tokens.weight"].clone()
    assert warm.refused(sft(folder, student, id="other"))[0] == 2
    code, sentence = warm.refused(sft(folder, student, id="j", seed=9))
    assert (code, "was done with other settings" in sentence) == (2, True)
    (folder / "out" / "manifest.json").unlink()
    code, sentence = warm.refused(folder)
    assert (code, "is no checkpoint of Longhaul" in sentence) == (2, True)
    assert torch.equal(weights_of(folder / "out")["model.embed_tokens.weight"], content)


def test_the_same_job_gives_the_same_weights_with_dropout_and_another_seed_others(
    tmp_path: Path, warm: Warm, llama: Path
) -> None:
    lora = {"lora": {"dropout": 0.3, "rank": 4}}
    folders = [sft(tmp_path / name, llama, seed=seed, hyper=lora) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    for folder in folders:
        assert warm.do(folder)[0] == 0
    assert largest_difference(folders[0] / "out", folders[1] / "out") == 0
    assert largest_difference(folders[0] / "out", folders[2] / "out") > 1e-4


def test_two_jobs_with_the_optimizer_handed_on_are_one_job_of_both_their_steps(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    """Every step trains all rows, so the order plays no part; with a fresh optimizer the second half differs."""
    rows = random_rows(12)
    every: dict[str, Any] = {
        "data": [write_rows(tmp_path / "rows.parquet", rows)],
        "batchTokens": sum(len(ids) for ids, _ in rows),
    }
    whole = sft(tmp_path / "whole", student, steps=6, **every)
    first = sft(tmp_path / "first", student, steps=3, hyper={"keepOptimizer": True}, **every)
    second = sft(tmp_path / "second", first / "out", steps=3, hyper={"optimizer": "continue"}, **every)
    fresh = sft(tmp_path / "fresh", first / "out", steps=3, **every)
    for folder in (whole, first, second, fresh):
        assert warm.do(folder)[0] == 0
    assert largest_difference(whole / "out", second / "out") < 1e-5
    assert largest_difference(whole / "out", fresh / "out") > 1e-4
    assert not (second / "out" / "trainer_state.safetensors").exists()


def test_pretraining_takes_rows_without_labels_and_trains_every_token(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"input_ids": [ids for ids, _ in random_rows(10)]}), path)
    code, lines = warm.do(sft(tmp_path / "j", student, kind="pretrain", data=[str(path)], steps=2))
    assert code == 0, lines
    for line in of_type(lines, "progress"):
        assert line["trainedTokens"] < line["tokens"] <= 64
    assert warm.refused(sft(tmp_path / "k", student, data=[str(path)]))[0] == 2


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("linear", [0.25, 0.5, 0.75, 1.0, 0.775, 0.55, 0.325, 0.1]),
        ("cosine", [0.25, 0.5, 0.75, 1.0, 0.1 + 0.9 * 0.853553, 0.55, 0.1 + 0.9 * 0.146447, 0.1]),
        ("constant", [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_the_learning_rate_warms_up_and_then_follows_its_schedule(schedule: Any, expected: list[float]) -> None:
    hyper = Hyper(learning_rate=1.0, warmup_steps=3, schedule=schedule, final_fraction=0.1)
    assert [learning_rate(hyper, step, 8) for step in range(8)] == pytest.approx(expected, abs=1e-5)


def test_lora_trains_adapters_only_and_the_output_is_the_plain_model_with_them_merged(
    tmp_path: Path, warm: Warm, llama: Path
) -> None:
    folder = sft(tmp_path / "j", llama, steps=30, hyper={"lora": {"rank": 4, "targets": ["q_proj", "v_proj"]}})
    code, lines = warm.do(folder)
    assert code == 0, lines
    before, after = weights_of(llama), weights_of(folder / "out")
    assert before.keys() == after.keys()
    changed = {name for name, entry in before.items() if not torch.equal(entry, after[name])}
    assert changed
    assert all(".q_proj." in name or ".v_proj." in name for name in changed)
    for name in changed:
        assert torch.linalg.matrix_rank(after[name] - before[name], rtol=1e-4) <= 4
    assert losses(lines)[-1] < losses(lines)[0]
