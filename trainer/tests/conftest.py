"""Checkpoints, data and one warm trainer that the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.helpers import Warm, make_checkpoint, start_warm


def pytest_configure(config: pytest.Config) -> None:
    """What is not about GPUs runs on the CPU, on a machine with GPUs too: its numbers are the CPU's."""
    if config.option.markexpr != "cuda":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr != "cuda":
        reason = "needs a GPU: `python -m pytest -m cuda` runs what does"
    elif torch.cuda.is_available():
        return
    else:
        reason = "no GPU can be seen here"
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """One warm trainer for the whole run; a job is a fork."""
    server = start_warm(tmp_path_factory.mktemp("warm") / "trainer.sock")
    yield server
    server.process.terminate()
    assert server.process.wait(20) == 0


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Lfm2 with the copying initialisation: a convolution, then attention. 32 tokens."""
    folder = tmp_path_factory.mktemp("student")
    config = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 4}
    return make_checkpoint(folder, {"mode": "copying", "config": config, "vocabSize": 32})


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Llama: attention only. 32 tokens."""
    folder = tmp_path_factory.mktemp("llama")
    config = {
        "model_type": "llama",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "vocab_size": 32,
    }
    return make_checkpoint(folder, {"mode": "random", "config": config})
