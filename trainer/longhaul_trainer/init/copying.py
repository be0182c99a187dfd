"""The tiny student's initialisation: a small Lfm2 that can look a value up in a page from the first step on.

Looking up takes an induction head: a layer that tells each position what the previous token was (here the convolution), and a
later attention whose query is "the token I am at" and whose key is "the token before you". From ordinary random weights this
circuit does not appear in the tiny student's budget, so it is wired in; what the student does with it, it learns. It is help,
and the model's description says so.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from ..errors import BadInputError

CONFIG: dict[str, Any] = {
    "model_type": "lfm2",
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "layer_types": ["conv", "full_attention"],
    "conv_L_cache": 3,
    "conv_bias": False,
    "block_auto_adjust_ff_dim": False,
    "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
    "max_position_embeddings": 512,
}


def copying_config(given: dict[str, Any]) -> dict[str, Any]:
    """The tiny student's configuration with what is given changed. Raises BadInputError where the circuit has no place."""
    config = {**CONFIG, **given}
    kinds = config["layer_types"]
    lacking = [
        (config["model_type"] == "lfm2", "model_type must be lfm2"),
        (
            kinds[:1] == ["conv"] and "full_attention" in kinds,
            "layer_types must begin with conv and hold full_attention",
        ),
        (len(kinds) == config["num_hidden_layers"], "layer_types must name num_hidden_layers layers"),
        (
            config["num_key_value_heads"] == config["num_attention_heads"],
            "num_key_value_heads must be num_attention_heads",
        ),
        (config["hidden_size"] % config["num_attention_heads"] == 0, "hidden_size must divide by num_attention_heads"),
        (config["conv_L_cache"] >= 2, "conv_L_cache must be at least 2: the convolution has to see the previous token"),
        (config["conv_bias"] is False, "conv_bias must be false: with it left padding is not exact"),
        (config["tie_word_embeddings"] is True, "tie_word_embeddings must be true"),
        (config["block_auto_adjust_ff_dim"] is False, "block_auto_adjust_ff_dim must be false"),
    ]
    for right, sentence in lacking:
        if not right:
            raise BadInputError(f"init.config does not fit mode copying: {sentence}")
    return config


@torch.no_grad()
def wire_copying(model: Any, seed: int) -> None:
    """Overwrites every weight of an Lfm2 model; all draws come from one generator. d is the hidden size."""
    draw = torch.Generator().manual_seed(seed)
    d = model.config.hidden_size
    u = (torch.randint(2, (d,), generator=draw) * 2 - 1).float() / math.sqrt(d)  # a unit vector
    rotation = torch.linalg.qr(torch.randn(d, d, generator=draw))[0]
    embedding = model.get_input_embeddings().weight
    # Every row has the common vector, which cancels in the softmax of tied embeddings.
    embedding.copy_(0.1 * torch.randn(embedding.shape, generator=draw) + 0.1 * math.sqrt(d) * u)
    for kind, layer in zip(model.config.layer_types, model.model.layers, strict=True):
        if kind == "conv":
            wire_convolution(layer.conv, (u, rotation), draw)
        else:
            wire_attention(layer.self_attn, (u, rotation), draw)
        wire_mlp(layer.feed_forward, 0.1 if kind == "conv" else 1.0, draw)


def wire_convolution(conv: Any, basis: tuple[torch.Tensor, torch.Tensor], draw: torch.Generator) -> None:
    """out = C ⊙ conv(B ⊙ x): both gates about 1, fed by the common vector; x passes all but it; taps look one token back."""
    u, rotation = basis
    d = len(u)
    weight = conv.in_proj.weight  # [3d, d]: B, C, x
    weight.copy_(0.02 * torch.randn(weight.shape, generator=draw))
    weight[: 2 * d] += math.sqrt(2) / math.sqrt(d) * torch.outer(torch.ones(2 * d), u)
    weight[2 * d :] = without(u)
    taps = conv.conv.weight  # [d, 1, L]; the last tap is the current token
    taps.copy_(0.1 * torch.randn(taps.shape, generator=draw))
    taps[:, :, -2] += 1
    conv.out_proj.weight.copy_(0.1 * rotation)


def wire_attention(attention: Any, basis: tuple[torch.Tensor, torch.Tensor], draw: torch.Generator) -> None:
    """Keys resemble queries (mimetic), and in half of the heads the query "my token" matches the key "your previous token"."""
    u, rotation = basis
    d = len(u)
    projection = without(u)
    size = attention.head_dim
    heads = attention.q_proj.weight.shape[0] // size
    for head in range(heads):
        rows = slice(head * size, (head + 1) * size)
        query = torch.randn(size, d, generator=draw) / math.sqrt(d)
        noise = torch.randn(size, d, generator=draw) / math.sqrt(d)
        key = (query + 0.3 * noise) @ projection
        query = query @ projection
        if head < heads // 2:
            noise = torch.randn(size, d, generator=draw) / math.sqrt(d)
            key = (query + 0.1 * noise) @ rotation.T
        value = torch.linalg.qr(torch.randn(d, size, generator=draw))[0].T
        attention.q_proj.weight[rows] = query
        attention.k_proj.weight[rows] = key
        attention.v_proj.weight[rows] = value
        attention.out_proj.weight[:, rows] = value.T
    attention.q_layernorm.weight.fill_(1.5)
    attention.k_layernorm.weight.fill_(1.0)


def wire_mlp(mlp: Any, scale: float, draw: torch.Generator) -> None:
    """Small at first, and smaller still in a convolution's layer, so that what is wired comes through."""
    for linear, gain in ((mlp.w1, 1.0), (mlp.w3, 1.0), (mlp.w2, 0.5 * scale)):
        weight = linear.weight
        weight.copy_(gain * torch.randn(weight.shape, generator=draw) / math.sqrt(weight.shape[1]))


def without(u: torch.Tensor) -> torch.Tensor:
    """The projection that removes the direction u."""
    return torch.eye(len(u)) - torch.outer(u, u)
