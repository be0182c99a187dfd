"""`job.json`, as `core/job.ts` describes it; a test holds the two against each other."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import BadInputError, existing
from .strict import field, read

Kind = Literal["init", "sft", "rl", "pretrain"]


@dataclass(frozen=True)
class Lora:
    rank: int = field(16, minimum=1)
    alpha: float = field(32.0, above=0)
    dropout: float = field(0.0, minimum=0, below=1)
    targets: list[str] | None = field(None, size=1, item_size=1)


@dataclass(frozen=True)
class RlHyper:
    clip_ratio: float = field(0.2, above=0)
    kl_weight: float = field(0.01, minimum=0)
    reference: str | None = field(None, size=1)
    loss_weight: Literal["window", "rollout"] = field("rollout")


@dataclass(frozen=True)
class Hyper:
    learning_rate: float = field(1e-5, above=0)
    warmup_steps: int = field(0, minimum=0)
    schedule: Literal["linear", "cosine", "constant"] = field("linear")
    final_fraction: float = field(0.0, minimum=0, maximum=1)
    betas: tuple[float, float] = field((0.9, 0.95), minimum=0, below=1)
    weight_decay: float = field(0.0, minimum=0)
    clip: float | None = field(1.0, above=0)
    accumulation: int = field(1, minimum=1)
    packing: Literal["bucket", "pack"] = field("bucket")
    max_length: int | None = field(None, minimum=1)
    dtype: Literal["auto", "float32", "bfloat16"] = field("auto")
    activation_checkpointing: bool = field(False)
    repeatable: bool = field(True)
    fsdp: bool = field(False)
    lora: Lora | None = field(None)
    optimizer: Literal["fresh", "continue"] = field("fresh")
    keep_optimizer: bool = field(False)
    save_every: int | None = field(None, minimum=1)
    threads: int | None = field(None, minimum=1)
    rl: RlHyper | None = field(None)


@dataclass(frozen=True)
class Init:
    mode: Literal["random", "copying", "checkpoint"] = field()
    path: str | None = field(None, size=1)
    config: dict[str, Any] | None = field(None)
    vocab_size: int | None = field(None, minimum=1)


@dataclass(frozen=True)
class Tokenizer:
    words: list[str] | None = field(None, size=1, item_size=1)
    path: str | None = field(None, size=1)
    pad: str | None = field(None, size=1)
    bos: str | None = field(None, size=1)
    eos: str | None = field(None, size=1)
    unk: str | None = field(None, size=1)
    special: list[str] = field(list, item_size=1)
    chat_template: str | None = field(None, size=1)


@dataclass(frozen=True)
class Job:
    id: str = field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")
    kind: Kind = field()
    output: str = field(size=1)
    checkpoint: str | None = field(None, size=1)
    data: list[str] = field(list, item_size=1)
    seed: int = field(0, minimum=0, maximum=4_294_967_295)
    steps: int = field(0, minimum=0)
    batch_tokens: int = field(2048, minimum=1)
    hyper: Hyper = field(Hyper)
    init: Init | None = field(None)
    tokenizer: Tokenizer | None = field(None)


def read_job(directory: Path) -> Job:
    """The job of a folder, checked, its paths made absolute. Raises BadInputError with one sentence."""
    path = existing(existing(directory, "job folder") / "job.json", "job file")
    try:
        value = json.loads(path.read_text())
    except (ValueError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is not JSON: {error}") from error
    try:
        job = read(Job, value)
        contradictions(job)
    except BadInputError as error:
        raise BadInputError(f"{path}: {error}") from error
    return absolute(job, directory.resolve())


def contradictions(job: Job) -> None:
    """What no single field can tell: the fields that a kind needs and those that it cannot use."""
    if job.kind == "init":
        needs(job.init is not None, "init is missing, and a job of kind init needs it")
        needs(
            job.checkpoint is None and not job.data and job.steps == 0, "an init job takes no checkpoint, data or steps"
        )
        init = job.init
        assert init is not None
        needs(
            (init.path is None) == (init.mode != "checkpoint"), "init.path belongs to mode checkpoint, which needs it"
        )
        if init.mode == "checkpoint":
            own = init.config is None and init.vocab_size is None and job.tokenizer is None
            needs(own, "a checkpoint that is taken over brings its own configuration and tokenizer")
            return
        needs(init.mode == "copying" or init.config is not None, "init.config is missing, and mode random needs it")
        sized = init.vocab_size or job.tokenizer or "vocab_size" in (init.config or {})
        needs(
            bool(sized),
            "the size of the vocabulary is unknown: give tokenizer, init.vocabSize or init.config.vocab_size",
        )
    else:
        needs(job.checkpoint is not None, f"checkpoint is missing, and a job of kind {job.kind} needs it")
        needs(bool(job.data), f"data is missing, and a job of kind {job.kind} needs it")
        needs(job.steps > 0, f"steps must be at least 1 for a job of kind {job.kind} (got {job.steps})")
        needs(job.init is None and job.tokenizer is None, "init and tokenizer belong to jobs of kind init")
    needs(job.hyper.rl is None or job.kind == "rl", "hyper.rl belongs to jobs of kind rl")
    drops = job.hyper.lora is not None and job.hyper.lora.dropout > 0
    needs(
        job.kind != "rl" or not drops, "hyper.lora.dropout must be 0 in a job of kind rl: it would change the log-probs"
    )
    tokenizer = job.tokenizer
    if tokenizer is not None:
        needs((tokenizer.words is None) != (tokenizer.path is None), "tokenizer needs either words or path")


def needs(true: bool, sentence: str) -> None:
    if not true:
        raise BadInputError(sentence)


def absolute(job: Job, base: Path) -> Job:
    """The same job with every path absolute; relative ones start at the job's folder."""

    def full(path: str | None) -> str | None:
        return None if path is None else str((base / path).absolute())

    hyper, tokenizer, init = job.hyper, job.tokenizer, job.init
    if hyper.rl is not None:
        hyper = dataclasses.replace(hyper, rl=dataclasses.replace(hyper.rl, reference=full(hyper.rl.reference)))
    if tokenizer is not None:
        tokenizer = dataclasses.replace(tokenizer, path=full(tokenizer.path))
    if init is not None:
        init = dataclasses.replace(init, path=full(init.path))
    return dataclasses.replace(
        job,
        init=init,
        checkpoint=full(job.checkpoint),
        data=[str((base / path).absolute()) for path in job.data],
        output=str((base / job.output).absolute()),
        hyper=hyper,
        tokenizer=tokenizer,
    )


def settings_hash(job: Job) -> str:
    """Hash of what decides the result, apart from the bytes of checkpoint and data: no paths, no threads, no savings."""
    value = dataclasses.asdict(job)
    for key in ("checkpoint", "data", "output"):
        del value[key]
    for key in ("threads", "save_every", "activation_checkpointing", "repeatable", "fsdp", "accumulation"):
        del value["hyper"][key]
    if value["hyper"]["rl"]:
        value["hyper"]["rl"]["reference"] = value["hyper"]["rl"]["reference"] is not None
    if value["init"]:
        del value["init"]["path"]
    if value["tokenizer"]:
        value["tokenizer"]["path"] = value["tokenizer"]["path"] is not None
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
