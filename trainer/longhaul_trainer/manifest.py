"""`manifest.json` of a checkpoint: with it the checkpoint exists, without it there is none."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from .errors import BadInputError
from .files import read_json, sha256_of
from .job import Job, settings_hash

NAME = "manifest.json"
WEIGHTS = "*.safetensors"


def finished(job: Job) -> dict[str, Any] | None:
    """The manifest of this very job's output, if it is done. Raises BadInputError when something else lies there."""
    output = Path(job.output)
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return None
    if not (output / NAME).exists():
        raise BadInputError(f"the output {output} exists and is no checkpoint of Longhaul: remove it or choose another")
    manifest = read_json(output / NAME, "the manifest")
    if manifest.get("job") != job.id:
        raise BadInputError(f"the output {output} belongs to job {manifest.get('job')}, not to {job.id}")
    if manifest.get("settings") != settings_hash(job):
        raise BadInputError(f"job {job.id} was done with other settings: give the new one another id and output")
    return manifest


def compose(job: Job, folder: Path, found: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a folder that is ready to be committed; `found` has step, batch, metrics and versions."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {
        "job": job.id,
        "kind": job.kind,
        "settings": settings_hash(job),
        "step": found["step"],
        "steps": job.steps,
        "parent": None
        if job.checkpoint is None
        else {"path": job.checkpoint, "sha256": identity(Path(job.checkpoint))},
        "batch": found["batch"],
        "files": {
            str(path.relative_to(folder)): {"sha256": sha256_of(path), "bytes": path.stat().st_size} for path in files
        },
        "metrics": found["metrics"],
        "versions": {"python": platform.python_version(), **found["versions"]},
    }


def identity(checkpoint: Path) -> str:
    """What a checkpoint is known by: the hash of its manifest, or of its first weights file where it has none."""
    candidates = [checkpoint / NAME, *sorted(checkpoint.glob(WEIGHTS))]
    return next((sha256_of(path) for path in candidates if path.is_file()), "0" * 64)


def check_whole(checkpoint: Path) -> None:
    """Raises BadInputError unless the folder is a checkpoint and every file that its manifest names is there in full."""
    if not (checkpoint / "config.json").is_file():
        raise BadInputError(f"there is no checkpoint in {checkpoint}: config.json is missing")
    if not (checkpoint / NAME).exists():
        return
    for name, entry in read_json(checkpoint / NAME, "the manifest").get("files", {}).items():
        path = checkpoint / name
        if not path.is_file() or path.stat().st_size != entry["bytes"]:
            raise BadInputError(f"the checkpoint {checkpoint} is damaged: {name} is missing or has another size")
