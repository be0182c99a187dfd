"""Lfm2's small operations on a CPU with gradients of their own: the same numbers up to rounding, in less time.

What transformers leaves to autograd keeps a tensor for every multiplication and reads it again on the way back; on a small
model these operations take about as long as its matrix products. Only how a module computes is replaced: names, weights and
what is saved stay. Where a module is asked for more than a forward pass over whole rows it computes as it always did.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

Context = Any
Tensor = torch.Tensor


def fusible(device: torch.device, dtype: torch.dtype, sharded: bool) -> bool:
    """Whether this arithmetic is a job's: whole weights in float32 on a CPU."""
    return device.type == "cpu" and dtype == torch.float32 and not sharded


def fuse(model: Any) -> None:
    """Replaces what is known by its name; other modules stay as they are."""
    for module in model.modules():
        replacement = REPLACEMENTS.get(type(module).__name__)
        if replacement:
            module.forward = partial(replacement, module)


class RmsNorm(torch.autograd.Function):
    """x / √(mean x² + ε) · w over the last dimension."""

    @staticmethod
    def forward(context: Context, rows: Tensor, weight: Tensor, eps: float) -> Tensor:
        squares = torch.linalg.vector_norm(rows, dim=-1, keepdim=True).square_()
        scale = squares.mul_(1 / rows.shape[-1]).add_(eps).rsqrt_()
        normed = rows * scale
        context.save_for_backward(normed, scale, weight)
        return normed * weight

    @staticmethod
    def backward(context: Context, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        normed, scale, weight = context.saved_tensors
        along = (gradient * normed).flatten(0, -2)
        mean = torch.mv(along, weight).mul_(1 / weight.shape[0]).view(scale.shape)
        to_rows = (gradient * weight).addcmul_(normed, mean, value=-1).mul_(scale)
        return to_rows, along.sum(0), None


class ShortConvolution(torch.autograd.Function):
    """y_t = Σ_k w_k x_(t-J+1+k) for each channel; x and y [B, L, d], w [d, 1, J]."""

    @staticmethod
    def forward(context: Context, rows: Tensor, weight: Tensor) -> Tensor:
        taps = weight[:, 0].t().contiguous()
        mixed = rows * taps[-1]
        for back in range(1, min(len(taps), rows.shape[1])):
            mixed[:, back:].addcmul_(rows[:, :-back], taps[-1 - back])
        context.save_for_backward(rows, taps)
        return mixed

    @staticmethod
    def backward(context: Context, gradient: Tensor) -> tuple[Tensor, Tensor]:
        rows, taps = context.saved_tensors
        to_rows, to_taps = gradient * taps[-1], torch.zeros_like(taps)
        to_taps[-1] = (gradient * rows).sum((0, 1))
        for back in range(1, min(len(taps), rows.shape[1])):
            to_rows[:, :-back].addcmul_(gradient[:, back:], taps[-1 - back])
            to_taps[-1 - back] = (gradient[:, back:] * rows[:, :-back]).sum((0, 1))
        return to_rows, to_taps.t().unsqueeze(1)


class Rotation(torch.autograd.Function):
    """Turns the pairs (i, i + D/2) of each head: x [B, L, H, D], cosine and sine [B, L, 1, D]."""

    @staticmethod
    def forward(context: Context, heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        context.save_for_backward(cosine, sine)
        return turned(heads, cosine, sine)

    @staticmethod
    def backward(context: Context, gradient: Tensor) -> tuple[Tensor, None, None]:
        cosine, sine = context.saved_tensors
        return turned(gradient, cosine, -sine), None, None


def turned(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    half = heads.shape[-1] // 2
    result = heads * cosine
    result[..., :half].addcmul_(heads[..., half:], sine[..., :half], value=-1)
    result[..., half:].addcmul_(heads[..., :half], sine[..., half:])
    return result


def norm(self: Any, hidden_states: Tensor) -> Tensor:
    return apply(RmsNorm, hidden_states, self.weight, self.variance_epsilon)


def convolve(
    self: Any, hidden_states: Tensor, past_key_values: Any = None, attention_mask: Tensor | None = None, **more: Any
) -> Tensor:
    """[B, L, d] throughout, where transformers lays the channels in front of the positions and back."""
    if past_key_values is not None or attention_mask is not None or self.conv.bias is not None:
        given = {"past_key_values": past_key_values, "attention_mask": attention_mask, **more}
        return type(self).forward(self, hidden_states, **given)
    gate_in, gate_out, value = self.in_proj(hidden_states).chunk(3, -1)
    mixed = apply(ShortConvolution, gate_in * value, self.conv.weight)
    return self.out_proj(gate_out * mixed)


def attend(
    self: Any,
    hidden_states: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    attention_mask: Tensor | None,
    past_key_values: Any = None,
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """Without a mask, which transformers leaves out where it would be the causal one."""
    if past_key_values is not None or attention_mask is not None or self.config._attn_implementation != "sdpa":
        given = (hidden_states, position_embeddings, attention_mask, past_key_values)
        return type(self).forward(self, *given, **more)
    shape = (*hidden_states.shape[:-1], -1, self.head_dim)
    angles = [part.unsqueeze(2) for part in position_embeddings]
    query = apply(Rotation, self.q_layernorm(self.q_proj(hidden_states).view(shape)), *angles)
    key = apply(Rotation, self.k_layernorm(self.k_proj(hidden_states).view(shape)), *angles)
    value = self.v_proj(hidden_states).view(shape)
    mixed = F.scaled_dot_product_attention(
        query.transpose(1, 2),
        key.transpose(1, 2),
        value.transpose(1, 2),
        is_causal=True,
        scale=self.scaling,
        enable_gqa=self.num_key_value_groups > 1,
    )
    return self.out_proj(mixed.transpose(1, 2).flatten(2)), None


def apply(function: type[torch.autograd.Function], *arguments: Any) -> Tensor:
    result: Tensor = function.apply(*arguments)
    return result


REPLACEMENTS: dict[str, Callable[..., Any]] = {
    "Lfm2RMSNorm": norm,
    "Lfm2ShortConv": convolve,
    "Lfm2Attention": attend,
}
