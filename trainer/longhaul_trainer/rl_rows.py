"""The rows of an `rl` job: what they must be before a policy is moved by them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .errors import BadInputError
from .rows import UNTRAINED, Ints, Rows, place

# One advantage a row; one recorded log-prob a token, of which those of trained tokens are read; two names.
COLUMNS = ("advantages", "old_logprobs", "rollout_id", "window")

# What rounding may lift the log-prob of a certain token above 0.
ROUNDING = 1e-4


def check_batch(rows: Rows, steps: int) -> None:
    """Raises BadInputError with the first row that is unfit, or where the batch as a whole teaches nothing."""
    check_columns(rows)
    check_names(rows)
    check_advantages(rows)
    check_log_probs(rows)
    usable = int((rows.trained > 0).sum())
    if 0 < usable < steps:
        raise BadInputError(
            f"steps is {steps}, but only {usable} rows have a trained token: every row belongs to one step's minibatch"
        )


def check_columns(rows: Rows) -> None:
    where = rows.files[0]["path"]
    if "advantages" not in rows.per_row or rows.per_row["advantages"].dtype.kind not in "fiu":
        raise BadInputError(f"the column advantages of {where} must hold one number a row")
    if "old_logprobs" not in rows.per_token:
        raise BadInputError(f"the column old_logprobs of {where} must hold a list of numbers a row")
    for name in ("rollout_id", "window"):
        if name not in rows.per_row:
            raise BadInputError(f"the column {name} of {where} must hold one name or number a row")


def names_of(rows: Rows) -> npt.NDArray[np.str_]:
    """The rollout of each row, [n]."""
    return rows.per_row["rollout_id"].astype(str)


def check_names(rows: Rows) -> None:
    """A window that is there twice would count twice, and is a mistake of whoever wrote the batch."""
    seen: set[tuple[str, str]] = set()
    for row, name in enumerate(zip(names_of(rows).tolist(), rows.per_row["window"].astype(str).tolist(), strict=True)):
        if name in seen:
            raise BadInputError(f"{place(rows, row)} is window {name[1]} of rollout {name[0]}, which is there already")
        seen.add(name)


def check_advantages(rows: Rows) -> None:
    advantages = rows.per_row["advantages"]
    wrong = ~np.isfinite(advantages)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInputError(f"{place(rows, row)} has the advantage {advantages[row]}")
    if not advantages[rows.trained > 0].any() and rows.trained.any():
        raise BadInputError(
            "all advantages are 0: no rollout was better than its group, there is nothing to learn from"
        )


def check_log_probs(rows: Rows) -> None:
    """Those of trained tokens; each such token must be its own label, for it is the one that was sampled."""
    trained = rows.labels != UNTRAINED
    old = rows.per_token["old_logprobs"]
    refuse(rows, trained & (rows.labels != rows.input_ids), ("label", rows.labels, "which is not the token there"))
    refuse(rows, trained & ~np.isfinite(old), ("recorded log-prob", old, "which is no log-prob"))
    refuse(rows, trained & (old > ROUNDING), ("recorded log-prob", old, "which is above 0"))


def refuse(rows: Rows, wrong: npt.NDArray[np.bool_], what: tuple[str, npt.NDArray[np.float32] | Ints, str]) -> None:
    if not wrong.any():
        return
    name, values, why = what
    at = int(np.argmax(wrong))
    row = int(np.searchsorted(rows.starts, at, side="right")) - 1
    raise BadInputError(f"{place(rows, row)} has the {name} {values[at]} at token {at - rows.starts[row]}, {why}")
