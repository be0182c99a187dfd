"""What the policy server sampled is what the trainer trains: the same tokens, the same log-probs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.helpers import Warm
from tests.rl import Batch, rl
from tests.server.serving import Client, run, serving

PREFIX, TURN, ROLLOUTS = 6, 8, 4


async def play(client: Client, number: int) -> tuple[list[int], list[int], list[float]]:
    """Three turns with observations between them: tokens, labels and log-probs of a window."""
    draw = np.random.default_rng(number)
    ids = draw.integers(32, size=PREFIX).tolist()
    labels, old = [-100] * PREFIX, [0.0] * PREFIX
    for turn in range(3):
        answer = await client.complete(ids, seed=10 * number + turn, max_tokens=TURN, temperature=1, ignore_eos=True)
        [choice] = answer["choices"]
        observation = draw.integers(32, size=3).tolist()
        ids = ids + choice["token_ids"] + observation
        labels += choice["token_ids"] + [-100] * 3
        old += choice["logprobs"]["token_logprobs"] + [0.0] * 3
    return ids, labels, old


def batch_of_played(played: list[tuple[list[int], list[int], list[float]]]) -> Batch:
    """One window of each of the four rollouts."""
    return Batch(
        rows=[(ids, labels) for ids, labels, _ in played],
        advantages=[0.5, -0.5, 0.25, -0.25],
        old_logprobs=[old for _, _, old in played],
        rollout_id=[f"run.rl.0.task.{number}" for number in range(ROLLOUTS)],
        window=[0] * ROLLOUTS,
    )


def test_rows_sampled_by_the_server_have_the_log_probs_that_the_trainer_computes(
    tmp_path: Path, warm: Warm, student: Path
) -> None:
    played: list[tuple[list[int], list[int], list[float]]] = []

    async def story() -> None:
        async with serving({"policy": student}, slots=4) as client:
            played.extend([await play(client, number) for number in range(ROLLOUTS)])

    run(story())
    folder = rl(tmp_path / "j", student, batch_of_played(played), steps=1, hyper={"learningRate": 1e-3})
    code, lines = warm.do(folder)
    assert code == 0, lines
    metrics = json.loads((folder / "out" / "manifest.json").read_text())["metrics"]
    assert metrics["trainedTokens"] == ROLLOUTS * 3 * TURN
    assert metrics["mismatch"] < 1e-5
    assert abs(metrics["ratioMean"] - 1) < 1e-5
    assert metrics["clippedShare"] == 0
