"""Lfm2ForCausalLM with a ragged cache of its own: every token of a step is one row, whatever sequence it belongs to.

Equal to the stock model up to rounding, by these rewritings:
- an RMS norm's weight is folded into the projection that follows it, and 1/sqrt(head) into the query's norm;
- the halves of a rotated head are interleaved, so that the rotation is one complex product (scores do not change, since
  queries and keys are permuted alike);
- a short convolution reads its last inputs from a store with one row per position. A sequence can therefore be cut at any
  position, which a rolling convolution state cannot.

Shapes: T tokens of a step, S slots, M positions, d hidden, H heads of D, G query heads per key head, J taps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from longhaul_trainer.server.backend import (
    BackendOptions,
    ModelFolderError,
    Piece,
    eos_ids,
    load_model,
    resolve_length,
)
from longhaul_trainer.server.lfm2_weights import AttentionWeights, ConvWeights, Weights, read_weights
from longhaul_trainer.server.plan import Decode, Plan, make_plan


class Lfm2Backend:
    """The fast backend of the Lfm2 family."""

    kind = "lfm2"
    truncates = True

    @staticmethod
    def fits(model: Any) -> bool:
        """Whether this file's arithmetic is this model's: Lfm2 with position-only rotations."""
        rope = getattr(model.config, "rope_parameters", None) or {}
        return model.config.model_type == "lfm2" and rope.get("rope_type", "default") == "default"

    def __init__(self, model: Any, options: BackendOptions) -> None:
        if options.dtype != torch.float32:
            raise ModelFolderError("an Lfm2 model is served in float32 only")
        config = model.config
        self.slots = options.slots
        self.max_length = resolve_length(model, options)
        self.vocab_size = int(config.vocab_size)
        self.eos_token_ids = eos_ids(model)
        self._options = options
        self._eps = float(config.norm_eps)
        self._taps = int(config.conv_L_cache)
        self._weights: Weights = read_weights(model, self.max_length)
        self._signature = _signature(model)
        hidden, rows = int(config.hidden_size), self.max_length + self._taps - 1
        key_heads, head = self._weights.key_heads, self._weights.head
        # conv: [S·(M+J−1), d], the first J−1 rows of a slot are the zeros before the text; keys and values [S, H, M, D]
        self._stores: list[tuple[Tensor, ...]] = []
        for layer in self._weights.layers:
            if isinstance(layer.mixer, ConvWeights):
                self._stores.append((torch.zeros(self.slots * rows, hidden, device=options.device),))
            else:
                shape = (self.slots, key_heads, self.max_length, head)
                self._stores.append(
                    (torch.zeros(shape, device=options.device), torch.zeros(shape, device=options.device))
                )

    @torch.inference_mode()
    def forward(self, pieces: Sequence[Piece]) -> Tensor:
        """See Backend.forward."""
        plan = make_plan(pieces, (self.max_length, self._taps), self._options.device)
        weights = self._weights
        stream = weights.embedding.index_select(0, plan.tokens)
        for number, (layer, store) in enumerate(zip(weights.layers, self._stores, strict=True)):
            # Of the last layer only the rows whose logits are asked for matter, but for the keys, values and taps it keeps.
            ends = plan.ends if number == len(weights.layers) - 1 else None
            normed = self._norm(stream)
            if ends is not None:
                stream = stream.index_select(0, ends)
            if isinstance(layer.mixer, AttentionWeights):
                stream = stream + self._attend(normed, layer.mixer, store, (plan, ends))
            else:
                mixed = self._convolve(normed, layer.mixer, plan, store[0])
                stream = stream + (mixed if ends is None else mixed.index_select(0, ends))
            gate, up = F.linear(self._norm(stream), layer.gate_up).chunk(2, -1)
            stream = torch.addmm(stream, F.silu(gate).mul_(up), layer.down)
        if plan.order is not None:
            stream = stream.index_select(0, plan.order)
        return F.linear(self._norm(stream), weights.head_projection)

    def copy(self, source: int, target: int, length: int) -> None:
        """See Backend.copy."""
        for layer, store in zip(self._weights.layers, self._stores, strict=True):
            if isinstance(layer.mixer, ConvWeights):
                rows = store[0].view(self.slots, -1, store[0].shape[-1])
                rows[target, : length + self._taps - 1] = rows[source, : length + self._taps - 1]
            else:
                keys, values = store
                keys[target, :, :length] = keys[source, :, :length]
                values[target, :, :length] = values[source, :, :length]

    def prepare(self, path: Path) -> Weights:
        """See Backend.prepare."""
        model = load_model(path, self._options)
        if _signature(model) != self._signature:
            raise ModelFolderError(f"{path} holds a model of another shape than the one served")
        return read_weights(model, self.max_length)

    def install(self, weights: Weights) -> None:
        """See Backend.install."""
        self._weights = weights

    def reset(self) -> None:
        """Zeros all stores: a value that is not a number, left by broken weights, would survive any mask."""
        for store in self._stores:
            for tensor in store:
                tensor.zero_()

    def _norm(self, rows: Tensor) -> Tensor:
        return rows.square().mean(-1, keepdim=True).add_(self._eps).rsqrt_().mul(rows)

    def _convolve(self, rows: Tensor, mixer: ConvWeights, plan: Plan, store: Tensor) -> Tensor:
        gate_in, gate_out, value = F.linear(rows, mixer.enter, mixer.enter_bias).chunk(3, -1)
        store.index_copy_(0, plan.conv_write, gate_in * value)
        window = store.index_select(0, plan.conv_read).view(-1, self._taps, store.shape[-1])
        mixed = window.mul_(mixer.taps).sum(1)
        if mixer.taps_bias is not None:
            mixed = mixed.add_(mixer.taps_bias)
        return F.linear(mixed.mul_(gate_out), mixer.leave, mixer.leave_bias)

    def _attend(
        self, rows: Tensor, mixer: AttentionWeights, store: tuple[Tensor, ...], at: tuple[Plan, Tensor | None]
    ) -> Tensor:
        weights, (keys, values), (plan, ends) = self._weights, store, at
        split, head = weights.query_heads * weights.head, weights.head
        if ends is None:
            projected = F.linear(rows, mixer.query_key_value)
            turned = self._turn(projected[:, : -weights.key_heads * head], mixer.norms, plan.positions)
            queries, new_keys = turned[:, : weights.query_heads], turned[:, weights.query_heads :]
        else:
            projected = F.linear(rows, mixer.query_key_value[split:])
            asked = F.linear(rows.index_select(0, ends), mixer.query_key_value[:split])
            queries = self._turn(asked, mixer.norms[: weights.query_heads], plan.positions.index_select(0, ends))
            new_keys = self._turn(
                projected[:, : weights.key_heads * head], mixer.norms[weights.query_heads :], plan.positions
            )
        keys[plan.slots, :, plan.positions] = new_keys
        values[plan.slots, :, plan.positions] = projected[:, -weights.key_heads * head :].view(
            -1, weights.key_heads, head
        )
        if ends is not None:
            return F.linear(_decode(queries, plan.finals, keys, values).flatten(1), mixer.leave)
        mixed = queries.new_empty(queries.shape)
        if plan.singles is not None:
            count = plan.singles.count
            mixed[:count] = _decode(queries[:count], plan.singles, keys, values)
        for chunk in plan.chunks:
            part, end = slice(chunk.row, chunk.row + chunk.count), chunk.start + chunk.count
            mixed[part] = _chunk(queries[part], keys[chunk.slot, :, :end], values[chunk.slot, :, :end], chunk.start)
        return F.linear(mixed.flatten(1), mixer.leave)

    def _turn(self, rows: Tensor, norms: Tensor, positions: Tensor) -> Tensor:
        """Norms each head and rotates it to its position: [T, heads·D] in, [T, heads, D] out."""
        heads = self._norm(rows.reshape(rows.shape[0], *norms.shape)).mul_(norms)
        pairs = torch.view_as_complex(heads.view(*heads.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * self._weights.rotations.index_select(0, positions).unsqueeze(1)).flatten(2)


def _decode(queries: Tensor, decode: Decode, keys: Tensor, values: Tensor) -> Tensor:
    """One new token for each of several slots: queries [n, H·G, D]. Neighbouring slots are one product, read in place."""
    count, heads, head, longest = queries.shape[0], keys.shape[1], keys.shape[-1], decode.longest
    grouped = queries.reshape(count * heads, -1, head)
    keys, values = keys.flatten(0, 1)[:, :longest], values.flatten(0, 1)[:, :longest]
    scores = queries.new_empty(count * heads, grouped.shape[1], longest)
    mixed = torch.empty_like(grouped)
    for run in decode.runs:
        rows, stored = slice(run.row * heads, run.row_end * heads), slice(run.slot * heads, run.slot_end * heads)
        torch.bmm(grouped[rows], keys[stored].transpose(1, 2), out=scores[rows])
    scores.view(count, -1, longest).masked_fill_(decode.hidden, -math.inf)
    weights = scores.softmax(-1)
    for run in decode.runs:
        rows, stored = slice(run.row * heads, run.row_end * heads), slice(run.slot * heads, run.slot_end * heads)
        torch.bmm(weights[rows], values[stored], out=mixed[rows])
    return mixed.view(count, -1, head)


def _chunk(queries: Tensor, keys: Tensor, values: Tensor, start: int) -> Tensor:
    """Several new tokens of one slot: queries [t, H·G, D] over keys [H, start+t, D], causal."""
    count, heads, end = queries.shape[0], keys.shape[0], keys.shape[1]
    grouped = queries.view(count, heads, -1, queries.shape[-1]).permute(1, 2, 0, 3)
    scores = torch.matmul(grouped, keys.transpose(1, 2).unsqueeze(1))
    later = torch.ones(count, end, dtype=torch.bool, device=keys.device).triu_(start + 1)
    mixed = torch.matmul(scores.masked_fill_(later, -math.inf).softmax(-1), values.unsqueeze(1))
    return mixed.permute(2, 0, 1, 3).reshape(count, -1, queries.shape[-1])


def _signature(model: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((name, tuple(tensor.shape)) for name, tensor in model.state_dict().items())
