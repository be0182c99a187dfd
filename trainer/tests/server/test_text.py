"""With a tokenizer in its folder a model takes strings, answers text and stops at strings."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from tests.server import models
from tests.server.serving import run, serving


def test_prompts_answers_and_stops_may_be_text(tmp_path: Path) -> None:
    words = {"<pad>": 0, "<s>": 1, "</s>": 2, **{f"w{number}": number for number in range(3, models.VOCAB)}}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<pad>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.add_special_tokens(["<pad>", "<s>", "</s>"])
    path = models.save(models.lfm2(), tmp_path / "model")
    tokenizer.save(str(path / "tokenizer.json"))

    async def story() -> None:
        async with serving({"policy": path}) as client:
            answer = await client.complete("w5 w6 w7", max_tokens=6, ignore_eos=True)
            choice = answer["choices"][0]
            assert choice["prompt_token_ids"] == [5, 6, 7]
            assert choice["text"] == tokenizer.decode(choice["token_ids"])
            names = [tokenizer.id_to_token(token) for token in choice["token_ids"]]
            assert choice["logprobs"]["tokens"] == names
            stop = f"{names[2]} {names[3]}"
            stopped = (await client.complete("w5 w6 w7", max_tokens=6, ignore_eos=True, stop=stop))["choices"][0]
            assert (stopped["finish_reason"], stopped["stop_reason"]) == ("stop", stop)
            assert stopped["token_ids"] == choice["token_ids"][:4]
            assert stopped["text"] == f"{names[0]} {names[1]} "
            with_end = await client.complete("w5 w6 w7", stop_token_ids=[choice["token_ids"][1]])
            assert with_end["choices"][0]["text"] == names[0]

    run(story())
