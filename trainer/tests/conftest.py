"""Checkpoints, data and one warm trainer that the tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import Warm, make_checkpoint, start_warm


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
