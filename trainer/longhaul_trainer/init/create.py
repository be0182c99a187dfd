"""An `init` job: a model from a configuration, with its tokenizer, as a checkpoint like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..commit import seal
from ..errors import BadInputError, first_line
from ..files import aside_folder
from ..job import Init, Job
from ..progress import Emit
from .copying import copying_config, wire_copying
from .tokenizer import make_tokenizer


def create(job: Job, emit: Emit) -> None:
    """Writes the checkpoint of an init job. The same job gives the same weights."""
    init = job.init
    assert init is not None
    torch.set_num_threads(job.hyper.threads or 1)
    tokenizer = None if job.tokenizer is None else make_tokenizer(job.tokenizer)
    model = make_model(init, job.seed, tokenizer)
    emit("started", kind=job.kind, step=0, steps=0, parameters=sum(entry.numel() for entry in model.parameters()))
    with aside_folder(Path(job.output)) as folder:
        model.save_pretrained(folder)
        if tokenizer is not None:
            tokenizer.save_pretrained(folder)
        seal(job, folder, {"step": 0, "batch": [], "metrics": {"parameters": float(model.num_parameters())}})


def make_model(init: Init, seed: int, tokenizer: Any) -> Any:
    """The model in float32, on the CPU. Raises BadInputError for a configuration that transformers refuses."""
    from transformers import AutoConfig, AutoModelForCausalLM

    given = with_vocabulary(init, tokenizer)
    try:
        config = AutoConfig.for_model(**given)
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    except Exception as error:
        raise BadInputError(f"init.config does not describe a model: {first_line(error)}") from error
    if init.mode == "copying":
        wire_copying(model, seed)
    return model


def with_vocabulary(init: Init, tokenizer: Any) -> dict[str, Any]:
    """The configuration with the size of the vocabulary and the special tokens of the tokenizer."""
    given = copying_config(init.config or {}) if init.mode == "copying" else dict(init.config or {})
    if "model_type" not in given:
        raise BadInputError("init.config.model_type is missing: it says which architecture of transformers is meant")
    size = init.vocab_size or given.get("vocab_size") or len(tokenizer)
    if tokenizer is not None and len(tokenizer) > size:
        raise BadInputError(f"the tokenizer has {len(tokenizer)} tokens, the model only {size}")
    given["vocab_size"] = size
    for name in ("pad", "bos", "eos"):
        key = f"{name}_token_id"
        given.setdefault(key, None if tokenizer is None else getattr(tokenizer, key))
    return given
