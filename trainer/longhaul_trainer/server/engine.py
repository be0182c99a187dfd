"""The engine: one thread that steps every model's scheduler in turn, and the doors through which other threads reach it."""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhaul_trainer.server.backend import Backend, BackendOptions, open_backend
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.scheduler import Scheduler
from longhaul_trainer.server.text import Text


class UnknownModelError(LookupError):
    """No model is served under that name."""


class QueueFullError(RuntimeError):
    """The queue is at its bound; `retry_after` is an estimate in seconds of when it will not be."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the queue is full, try again in {retry_after} s")
        self.retry_after = retry_after


class DrainingError(RuntimeError):
    """The server is shutting down and takes nothing new."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Bounds of the engine; `step_tokens` bounds the tokens of one batch and so how long a step can take."""

    backend: BackendOptions
    max_queue: int = 256
    step_tokens: int = 512
    # Of torch, for wide batches; narrow ones run on one.
    threads: int = 1


@dataclass(slots=True, eq=False)
class Update:
    """Weights that wait to be swapped in: after the running requests have ended on the old ones, or at once by aborting."""

    weights: Any
    path: Path
    version: str
    abort: bool
    flush: bool
    done: Future[None]


class Served:
    """One model under one name."""

    def __init__(self, name: str, path: Path, version: str, options: EngineOptions) -> None:
        self.name, self.path, self.version = name, path, version
        self.backend: Backend = open_backend(path, options.backend)
        self.text = Text(path)
        self.scheduler = Scheduler(self.backend, self.text.decode, options.step_tokens, options.threads)
        self.update: Update | None = None
        self.removal: Future[None] | None = None
        self.updates = 0
        self.endings: Counter[str] = Counter()


class Engine:
    """Threads: any may call the public methods; `on_ended` is called on the engine's own thread, once a step."""

    def __init__(self, options: EngineOptions, on_ended: Callable[[list[Job]], None]) -> None:
        self.options = options
        self.models: dict[str, Served] = {}
        self.rejected = 0
        self.request_seconds = 0.0
        self.ended = 0
        self._on_ended = on_ended
        self._wake = threading.Event()
        self._stopping = False
        self._draining = False
        self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether requests can be expected to be answered."""
        return self._thread.is_alive() and not self._draining

    def serve(self, model: Served) -> None:
        """Makes a loaded model answer to its name. KeyError where the name is taken."""
        if model.name in self.models:
            raise KeyError(model.name)
        self.models = {**self.models, model.name: model}

    def find(self, name: str | None) -> Served:
        """The model of that name; the first one where no name is given."""
        model = next(iter(self.models.values()), None) if name is None else self.models.get(name)
        if model is None or model.removal:
            raise UnknownModelError(f"no model named {name!r} is served, there is: {', '.join(self.models) or 'none'}")
        return model

    def submit(self, job: Job) -> None:
        """Queues a job, or raises QueueFullError, DrainingError or UnknownModelError."""
        if self._draining:
            raise DrainingError("the server is shutting down")
        model = self.find(job.model)
        waiting = self.waiting
        if waiting >= self.options.max_queue:
            self.rejected += 1
            raise QueueFullError(self._estimate(waiting))
        model.scheduler.waiting.append(job)
        self._wake.set()

    def cancel(self, job: Job) -> None:
        """Ends a job whose client has left; its slot is free from the next step on."""
        job.cancelled = True
        self._wake.set()

    def swap(self, model: Served, update: Update) -> None:
        """Plans a weight update; `update.done` resolves once the new weights serve."""
        if model.update:
            raise RuntimeError(f"another update of {model.name} is under way")
        model.update = update
        self._wake.set()

    def remove(self, model: Served) -> Future[None]:
        """Lets a model's running requests end, fails its waiting ones, and forgets it."""
        model.removal = model.removal or Future()
        self._wake.set()
        return model.removal

    @property
    def waiting(self) -> int:
        """Jobs that have no slot yet."""
        return sum(len(model.scheduler.waiting) for model in self.models.values())

    @property
    def running(self) -> int:
        """Jobs that have one."""
        return sum(len(model.scheduler.running) for model in self.models.values())

    def stop(self, patience: float) -> bool:
        """Takes nothing new, waits up to `patience` seconds for what is there, then stops. True where all was answered."""
        self._draining = True
        until = time.monotonic() + patience
        while (self.waiting or self.running) and time.monotonic() < until and self._thread.is_alive():
            time.sleep(0.01)
        clean = not (self.waiting or self.running)
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=10)
        return clean

    def _loop(self) -> None:
        while not self._stopping:
            busy = False
            ended: list[Job] = []
            for model in list(self.models.values()):
                busy = self._turn(model, ended) or busy
            if ended:
                self._on_ended(ended)
            if not busy:
                self._wake.wait()
                self._wake.clear()
        left = [job for model in self.models.values() for job in model.scheduler.abort(queued=True)]
        self._on_ended(left)

    def _turn(self, model: Served, ended: list[Job]) -> bool:
        """One step of one model; whether there was anything to do."""
        scheduler = model.scheduler
        if model.update and model.update.abort:
            self._account(model, scheduler.abort(queued=False), ended)
        if model.removal:
            self._account(model, scheduler.refuse(f"{model.name} was unloaded"), ended)
        if model.update and not scheduler.running:
            self._install(model)
        if model.removal and not scheduler.running:
            self.models = {name: other for name, other in self.models.items() if other is not model}
            model.removal.set_result(None)
            return False
        if not (scheduler.running or scheduler.waiting):
            return False
        self._account(model, scheduler.step(admit=model.update is None), ended)
        return True

    def _account(self, model: Served, jobs: list[Job], ended: list[Job]) -> None:
        for job in jobs:
            job.version = model.version
            model.endings["error" if job.error else job.finish_reason or "abort"] += 1
            self.request_seconds += max(job.finished - job.submitted, 0.0)
            self.ended += 1
            if job.error:
                print(f"engine: {model.name}: {job.error}", file=sys.stderr, flush=True)
        ended.extend(jobs)

    def _install(self, model: Served) -> None:
        update, model.update = model.update, None
        assert update is not None
        try:
            model.backend.install(update.weights)
            if update.flush:
                model.scheduler.table.forget()
                model.backend.reset()
        except Exception as error:
            update.done.set_exception(error)
            return
        model.path, model.version = update.path, update.version
        model.updates += 1
        update.done.set_result(None)

    def _estimate(self, waiting: int) -> int:
        each = self.request_seconds / self.ended if self.ended else 1.0
        return max(1, min(30, math.ceil(each * waiting / max(self.options.backend.slots, 1))))
