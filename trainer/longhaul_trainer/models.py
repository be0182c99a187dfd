"""Models from checkpoints: loaded whole or refused, then made ready to train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from .errors import BadInputError, disk_is_full, first_line
from .job import Hyper, Lora


def load_model(checkpoint: str) -> Any:
    """The causal model of a Hugging Face folder, in float32 on the CPU. Raises BadInputError unless every weight is there."""
    from transformers import AutoModelForCausalLM

    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            checkpoint, dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
    except Exception as error:
        if isinstance(error, MemoryError) or disk_is_full(error):
            raise
        raise BadInputError(f"the checkpoint {checkpoint} cannot be loaded: {first_line(error)}") from error
    lacking = sorted(report["missing_keys"]) + sorted(str(entry[0]) for entry in report.get("mismatched_keys", ()))
    if lacking:
        raise BadInputError(f"the checkpoint {checkpoint} lacks {len(lacking)} weights, the first is {lacking[0]}")
    return model


def saved_dtype(checkpoint: str) -> torch.dtype:
    """The precision of the checkpoint's own weights, which its descendants keep."""
    from safetensors import safe_open

    for path in sorted(Path(checkpoint).glob("model*.safetensors")):
        with safe_open(path, framework="pt") as file:
            kinds = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
        return torch.bfloat16 if "BF16" in kinds else torch.float16 if "F16" in kinds else torch.float32
    return torch.float32


def compute_dtype(hyper: Hyper, device: torch.device) -> torch.dtype:
    """The precision of the forward pass; weights and optimizer are float32 in any case."""
    if hyper.dtype == "float32":
        return torch.float32
    able = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if able or hyper.dtype == "bfloat16" else torch.float32


def add_lora(model: Any, lora: Lora) -> Any:
    """The model with adapters, of which alone the gradient is taken."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets or "all-linear",
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise BadInputError(f"hyper.lora does not fit the model: {first_line(error)}") from error


def save_activations(model: Any) -> None:
    """Activation checkpointing: what a layer computes is computed again in the backward pass instead of being kept."""
    if not getattr(model, "supports_gradient_checkpointing", False):
        raise BadInputError(f"{type(model).__name__} does not support activationCheckpointing")
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()


def positions_of(model: Any, hyper: Hyper) -> int:
    """Tokens that a row may have: what the job says, at most what the model has positions for."""
    own = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 2**62
    if hyper.max_length is not None and hyper.max_length > own:
        raise BadInputError(f"hyper.maxLength is {hyper.max_length}, the model has {own} positions")
    return hyper.max_length or own


def parameter_count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
