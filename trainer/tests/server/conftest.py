"""Two checkpoints of one shape: (the stock model, its folder)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server import models


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    model = models.lfm2()
    return model, models.save(model, tmp_path_factory.mktemp("models") / "step-1")


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    model = models.lfm2(seed=7)
    return model, models.save(model, tmp_path_factory.mktemp("models") / "step-2")
