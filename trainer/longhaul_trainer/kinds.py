"""What sets the kinds of training jobs apart: the columns they read, the objective, and which rows a step trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .batches import dealt_once, step_rows
from .job import Job
from .objective import SFT, Objective
from .policy_gradient import policy_gradient
from .rl_rows import COLUMNS
from .rows import Ints, Rows


@dataclass(frozen=True)
class Kind:
    """`bind` checks a job's rows and makes the objective for them; `plan` gives the rows of step 0, 1, … of the usable ones."""

    bind: Callable[[Job, Rows], tuple[Rows, Objective]]
    plan: Callable[[Job, Rows, Ints], Iterator[Ints]]
    columns: tuple[str, ...] = ()
    labels_optional: bool = False


def supervised(_: Job, rows: Rows) -> tuple[Rows, Objective]:
    return rows, SFT


def in_passes(job: Job, rows: Rows, usable: Ints) -> Iterator[Ints]:
    """Steps of `batchTokens`, pass after pass."""
    return step_rows(rows.lengths, usable, (job.seed, job.batch_tokens))


def as_one_batch(job: Job, _: Rows, usable: Ints) -> Iterator[Ints]:
    """All rows once, in as many minibatches as the job has steps: later ones are the less on-policy the more there are."""
    return dealt_once(usable, job.seed, job.steps)


KINDS = {
    "sft": Kind(supervised, in_passes),
    "pretrain": Kind(supervised, in_passes, labels_optional=True),
    "rl": Kind(policy_gradient, as_one_batch, columns=COLUMNS),
}
