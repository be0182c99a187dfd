"""What a job measured over its steps; travels with the saved state, so that a resumed job reports the whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .rows import Rows


@dataclass
class Tally:
    first_loss: float = 0.0
    last_loss: float = 0.0
    loss_sum: float = 0.0
    # The mean of about the last twenty steps.
    recent_loss: float = 0.0
    last_grad_norm: float = 0.0
    steps: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    seconds: float = 0.0
    # The objective's own measures: sums and peaks over all steps, and those of the first step.
    sums: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)

    def measure(self, sums: dict[str, float], peaks: dict[str, float]) -> None:
        """Counts what a step's objective measured; to be called before `add`."""
        if self.steps == 0:
            self.first = {**sums, **peaks}
        self.sums = {name: self.sums.get(name, 0.0) + value for name, value in sums.items()}
        self.peaks = {name: max(value, self.peaks.get(name, value)) for name, value in peaks.items()}

    def add(self, step: dict[str, float]) -> None:
        """Counts a step: `loss`, `gradNorm`, `tokens`, `trainedTokens`, `seconds`."""
        loss = step["loss"]
        if self.steps == 0:
            self.first_loss = self.recent_loss = loss
        self.recent_loss += (loss - self.recent_loss) / min(self.steps + 1, 20)
        self.last_loss, self.last_grad_norm = loss, step["gradNorm"]
        self.loss_sum += loss
        self.steps += 1
        self.tokens += int(step["tokens"])
        self.trained_tokens += int(step["trainedTokens"])
        self.seconds += step["seconds"]

    def found(self, rows: Rows, further: dict[str, float]) -> dict[str, Any]:
        """The part of the manifest that the training knows."""
        metrics = {
            "firstLoss": self.first_loss,
            "lastLoss": self.last_loss,
            "meanLoss": self.loss_sum / max(1, self.steps),
            "recentLoss": self.recent_loss,
            "lastGradNorm": self.last_grad_norm,
            "tokens": self.tokens,
            "trainedTokens": self.trained_tokens,
            "seconds": round(self.seconds, 3),
            "tokensPerSecond": round(self.tokens / self.seconds, 1) if self.seconds else 0.0,
            **further,
        }
        return {"step": self.steps, "batch": rows.files, "metrics": metrics}

    def saved(self) -> dict[str, Any]:
        return asdict(self)
