"""What the policy server gains: sampled tokens per second at 32 concurrent rollouts against `model.generate`.

    python bench/server.py [--model FOLDER] [--clients 32] [--threads 1] [--seconds 6]

Three loads, each over HTTP against a server process and then through `generate` on the very prompts that the server answered:
`turns` (rollouts whose prompt grows by their own answer and an observation, in windows with a pinned prefix, 12 new tokens a
turn), `short` and `long` (unrelated prompts of about 180 tokens, 12 and 100 new tokens). `generate` runs one request at a time,
and in left-padded batches of as many as there are clients; each with one torch thread and with two, the better one counts.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import torch
from transformers import AutoModelForCausalLM, Lfm2Config, Lfm2ForCausalLM
from transformers.utils import logging

PREFIX, WINDOW, CARRIED, OBSERVATION = 82, 192, 48, 10


@dataclass
class Load:
    """What the clients of one load did: the prompts asked, and how many tokens came back in how long."""

    new_tokens: int
    prompts: list[list[int]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", type=Path, help="a Hugging Face folder; default: the tiny student's shape, random weights"
    )
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument(
        "--threads", type=int, default=1, help="of the server; generate takes the better of one and two"
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="of each load")
    options = parser.parse_args()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or student_shape(Path(folder))
        loads, metrics = asyncio.run(measure_server(path, options))
        model = AutoModelForCausalLM.from_pretrained(path).eval()
        results = {name: compare(model, load, options.clients) for name, load in loads.items()}
    print(
        json.dumps(
            {
                "clients": options.clients,
                "cores": os.cpu_count(),
                "server_threads": options.threads,
                "loads": results,
                "server": metrics,
            },
            indent=1,
        )
    )


def student_shape(folder: Path) -> Path:
    """The tiny student's architecture with random weights; speed does not depend on what they are."""
    config = Lfm2Config(
        vocab_size=350,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=8,
        num_key_value_heads=8,
        layer_types=["conv", "full_attention"],
        conv_L_cache=3,
        conv_bias=False,
        block_auto_adjust_ff_dim=False,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        max_position_embeddings=512,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    Lfm2ForCausalLM(config).save_pretrained(folder)
    return folder


async def measure_server(path: Path, options: argparse.Namespace) -> tuple[dict[str, Load], dict[str, float]]:
    """Runs the three loads against a server process."""
    package = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "longhaul_trainer.attached", str(os.getpid()), "longhaul_trainer.server"]
    command += ["--model", f"policy={path}", "--threads", str(options.threads)]
    process = subprocess.Popen(command, cwd=package, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        connector = aiohttp.TCPConnector(limit=options.clients)
        async with aiohttp.ClientSession(connector=connector) as session:
            ask = asker(session, base)
            await run_clients(ask, unrelated, Load(12), options.clients, 1.0)
            loads = {}
            for name, client, new in (("turns", rollout, 12), ("short", unrelated, 12), ("long", unrelated, 100)):
                loads[name] = Load(new)
                await run_clients(ask, client, loads[name], options.clients, options.seconds)
            async with session.get(f"{base}/metrics") as answer:
                lines = [line.split() for line in (await answer.text()).splitlines() if not line.startswith("#")]
        metrics = {name.split("{")[0].removeprefix("longhaul_server_"): float(value) for name, value in lines}
        return loads, metrics
    finally:
        process.terminate()
        process.wait(timeout=60)


Ask = Callable[[list[int], int, int, str | None], Awaitable[list[int]]]
Client = Callable[[Ask, Load, int, float], Awaitable[None]]


def asker(http: aiohttp.ClientSession, base: str) -> Ask:
    """One completion request: prompt, new tokens, seed → sampled ids."""

    async def ask(prompt: list[int], new: int, seed: int, session: str | None) -> list[int]:
        body = {
            "model": "policy", "prompt": prompt, "max_tokens": new, "seed": seed, "temperature": 1.0,
            "logprobs": 0, "return_token_ids": True, "ignore_eos": True, "session_id": session,
        }  # fmt: skip
        async with http.post(f"{base}/v1/completions", json=body) as answer:
            content: Any = await answer.json()
            return list(content["choices"][0]["token_ids"])

    return ask


async def run_clients(ask: Ask, client: Client, load: Load, clients: int, seconds: float) -> None:
    """Runs clients side by side until the time is over; what is in flight then is waited for and counted."""
    begun = time.perf_counter()
    await asyncio.gather(*(client(ask, load, number, begun + seconds) for number in range(clients)))
    load.seconds = time.perf_counter() - begun


async def rollout(ask: Ask, load: Load, number: int, until: float) -> None:
    """Groups of eight share their page; a window ends as the micropapers' do."""
    generator, page = random.Random(number), random.Random(1000 + number // 8)
    prefix = [page.randrange(3, 350) for _ in range(PREFIX)]
    history: list[int] = []
    while time.perf_counter() < until:
        if PREFIX + len(history) + load.new_tokens + OBSERVATION > WINDOW:
            history = history[-CARRIED:]
        answer = await ask(prefix + history, load.new_tokens, generator.randrange(1 << 30), str(number))
        load.prompts.append(prefix + history)
        load.tokens += len(answer)
        history += answer + [generator.randrange(3, 350) for _ in range(OBSERVATION)]


async def unrelated(ask: Ask, load: Load, number: int, until: float) -> None:
    """Prompts that share nothing, 160 to 200 tokens."""
    generator = random.Random(10_000 * load.new_tokens + number)
    while time.perf_counter() < until:
        prompt = [generator.randrange(3, 350) for _ in range(generator.randrange(160, 201))]
        answer = await ask(prompt, load.new_tokens, generator.randrange(1 << 30), None)
        load.prompts.append(prompt)
        load.tokens += len(answer)


def compare(model: Any, load: Load, clients: int) -> dict[str, float]:
    """The server's tokens per second beside `generate`'s on the same prompts (a part of them, enough to time)."""
    server = load.tokens / load.seconds
    alone = max(generate(model, load, load.prompts[: max(8, 240 // load.new_tokens)], 1, threads) for threads in (1, 2))
    batched = max(generate(model, load, load.prompts[: clients * 4], clients, threads) for threads in (1, 2))
    return {
        "new_tokens": load.new_tokens,
        "requests": len(load.prompts),
        "requests_per_second": round(len(load.prompts) / load.seconds, 1),
        "server_tokens_per_second": round(server),
        "generate_alone_tokens_per_second": round(alone),
        "generate_batched_tokens_per_second": round(batched),
        "times_generate_alone": round(server / alone, 2),
        "times_generate_batched": round(server / batched, 2),
    }


@torch.inference_mode()
def generate(model: Any, load: Load, prompts: list[list[int]], size: int, threads: int) -> float:
    """Sampled tokens per second of `model.generate` in batches of `size`."""
    torch.set_num_threads(threads)
    settings = {
        "do_sample": True,
        "max_new_tokens": load.new_tokens,
        "min_new_tokens": load.new_tokens,
        "pad_token_id": 0,
    }
    batches = [prompts[start : start + size] for start in range(0, len(prompts), size)]
    model.generate(torch.tensor([prompts[0]]), attention_mask=torch.ones(1, len(prompts[0])), **settings)
    begun = time.perf_counter()
    for batch in batches:
        longest = max(map(len, batch))
        tokens = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in batch])
        mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in batch])
        model.generate(tokens, attention_mask=mask, **settings)
    return len(prompts) * load.new_tokens / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
