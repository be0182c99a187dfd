"""Bounds, leaving clients, weight updates and several models: what happens around the answers."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import torch

from tests.server import models
from tests.server.exact import assert_exact, some_tokens
from tests.server.serving import Client, run, serving, until


def hold(client: Client, name: str = "policy") -> threading.Event:
    """Stops a model's forward until the event is set, so that a test can see what waits."""
    backend: Any = client.server.engine.models[name].backend
    gate, forward = threading.Event(), backend.forward

    def held(pieces: Any) -> torch.Tensor:
        gate.wait(30)
        return forward(pieces)

    backend.forward = held
    return gate


def test_a_full_queue_answers_429_with_when_to_come_back_and_loses_nobody(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}, slots=2, max_queue=3) as client:
            gate, engine = hold(client), client.server.engine
            asked = [asyncio.create_task(client.complete(some_tokens(0, 5)))]
            await until(lambda: engine.running == 1)
            # The engine stands in its first batch, so these three stay in the queue and fill it.
            asked += [asyncio.create_task(client.complete(some_tokens(number, 5))) for number in (1, 2, 3)]
            await until(lambda: engine.waiting == 3)
            async with client.http.post(client.base + "/v1/completions", json={"prompt": [5]}) as answer:
                assert answer.status == 429
                assert int(answer.headers["Retry-After"]) >= 1
            gate.set()
            assert len(await asyncio.gather(*asked)) == 4

    run(story())


def test_a_client_that_leaves_frees_its_slot(first: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}, slots=1) as client:
            engine = client.server.engine
            gate = hold(client)
            leaving = asyncio.create_task(client.complete(some_tokens(1, 5), max_tokens=100, ignore_eos=True))
            await until(lambda: engine.running == 1)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
            await until(lambda: any(job.cancelled for job in engine.models["policy"].scheduler.running))
            gate.set()
            await until(lambda: engine.running == 0)
            scheduler = engine.models["policy"].scheduler
            assert scheduler.counters.generated_tokens < 100
            assert scheduler.table.busy == 0
            await client.complete(some_tokens(2, 5))

    run(story())


def test_an_update_lets_running_requests_end_on_the_old_weights(
    first: tuple[Any, Path], second: tuple[Any, Path]
) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}, slots=1) as client:
            engine, prompt = client.server.engine, some_tokens(3, 20)
            gate = hold(client)
            running = asyncio.create_task(client.complete(prompt))
            await until(lambda: engine.running == 1)
            queued = asyncio.create_task(client.complete(prompt))
            await until(lambda: engine.waiting == 1)
            update = asyncio.create_task(client.post("/update_weights_from_disk", {"model_path": str(second[1])}))
            await until(lambda: engine.models["policy"].update is not None)
            gate.set()
            before, after = await running, await queued
            status, answer = await update
            assert (status, answer["success"], answer["weight_version"]) == (200, True, "step-2")
            assert (before["weight_version"], after["weight_version"]) == ("step-1", "step-2")
            assert_exact(first[0], before)
            assert_exact(second[0], after)
            assert after["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
            assert (await client.get("/get_model_info"))[1]["weight_version"] == "step-2"
            assert (await client.get("/weight_info?model=policy"))[1]["weight_version"] == "step-2"

    run(story())


def test_an_update_that_aborts_ends_running_requests_at_once(first: tuple[Any, Path], second: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}, slots=2) as client:
            engine = client.server.engine
            gate = hold(client)
            running = asyncio.create_task(client.complete(some_tokens(1, 5), max_tokens=100, ignore_eos=True))
            await until(lambda: engine.running == 1)
            body = {"model_path": str(second[1]), "weight_version": "v9", "abort_all_requests": True}
            update = asyncio.create_task(client.post("/update_weights_from_disk", body))
            await until(lambda: engine.models["policy"].update is not None)
            gate.set()
            aborted = await running
            assert aborted["choices"][0]["finish_reason"] == "abort"
            assert len(aborted["choices"][0]["token_ids"]) < 100
            assert (await update)[1]["weight_version"] == "v9"

    run(story())


def test_weights_that_do_not_fit_are_refused_and_the_old_ones_go_on(first: tuple[Any, Path], tmp_path: Path) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}) as client:
            wrong = models.save(models.lfm2(hidden_size=64), tmp_path / "wrong")
            for path, words in ((wrong, "another shape"), (tmp_path / "nothing", "config.json")):
                status, answer = await client.post("/update_weights_from_disk", {"model_path": str(path)})
                assert (status, answer["success"], answer["weight_version"]) == (400, False, "step-1")
                assert words in answer["message"]
            assert_exact(first[0], await client.complete(some_tokens(4, 9)))

    run(story())


def test_versions_live_side_by_side_under_their_own_names(first: tuple[Any, Path], second: tuple[Any, Path]) -> None:
    async def story() -> None:
        async with serving({"policy": first[1]}) as client:
            load = {"name": "evaluation", "path": str(second[1])}
            assert (await client.post("/v1/load_model", load))[0] == 200
            assert (await client.post("/v1/load_model", load))[0] == 200
            assert (await client.post("/v1/load_model", {**load, "path": str(first[1])}))[0] == 400
            listed = (await client.get("/v1/models"))[1]["data"]
            assert [(model["id"], model["weight_version"]) for model in listed] == [
                ("policy", "step-1"),
                ("evaluation", "step-2"),
            ]
            prompt = some_tokens(5, 12)
            both = await asyncio.gather(*(client.complete(prompt, model=name) for name in ("policy", "evaluation")))
            assert_exact(first[0], both[0])
            assert_exact(second[0], both[1])
            assert (await client.post("/v1/unload_model", {"name": "evaluation"}))[0] == 200
            assert (await client.post("/v1/completions", {"model": "evaluation", "prompt": prompt}))[0] == 404
            assert (await client.post("/v1/unload_model", {"name": "evaluation"}))[0] == 200
            assert_exact(first[0], await client.complete(prompt, model="policy"))

    run(story())
