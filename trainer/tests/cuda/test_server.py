"""The policy server on a GPU gives the log-probs of the stock model, and those of the trainer."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from longhaul_trainer.server.backend import BackendOptions, Piece, open_backend
from tests.helpers import PACKAGE, Warm
from tests.rl import metrics_of, rl
from tests.server import models
from tests.server.exact import some_tokens, training_logprobs
from tests.server.serving import run, serving
from tests.test_rl_sampled import batch_of_played, play

pytestmark = pytest.mark.cuda
GPU = torch.device("cuda", 0)

CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "the student's layers": (models.lfm2, "lfm2"),
    "grouped heads, biases, four taps": (
        lambda: models.lfm2(num_key_value_heads=2, conv_bias=True, conv_L_cache=4),
        "lfm2",
    ),
    "a llama": (models.llama, "full-attention"),
    "a state-space model": (models.mamba, "plain"),
}


@pytest.mark.parametrize("case", CASES)
def test_every_backend_gives_the_log_probs_of_the_stock_model_on_the_cpu(case: str, tmp_path: Path) -> None:
    make, kind = CASES[case]
    model = make()
    backend = open_backend(models.save(model, tmp_path / "m"), BackendOptions(slots=8, max_length=96, device=GPU))
    assert backend.kind == kind
    texts = {slot: some_tokens(slot, 40 + 5 * slot) for slot in (0, 1, 3, 6)}
    with torch.inference_mode():
        wanted = {slot: model(torch.tensor([text])).logits[0].log_softmax(-1) for slot, text in texts.items()}
    # A prompt beside single tokens, then single tokens alone.
    for slot, text in texts.items():
        backend.forward([Piece(slot, 0, text[: 20 + slot])])
    fed = {slot: 20 + slot for slot in texts}
    for counts in ([1, 1, 7, 1], [1, 1, 1, 1], [3, 1, 1, 2]):
        pieces = [
            Piece(slot, fed[slot], texts[slot][fed[slot] : fed[slot] + count])
            for slot, count in zip(texts, counts, strict=True)
        ]
        rows = backend.forward(pieces).log_softmax(-1).cpu()
        for row, piece in zip(rows, pieces, strict=True):
            fed[piece.slot] += len(piece.tokens)
            torch.testing.assert_close(row, wanted[piece.slot][fed[piece.slot] - 1], atol=1e-4, rtol=0)
    if backend.truncates:
        backend.copy(6, 2, 15)
        [row] = backend.forward([Piece(2, 15, texts[6][15:17])]).log_softmax(-1).cpu()
        torch.testing.assert_close(row, wanted[6][16], atol=1e-4, rtol=0)


@pytest.mark.parametrize("make", [models.lfm2, models.llama])
def test_many_rollouts_at_once_are_answered_exactly_also_after_new_weights(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = make(), make(seed=7)
    paths = [models.save(model, tmp_path / f"step-{step}") for step, model in ((1, first), (2, second))]

    async def ask(client: Any, model: Any) -> None:
        prompts = [some_tokens(number, 10 + 2 * number) for number in range(24)]
        answers = await asyncio.gather(*(client.complete(prompt, seed=n) for n, prompt in enumerate(prompts)))
        for answer in answers:
            choice = answer["choices"][0]
            wanted = training_logprobs(model, choice["prompt_token_ids"], choice["token_ids"])
            assert choice["logprobs"]["token_logprobs"] == pytest.approx(wanted, abs=1e-4)

    async def story() -> None:
        async with serving({"policy": paths[0]}, slots=16, device=GPU) as client:
            await ask(client, first)
            held = []
            for step in (1, 0, 1, 0, 1):
                body = {"model_path": str(paths[step])}
                status, answer = await client.post("/update_weights_from_disk", body)
                assert (status, answer["weight_version"]) == (200, f"step-{step + 1}")
                torch._C._cuda_clearCublasWorkspaces()  # each thread that has multiplied keeps one, of no weights
                held.append(torch.cuda.memory_allocated())
            assert held[-1] == held[0]
            await ask(client, second)

    run(story())


@pytest.mark.parametrize(("dtype", "mismatch"), [("float32", 1e-4), ("bfloat16", 0.2)])
def test_what_the_server_sampled_has_the_log_probs_that_the_trainer_computes(
    request: pytest.FixtureRequest, tmp_path: Path, warm: Warm, dtype: str, mismatch: float
) -> None:
    checkpoint = request.getfixturevalue("llama")
    played: list[Any] = []

    async def story() -> None:
        async with serving({"policy": checkpoint}, slots=4, device=GPU, dtype=getattr(torch, dtype)) as client:
            played.extend([await play(client, number) for number in range(4)])

    run(story())
    batch = batch_of_played(played)
    folder = rl(tmp_path / "j", checkpoint, batch, steps=1, hyper={"learningRate": 1e-3, "dtype": dtype})
    code, lines = warm.do(folder)
    assert code == 0, lines
    assert metrics_of(folder)["mismatch"] < mismatch


def test_the_server_as_a_process_takes_the_gpu_by_itself(tmp_path: Path) -> None:
    path = models.save(models.llama(), tmp_path / "v1")
    command = [sys.executable, "-m", "longhaul_trainer.server", "--model", f"policy={path}"]
    with subprocess.Popen(command, cwd=PACKAGE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["device"] == "cuda:0"
        body = json.dumps({"prompt": [5, 6], "max_tokens": 4, "ignore_eos": True}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{ready['port']}/v1/completions", data=body) as answer:
            assert json.load(answer)["usage"]["completion_tokens"] == 4
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
