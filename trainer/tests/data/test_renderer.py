"""Our chat-template renderer gives the tokens that transformers gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from .texts import TABLE, UNICODE, long_lines, real_texts, repository_files
from .tokenizers_made import KINDS, make_tokenizer
from .typescript import run_typescript

Conversation = list[dict[str, str]]


def conversations() -> list[Conversation]:
    """Several turns, with real text as what was said and as what came back."""
    code = repository_files()[0].read_text().strip()
    outputs = [code, TABLE, "", "\n".join(UNICODE), *long_lines()[:2], "\n\nbegins and ends with lines\n\n"]
    messages: Conversation = [
        {"role": "system", "content": "You reproduce papers."},
        {"role": "user", "content": TABLE},
    ]
    for index, output in enumerate(outputs):
        messages.append(
            {"role": "assistant", "content": f"cat file-{index}.md | head -n {index}  # {UNICODE[index % 5]}"}
        )
        messages.append({"role": "user", "content": output})
    return [messages[:4], messages, [{"role": "user", "content": "Go."}, {"role": "assistant", "content": ""}]]


def ask(folder: Path, role: str, asked: list[Conversation], texts: list[str]) -> dict[str, Any]:
    question = {"folder": str(folder), "settings": {"observationRole": role}, "conversations": asked, "texts": texts}
    return json.loads(run_typescript("render.ts", question=question))


def whole(tokenizer: Any, messages: Conversation) -> list[int]:
    return tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)


@pytest.mark.parametrize("kind", KINDS)
def test_byte_level_bpe_gives_the_ids_of_transformers(kind: str, tmp_path: Path) -> None:
    tokenizer = make_tokenizer(kind, tmp_path)
    texts = real_texts()
    answer = ask(tmp_path, "user", conversations(), texts)
    for text, ids, back in zip(texts, answer["encoded"], answer["decoded"], strict=True):
        expected = tokenizer.encode(text, add_special_tokens=False)
        assert ids == expected, f"{text[:60]!r}"
        assert back == tokenizer.decode(expected, skip_special_tokens=True), f"{text[:60]!r}"
    for messages, ids in zip(conversations(), answer["whole"], strict=True):
        assert ids == whole(tokenizer, messages)


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_laid_end_to_end_are_the_conversation_of_transformers(kind: str, tmp_path: Path) -> None:
    tokenizer = make_tokenizer(kind, tmp_path)
    asked = conversations()[:2]
    answer = ask(tmp_path, "user", asked, [])
    assert answer["endOfTurnId"] == tokenizer.eos_token_id
    for messages, ids in zip(asked, answer["pieces"], strict=True):
        assert ids == whole(tokenizer, messages)


def test_the_micropapers_tokenizer_is_one_of_transformers(made: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(made / "tokenizer")
    assert (tokenizer.pad_token_id, tokenizer.unk_token_id) == (0, 1)
    assert tokenizer.convert_ids_to_tokens([2, tokenizer.eos_token_id]) == ["<bos>", "<end>"]
    page = "# experiments\ne03 lr=08 depth=28 warmup=30 .\ne04 lr=01 depth=02 .\n"
    messages = [
        {"role": "user", "content": "reproduce each experiment of paper.md , then submit ."},
        {"role": "assistant", "content": "cat paper.md"},
        {"role": "tool", "content": page},
        {"role": "assistant", "content": "echo e03 lr=08 depth=28 warmup=30 >> runs.txt"},
        {"role": "tool", "content": ""},
    ]
    texts = [page, "sh run.sh e03", "never heard of", "  e01 \n\t e02  "]
    answer = ask(made / "tokenizer", "tool", [messages], texts)
    assert answer["encoded"] == [tokenizer.encode(text, add_special_tokens=False) for text in texts]
    assert answer["whole"] == answer["pieces"] == [whole(tokenizer, messages)]
    assert answer["decoded"][1] == tokenizer.decode(answer["encoded"][1]) == "sh run.sh e03"
