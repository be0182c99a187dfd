"""`python -m longhaul_trainer.server --model NAME=PATH …` serves until SIGTERM or SIGINT, then drains.

Prints one JSON line `{"event": "ready", "host", "port", "pid", "device", "models"}` on stdout once it answers; logs
go to stderr.
Exit 0 after a drain that answered everything, 1 where requests were cut off, 2 where a model cannot be served.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from longhaul_trainer.barriers import sleep_at_barriers

BACKLOG = 1024
# What a device works through in about the time that a client may wait for its next token.
STEP_TOKENS = {"cpu": 512, "cuda": 8192}


def main() -> int:
    """Parses the command line, then imports torch: `--help` and mistakes are answered at once."""
    options = _arguments()
    # Before torch is imported: OpenMP reads it once.
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    sleep_at_barriers()
    import torch
    from transformers.utils import logging

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    logging.disable_progress_bar()
    # The engine's thread gives the interpreter up for every tensor operation; it gets it back within this many seconds.
    sys.setswitchinterval(0.0005)
    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    import torch
    from aiohttp import web

    from longhaul_trainer.errors import TryAgainError
    from longhaul_trainer.server.app import Server
    from longhaul_trainer.server.backend import BackendOptions, find_device
    from longhaul_trainer.server.engine import EngineOptions, Served

    try:
        device = find_device(options.device)
    except TryAgainError as error:
        print(f"server: {error}", file=sys.stderr)
        return 2
    backend = BackendOptions(options.slots, options.max_length, device, getattr(torch, options.dtype))
    engine_options = EngineOptions(
        backend=backend,
        max_queue=options.max_queue,
        step_tokens=options.step_tokens or STEP_TOKENS[device.type],
        threads=options.threads,
    )
    server = Server(engine_options)
    for name, path in options.model:
        try:
            server.engine.serve(Served(name, path, path.name, engine_options))
        except (ValueError, KeyError) as error:
            print(f"server: {name}: {error}", file=sys.stderr)
            return 2
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    runner = web.AppRunner(server.app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port, backlog=BACKLOG)
    await site.start()
    port = runner.addresses[0][1]
    models = {model.name: model.version for model in server.engine.models.values()}
    ready = {"event": "ready", "host": options.host, "port": port, "pid": os.getpid(), "device": str(device)}
    ready["models"] = models
    print(json.dumps(ready), flush=True)
    await ending.wait()
    clean = await asyncio.to_thread(server.engine.stop, options.drain_seconds)
    await runner.cleanup()
    return 0 if clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m longhaul_trainer.server", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", type=_model, action="append", default=[], metavar="NAME=PATH", help="may be repeated"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one, see the ready line")
    parser.add_argument("--threads", type=int, default=1, help="of torch, for wide batches")
    parser.add_argument("--slots", type=int, default=64, help="sequences kept per model, running and cached together")
    parser.add_argument("--max-queue", type=int, default=256, help="requests without a slot before 429 is answered")
    parser.add_argument("--max-length", type=int, help="positions per sequence, at most what the model was made for")
    parser.add_argument(
        "--step-tokens", type=int, help="tokens of one batch, which bounds a step's time: 512, on a GPU 8,192"
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto: the first GPU that can be seen, else the CPU",
    )
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16"), default="float32", help="of weights, caches and arithmetic"
    )
    parser.add_argument("--drain-seconds", type=float, default=30, help="patience with running requests at the end")
    return parser.parse_args()


def _model(argument: str) -> tuple[str, Path]:
    name, separator, path = argument.partition("=")
    if not (name and separator and path):
        raise argparse.ArgumentTypeError(f"NAME=PATH is needed, not {argument!r}")
    return name, Path(path)


if __name__ == "__main__":
    sys.exit(main())
