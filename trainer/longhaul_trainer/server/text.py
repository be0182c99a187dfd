"""Tokens to text and back, where the model's folder has a tokenizer."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer


class Text:
    """The folder's `tokenizer.json`; without one, text is empty and tokens are named by their ids as vLLM does."""

    def __init__(self, path: Path) -> None:
        file = path / "tokenizer.json"
        self._tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else None
        self._names: dict[int, str] = {}

    @property
    def known(self) -> bool:
        """Whether there is a tokenizer."""
        return self._tokenizer is not None

    def decode(self, tokens: list[int]) -> str:
        """The text of some tokens, special ones left out."""
        return self._tokenizer.decode(tokens) if self._tokenizer else ""

    def encode(self, text: str) -> list[int]:
        """The tokens of a text. ValueError without a tokenizer."""
        if not self._tokenizer:
            raise ValueError("this model has no tokenizer.json: give the prompt as token ids")
        return self._tokenizer.encode(text).ids

    def name(self, token: int) -> str:
        """One token as a string, for `logprobs.tokens`."""
        found = self._names.get(token)
        if found is None:
            text = self._tokenizer.decode([token], skip_special_tokens=False) if self._tokenizer else ""
            found = self._names[token] = text or f"token_id:{token}"
        return found
