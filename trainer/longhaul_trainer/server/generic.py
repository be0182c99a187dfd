"""Backends for models that have no fast one: batched where every layer is full attention, one by one where not."""

from __future__ import annotations

import copy as copying
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from longhaul_trainer.server.backend import (
    BackendOptions,
    ModelFolderError,
    Piece,
    eos_ids,
    load_model,
    resolve_length,
)


class _Stock:
    """What both backends share: a stock model, whose weights an update writes over."""

    def __init__(self, model: Any, options: BackendOptions) -> None:
        self._model = model
        self._options = options
        self.slots = options.slots
        self.max_length = resolve_length(model, options)
        self.vocab_size = int(model.config.vocab_size)
        self.eos_token_ids = eos_ids(model)

    def prepare(self, path: Path) -> Any:
        """See Backend.prepare. The new weights wait in the machine's memory: a GPU need not hold two models."""
        model = load_model(path, replace(self._options, device=torch.device("cpu")))
        if _shapes(model) != _shapes(self._model):
            raise ModelFolderError(f"{path} holds a model of another shape than the one served")
        return model

    @torch.inference_mode()
    def install(self, weights: Any) -> None:
        """See Backend.install."""
        new = dict(_tensors(weights))
        for name, tensor in _tensors(self._model):
            tensor.copy_(new[name])


class FullAttentionBackend(_Stock):
    """Models whose only memory is keys and values. Sequences of a batch are padded on the right and masked."""

    kind = "full-attention"
    truncates = True

    @staticmethod
    def fits(model: Any) -> bool:
        """Whether a cache of this model consists of plain key-value layers, all of which see the whole past."""
        config = model.config
        kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
        if kinds != {"full_attention"} or getattr(config, "sliding_window", None):
            return False
        with torch.inference_mode():
            cache = model(torch.tensor([[0]], device=model.device), use_cache=True).get("past_key_values")
        return isinstance(cache, DynamicCache) and all(type(layer) is DynamicLayer for layer in cache.layers)

    def __init__(self, model: Any, options: BackendOptions) -> None:
        super().__init__(model, options)
        self._store = _SlotStore(options.slots, self.max_length)

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece]) -> Tensor:
        """See Backend.forward. Single tokens are a batch of their own: beside a prompt they would be padded to its length."""
        groups: dict[bool, list[int]] = {}
        for index, piece in enumerate(pieces):
            groups.setdefault(len(piece.tokens) > 1, []).append(index)
        parts = [self._batch([pieces[index] for index in group]) for group in groups.values()]
        if len(parts) == 1:
            return parts[0]
        order = [index for group in groups.values() for index in group]
        return torch.cat(parts)[torch.tensor(order).argsort().to(self._options.device)]

    def _batch(self, pieces: list[Piece]) -> Tensor:
        device = self._options.device
        widest = max(len(piece.tokens) for piece in pieces)
        rows = [[*piece.tokens, *[0] * (widest - len(piece.tokens))] for piece in pieces]
        table = torch.tensor([[piece.start, len(piece.tokens)] for piece in pieces]).to(device, non_blocking=True)
        starts, counts = table.unbind(1)
        positions = starts.unsqueeze(1) + torch.arange(widest, device=device)
        positions = positions.clamp_(max=self.max_length - 1)
        longest = max(piece.start + len(piece.tokens) for piece in pieces)
        visible = torch.arange(longest, device=device) <= positions.unsqueeze(-1)
        self._store.begin(pieces, device)
        hidden = self._model(
            input_ids=torch.tensor(rows).to(device, non_blocking=True),
            position_ids=positions,
            attention_mask=visible.unsqueeze(1),
            past_key_values=self._store,
            use_cache=True,
        ).logits
        return hidden[torch.arange(len(pieces), device=device), counts - 1].float()

    @torch.inference_mode()
    def copy(self, source: int, target: int, length: int) -> None:
        """See Backend.copy."""
        for tensor in (*self._store.keys, *self._store.values):
            tensor[target, :, :length] = tensor[source, :, :length]

    @torch.inference_mode()
    def reset(self) -> None:
        """See Backend.reset."""
        for tensor in (*self._store.keys, *self._store.values):
            tensor.zero_()


class _SlotStore(Cache):  # type: ignore[misc]
    """A transformers cache over all slots: `update` writes the new positions and returns what the batch may look at."""

    def __init__(self, slots: int, max_length: int) -> None:
        super().__init__(layers=[])
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        self._slots, self._max_length = slots, max_length
        self._pieces: Sequence[Piece] = ()
        # Of the next forward: the longest past, (row, offset, slot, position) of each new token, the slot of each row.
        self._longest = 0
        self._places = self._slots_asked = torch.empty(0)

    def begin(self, pieces: Sequence[Piece], device: torch.device) -> None:
        """Says whose rows the next forward brings."""
        self._pieces = pieces
        self._longest = max(piece.start + len(piece.tokens) for piece in pieces)
        places = [
            (row, offset, piece.slot, piece.start + offset)
            for row, piece in enumerate(pieces)
            for offset in range(len(piece.tokens))
        ]
        self._places = torch.tensor(places).t().contiguous().to(device, non_blocking=True)
        self._slots_asked = torch.tensor([piece.slot for piece in pieces]).to(device, non_blocking=True)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """New states [rows, H, t, D] in; the rows' whole pasts [rows, H, longest, D] out."""
        while len(self.keys) <= layer_idx:
            for store, states in ((self.keys, key_states), (self.values, value_states)):
                store.append(states.new_zeros(self._slots, states.shape[1], self._max_length, states.shape[-1]))
        keys, values = self.keys[layer_idx], self.values[layer_idx]
        rows, offsets, slots, positions = self._places
        keys[slots, :, positions] = key_states[rows, :, offsets]
        values[slots, :, positions] = value_states[rows, :, offsets]
        asked = self._slots_asked
        return keys[asked, :, : self._longest], values[asked, :, : self._longest]

    def get_seq_length(self, layer_idx: int = 0, *_: Any) -> int:
        """Positions are given explicitly; this only says that the cache may be in use."""
        return max((piece.start for piece in self._pieces), default=0)


class PlainBackend(_Stock):
    """Any other causal model: each slot has the model's own cache, and pieces run one after another."""

    kind = "plain"
    truncates = False

    def __init__(self, model: Any, options: BackendOptions) -> None:
        super().__init__(model, options)
        self._caches: dict[int, dict[str, Any]] = {}

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece]) -> Tensor:
        """See Backend.forward."""
        return torch.stack([self._one(piece) for piece in pieces])

    def copy(self, source: int, target: int, length: int) -> None:
        """Only whole caches can be copied."""
        del length
        self._caches[target] = copying.deepcopy(self._caches[source])

    def reset(self) -> None:
        """See Backend.reset."""
        self._caches.clear()

    def _one(self, piece: Piece) -> Tensor:
        past = self._caches.get(piece.slot, {}) if piece.start else {}
        logits = None
        # Some recurrent models take a continuation one token at a time only.
        parts = [piece.tokens] if not piece.start else [[token] for token in piece.tokens]
        for part in parts:
            out = self._model(input_ids=torch.tensor([list(part)], device=self._options.device), use_cache=True, **past)
            past = {name: out[name] for name in ("past_key_values", "cache_params") if out.get(name) is not None}
            logits = out.logits[0, -1]
        self._caches[piece.slot] = past
        assert logits is not None
        return logits.float()


def _tensors(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Weights, and the buffers that follow from the configuration."""
    return itertools.chain(model.named_parameters(), model.named_buffers())


def _shapes(model: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()]
