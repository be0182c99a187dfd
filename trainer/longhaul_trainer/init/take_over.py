"""A model that somebody else has trained, as a checkpoint like any other: its files are taken over as they are."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path

from safetensors import safe_open

from ..commit import COMPANIONS, seal
from ..errors import BadInputError
from ..files import aside_folder
from ..job import Job
from ..progress import Emit

# What transformers loads of a model: configuration, weights whole or in shards, custom code excluded.
MODEL = ("config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json")


def take_over(job: Job, emit: Emit) -> None:
    """Links what is needed into the output where both lie on one file system, and copies it elsewhere."""
    assert job.init is not None
    assert job.init.path is not None
    source = Path(job.init.path)
    files = model_files(source)
    parameters = sum(weights_in(path) for path in files if path.suffix == ".safetensors")
    emit("started", kind=job.kind, step=0, steps=0, parameters=parameters)
    with aside_folder(Path(job.output)) as folder:
        for path in files:
            link_or_copy(path, folder / path.name)
        seal(job, folder, {"step": 0, "batch": [], "metrics": {"parameters": float(parameters)}})


def model_files(source: Path) -> list[Path]:
    """The files of a Hugging Face folder. Raises BadInputError for one that holds no model with a tokenizer."""
    if not source.is_dir():
        raise BadInputError(f"init.path: there is no folder {source}")
    found = sorted({path for pattern in (*MODEL, *COMPANIONS) for path in source.glob(pattern) if path.is_file()})
    names = {path.name for path in found}
    for needed in ("config.json", "tokenizer", ".safetensors"):
        if not any(needed in name for name in names):
            raise BadInputError(f"init.path: {source} has no {needed}")
    return found


def weights_in(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


def link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)
