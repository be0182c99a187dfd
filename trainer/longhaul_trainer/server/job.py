"""One request on its way through the engine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from longhaul_trainer.server.sampling import Sampling


@dataclass(slots=True, eq=False)
class Job:
    """Written by the engine's thread only, but for `cancelled`; read by others once `finish_reason` or `error` is set."""

    model: str
    prompt: list[int]
    sampling: Sampling
    # Who asks: requests of one session go on from each other, so they keep their slot.
    session: str | None = None
    output: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    tops: list[dict[int, float]] = field(default_factory=list)
    # The slot it runs in, how many of its tokens that slot holds, and how many of them it held from the start.
    slot: int = -1
    fed: int = 0
    cached: int = 0
    cancelled: bool = False
    # `stop`, `length` or `abort`
    finish_reason: str | None = None
    # The token or string that stopped it; None for the model's own end of text.
    stop_reason: int | str | None = None
    # Decoded by the engine only where stop strings need it; cut before the stop string.
    text: str | None = None
    error: str | None = None
    # The weights that sampled every token of it.
    version: str = ""
    submitted: float = field(default_factory=time.monotonic)
    started: float = 0.0
    finished: float = 0.0

    @property
    def remaining(self) -> int:
        """Tokens of the prompt and the output that are not in the slot yet."""
        return len(self.prompt) + len(self.output) - self.fed

    def upcoming(self, count: int) -> list[int]:
        """The next `count` tokens to feed."""
        if self.fed >= len(self.prompt):
            start = self.fed - len(self.prompt)
            return self.output[start : start + count]
        return self.prompt[self.fed : self.fed + count]
