"""Continuous batching for one model: every step decodes all running sequences and prefills a bounded part of the new ones."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch

from longhaul_trainer.server.backend import Backend, Piece
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.sampling import Choice, choose
from longhaul_trainer.server.slots import SlotTable

Decode = Callable[[list[int]], str]
# Tokens from which a batch is worth several threads: below, waking them costs more than they save.
WIDE_BATCH = 64


@dataclass(slots=True)
class Counters:
    """What happened since the start; the engine's thread counts, /metrics reads."""

    steps: int = 0
    step_seconds: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    failures: int = 0


class Scheduler:
    """Sequences of one model. `waiting` may be appended to by other threads; everything else belongs to the engine's."""

    def __init__(self, backend: Backend, decode: Decode | None, step_tokens: int, threads: int = 1) -> None:
        self.backend = backend
        self.table = SlotTable(backend)
        self.waiting: deque[Job] = deque()
        self.running: list[Job] = []
        self.counters = Counters()
        self._decode = decode
        self._step_tokens = step_tokens
        self._threads = threads

    def step(self, admit: bool) -> list[Job]:
        """Admits what fits, runs one batch and returns the jobs that ended. A failed forward fails its jobs, not the engine."""
        begun = time.perf_counter()
        ended = self._drop_cancelled()
        if admit:
            ended += self._admit()
        jobs, pieces = self._pieces()
        if not pieces:
            return ended
        try:
            self._advance(jobs, pieces)
        except Exception as error:
            ended += self._fail(error)
        ended += self._retire()
        self.counters.steps += 1
        self.counters.step_seconds += time.perf_counter() - begun
        return ended

    def abort(self, queued: bool) -> list[Job]:
        """Ends the running jobs, and the waiting ones too if asked, with finish reason `abort`."""
        ended = list(self.running)
        if queued:
            while self.waiting:
                ended.append(self.waiting.popleft())
        for job in ended:
            job.finish_reason = "abort"
        self._release(ended)
        return ended

    def refuse(self, reason: str) -> list[Job]:
        """Fails what has not begun."""
        refused = []
        while self.waiting:
            refused.append(self.waiting.popleft())
        for job in refused:
            job.error = reason
        self._release(refused)
        return refused

    def _drop_cancelled(self) -> list[Job]:
        dropped = [job for job in self.running if job.cancelled]
        for job in dropped:
            job.finish_reason = "abort"
        self._release(dropped)
        return dropped

    def _admit(self) -> list[Job]:
        dropped = []
        while self.waiting:
            job = self.waiting[0]
            if job.cancelled:
                job.finish_reason = "abort"
                dropped.append(self.waiting.popleft())
                continue
            place = self.table.acquire(job.prompt, job.session)
            if place is None:
                break
            self.waiting.popleft()
            job.slot, job.fed = place
            job.cached = job.fed
            job.started = time.monotonic()
            self.counters.prompt_tokens += len(job.prompt)
            self.counters.cached_tokens += job.cached
            self.running.append(job)
        return dropped

    def _pieces(self) -> tuple[list[Job], list[Piece]]:
        """Sequences that decode always move; the rest of the step's tokens go to prefill, oldest first."""
        budget = self._step_tokens - sum(1 for job in self.running if job.remaining == 1)
        jobs, pieces = [], []
        for job in self.running:
            count = job.remaining
            if count > 1:
                count = min(count, max(budget, 0))
                budget -= count
            if count:
                jobs.append(job)
                pieces.append(Piece(job.slot, job.fed, job.upcoming(count)))
        return jobs, pieces

    def _advance(self, jobs: list[Job], pieces: list[Piece]) -> None:
        if self._threads > 1:
            wide = sum(len(piece.tokens) for piece in pieces) >= WIDE_BATCH
            torch.set_num_threads(self._threads if wide else 1)
        logits = self.backend.forward(pieces)
        for job, piece in zip(jobs, pieces, strict=True):
            self.table.append(job.slot, piece.tokens)
            job.fed += len(piece.tokens)
        ready = [row for row, job in enumerate(jobs) if job.remaining == 0]
        if not ready:
            return
        rows = logits if len(ready) == len(jobs) else logits[ready]
        chosen = choose(rows, [(jobs[row].sampling, len(jobs[row].output)) for row in ready])
        for row, choice in zip(ready, chosen, strict=True):
            self._accept(jobs[row], choice)

    def _accept(self, job: Job, choice: Choice) -> None:
        if not math.isfinite(choice.logprob):
            job.error = "the model's logits are not numbers: its weights are broken"
            return
        sampling = job.sampling
        job.output.append(choice.token)
        job.logprobs.append(choice.logprob)
        if choice.top is not None:
            job.tops.append(choice.top)
        self.counters.generated_tokens += 1
        if choice.token in sampling.stop_token_ids:
            job.finish_reason = "stop"
            job.stop_reason = None if choice.token in self.backend.eos_token_ids else choice.token
        elif sampling.stop and self._decode and self._stopped_by_text(job, self._decode(job.output)):
            job.finish_reason = "stop"
        elif len(job.output) >= sampling.max_tokens or job.fed + 1 >= self.backend.max_length:
            job.finish_reason = "length"

    def _stopped_by_text(self, job: Job, text: str) -> bool:
        found = [(text.find(stop), stop) for stop in job.sampling.stop if stop in text]
        if not found:
            return False
        place, stop = min(found)
        job.stop_reason = stop
        job.text = text[: place + len(stop) if job.sampling.include_stop else place]
        return True

    def _retire(self) -> list[Job]:
        ended = [job for job in self.running if job.finish_reason or job.error]
        self._release(ended)
        return ended

    def _fail(self, error: Exception) -> list[Job]:
        """What the slots hold after a forward that broke is unknown: nothing of it is used again."""
        self.counters.failures += 1
        failed = list(self.running)
        for job in failed:
            job.error = f"{type(error).__name__}: {error}"
        self._release(failed)
        self.table.forget()
        self.backend.reset()
        return failed

    def _release(self, jobs: list[Job]) -> None:
        now = time.monotonic()
        for job in jobs:
            job.finished = now
            if job.slot >= 0:
                self.table.release(job.slot)
                job.slot = -1
        if jobs:
            gone = set(map(id, jobs))
            self.running = [job for job in self.running if id(job) not in gone]
