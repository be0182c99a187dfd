"""Tokenizers of an init job: one word is one token, or a copy of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import BadInputError, existing, first_line
from ..job import Tokenizer


def make_tokenizer(wanted: Tokenizer) -> Any:
    """A tokenizer of transformers that `save_pretrained` writes and `AutoTokenizer` reads."""
    tokenizer = from_words(wanted) if wanted.words is not None else from_folder(wanted)
    if wanted.chat_template is not None:
        check_template(wanted.chat_template)
        tokenizer.chat_template = wanted.chat_template
    return tokenizer


def from_folder(wanted: Tokenizer) -> Any:
    from transformers import AutoTokenizer

    path = existing(Path(str(wanted.path)), "tokenizer folder")
    try:
        return AutoTokenizer.from_pretrained(str(path), local_files_only=True)
    except Exception as error:
        raise BadInputError(f"the tokenizer {path} cannot be loaded: {first_line(error)}") from error


def from_words(wanted: Tokenizer) -> Any:
    """Word i of the list is token i; text is split at white space; decoding joins with one space."""
    from tokenizers import Tokenizer as Engine
    from tokenizers import models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = wanted.words or []
    check_words(wanted, words)
    vocabulary = {word: index for index, word in enumerate(words)}
    engine = Engine(models.WordLevel(vocabulary, unk_token=wanted.unk or ""))
    engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    named = {f"{name}_token": getattr(wanted, name) for name in ("pad", "bos", "eos", "unk")}
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        additional_special_tokens=wanted.special,
        clean_up_tokenization_spaces=False,
        **{key: word for key, word in named.items() if word is not None},
    )


def check_words(wanted: Tokenizer, words: list[str]) -> None:
    seen: set[str] = set()
    for word in words:
        if word.split() != [word]:
            raise BadInputError(f"tokenizer.words holds {word!r}, which is not one word")
        if word in seen:
            raise BadInputError(f"tokenizer.words holds {word!r} twice")
        seen.add(word)
    for name in ("pad", "bos", "eos", "unk"):
        word = getattr(wanted, name)
        if word is not None and word not in seen:
            raise BadInputError(f"tokenizer.{name} is {word!r}, which is not among tokenizer.words")
    for word in wanted.special:
        if word not in seen:
            raise BadInputError(f"tokenizer.special holds {word!r}, which is not among tokenizer.words")


def check_template(template: str) -> None:
    from jinja2 import TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        ImmutableSandboxedEnvironment(extensions=["jinja2.ext.loopcontrols"]).parse(template)
    except TemplateSyntaxError as error:
        raise BadInputError(f"tokenizer.chatTemplate is not Jinja: {error}") from error
