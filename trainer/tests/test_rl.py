"""An `rl` job: a batch in, a policy out that does more of what was better; nothing of it hangs on luck or machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from longhaul_trainer.batches import dealt_once
from tests.helpers import (
    Warm,
    largest_difference,
    losses,
    make_checkpoint,
    of_type,
    sft,
    weights_of,
)
from tests.rl import HYPER, WINDOWS, Batch, batch_of, metrics_of, rl, stale


def log_probs(model: Any, ids: list[int]) -> torch.Tensor:
    every = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    return every[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def plain_loop(checkpoint: Path, reference: Path, batch: Batch) -> tuple[list[float], Any]:
    """Four minibatches row by row, with the formula as a paper prints it; AdamW and clipping as torch has them."""
    model, frozen = (AutoModelForCausalLM.from_pretrained(folder) for folder in (checkpoint, reference))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, betas=(0.9, 0.95), weight_decay=0)
    trained_tokens = sum(sum(label != -100 for label in labels[1:]) for _, labels in batch.rows)
    curve = []
    for chosen in dealt_once(torch.arange(12).numpy(), 3, 4):
        loss = torch.zeros(())
        for row in chosen.tolist():
            ids, labels = batch.rows[row]
            trained = torch.tensor([label != -100 for label in labels[1:]])
            new, old = log_probs(model, ids), torch.tensor(batch.old_logprobs[row][1:])
            ratio, advantage = torch.exp(new - old), batch.advantages[row]
            gain = torch.minimum(ratio * advantage, torch.clamp(ratio, 0.8, 1.2) * advantage)
            rollout = int(batch.rollout_id[row].rsplit(".", 1)[1])
            loss = loss - 4 * gain[trained].sum() / (6 * WINDOWS[rollout])
            ahead = log_probs(frozen, ids).detach() - new
            loss = loss + 4 * 0.1 / trained_tokens * (torch.exp(ahead) - ahead - 1)[trained].sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        curve.append(loss.item())
    return curve, model


def test_a_job_makes_the_steps_of_a_plain_loop(tmp_path: Path, warm: Warm, student: Path, earlier: Path) -> None:
    batch = stale(batch_of(student))
    folder = rl(tmp_path / "j", student, batch, hyper={**HYPER, "rl": {**HYPER["rl"], "reference": str(earlier)}})
    code, lines = warm.do(folder)
    assert code == 0, lines
    curve, model = plain_loop(student, earlier, batch)
    assert losses(lines) == pytest.approx(curve, abs=1e-5)
    after = weights_of(folder / "out")
    for name, parameter in model.named_parameters():
        assert torch.allclose(after[name], parameter, atol=1e-4), name
    assert any(line["clippedShare"] > 0 for line in of_type(lines, "progress"))
    assert all(line["kl"] > 0 for line in of_type(lines, "progress"))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory, warm: Warm, student: Path) -> Path:
    """Another policy of the student's shape: a few steps away from it."""
    folder = sft(tmp_path_factory.mktemp("earlier") / "j", student, steps=2)
    assert warm.do(folder)[0] == 0
    return folder / "out"


def test_without_a_folder_the_reference_is_the_input_checkpoint(tmp_path: Path, warm: Warm, student: Path) -> None:
    hyper = [{**HYPER, "rl": {"klWeight": 1, **more}} for more in ({}, {"reference": str(student)})]
    own, named = (
        rl(tmp_path / name, student, batch_of(student), hyper=one) for name, one in zip("ab", hyper, strict=True)
    )
    curves = []
    for folder in (own, named):
        code, lines = warm.do(folder)
        assert code == 0, lines
        curves.append(losses(lines))
        assert of_type(lines, "progress")[0]["kl"] == pytest.approx(0, abs=1e-7)
        assert of_type(lines, "progress")[-1]["kl"] > 1e-5
    assert curves[0] == pytest.approx(curves[1], abs=1e-7)
    assert largest_difference(own / "out", named / "out") < 1e-6


def test_a_heavy_kl_keeps_the_policy_near_and_a_weight_of_0_asks_no_reference(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    free = rl(tmp_path / "free", student, batch_of(student), hyper={**HYPER, "rl": {"klWeight": 0}})
    held = rl(tmp_path / "held", student, batch_of(student), hyper={**HYPER, "rl": {"klWeight": 100}})
    for folder in (free, held):
        assert warm.do(folder)[0] == 0
    assert largest_difference(student, held / "out") < largest_difference(student, free / "out")
    assert "kl" not in metrics_of(free)
    assert "kl" in metrics_of(held)


def test_the_manifest_has_the_figures_of_the_whole_batch(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = rl(tmp_path / "j", student, stale(batch_of(student)), hyper=HYPER)
    _, lines = warm.do(folder)
    steps, metrics = of_type(lines, "progress"), metrics_of(folder)
    tokens = sum(line["trainedTokens"] for line in steps)
    for name in ("ratioMean", "clippedShare", "entropy", "kl"):
        mean = sum(line[name] * line["trainedTokens"] for line in steps) / tokens
        assert metrics[name] == pytest.approx(mean, abs=1e-5), name
    assert metrics["ratioMax"] == pytest.approx(max(line["ratioMax"] for line in steps), rel=1e-5)
    assert metrics["lastGradNorm"] == pytest.approx(steps[-1]["gradNorm"], rel=1e-5)
    # Log-probs that are not the policy's own show as a mismatch.
    assert metrics["mismatch"] > metrics["mismatchMean"] > 0.05


def test_log_probs_of_the_policy_itself_show_no_mismatch(tmp_path: Path, warm: Warm, student: Path) -> None:
    folder = rl(tmp_path / "j", student, batch_of(student))
    assert warm.do(folder)[0] == 0
    assert metrics_of(folder)["mismatch"] < 1e-5


def test_every_row_is_trained_once_and_parts_of_few_tokens_change_nothing(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    batch = batch_of(student)
    curves = []
    for name, tokens in (("small", 1), ("large", 100_000)):
        code, lines = warm.do(rl(tmp_path / name, student, batch, batchTokens=tokens, hyper=HYPER))
        assert code == 0, lines
        assert sum(line["tokens"] for line in of_type(lines, "progress")) == sum(len(ids) for ids, _ in batch.rows)
        curves.append(losses(lines))
    assert curves[0] == pytest.approx(curves[1], abs=1e-5)
    assert largest_difference(tmp_path / "small" / "out", tmp_path / "large" / "out") < 1e-4


def test_dropout_of_the_model_stays_out_of_an_rl_job(tmp_path: Path, warm: Warm) -> None:
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = {"model_type": "llama", **shape, "vocab_size": 32, "max_position_embeddings": 64, "attention_dropout": 0.5}
    checkpoint = make_checkpoint(tmp_path / "model", {"mode": "random", "config": config})
    for name, saving in (("a", False), ("b", True)):
        folder = rl(tmp_path / name, checkpoint, batch_of(checkpoint), hyper={"activationCheckpointing": saving})
        assert warm.do(folder)[0] == 0
        assert metrics_of(folder)["mismatch"] < 1e-5
    assert largest_difference(tmp_path / "a" / "out", tmp_path / "b" / "out") < 1e-6


@pytest.mark.parametrize("hyper", [{"lora": {"rank": 4}}, {"packing": "pack"}])
def test_adapters_and_packed_rows_begin_at_the_policy_that_sampled(
    tmp_path: Path, warm: Warm, llama: Path, hyper: dict[str, Any]
) -> None:
    folder = rl(tmp_path / "j", llama, batch_of(llama), hyper=hyper)
    code, lines = warm.do(folder)
    assert code == 0, lines
    assert metrics_of(folder)["mismatch"] < 1e-5
    assert of_type(lines, "progress")[0]["kl"] == pytest.approx(0, abs=1e-7)
    assert largest_difference(llama, folder / "out") > 1e-4
