"""What no GPU computes twice alike is computed all the same, and said once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from longhaul_trainer.settle import NO_WAY, settle, settled


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def only_loosely() -> int:
    if torch.are_deterministic_algorithms_enabled():
        raise RuntimeError(f"some_kernel {NO_WAY}, but you set …")
    return 7


def test_an_operation_without_a_repeatable_way_is_allowed_once_it_is_met() -> None:
    said: list[str] = []
    assert [settled(only_loosely, lambda: said.append("note")) for _ in range(2)] == [7, 7]
    assert said == ["note"]


def test_any_other_error_stays_one() -> None:
    def broken() -> int:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        settled(broken, pytest.fail)
    assert torch.are_deterministic_algorithms_enabled()


def test_a_cpu_is_left_as_it_is() -> None:
    torch.use_deterministic_algorithms(False)
    settle(torch.device("cpu"), repeatable=True)
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_gpu_computes_the_same_bits_again_where_a_job_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, repeatable: bool
) -> None:
    monkeypatch.setattr("os.environ", {})
    settle(torch.device("cuda"), repeatable=repeatable)
    assert torch.are_deterministic_algorithms_enabled() == repeatable
