"""The weights of an Lfm2 model, folded and fused for `lfm2.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ConvWeights:
    """The short convolution's mixer: enter [3d, d], taps [J, d], leave [d, d]."""

    enter: Tensor
    enter_bias: Tensor | None
    taps: Tensor
    taps_bias: Tensor | None
    leave: Tensor
    leave_bias: Tensor | None


@dataclass(frozen=True, slots=True)
class AttentionWeights:
    """The attention's mixer: query_key_value [(H·G+2H)·D, d], norms [H·G+H, D], leave [d, H·G·D]."""

    query_key_value: Tensor
    norms: Tensor
    leave: Tensor


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One layer: its mixer, then gate_up [2f, d] and down [f, d] of the feed-forward."""

    mixer: ConvWeights | AttentionWeights
    gate_up: Tensor
    down: Tensor


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole model; rotations [M, D/2] are complex, head_projection [V, d] has the last norm folded in."""

    embedding: Tensor
    layers: tuple[LayerWeights, ...]
    head_projection: Tensor
    rotations: Tensor
    query_heads: int
    key_heads: int
    head: int


@torch.inference_mode()
def read_weights(model: Any, max_length: int) -> Weights:
    """Copies what the fast forward needs out of a stock Lfm2ForCausalLM."""
    config, body = model.config, model.model
    head = int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)
    return Weights(
        embedding=body.embed_tokens.weight.detach().clone(),
        layers=tuple(_layer(layer, head) for layer in body.layers),
        head_projection=model.lm_head.weight.detach() * body.embedding_norm.weight.detach(),
        rotations=_rotations(body, head, max_length),
        query_heads=int(config.num_attention_heads),
        key_heads=int(config.num_key_value_heads),
        head=head,
    )


def _layer(layer: Any, head: int) -> LayerWeights:
    forward = layer.feed_forward
    after = layer.ffn_norm.weight.detach()
    mixer = _attention(layer, head) if layer.is_attention_layer else _convolution(layer)
    return LayerWeights(
        mixer=mixer,
        gate_up=torch.cat([forward.w1.weight.detach(), forward.w3.weight.detach()]) * after,
        down=forward.w2.weight.detach().t().contiguous(),
    )


def _convolution(layer: Any) -> ConvWeights:
    conv = layer.conv

    def bias(module: Any) -> Tensor | None:
        return None if module.bias is None else module.bias.detach().clone()

    return ConvWeights(
        enter=conv.in_proj.weight.detach() * layer.operator_norm.weight.detach(),
        enter_bias=bias(conv.in_proj),
        taps=conv.conv.weight.detach()[:, 0].t().contiguous(),
        taps_bias=bias(conv.conv),
        leave=conv.out_proj.weight.detach().clone(),
        leave_bias=bias(conv.out_proj),
    )


def _attention(layer: Any, head: int) -> AttentionWeights:
    attention, before = layer.self_attn, layer.operator_norm.weight.detach()
    # (0, D/2, 1, D/2+1, …): the two halves that the rotation pairs become neighbours.
    order = torch.arange(head).view(2, head // 2).t().reshape(-1)

    def interleaved(projection: Any) -> Tensor:
        rows = projection.weight.detach()
        return rows.view(-1, head, rows.shape[-1])[:, order].reshape(rows.shape)

    query, key = interleaved(attention.q_proj), interleaved(attention.k_proj)
    norms = torch.cat(
        [
            (attention.q_layernorm.weight.detach()[order] * attention.scaling).repeat(query.shape[0] // head, 1),
            attention.k_layernorm.weight.detach()[order].repeat(key.shape[0] // head, 1),
        ]
    )
    return AttentionWeights(
        query_key_value=torch.cat([query, key, attention.v_proj.weight.detach()]) * before,
        norms=norms,
        leave=attention.out_proj.weight.detach().clone(),
    )


def _rotations(body: Any, head: int, max_length: int) -> Tensor:
    """The model's own cosines and sines for every position, as complex numbers."""
    embedding = getattr(body, "rotary_emb", None) or body.pos_emb
    device = body.embed_tokens.weight.device
    positions = torch.arange(max_length, device=device).unsqueeze(0)
    cosine, sine = embedding(torch.zeros(1, 1, head, device=device), positions)
    return torch.complex(cosine[0, :, : head // 2].contiguous(), sine[0, :, : head // 2].contiguous())
