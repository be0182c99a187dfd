"""The server over HTTP: exact log-probs, reproducible draws, and refusals that say why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.server import models
from tests.server.exact import assert_exact, some_tokens
from tests.server.serving import Client, run, serving


def test_sampled_log_probs_are_the_training_forwards_with_and_without_cache(first: tuple[Any, Path]) -> None:
    model, path = first

    async def rollout(client: Client, number: int) -> None:
        prefix = some_tokens(number // 4, 30)
        prompt, cached = list(prefix), 0
        for turn in range(8):
            if len(prompt) > 90:
                prompt = prefix + prompt[-20:]
            answer = await client.complete(prompt, seed=number * 100 + turn, session_id=str(number), ignore_eos=True)
            assert_exact(model, answer)
            cached += answer["usage"]["prompt_tokens_details"]["cached_tokens"]
            prompt = prompt + answer["choices"][0]["token_ids"] + some_tokens(number * 50 + turn, 5)
        assert cached > 200

    async def story() -> None:
        async with serving({"policy": path}, slots=16) as client:
            await asyncio.gather(*(rollout(client, number) for number in range(12)))
        async with serving({"policy": path}, slots=1) as client:
            answer = await client.complete(some_tokens(99, 60))
            assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
            assert_exact(model, answer)

    run(story())


def test_a_seed_gives_the_same_tokens_alone_and_among_neighbours(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}, slots=32) as client:
            prompts = [some_tokens(number, 10 + number) for number in range(24)]
            alone = [await client.complete(prompt, seed=5 + n, max_tokens=20) for n, prompt in enumerate(prompts)]
            together = await asyncio.gather(
                *(client.complete(prompt, seed=5 + n, max_tokens=20) for n, prompt in enumerate(prompts))
            )
            ids = [answer["choices"][0]["token_ids"] for answer in alone]
            assert [answer["choices"][0]["token_ids"] for answer in together] == ids
            other = await client.complete(prompts[0], seed=6, max_tokens=20)
            assert other["choices"][0]["token_ids"] != ids[0]
            unseeded = [await client.complete(prompts[0], seed=None, max_tokens=20) for _ in range(3)]
            assert len({tuple(answer["choices"][0]["token_ids"]) for answer in unseeded}) > 1

    run(story())


def test_an_answer_has_vllms_shape_and_names_its_version(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}) as client:
            prompt = some_tokens(1, 6)
            answer = await client.complete(prompt, logprobs=2, max_tokens=3)
            choice = answer["choices"][0]
            assert (answer["model"], answer["weight_version"], answer["object"]) == (
                "policy",
                "step-1",
                "text_completion",
            )
            assert choice["prompt_token_ids"] == prompt
            assert len(choice["token_ids"]) == len(choice["logprobs"]["tokens"]) == 3
            assert [len(top) for top in choice["logprobs"]["top_logprobs"]] == [2, 2, 2]
            assert (choice["finish_reason"], choice["stop_reason"]) == ("length", None)
            assert answer["usage"]["total_tokens"] == 9
            stop = choice["token_ids"][1]
            stopped = await client.complete(prompt, max_tokens=3, stop_token_ids=[stop])
            ended = stopped["choices"][0]
            assert (ended["token_ids"], ended["finish_reason"], ended["stop_reason"]) == (
                choice["token_ids"][:2],
                "stop",
                stop,
            )
            bare = await client.complete(prompt, logprobs=None, return_token_ids=False)
            assert bare["choices"][0]["logprobs"] is None and "token_ids" not in bare["choices"][0]

    run(story())


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"prompt": [5, 97]}, 400, "token id 97, this model has 0 to 96"),
        ({"prompt": [-1]}, 400, "token id -1"),
        ({"prompt": []}, 400, "prompt is empty"),
        ({"prompt": [1] * 128}, 400, "128 tokens, which leaves no room: the limit is 128"),
        ({"prompt": [[1, 2]]}, 400, "one list of token ids"),
        ({"prompt": [True]}, 400, "one list of token ids"),
        ({"prompt": "text"}, 400, "no tokenizer.json"),
        ({"prompt": None}, 400, "one list of token ids"),
        ({"stop": ["x"]}, 400, "use stop_token_ids"),
        ({"max_tokens": 0}, 400, "max_tokens must be int from 1"),
        ({"temperature": -1}, 400, "temperature must be float from 0"),
        ({"temperature": "hot"}, 400, "not 'hot'"),
        ({"top_p": 0}, 400, "top_p must be"),
        ({"seed": 1.5}, 400, "seed must be an integer"),
        ({"n": 2}, 400, "n=2 is not supported"),
        ({"stream": True}, 400, "stream=True is not supported"),
        ({"model": "other"}, 404, "no model named 'other' is served, there is: policy"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_with_the_reason(
    first: tuple[Any, Path], fields: dict[str, Any], status: int, words: str
) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}) as client:
            got, answer = await client.post("/v1/completions", {"model": "policy", "prompt": [5], **fields})
            assert (got, words in answer["error"]["message"]) == (status, True), answer

    run(story())


def test_what_is_not_json_is_refused(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with (
            serving({"policy": first[1]}) as client,
            client.http.post(client.base + "/v1/completions", data="{") as answer,
        ):
            assert (answer.status, (await answer.json())["error"]["type"]) == (400, "BadRequestError")

    run(story())


def test_weights_that_are_not_numbers_are_an_error_not_an_answer(tmp_path: Path) -> None:
    broken = models.lfm2()
    broken.model.embed_tokens.weight.data.fill_(float("nan"))
    path = models.save(broken, tmp_path / "broken")

    async def story() -> None:
        async with serving({"policy": path}) as client:
            status, answer = await client.post("/v1/completions", {"prompt": [5, 6]})
            assert (status, "not numbers" in answer["error"]["message"]) == (500, True)

    run(story())


def test_health_and_metrics_tell_what_happened(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}) as client:
            prompt = some_tokens(6, 20)
            answer = await client.complete(prompt, ignore_eos=True)
            await client.complete(prompt + answer["choices"][0]["token_ids"] + [9], ignore_eos=True)
            async with client.http.get(client.base + "/metrics") as page:
                lines = dict(line.rsplit(" ", 1) for line in (await page.text()).splitlines() if line[0] != "#")
            assert lines['longhaul_server_prompt_tokens_total{model="policy"}'] == "49"
            assert lines['longhaul_server_prefix_cache_hit_tokens_total{model="policy"}'] == "27"
            assert lines['longhaul_server_generated_tokens_total{model="policy"}'] == "16"
            assert lines['longhaul_server_requests_ended_total{model="policy",reason="length"}'] == "2"
            assert lines['longhaul_server_weight_info{model="policy",version="step-1"}'] == "1"
            assert (await client.get("/health"))[0] == 200
            await asyncio.to_thread(client.server.engine.stop, 0)
            assert (await client.get("/health"))[0] == 503
            assert (await client.post("/v1/completions", {"prompt": prompt}))[0] == 503

    run(story())
