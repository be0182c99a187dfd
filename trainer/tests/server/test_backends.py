"""Every backend gives the stock model's log-probabilities, however a sequence was cut into pieces."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from longhaul_trainer.server.backend import Backend, BackendOptions, ModelFolderError, Piece, open_backend
from tests.server import models

CASES: dict[str, tuple[Callable[[], Any], str]] = {
    "the student's layers": (models.lfm2, "lfm2"),
    "three kinds of layer order": (
        lambda: models.lfm2(num_hidden_layers=4, layer_types=["full_attention", "conv", "conv", "full_attention"]),
        "lfm2",
    ),
    "grouped heads, biases, four taps": (
        lambda: models.lfm2(num_key_value_heads=2, conv_bias=True, conv_L_cache=4),
        "lfm2",
    ),
    "untied embeddings": (lambda: models.lfm2(tie_word_embeddings=False), "lfm2"),
    "a llama": (models.llama, "full-attention"),
    "a state-space model": (models.mamba, "plain"),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Backend]:
    make, kind = CASES[request.param]
    model = make()
    path = models.save(model, tmp_path_factory.mktemp("model"))
    backend = open_backend(path, BackendOptions(slots=8, max_length=96))
    assert backend.kind == kind
    return model, backend


def stock(model: Any, tokens: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return model(torch.tensor([tokens])).logits[0].float().log_softmax(-1)


def tokens_of(generator: random.Random, count: int) -> list[int]:
    return [generator.randrange(3, models.VOCAB) for _ in range(count)]


def test_pieces_of_many_sequences_in_one_batch_equal_one_forward_each(case: tuple[Any, Backend]) -> None:
    model, backend = case
    backend.reset()
    generator = random.Random(1)
    texts = {slot: tokens_of(generator, generator.randrange(20, 80)) for slot in (0, 1, 3, 4, 7)}
    expected = {slot: stock(model, text) for slot, text in texts.items()}
    fed = dict.fromkeys(texts, 0)
    while any(fed[slot] < len(texts[slot]) for slot in texts):
        pieces = []
        for slot, text in texts.items():
            count = min(generator.choice([0, 1, 1, 1, 2, 5, 17]), len(text) - fed[slot])
            if count:
                pieces.append(Piece(slot, fed[slot], text[fed[slot] : fed[slot] + count]))
                fed[slot] += count
        if not pieces:
            continue
        logits = backend.forward(pieces).log_softmax(-1)
        for row, piece in zip(logits, pieces, strict=True):
            wanted = expected[piece.slot][piece.start + len(piece.tokens) - 1]
            torch.testing.assert_close(row, wanted, atol=1e-5, rtol=0)


def test_a_copied_and_cut_prefix_goes_on_exactly(case: tuple[Any, Backend]) -> None:
    model, backend = case
    if not backend.truncates:
        pytest.skip("this model's state cannot be cut")
    generator = random.Random(2)
    text = tokens_of(generator, 60)
    backend.forward([Piece(2, 0, text)])
    for cut in (1, 2, 3, 31, 59):
        other = text[:cut] + tokens_of(generator, 9)
        backend.copy(2, 5, cut)
        row = backend.forward([Piece(5, cut, other[cut:])]).log_softmax(-1)[0]
        torch.testing.assert_close(row, stock(model, other)[-1], atol=1e-5, rtol=0)
        again = text[:cut] + tokens_of(generator, 1)
        row = backend.forward([Piece(5, cut, again[cut:])]).log_softmax(-1)[0]
        torch.testing.assert_close(row, stock(model, again)[-1], atol=1e-5, rtol=0)


def test_new_weights_replace_the_old_and_another_shape_is_refused(case: tuple[Any, Backend], tmp_path: Path) -> None:
    model, backend = case
    if model.config.model_type != "lfm2" or len(model.config.layer_types) != 2:
        pytest.skip("one shape is enough")
    original = backend.prepare(models.save(model, tmp_path / "same"))
    changed = models.lfm2(
        seed=5,
        **{
            name: getattr(model.config, name)
            for name in ("num_key_value_heads", "conv_bias", "conv_L_cache", "tie_word_embeddings")
        },
    )
    backend.install(backend.prepare(models.save(changed, tmp_path / "other")))
    backend.reset()
    text = tokens_of(random.Random(3), 12)
    row = backend.forward([Piece(0, 0, text)]).log_softmax(-1)[0]
    torch.testing.assert_close(row, stock(changed, text)[-1], atol=1e-5, rtol=0)
    with pytest.raises(ModelFolderError, match="another shape"):
        backend.prepare(models.save(models.lfm2(hidden_size=64), tmp_path / "larger"))
    backend.install(original)


@pytest.mark.parametrize("make", [models.llama, models.mamba])
def test_new_weights_of_a_stock_model_are_written_where_the_old_ones_were(
    make: Callable[..., Any], tmp_path: Path
) -> None:
    """So that a GPU never holds two models."""
    backend: Any = open_backend(models.save(make(), tmp_path / "first"), BackendOptions(slots=2))
    places = [entry.data_ptr() for entry in backend._model.parameters()]
    backend.install(backend.prepare(models.save(make(seed=5), tmp_path / "second")))
    assert [entry.data_ptr() for entry in backend._model.parameters()] == places
    text = tokens_of(random.Random(3), 12)
    row = backend.forward([Piece(0, 0, text)]).log_softmax(-1)[0]
    torch.testing.assert_close(row, stock(make(seed=5), text)[-1], atol=1e-5, rtol=0)


def test_values_that_are_not_numbers_do_not_outlive_a_reset(tmp_path: Path) -> None:
    model = models.lfm2()
    broken = models.lfm2()
    broken.model.layers[0].conv.in_proj.weight.data.fill_(float("nan"))
    backend = open_backend(models.save(broken, tmp_path / "broken"), BackendOptions(slots=4))
    text = tokens_of(random.Random(4), 30)
    assert backend.forward([Piece(slot, 0, text) for slot in range(4)]).isnan().all()
    backend.install(backend.prepare(models.save(model, tmp_path / "sound")))
    backend.reset()
    for slot in (3, 0):
        row = backend.forward([Piece(slot, 0, text[:9])]).log_softmax(-1)[0]
        torch.testing.assert_close(row, stock(model, text[:9])[-1], atol=1e-5, rtol=0)


def test_a_folder_without_a_model_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"has no config\.json"):
        open_backend(tmp_path, BackendOptions())
