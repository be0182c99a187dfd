"""The smallest world in which a policy can become better: two arms, one of which pays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers import Warm
from tests.rl import Batch, log_probs_of, rl

ARMS = (5, 9)


@pytest.mark.parametrize("better", [0, 1])
def test_a_two_armed_bandit_goes_uphill_whichever_arm_is_the_better(
    tmp_path: Path, warm: Warm, student: Path, better: int
) -> None:
    """Each step plays both arms four times; the better one scores 1, the other 0, their group's mean is 0.5."""
    checkpoint, chances = student, [chance(student, ARMS[better])]
    for step in range(4):
        rows = [([1, ARMS[play % 2]], [-100, ARMS[play % 2]]) for play in range(8)]
        batch = Batch(
            rows=rows,
            advantages=[0.5 if play % 2 == better else -0.5 for play in range(8)],
            old_logprobs=log_probs_of(checkpoint, rows),
            rollout_id=[f"run.rl.{step}.task.{play}" for play in range(8)],
            window=[0] * 8,
        )
        folder = rl(tmp_path / f"step-{step}", checkpoint, batch, steps=2)
        assert warm.do(folder)[0] == 0
        checkpoint = folder / "out"
        chances.append(chance(checkpoint, ARMS[better]))
    assert chances == sorted(chances)
    assert chances[-1] > chances[0] + 0.2


def chance(checkpoint: Path, arm: int) -> float:
    """Of pulling the arm rather than the other."""
    rows = [([1, token], [-100, token]) for token in (arm, *(other for other in ARMS if other != arm))]
    first, second = (torch.tensor(entry[1]).exp().item() for entry in log_probs_of(checkpoint, rows))
    return first / (first + second)
