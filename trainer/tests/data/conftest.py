"""Datasets and renderings made by the TypeScript side, once for the session."""

from pathlib import Path

import pytest

from .typescript import run_typescript


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tokenizer`, and the datasets `sft`, `rl` and `drills`."""
    home = tmp_path_factory.mktemp("made")
    run_typescript("make-dataset.ts", str(home))
    return home
