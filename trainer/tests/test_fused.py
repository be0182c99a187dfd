"""Fused operations give the numbers and gradients of the stock modules, and step aside where more is asked of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from transformers import Lfm2Config, Lfm2ForCausalLM

from longhaul_trainer.fused import RmsNorm, Rotation, ShortConvolution, fuse


def model_of(**changes: Any) -> Any:
    torch.manual_seed(1)
    given = {
        "vocab_size": 32,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "layer_types": ["conv", "full_attention", "conv"],
        "conv_L_cache": 3,
        "conv_bias": False,
        "max_position_embeddings": 64,
        **changes,
    }
    model = Lfm2ForCausalLM(Lfm2Config(**given))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.train()


def measured(model: Any, **given: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """The logits, and the gradients of a loss that weighs every one of them."""
    model.zero_grad()
    logits = model(use_cache=False, **given).logits
    weights = torch.linspace(-1, 1, logits.numel()).view(logits.shape)
    (logits * weights).sum().backward()
    return logits.detach(), {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("length", [1, 2, 9])
@pytest.mark.parametrize("changes", [{}, {"conv_bias": True}, {"conv_L_cache": 4}, {"num_key_value_heads": 4}])
def test_logits_and_gradients_are_those_of_the_stock_model(length: int, changes: dict[str, Any]) -> None:
    stock = model_of(**changes)
    fused = deepcopy(stock)
    fuse(fused)
    ids = torch.randint(32, (3, length), generator=torch.Generator().manual_seed(2))
    logits, gradients = measured(stock, input_ids=ids)
    same_logits, same_gradients = measured(fused, input_ids=ids)
    torch.testing.assert_close(same_logits, logits, atol=1e-5, rtol=1e-4)
    for name, gradient in gradients.items():
        torch.testing.assert_close(same_gradients[name], gradient, atol=1e-4, rtol=1e-3, msg=name)


def test_what_is_masked_packed_or_cached_is_left_to_the_stock_modules() -> None:
    stock = model_of().eval()
    fused = deepcopy(stock)
    fuse(fused)
    ids = torch.randint(32, (2, 7), generator=torch.Generator().manual_seed(3))
    mask = torch.tensor([[0, 0, 1, 1, 1, 1, 1], [1] * 7])
    asked: list[dict[str, Any]] = [
        {"attention_mask": mask},
        {"position_ids": torch.tensor([[0, 1, 2, 0, 1, 2, 3]] * 2)},
    ]
    for given in asked:
        torch.testing.assert_close(measured(fused, input_ids=ids, **given), measured(stock, input_ids=ids, **given))
    ahead = {"max_new_tokens": 5, "do_sample": False, "pad_token_id": 0}
    assert torch.equal(fused.generate(ids, **ahead), stock.generate(ids, **ahead))


def test_each_gradient_is_the_slope() -> None:
    torch.manual_seed(4)

    def numbers(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64, requires_grad=True)

    angles = torch.randn(1, 4, 1, 3, dtype=torch.float64).repeat(1, 1, 1, 2)
    assert torch.autograd.gradcheck(
        lambda rows, weight: RmsNorm.apply(rows, weight, 1e-5), (numbers(2, 3, 4), numbers(4))
    )
    assert torch.autograd.gradcheck(ShortConvolution.apply, (numbers(2, 5, 3), numbers(3, 1, 3)))
    assert torch.autograd.gradcheck(ShortConvolution.apply, (numbers(2, 1, 3), numbers(3, 1, 3)))
    assert torch.autograd.gradcheck(
        lambda heads: Rotation.apply(heads, angles.cos(), angles.sin()), (numbers(2, 4, 2, 6),)
    )
