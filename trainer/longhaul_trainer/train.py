"""The training loop: rows to steps, steps to weights, weights to a checkpoint."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .batches import shares
from .collate import Part, parts_of
from .commit import commit
from .errors import TryAgainError
from .job import Job, settings_hash
from .kinds import KINDS
from .manifest import identity
from .models import saved_dtype
from .prepare import Ready, prepare
from .progress import Emit
from .reference import Columns, reference_log_probs
from .rows import Ints, Rows, load_rows
from .schedule import learning_rate
from .settle import settle, settled
from .state import load_state, save_state, tensors_of
from .step import Stepped, update
from .stopping import listen
from .tally import Tally
from .world import World, device_of, join, leave, wait_for_all

UNSETTLED = "this model computes what no GPU computes twice alike: a job that was killed may end with other last bits"


@dataclass(frozen=True)
class Run:
    """Everything the loop needs."""

    job: Job
    rows: Rows
    ready: Ready
    state: Path
    emit: Emit


def train(job: Job, state: Path, world: World, emit: Emit) -> None:
    """Trains the job's steps and commits its checkpoint; goes on from the saved state of a process that was killed."""
    torch.set_num_threads(job.hyper.threads or max(1, len(os.sched_getaffinity(0)) // world.size))
    listen()
    device = device_of(world)
    settle(device, repeatable=job.hyper.repeatable)
    kind = KINDS[job.kind]
    rows, objective = kind.bind(job, load_rows(job.data, kind.columns, kind.labels_optional))
    join(world, device)
    try:
        unsettled = partial(emit, "note", message=UNSETTLED)
        ready = settled(partial(prepare, job, rows, objective, (world, device)), unsettled)
        run = Run(job, rows, ready, state, emit)
        tally = loop(run)
        training = run.ready.setting.training
        measured = {**objective.report({**tally.sums, **tally.peaks}), **objective.opening(tally.first)}
        commit(job, world, (training, saved_dtype(str(job.checkpoint))), tally.found(rows, measured))
    finally:
        leave(world)


def loop(run: Run) -> Tally:
    """All steps from the saved state on. Every random number of a step comes from seed, step and process."""
    job, setting = run.job, run.ready.setting

    def ask() -> list[list[Columns]]:
        return reference_log_probs(job, setting, (parts_for(run, chosen) for chosen in plan(run)))

    unsettled = partial(run.emit, "note", message=UNSETTLED)
    # Before a saved state is put into the model: the reference may be the input checkpoint.
    reference = settled(ask, unsettled)
    tally = resume(run)
    first = tally.steps
    announce(run, first)
    for step, chosen in enumerate(itertools.islice(plan(run), first, None), start=first):
        started = time.perf_counter()
        torch.manual_seed(np.random.SeedSequence([job.seed, step, setting.world.rank]).generate_state(1)[0].item())
        rate = learning_rate(job.hyper, step, job.steps)
        parts = parts_for(run, chosen)
        if reference:
            parts = [
                replace(part, extra={**part.extra, **more}) for part, more in zip(parts, reference[step], strict=False)
            ]
        stepped = settled(partial(update, setting, parts, rate), unsettled)
        report(run, (tally, chosen, started), (rate, stepped))
        every = job.hyper.save_every
        if step + 1 < job.steps and (stepped.stop or (every and (step + 1) % every == 0)):
            save(run, tally)
        if stepped.stop and step + 1 < job.steps:
            raise TryAgainError(f"asked to stop after step {step + 1} of {job.steps}; the state is saved")
    return tally


def plan(run: Run) -> Iterator[Ints]:
    """The rows of every step of the job."""
    usable = np.flatnonzero(run.rows.trained > 0)
    return itertools.islice(KINDS[run.job.kind].plan(run.job, run.rows, usable), run.job.steps)


def parts_for(run: Run, chosen: Ints) -> list[Part]:
    """This process's parts of a step's rows; a process that has no row takes one that weighs nothing."""
    setting = run.ready.setting
    weights = dict(zip(chosen.tolist(), setting.objective.weigh(run.rows, chosen).tolist(), strict=True))
    share = shares(chosen, run.rows.lengths, setting.world.size)[setting.world.rank]
    if len(share) == 0:
        share, weights = chosen[:1], {int(chosen[0]): 0.0}
    return parts_of(run.rows, (share, weights), run.ready.layout)


def report(run: Run, where: tuple[Tally, Ints, float], what: tuple[float, Stepped]) -> None:
    tally, chosen, started = where
    rate, stepped = what
    seconds = time.perf_counter() - started
    tokens = int(run.rows.lengths[chosen].sum())
    numbers: dict[str, Any] = {
        "loss": stepped.loss,
        "gradNorm": stepped.grad_norm,
        "tokens": tokens,
        "trainedTokens": int(run.rows.trained[chosen].sum()),
        "seconds": seconds,
        **run.ready.setting.objective.report({**stepped.sums, **stepped.peaks}),
    }
    tally.measure(stepped.sums, stepped.peaks)
    tally.add(numbers)
    run.emit("progress", step=tally.steps, steps=run.job.steps, tokensPerSecond=tokens / seconds, lr=rate, **numbers)


def announce(run: Run, first: int) -> None:
    setting = run.ready.setting
    run.emit(
        "started",
        kind=run.job.kind,
        step=first,
        steps=run.job.steps,
        parameters=run.ready.parameters,
        rows=len(run.rows.lengths),
        tokens=len(run.rows.input_ids),
        device=str(setting.device),
        dtype=str(setting.dtype).removeprefix("torch."),
        processes=setting.world.size,
        threads=torch.get_num_threads(),
    )


def belongs_to(run: Run) -> dict[str, Any]:
    """What a saved state must agree with: the job, its settings, the bytes it reads."""
    data = [file["sha256"] for file in run.rows.files]
    checkpoint = identity(Path(str(run.job.checkpoint)))
    rl = run.job.hyper.rl
    reference = identity(Path(rl.reference)) if rl and rl.reference else None
    same = {"job": run.job.id, "settings": settings_hash(run.job), "data": data, "checkpoint": checkpoint}
    return {**same, "reference": reference}


def resume(run: Run) -> Tally:
    """What was measured up to the saved state, which is put into the model; nothing where there is none."""
    if not run.state.exists():
        return Tally()
    about = load_state(run.state, run.ready.setting.training, belongs_to(run))
    return Tally(**about["tally"])


def save(run: Run, tally: Tally) -> None:
    """Gathering sharded weights takes every process, writing only the first; none goes on before it is written."""
    world = run.ready.setting.world
    tensors = tensors_of(run.ready.setting.training)
    if world.rank == 0:
        save_state(run.state, tensors, {**belongs_to(run), "tally": tally.saved()})
    wait_for_all(world)
