"""The policy gradient is the formula: loss, gradient and weights, worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from longhaul_trainer.batches import dealt_once
from longhaul_trainer.collate import Part
from longhaul_trainer.job import Job, read_job
from longhaul_trainer.policy_gradient import LIMIT, Terms, k3, measure, policy_gradient, report, unit_weights
from longhaul_trainer.rl_rows import COLUMNS
from longhaul_trainer.rows import load_rows
from tests.rl import WINDOWS, batch_of, rl

LOGITS = [[1.0, 0.5, -0.5, 0.2], [0.3, -1.2, 0.8, 0.0], [-0.4, 0.9, 0.1, 1.5]]
TARGETS = [0, 2, 3]
WEIGHTS = [0.5, 0.5, 0.25]
ADVANTAGES = [0.7, -0.4, 0.9]
# Ratios: within the clip; above it with a negative advantage, where the clip does not bind; above it with a positive one.
OLD = [-0.95, -1.2, -1.6]
REFERENCE = [-1.0, -0.6, -0.7]
CLIP, KL = 0.2, 0.03


def part_of(logits: Any, **extra: list[float]) -> Part:
    given = {"old_logprobs": OLD, "advantages": ADVANTAGES, **extra}
    return Part(
        input_ids=torch.zeros((1, len(logits)), dtype=torch.int64),
        positions=None,
        picked=torch.arange(len(logits)),
        targets=torch.tensor(TARGETS),
        weights=torch.tensor(WEIGHTS),
        extra={name: torch.tensor(values) for name, values in given.items()},
    )


def by_hand(reference: bool) -> tuple[float, list[list[float]], dict[str, float]]:
    """Loss, its derivative by every logit, and the sums, by school arithmetic."""
    loss, gradient = 0.0, []
    sums = dict.fromkeys(("kl", "ratio", "clipped", "entropy", "difference"), 0.0)
    for row, logits in enumerate(LOGITS):
        total = sum(math.exp(value) for value in logits)
        shares = [math.exp(value) / total for value in logits]
        new = math.log(shares[TARGETS[row]])
        ratio, advantage = math.exp(new - OLD[row]), ADVANTAGES[row]
        bound = min(max(ratio, 1 - CLIP), 1 + CLIP)
        is_clipped = bound * advantage < ratio * advantage
        loss -= WEIGHTS[row] * min(ratio * advantage, bound * advantage)
        slope = 0.0 if is_clipped else -WEIGHTS[row] * ratio * advantage
        if reference:
            ahead = REFERENCE[row] - new
            loss += KL * (math.exp(ahead) - ahead - 1)
            slope += KL * (1 - math.exp(ahead))
            sums["kl"] += math.exp(ahead) - ahead - 1
        gradient.append([slope * ((place == TARGETS[row]) - share) for place, share in enumerate(shares)])
        sums["ratio"] += ratio
        sums["clipped"] += is_clipped
        sums["entropy"] -= sum(share * math.log(share) for share in shares)
        sums["difference"] += abs(new - OLD[row])
    return loss, gradient, sums


@pytest.mark.parametrize("reference", [True, False])
def test_loss_and_gradient_of_three_tokens_are_those_worked_out_by_hand(reference: bool) -> None:
    logits = torch.tensor(LOGITS, requires_grad=True)
    measured = measure(logits, part_of(LOGITS, **({"reference": REFERENCE} if reference else {})), Terms(CLIP, KL))
    measured.loss.backward()
    loss, gradient, sums = by_hand(reference)
    assert measured.loss.item() == pytest.approx(loss, abs=1e-6)
    assert logits.grad is not None
    assert torch.allclose(logits.grad, torch.tensor(gradient), atol=1e-6)
    assert measured.sums["tokens"].item() == 3
    for name in sums.keys() - (set() if reference else {"kl"}):
        assert measured.sums[name].item() == pytest.approx(sums[name], abs=1e-5), name
    assert ("kl" in measured.sums) == reference
    # The example would say little if no token were clipped, or all.
    assert sums["clipped"] == 1


def test_where_the_clip_binds_a_token_has_no_gradient_and_where_it_does_not_it_has_one() -> None:
    logits = torch.tensor(LOGITS, requires_grad=True)
    measure(logits, part_of(LOGITS), Terms(CLIP, KL)).loss.backward()
    assert logits.grad is not None
    assert [bool(row.any()) for row in logits.grad] == [True, True, False]


def test_a_policy_that_has_not_moved_has_ratio_1_no_clipping_and_a_kl_of_0() -> None:
    own = torch.tensor(LOGITS).log_softmax(-1)[torch.arange(3), torch.tensor(TARGETS)].tolist()
    measured = measure(torch.tensor(LOGITS), part_of(LOGITS, old_logprobs=own, reference=own), Terms(CLIP, KL))
    figures = report({name: float(value) for name, value in {**measured.sums, **measured.peaks}.items()})
    assert figures["ratioMean"] == figures["ratioMax"] == pytest.approx(1, abs=1e-6)
    assert figures["clippedShare"] == 0
    assert figures["kl"] == pytest.approx(0, abs=1e-7)


def test_k3_is_never_negative_and_its_mean_over_samples_is_the_kl() -> None:
    ahead = torch.linspace(-5, 5, 101)
    assert (k3(ahead) >= 0).all()
    new, other = (torch.tensor(LOGITS[row]).log_softmax(0) for row in (0, 1))
    expected = (new.exp() * k3(other - new)).sum()
    assert expected.item() == pytest.approx((new.exp() * (new - other)).sum().item(), abs=1e-6)


def test_a_token_that_became_all_but_impossible_or_certain_leaves_the_loss_finite() -> None:
    logits = torch.tensor([[-400.0, 0, 0, 0], [0, 0, 400.0, 0], [0, 0, 0, -400.0]], requires_grad=True)
    part = part_of(LOGITS, old_logprobs=[-0.1, -300.0, -0.1], reference=[-0.1, -300.0, -0.1])
    measured = measure(logits, part, Terms(CLIP, KL))
    measured.loss.backward()
    assert math.isfinite(measured.loss.item())
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert measured.peaks["ratioMax"].item() == pytest.approx(math.exp(LIMIT))


def test_a_part_that_weighs_nothing_counts_nothing_and_moves_nothing() -> None:
    logits = torch.tensor(LOGITS, requires_grad=True)
    part = part_of(LOGITS, reference=REFERENCE)
    spare = Part(part.input_ids, None, part.picked, part.targets, torch.zeros(3), part.extra)
    measured = measure(logits, spare, Terms(CLIP, KL))
    measured.loss.backward()
    assert measured.loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()
    assert not any(value.item() for value in {**measured.sums, **measured.peaks}.values())


def job_of(folder: Path, student: Path, **rl_hyper: Any) -> Job:
    return read_job(rl(folder, student, batch_of(student), hyper={"rl": rl_hyper}))


def test_a_window_is_the_unit_or_a_rollout_however_many_windows_it_has(tmp_path: Path, student: Path) -> None:
    rows = load_rows(job_of(tmp_path / "j", student).data, COLUMNS)
    # 12 windows of 6 rollouts, which have 3, 1, 2, 4, 1 and 1 of them.
    assert unit_weights(rows, "window").tolist() == pytest.approx([1 / 12] * 12)
    expected = [1 / (6 * windows) for windows in WINDOWS for _ in range(windows)]
    assert unit_weights(rows, "rollout").tolist() == pytest.approx(expected)


@pytest.mark.parametrize("unit", ["window", "rollout"])
def test_the_mean_over_the_minibatches_is_the_loss_of_the_whole_batch(tmp_path: Path, student: Path, unit: str) -> None:
    """Minibatches have one row more or less, and rollouts are torn apart between them: neither shifts a weight."""
    job = job_of(tmp_path / "j", student, lossWeight=unit)
    rows, objective = policy_gradient(job, load_rows(job.data, COLUMNS))
    steps = list(dealt_once(np.arange(12), job.seed, job.steps))
    weights = np.zeros(12)
    for chosen in steps:
        weights[chosen] += objective.weigh(rows, chosen) / job.steps
    assert weights == pytest.approx(unit_weights(rows, unit))
    assert weights.sum() == pytest.approx(1)


def test_every_token_of_a_row_carries_the_rows_advantage(tmp_path: Path, student: Path) -> None:
    job = job_of(tmp_path / "j", student)
    rows, _ = policy_gradient(job, load_rows(job.data, COLUMNS))
    for row, advantage in enumerate(batch_of(student).advantages):
        assert set(rows.per_token["advantages"][rows.starts[row] : rows.starts[row + 1]].tolist()) == {advantage}
