"""What the scheduler asks of a model: run pieces of sequences against per-slot caches, and copy prefixes between slots."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from longhaul_trainer.errors import TryAgainError
from longhaul_trainer.world import World, device_of


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens to append to a slot that already holds `start` positions."""

    slot: int
    start: int
    tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """How many sequences a model keeps, how long one may be (None: what the model was made for, at most 4,096), and where
    and how precisely it computes."""

    slots: int = 64
    max_length: int | None = None
    device: torch.device = torch.device("cpu")
    dtype: torch.dtype = torch.float32


class Backend(Protocol):
    """One model and the caches of its slots. Used by one thread at a time; `prepare` alone may run on another."""

    kind: str
    vocab_size: int
    max_length: int
    slots: int
    eos_token_ids: frozenset[int]
    # Whether a slot can be cut to any length and copied; if not, a cached sequence can only be continued where it ends.
    truncates: bool

    def forward(self, pieces: Sequence[Piece]) -> torch.Tensor:
        """Logits [len(pieces), vocab] in float32 at the last token of each piece. No two pieces share a slot."""
        ...

    def copy(self, source: int, target: int, length: int) -> None:
        """Makes the first `length` positions of `target` those of `source`. Only where `truncates`."""
        ...

    def prepare(self, path: Path) -> Any:
        """Reads the weights at `path`; ValueError where they are of another shape than this model's."""
        ...

    def install(self, weights: Any) -> None:
        """Swaps to weights from `prepare`."""
        ...

    def reset(self) -> None:
        """Forgets what all slots hold."""
        ...


# While transformers builds a model, parameters that another thread makes may become empty ones too: one at a time.
LOADING = threading.Lock()


class ModelFolderError(ValueError):
    """The folder does not hold a causal language model that can be read."""


def open_backend(path: Path, options: BackendOptions) -> Backend:
    """The fastest backend that is exact for the model at `path`. ModelFolderError says why a folder was refused."""
    from longhaul_trainer.server.generic import FullAttentionBackend, PlainBackend
    from longhaul_trainer.server.lfm2 import Lfm2Backend

    torch.backends.cudnn.allow_tf32 = False  # float32 is not rounded to less on a GPU
    model = load_model(path, options)
    for backend in (Lfm2Backend, FullAttentionBackend):
        if backend.fits(model):
            return backend(model, options)
    return PlainBackend(model, options)


def find_device(name: str) -> torch.device:
    """The device that `auto`, `cpu` or `cuda` means here. Raises TryAgainError where a GPU is asked for and none is found."""
    if name == "cpu":
        return torch.device("cpu")
    found = device_of(World(rank=0, size=1, local=0))
    if name == "cuda" and found.type != "cuda":
        raise TryAgainError(f"--device is cuda, but torch {torch.__version__} finds no GPU")
    return found


def load_model(path: Path, options: BackendOptions) -> Any:
    """The stock transformers model at `path`, ready for inference."""
    from transformers import AutoModelForCausalLM

    if not (path / "config.json").is_file():
        raise ModelFolderError(f"{path} has no config.json, so it is not a Hugging Face model folder")
    try:
        with LOADING:
            model = AutoModelForCausalLM.from_pretrained(path, dtype=options.dtype, local_files_only=True)
        model.to(options.device)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelFolderError(f"{path} cannot be loaded: {error}") from error
    return model.eval().requires_grad_(False)


def eos_ids(model: Any) -> frozenset[int]:
    """The tokens that end a text, as the generation config says, else the model's own."""
    found = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    if found is None:
        found = getattr(model.config, "eos_token_id", None)
    if found is None:
        return frozenset()
    return frozenset([found] if isinstance(found, int) else found)


def resolve_length(model: Any, options: BackendOptions) -> int:
    """Positions per slot: as asked, but never more than the model was made for."""
    made_for = int(getattr(model.config, "max_position_embeddings", 4096))
    return min(options.max_length or min(made_for, 4096), made_for)
