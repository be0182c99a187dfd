"""One job from its folder to its manifest. What can be refused without torch is refused before torch is imported."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from . import manifest
from .errors import DONE, BadInputError, JobError, explain
from .files import aside_of, only_one, sha256_of
from .job import Job, read_job
from .progress import Emit, emitter
from .world import World, here

# The saved state of a job that is not done.
STATE = "state.safetensors"


def run(directory: Path) -> int:
    """Does the job in `directory` and returns the exit code: 0 done, 2 bad input, 75 try again."""
    world = here()
    emit = emitter(directory.name, world.rank)
    try:
        job = read_job(directory)
        emit = emitter(job.id, world.rank)
        if world.rank == 0:
            with only_one(directory):
                return done_or_do(job, directory, (world, emit))
        return done_or_do(job, directory, (world, emit))
    except Exception as error:
        code, sentence = explain(error)
        if not isinstance(error, JobError):
            traceback.print_exc()
        print(f"longhaul trainer: {sentence}", file=sys.stderr, flush=True)
        emit("error", code=code, message=sentence)
        return code


def done_or_do(job: Job, directory: Path, context: tuple[World, Emit]) -> int:
    world, emit = context
    if manifest.finished(job) is None:
        refuse_early(job)
        do(job, directory, world, emit)
    else:
        emit("note", message="the manifest is in place, there is nothing to do")
    if world.rank == 0:
        for state in (directory / STATE, aside_of(directory / STATE)):
            state.unlink(missing_ok=True)
        place = Path(job.output) / manifest.NAME
        emit("done", step=job.steps, output=job.output, manifest=sha256_of(place))
    return DONE


def refuse_early(job: Job) -> None:
    """What shows without reading weights or rows."""
    for checkpoint in (job.checkpoint, job.hyper.rl.reference if job.hyper.rl else None):
        if checkpoint is not None:
            manifest.check_whole(Path(checkpoint))
    for path in job.data:
        if not Path(path).is_file():
            raise BadInputError(f"there is no data file {path}")


def do(job: Job, directory: Path, world: World, emit: Emit) -> None:
    quieten()
    if job.kind == "init" and job.init is not None and job.init.mode == "checkpoint":
        from .init.take_over import take_over

        take_over(job, emit)
    elif job.kind == "init":
        from .init.create import create

        create(job, emit)
    else:
        from .train import train

        train(job, directory / STATE, world, emit)


def quieten() -> None:
    """Keeps the progress bars and advice of transformers out of the logs."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
