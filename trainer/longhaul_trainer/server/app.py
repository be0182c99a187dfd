"""The HTTP side: OpenAI's and SGLang's routes over the engine, every error a short JSON object."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from longhaul_trainer.server.admin import load_model, unload_model, update_weights
from longhaul_trainer.server.engine import DrainingError, Engine, EngineOptions, QueueFullError, UnknownModelError
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.metrics import render_metrics
from longhaul_trainer.server.protocol import RequestError, parse_completion, render_completion

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# A prompt of 100,000 token ids is below 1 MB of JSON.
LARGEST_BODY = 16 * 1024 * 1024


class Server:
    """Routes, and the futures that answers are waited for with."""

    def __init__(self, options: EngineOptions) -> None:
        self.engine = Engine(options, self._deliver)
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.app = web.Application(middlewares=[_errors], client_max_size=LARGEST_BODY)
        self.app.add_routes(
            [
                web.post("/v1/completions", self.complete),
                web.get("/v1/models", self.list_models),
                web.post("/v1/load_model", self.load),
                web.post("/v1/unload_model", self.unload),
                web.post("/update_weights_from_disk", self.update),
                web.get("/get_model_info", self.model_info),
                web.get("/weight_info", self.model_info),
                web.get("/health", self.health),
                web.get("/metrics", self.metrics),
            ]
        )
        self.app.on_startup.append(self._begin)

    async def complete(self, request: web.Request) -> web.Response:
        """One completion. A client that leaves cancels this handler, which cancels the job."""
        body = await _json(request)
        model = self.engine.find(body.get("model"))
        job = parse_completion(body, model)
        answer = asyncio.get_running_loop().create_future()
        self._answers[id(job)] = answer
        try:
            self.engine.submit(job)
            await answer
        except asyncio.CancelledError:
            self.engine.cancel(job)
            raise
        finally:
            self._answers.pop(id(job), None)
        if job.error:
            return _error(500, "InternalServerError", job.error)
        return web.json_response(render_completion(job, model, body))

    async def list_models(self, _: web.Request) -> web.Response:
        """Names and versions of what is served."""
        return web.json_response(
            {
                "object": "list",
                "data": [
                    {
                        "id": model.name,
                        "object": "model",
                        "owned_by": "longhaul",
                        "root": str(model.path),
                        "weight_version": model.version,
                        "max_model_len": model.backend.max_length,
                        "backend": model.backend.kind,
                    }
                    for model in self.engine.models.values()
                ],
            }
        )

    async def load(self, request: web.Request) -> web.Response:
        """`{name, path, weight_version?}`: serves one more model."""
        return web.json_response(await load_model(self.engine, await _json(request)))

    async def unload(self, request: web.Request) -> web.Response:
        """`{name}`: forgets a model once its running requests have ended."""
        return web.json_response(await unload_model(self.engine, await _json(request)))

    async def update(self, request: web.Request) -> web.Response:
        """SGLang's weight update; 400 with `success: false` where the weights were refused, as there."""
        answer = await update_weights(self.engine, await _json(request))
        return web.json_response(answer, status=200 if answer["success"] else 400)

    async def model_info(self, request: web.Request) -> web.Response:
        """What is served under `?model=` (the first model without it), with its version."""
        model = self.engine.find(request.query.get("model"))
        return web.json_response(
            {
                "model": model.name,
                "model_path": str(model.path),
                "weight_version": model.version,
                "is_generation": True,
                "updates": model.updates,
            }
        )

    async def health(self, _: web.Request) -> web.Response:
        """200 while requests can be expected to be answered."""
        if not self.engine.alive:
            return _error(503, "Unavailable", "the engine has stopped or is draining")
        return web.json_response({"status": "ok"})

    async def metrics(self, _: web.Request) -> web.Response:
        """Prometheus' text format."""
        return web.Response(text=render_metrics(self.engine), content_type="text/plain", charset="utf-8")

    async def _begin(self, _: web.Application) -> None:
        self._loop = asyncio.get_running_loop()
        self.engine.start()

    def _deliver(self, jobs: list[Job]) -> None:
        """On the engine's thread: one wake-up of the event loop for all jobs of a step."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._resolve, jobs)

    def _resolve(self, jobs: list[Job]) -> None:
        for job in jobs:
            answer = self._answers.get(id(job))
            if answer and not answer.done():
                answer.set_result(None)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RequestError as error:
        return _error(400, "BadRequestError", str(error), error.param)
    except UnknownModelError as error:
        return _error(404, "NotFoundError", str(error), "model")
    except QueueFullError as error:
        return _error(429, "RateLimitError", str(error), retry_after=error.retry_after)
    except DrainingError as error:
        return _error(503, "Unavailable", str(error), retry_after=1)
    except web.HTTPException as error:
        return _error(error.status, error.reason, error.text or error.reason)


def _error(
    status: int, kind: str, message: str, param: str | None = None, retry_after: int | None = None
) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    content = {"error": {"message": message, "type": kind, "param": param, "code": status}}
    return web.json_response(content, status=status, headers=headers)


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise RequestError(f"the body is not JSON: {error}", "body") from error
    if not isinstance(body, dict):
        raise RequestError("the body must be a JSON object", "body")
    return body
