"""Loading, unloading and updating models while requests run: files are read on a helper thread, swapped by the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from longhaul_trainer.server.engine import Engine, Served, Update
from longhaul_trainer.server.protocol import RequestError


async def load_model(engine: Engine, body: Mapping[str, Any]) -> dict[str, Any]:
    """Serves one more model. Asking again for what is already served changes nothing; another path is refused."""
    name, path = _text(body, "name"), Path(_text(body, "path"))
    version = _version(body, path)
    served = engine.models.get(name)
    if served and (served.path, served.version) != (path, version):
        raise RequestError(
            f"{name} is {served.version} from {served.path}; update_weights_from_disk changes it", "name"
        )
    if not served:
        try:
            loaded = await asyncio.to_thread(Served, name, path, version, engine.options)
            engine.serve(loaded)
        except (ValueError, KeyError) as error:
            raise RequestError(f"{path} is not served: {error}", "path") from error
    return {"success": True, "message": f"{name} serves {version}", "model": name, "weight_version": version}


async def unload_model(engine: Engine, body: Mapping[str, Any]) -> dict[str, Any]:
    """Forgets a model. One that is not served counts as unloaded."""
    name = _text(body, "name")
    served = engine.models.get(name)
    if served:
        await asyncio.wrap_future(engine.remove(served))
    return {"success": True, "message": f"{name} is not served", "model": name}


async def update_weights(engine: Engine, body: Mapping[str, Any]) -> dict[str, Any]:
    """SGLang's `/update_weights_from_disk`, with `model` for which of the served ones.

    Running requests end on the old weights first, or at once with `abort_all_requests`; no answer mixes versions. Prefixes
    cached under the old weights are dropped unless `flush_cache` is false. Without `weight_version` the folder's name is it.
    """
    model = engine.find(body.get("model"))
    path = Path(_text(body, "model_path"))
    version = _version(body, path)
    done: Future[None] = Future()
    running = len(model.scheduler.running)
    try:
        weights = await asyncio.to_thread(model.backend.prepare, path)
        abort, flush = bool(body.get("abort_all_requests")), body.get("flush_cache", True) is not False
        engine.swap(model, Update(weights, path, version, abort=abort, flush=flush, done=done))
        await asyncio.wrap_future(done)
    except (ValueError, RuntimeError) as error:
        return {"success": False, "message": str(error), "weight_version": model.version, "num_paused_requests": 0}
    message = f"{model.name} serves {version}"
    return {"success": True, "message": message, "weight_version": model.version, "num_paused_requests": running}


def _version(body: Mapping[str, Any], path: Path) -> str:
    given = body.get("weight_version")
    return path.name if given is None else str(given)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(f"{name} must be a string, not {value!r}", name)
    return value
