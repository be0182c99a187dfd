"""Small random models for the server's tests, saved the way any checkpoint is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import Lfm2Config, Lfm2ForCausalLM, LlamaConfig, LlamaForCausalLM, MambaConfig, MambaForCausalLM

VOCAB = 97


def lfm2(seed: int = 0, **changes: Any) -> Lfm2ForCausalLM:
    """An Lfm2 with the student's shape scaled down, and weights large enough for its answers to differ."""
    settings: dict[str, Any] = {
        "vocab_size": VOCAB,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "layer_types": ["conv", "full_attention"],
        "conv_L_cache": 3,
        "conv_bias": False,
        "block_auto_adjust_ff_dim": False,
        "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6},
        "max_position_embeddings": 128,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    return _random(Lfm2ForCausalLM, Lfm2Config(**{**settings, **changes}), seed)


def llama(seed: int = 0) -> LlamaForCausalLM:
    """Attention in every layer, grouped heads."""
    config = LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        eos_token_id=2,
    )
    return _random(LlamaForCausalLM, config, seed)


def mamba(seed: int = 0) -> MambaForCausalLM:
    """No attention at all: its state cannot be cut."""
    config = MambaConfig(vocab_size=VOCAB, hidden_size=32, num_hidden_layers=2, state_size=4, eos_token_id=2)
    return _random(MambaForCausalLM, config, seed)


def save(model: Any, path: Path) -> Path:
    """Saves as a plain Hugging Face folder."""
    model.save_pretrained(path)
    return path


def _random(kind: Any, config: Any, seed: int) -> Any:
    torch.manual_seed(seed)
    model = kind(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 and "conv" not in name:
                parameter.normal_(0, 0.15)
            elif "norm" in name:
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.2)
    return model
