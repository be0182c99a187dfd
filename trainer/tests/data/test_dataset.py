"""A dataset that the TypeScript side wrote is loaded and trained on as it is."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset, load_dataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import SFTConfig, SFTTrainer

from longhaul_trainer.policy_gradient import unit_weights
from longhaul_trainer.rl_rows import COLUMNS, check_batch
from longhaul_trainer.rows import load_rows


def load(folder: Path, cache: Path) -> Dataset:
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    return load_dataset("parquet", data_files=files, split="train", cache_dir=str(cache))


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize("name", ["sft", "rl", "drills"])
def test_load_dataset_reads_it_as_it_is(name: str, made: Path, tmp_path: Path) -> None:
    rows = load(made / name, tmp_path)
    said = manifest(made / name)
    assert rows.column_names == said["columns"]
    assert len(rows) == said["counts"]["rows"]
    assert sum(len(ids) for ids in rows["input_ids"]) == said["counts"]["tokens"]
    assert sum(label != -100 for labels in rows["labels"] for label in labels) == said["counts"]["trainedTokens"]
    for row in rows:
        assert len(row["labels"]) == len(row["input_ids"])
        assert all(label in (-100, token) for label, token in zip(row["labels"], row["input_ids"], strict=True))


def test_the_folder_itself_is_a_dataset_by_its_card(made: Path, tmp_path: Path) -> None:
    rows = load_dataset(str(made / "sft"), split="train", cache_dir=str(tmp_path))
    assert rows.to_dict() == load(made / "sft", tmp_path).to_dict()


def test_rows_for_rl_have_their_advantage_and_log_probs_where_they_are_trained(made: Path, tmp_path: Path) -> None:
    for row in load(made / "rl", tmp_path):
        trained = [label != -100 for label in row["labels"]]
        assert [value != 0 for value in row["old_logprobs"]] == trained
        number = int(row["rollout_id"].rsplit(".", 1)[1]) - 100
        assert row["advantages"] == pytest.approx(number / 12 - 0.5)


def test_the_trainer_reads_the_rows_as_they_are(made: Path) -> None:
    files = sorted(str(path) for path in (made / "rl").glob("*.parquet"))
    rows = load_rows(files, ("advantages", "old_logprobs"))
    counts = manifest(made / "rl")["counts"]
    assert len(rows.input_ids) == len(rows.per_token["old_logprobs"]) == counts["tokens"]
    assert int(rows.trained.sum()) == counts["trainedTokens"]
    assert len(rows.per_row["advantages"]) == counts["rows"]


def test_the_trainer_takes_the_rows_of_rl_as_a_batch(made: Path) -> None:
    files = sorted(str(path) for path in (made / "rl").glob("*.parquet"))
    rows = load_rows(files, COLUMNS)
    check_batch(rows, 4)
    assert unit_weights(rows, "rollout").sum() == pytest.approx(1)
    assert len(set(unit_weights(rows, "rollout"))) > 1


def test_windows_begin_with_the_same_prefix_within_a_rollout(made: Path, tmp_path: Path) -> None:
    rows = load(made / "sft", tmp_path)
    starts: dict[str, list[int]] = {}
    for row in rows:
        if row["window"] == 0:
            starts[row["rollout_id"]] = row["input_ids"]
        else:
            assert row["input_ids"][:10] == starts[row["rollout_id"]][:10]
    assert len(starts) == manifest(made / "sft")["counts"]["trajectories"]


@pytest.mark.parametrize("name", ["sft", "drills"])
def test_trl_trains_on_it_without_preprocessing(name: str, made: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(made / "tokenizer")
    rows = load(made / name, tmp_path)
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=256, **shape))
    before = model.lm_head.weight.detach().clone()
    options = SFTConfig(
        output_dir=str(tmp_path / "out"),
        max_steps=2,
        per_device_train_batch_size=4,
        learning_rate=1e-2,
        logging_steps=1,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        bf16=False,
    )
    trainer = SFTTrainer(model=model, args=options, train_dataset=rows, processing_class=tokenizer)
    batch = next(iter(trainer.get_train_dataloader()))
    assert_rows_of(batch, rows)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 2
    assert all(0 < loss < 20 for loss in losses)
    assert not torch.equal(before, model.lm_head.weight)


def assert_rows_of(batch: dict[str, torch.Tensor], rows: Dataset) -> None:
    """What reaches the model is our rows: the ids, and the labels that we masked."""
    known = {tuple(row["input_ids"]): row["labels"] for row in rows}
    for ids, labels, mask in zip(batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True):
        length = int(mask.sum())
        assert labels[:length].tolist() == known[tuple(ids[:length].tolist())]
