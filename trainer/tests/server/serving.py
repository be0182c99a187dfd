"""A server inside the test's own process, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from longhaul_trainer.server.app import Server
from longhaul_trainer.server.backend import BackendOptions
from longhaul_trainer.server.engine import EngineOptions, Served


class Client:
    """Asks one server; every answer is (status, body)."""

    def __init__(self, http: aiohttp.ClientSession, base: str, server: Server) -> None:
        self.http, self.base, self.server = http, base, server

    async def post(self, route: str, body: Any) -> tuple[int, dict[str, Any]]:
        async with self.http.post(self.base + route, json=body) as answer:
            return answer.status, await answer.json()

    async def get(self, route: str) -> tuple[int, dict[str, Any]]:
        async with self.http.get(self.base + route) as answer:
            return answer.status, await answer.json()

    async def complete(self, prompt: list[int] | str, **fields: Any) -> dict[str, Any]:
        """A completion that must succeed, with ids and log-probs."""
        body = {"prompt": prompt, "max_tokens": 8, "logprobs": 0, "return_token_ids": True, "seed": 1, **fields}
        status, answer = await self.post("/v1/completions", body)
        assert status == 200, answer
        return answer


@asynccontextmanager
async def serving(models: dict[str, Path], **options: Any) -> AsyncIterator[Client]:
    named = {name: options.pop(name) for name in ("max_length", "device", "dtype") if name in options}
    backend = BackendOptions(slots=options.pop("slots", 8), **named)
    engine_options = EngineOptions(backend=backend, **options)
    server = Server(engine_options)
    for name, path in models.items():
        server.engine.serve(Served(name, path, path.name, engine_options))
    runner = web.AppRunner(server.app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            yield Client(http, f"http://127.0.0.1:{runner.addresses[0][1]}", server)
    finally:
        await asyncio.to_thread(server.engine.stop, 0)
        await runner.cleanup()


def run(story: Coroutine[Any, Any, None]) -> None:
    """Runs one test's story; a minute is more than any needs."""
    asyncio.run(asyncio.wait_for(story, 60))


async def until(condition: Any) -> None:
    """Waits for a condition of the server's own state, which no answer tells of."""
    while not condition():
        await asyncio.sleep(0.002)
