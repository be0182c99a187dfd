"""A job that cannot be done says so in one sentence, with the right exit code, and leaves no half of a checkpoint."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from longhaul_trainer.errors import REMEDY, BadInputError, TryAgainError, explain
from tests.helpers import (
    PACKAGE,
    Warm,
    command,
    json_lines,
    leftovers,
    of_type,
    random_rows,
    sft,
    weights_of,
    write_rows,
)


def without_checkpoint(folder: Path, student: Path) -> dict[str, Any]:
    return {"checkpoint": str(folder / "nowhere")}


def with_missing_data(folder: Path, student: Path) -> dict[str, Any]:
    return {"data": ["nowhere.parquet"]}


def with_corrupt_data(folder: Path, student: Path) -> dict[str, Any]:
    path = Path(write_rows(folder / "bad.parquet", random_rows(4)))
    path.write_bytes(path.read_bytes()[:-9])
    return {"data": [str(path)]}


def with_a_label_out_of_range(folder: Path, student: Path) -> dict[str, Any]:
    return {"data": [write_rows(folder / "bad.parquet", [*random_rows(4), ([1, 2], [-100, 32])])]}


def with_a_row_too_long(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"maxLength": 12}}


def with_more_length_than_positions(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"maxLength": 513}}


def copy_of(student: Path, folder: Path) -> Path:
    shutil.copytree(student, folder)
    (folder / "manifest.json").unlink()
    return folder


def with_a_damaged_checkpoint(folder: Path, student: Path) -> dict[str, Any]:
    damaged = folder / "damaged"
    shutil.copytree(student, damaged)
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    return {"checkpoint": str(damaged)}


def with_weights_that_are_none(folder: Path, student: Path) -> dict[str, Any]:
    damaged = copy_of(student, folder / "damaged")
    (damaged / "model.safetensors").write_bytes(b"not weights at all")
    return {"checkpoint": str(damaged)}


def with_a_weight_missing(folder: Path, student: Path) -> dict[str, Any]:
    from safetensors.torch import save_file

    damaged = copy_of(student, folder / "damaged")
    weights = weights_of(damaged)
    del weights["model.layers.1.self_attn.q_proj.weight"]
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    return {"checkpoint": str(damaged)}


def with_a_learning_rate_that_explodes(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"learningRate": 1e30, "clip": None}}


def with_packing(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"packing": "pack"}}


def with_no_optimizer_to_continue(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"optimizer": "continue"}}


def with_fsdp_in_one_process(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"fsdp": True}}


def with_adapters_for_no_layer(folder: Path, student: Path) -> dict[str, Any]:
    return {"hyper": {"lora": {"targets": ["nothing"]}}}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (without_checkpoint, "there is no checkpoint in"),
        (with_missing_data, "there is no data file"),
        (with_corrupt_data, "is not readable Parquet"),
        (with_a_label_out_of_range, "row 4 of"),
        (with_a_row_too_long, "tokens, 12 are allowed"),
        (with_more_length_than_positions, "hyper.maxLength is 513, the model has 512 positions"),
        (with_a_damaged_checkpoint, "is damaged: model.safetensors is missing or has another size"),
        (with_weights_that_are_none, "cannot be loaded"),
        (with_a_weight_missing, "lacks 1 weights, the first is model.layers.1.self_attn.q_proj.weight"),
        (with_a_learning_rate_that_explodes, "is nan: a lower learningRate"),
        (with_packing, "lets packed rows see each other"),
        (with_no_optimizer_to_continue, "carries no optimizer state"),
        (with_fsdp_in_one_process, "hyper.fsdp needs several processes"),
        (with_adapters_for_no_layer, "hyper.lora does not fit the model"),
    ],
)
def test_bad_input_exits_2_with_a_sentence_and_leaves_nothing(
    tmp_path: Path, warm: Warm, student: Path, make: Callable[[Path, Path], dict[str, Any]], sentence: str
) -> None:
    fields = make(tmp_path, student)
    folder = sft(tmp_path / "j", Path(fields.pop("checkpoint", student)), **fields)
    code, message = warm.refused(folder)
    assert code == 2
    assert sentence in message
    assert "\n" not in message
    assert leftovers(folder) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A file system of 64 KiB, where mounting one is allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a tmpfs is not allowed here: {mounted.stderr.decode().strip()}")
    return place


@pytest.mark.parametrize("where", ["output", "state"])
def test_a_full_disk_exits_75_and_leaves_no_half_written_file(
    request: pytest.FixtureRequest, tmp_path: Path, warm: Warm, student: Path, where: str
) -> None:
    disk = request.getfixturevalue("small_disk")
    try:
        data = [write_rows(tmp_path / "rows.parquet", random_rows(40))]
        job = disk / "j" if where == "state" else tmp_path / "j"
        folder = sft(job, student, data=data, output=str(disk / "out"), hyper={"saveEvery": 2})
        code, message = warm.refused(folder)
        assert code == 75
        assert "the disk is full" in message
        assert leftovers(disk) == []
        assert leftovers(folder) == []
        free = shutil.disk_usage(disk).free
        assert free > 32_000
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path: Path, student: Path) -> None:
    folder = sft(tmp_path / "j", student)
    done = subprocess.run(
        [sys.executable, "-m", "longhaul_trainer", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384)),
    )
    assert done.returncode == 75, done.stderr
    [error] = of_type(json_lines(done.stdout), "error")
    assert "the disk is full" in error["message"]
    assert done.stderr.strip().endswith(error["message"])
    assert leftovers(folder) == []


def test_a_job_refused_before_torch_is_loaded_is_refused_at_once(tmp_path: Path) -> None:
    """Checked without torch: it is not even importable there."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise RuntimeError('torch was imported')")
    folder = tmp_path / "j"
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps({"id": "j", "kind": "sft", "output": "out"}))
    done = subprocess.run(
        [sys.executable, "-m", "longhaul_trainer", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE,
        env={"PYTHONPATH": f"{tmp_path}:{PACKAGE}"},
    )
    assert done.returncode == 2
    assert of_type(json_lines(done.stdout), "error")[0]["message"].endswith(
        "checkpoint is missing, and a job of kind sft needs it"
    )


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (BadInputError("no"), 2, "no"),
        (TryAgainError("later"), 75, "later"),
        (OSError(28, "No space left on device", "x"), 75, "the disk is full: [Errno 28] No space left on device: 'x'"),
        (OSError(5, "Input/output error"), 75, "input or output failed: [Errno 5] Input/output error"),
        (MemoryError(), 75, f"out of memory; {REMEDY}: MemoryError"),
        (RuntimeError("CUDA error: out of memory"), 75, f"out of memory; {REMEDY}: CUDA error: out of memory"),
        (torch.OutOfMemoryError("Tried to allocate 2 GiB"), 75, f"out of memory; {REMEDY}: Tried to allocate 2 GiB"),
        (ZeroDivisionError("by zero\nagain"), 75, "the trainer broke: ZeroDivisionError: by zero"),
    ],
)
def test_whatever_escapes_has_one_code_and_one_line(error: Exception, code: int, sentence: str) -> None:
    assert explain(error) == (code, sentence)


def test_a_gpu_that_was_promised_and_is_not_there_is_no_reason_to_train_on_the_cpu(
    tmp_path: Path, student: Path
) -> None:
    done = command("-m", "longhaul_trainer", str(sft(tmp_path / "j", student)), CUDA_VISIBLE_DEVICES="99")
    assert done.returncode == 75
    [error] = of_type(json_lines(done.stdout), "error")
    assert error["message"].startswith("CUDA_VISIBLE_DEVICES is 99, but torch ")
