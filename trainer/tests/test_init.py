"""An init job makes a stock checkpoint: any architecture with random weights, or the tiny student's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from longhaul_trainer.run import run
from tests.helpers import json_lines, largest_difference, make_checkpoint, of_type, write_job

WORDS = ["<pad>", "<end>", "<unk>", "<user>", "<assistant>", "e03", "lr=08", ".", "echo", ">>"]
TEMPLATE = "{% for m in messages %}<{{ m.role }}> {{ m.content }} <end> {% endfor %}"
TOKENIZER = {
    "words": WORDS,
    "pad": "<pad>",
    "eos": "<end>",
    "unk": "<unk>",
    "special": ["<user>"],
    "chatTemplate": TEMPLATE,
}


def test_the_tiny_student_has_373536_weights_at_350_words_and_is_a_stock_checkpoint(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, {"mode": "copying", "vocabSize": 350}, tokenizer=TOKENIZER)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert type(model).__name__ == "Lfm2ForCausalLM"
    assert model.num_parameters() == 373_536
    assert (model.config.pad_token_id, model.config.eos_token_id, model.config.bos_token_id) == (0, 1, None)


def test_the_wired_model_has_open_gates_and_looks_one_token_back(tmp_path: Path) -> None:
    """With x̂ of norm √d and half of its square in u, both gates are √2/√d · √d/√2 = 1 on average."""
    model = AutoModelForCausalLM.from_pretrained(make_checkpoint(tmp_path, {"mode": "copying", "vocabSize": 350}))
    layer = model.model.layers[0]
    ids = torch.randint(350, (1, 64), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        hidden = layer.operator_norm(model.model.embed_tokens(ids))
        first, second, _ = layer.conv.in_proj(hidden).chunk(3, dim=-1)
        taps = layer.conv.conv.weight.mean(dim=(0, 1))
    assert abs(float(first.mean()) - 1) < 0.1
    assert abs(float(second.mean()) - 1) < 0.1
    assert (taps - torch.tensor([0.0, 1.0, 0.0])).abs().max() < 0.05


def test_half_of_the_heads_look_at_what_followed_the_last_token_when_it_came_before(tmp_path: Path) -> None:
    """Pages of 100 distinct tokens, then token k of the page once more: the place k + 1 gets over twice its share."""
    folder = make_checkpoint(tmp_path, {"mode": "copying", "vocabSize": 350}, seed=5)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
    draw = torch.Generator().manual_seed(1)
    pages = torch.stack([torch.randperm(350, generator=draw)[:100] for _ in range(60)])
    asked = torch.arange(60) + 20
    ids = torch.cat([pages, pages.gather(1, asked[:, None])], dim=1)
    with torch.no_grad():
        weights = model(input_ids=ids, output_attentions=True).attentions[-1][:, :, -1]  # [pages, heads, places]
    found = weights[torch.arange(60), :, asked + 1].mean(dim=0) * 101
    assert found[:4].min() > 2
    assert found[4:].max() < 1.3


def test_the_same_job_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    init = {"mode": "copying", "vocabSize": 40}
    one, two = (make_checkpoint(tmp_path / name, init, seed=1) for name in "ab")
    other = make_checkpoint(tmp_path / "c", init, seed=2)
    assert largest_difference(one, two) == 0
    assert largest_difference(one, other) > 0.1


def test_one_word_is_one_token_there_and_back(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_checkpoint(tmp_path, {"mode": "copying"}, tokenizer=TOKENIZER))
    ids = tokenizer("e03 lr=08 .\n echo nothing >>", add_special_tokens=False).input_ids
    assert ids == [5, 6, 7, 8, 2, 9]
    assert tokenizer.decode(ids) == "e03 lr=08 . echo <unk> >>"
    assert tokenizer.decode([3, 5, 1], skip_special_tokens=True) == "e03"
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id) == (0, 1, 2)
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": "e03 ."}], return_dict=False)
    assert rendered == [3, 5, 7, 1]


def test_a_tokenizer_folder_is_copied_with_its_template(tmp_path: Path) -> None:
    first = make_checkpoint(tmp_path / "a", {"mode": "copying"}, tokenizer=TOKENIZER)
    second = make_checkpoint(tmp_path / "b", {"mode": "copying"}, tokenizer={"path": str(first)})
    assert AutoTokenizer.from_pretrained(second).chat_template == TEMPLATE
    assert AutoModelForCausalLM.from_pretrained(second).config.vocab_size == len(WORDS)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"init": {"mode": "random"}}, "init.config is missing"),
        ({"init": {"mode": "copying"}}, "the size of the vocabulary is unknown"),
        ({"init": {"mode": "checkpoint"}}, "init.path belongs to mode checkpoint, which needs it"),
        ({"init": {"mode": "copying", "path": "x"}}, "init.path belongs to mode checkpoint, which needs it"),
        ({"init": {"mode": "checkpoint", "path": "nowhere"}}, "there is no folder"),
        ({"init": {"mode": "checkpoint", "path": "."}}, "has no config.json"),
        ({"init": {"mode": "checkpoint", "path": ".", "vocabSize": 9}}, "brings its own configuration and tokenizer"),
        ({"init": {"mode": "random", "config": {"vocab_size": 9}}}, "init.config.model_type is missing"),
        (
            {"init": {"mode": "random", "config": {"model_type": "nix", "vocab_size": 9}}},
            "init.config does not describe",
        ),
        ({"init": {"mode": "copying", "vocabSize": 9, "config": {"conv_bias": True}}}, "left padding is not exact"),
        (
            {"init": {"mode": "copying", "vocabSize": 9}, "tokenizer": {"words": WORDS}},
            "has 10 tokens, the model only 9",
        ),
        ({"init": {"mode": "copying"}, "tokenizer": {"words": ["a", "a"]}}, "holds 'a' twice"),
        ({"init": {"mode": "copying"}, "tokenizer": {"words": ["a b"]}}, "which is not one word"),
        ({"init": {"mode": "copying"}, "tokenizer": {"words": ["a"], "eos": "b"}}, "tokenizer.eos is 'b'"),
        ({"init": {"mode": "copying"}, "tokenizer": {"words": ["a"], "path": "."}}, "either words or path"),
        ({"init": {"mode": "copying"}, "tokenizer": {"words": ["a"], "chatTemplate": "{% if"}}, "is not Jinja"),
        ({"init": {"mode": "copying"}, "tokenizer": {"path": "nowhere"}}, "there is no tokenizer folder"),
    ],
)
def test_an_init_job_that_describes_no_model_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fields: dict[str, Any], sentence: str
) -> None:
    folder = write_job(tmp_path / "j", kind="init", **fields)
    assert run(folder) == 2
    [error] = of_type(json_lines(capsys.readouterr().out), "error")
    assert sentence in error["message"]
    assert not (folder / "out").exists()


def test_the_manifest_names_every_file(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, {"mode": "copying"}, tokenizer=TOKENIZER)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}
    assert (manifest["step"], manifest["parent"]) == (0, None)


def test_a_model_of_somebody_else_is_taken_over_as_it_is(tmp_path: Path) -> None:
    theirs = make_checkpoint(tmp_path / "theirs", {"mode": "copying"}, tokenizer=TOKENIZER)
    (theirs / "manifest.json").unlink()
    (theirs / "training_args.bin").write_bytes(b"not needed")
    ours = make_checkpoint(tmp_path / "ours", {"mode": "checkpoint", "path": str(theirs)})
    manifest = json.loads((ours / "manifest.json").read_text())
    assert manifest["metrics"]["parameters"] == AutoModelForCausalLM.from_pretrained(theirs).num_parameters()
    assert "training_args.bin" not in manifest["files"]
    assert AutoTokenizer.from_pretrained(ours).get_vocab() == AutoTokenizer.from_pretrained(theirs).get_vocab()
    assert (ours / "model.safetensors").read_bytes() == (theirs / "model.safetensors").read_bytes()
    assert (ours / "model.safetensors").stat().st_ino == (theirs / "model.safetensors").stat().st_ino
