"""Trajectories that the TypeScript side exported are read by datasets and TRL as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl.data_utils import apply_chat_template, is_conversational

from .typescript import run_typescript

# The shape that most templates with tools have: thoughts, calls with their arguments, results.
TEMPLATE = """{%- for message in messages -%}
<{{ message.role }}>{% if message.reasoning_content %}({{ message.reasoning_content }}){% endif %}{{ message.content }}
{%- for call in message.tool_calls or [] %}[{{ call.function.name }} {{ call.function.arguments }}]{% endfor %}
{%- endfor -%}"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "out"
    run_typescript("export-trajectories.ts", str(folder))
    return folder


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=words, chat_template=TEMPLATE)


@pytest.mark.parametrize(("kind", "file"), [("parquet", "messages.parquet"), ("json", "messages.jsonl")])
def test_trl_renders_the_conversations(
    kind: str, file: str, exported: Path, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    rows = load_dataset(kind, data_files=str(exported / file), split="train", cache_dir=str(tmp_path))
    assert rows["score"] == [0.75, 1.0]
    assert json.loads(rows[0]["tools"])[0]["function"]["name"] == "bash"
    assert all(is_conversational(row) for row in rows)
    told = [apply_chat_template({"messages": row["messages"]}, tokenizer)["text"] for row in rows]
    assert told[0] == (
        "<system>You reproduce papers.<user>Reproduce the paper."
        '<assistant>(first the paper)I read it.[read_file {"path":"paper/paper.md","page":1}][bash {"command":"ls"}]'
        "<tool># A paper<tool>paper\n<assistant>Done for now.<assistant>[submit {}]"
    )
    assert told[1] == "<user>reproduce each experiment .<assistant>cat paper.md<user>e01 lr=08 .\n<assistant>submit"


def test_prompt_and_completion_are_the_same_conversation(exported: Path, tmp_path: Path) -> None:
    """prime-rl's first readers ask for these two columns, each a list of messages."""
    files = {name: str(exported / f"{name}.jsonl") for name in ("messages", "prompt-completion")}
    cut = load_dataset("json", data_files=files["prompt-completion"], split="train", cache_dir=str(tmp_path))
    whole = load_dataset("json", data_files=files["messages"], split="train", cache_dir=str(tmp_path))
    for parts, row in zip(cut, whole, strict=True):
        assert [stripped(m) for m in parts["prompt"] + parts["completion"]] == [stripped(m) for m in row["messages"]]
        assert [message["role"] for message in parts["prompt"]][-1] == "user"
        assert parts["completion"][0]["role"] == "assistant"


def test_the_folder_itself_is_a_dataset_by_its_card(exported: Path, tmp_path: Path) -> None:
    rows = load_dataset(str(exported), split="train", cache_dir=str(tmp_path))
    assert rows["id"] == ["run.distill.0.paper.0", "run.distill.0.micro.0"]


def test_the_agent_data_protocol_links_every_call_to_its_result(exported: Path) -> None:
    """The rules of its schema 1.5.0 that a trajectory must keep."""
    for line in (exported / "adp.jsonl").read_text().splitlines():
        trajectory = json.loads(line)
        assert set(trajectory) <= {"schema_version", "id", "content", "available_code_languages", "details"}
        calls: list[str] = []
        languages = set()
        for item in trajectory["content"]:
            assert set(item) <= FIELDS[item["class_"]]
            if item["class_"] in ("api_action", "code_action"):
                assert item["tool_call_id"] not in calls
                calls.append(item["tool_call_id"])
                languages |= {item["language"]} if "language" in item else set()
            elif "tool_call_id" in item:
                assert item["tool_call_id"] == calls[-1]
                assert item["source"] == "environment"
        assert sorted(languages) == trajectory.get("available_code_languages", [])


COMMON = {"class_", "description", "reasoning_content", "reward"}
FIELDS = {
    "api_action": COMMON | {"function", "kwargs", "tool_call_id"},
    "code_action": COMMON | {"language", "content", "tool_call_id"},
    "message_action": COMMON | {"content"},
    "text_observation": {"class_", "content", "source", "tool_call_id", "reward"},
}


def stripped(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if value is not None}
