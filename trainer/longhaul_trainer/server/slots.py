"""The prefix cache: which tokens each slot's stores hold, and which slot a new prompt should go on from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from longhaul_trainer.server.backend import Backend


class SlotTable:
    """A finished sequence stays in its slot until that slot is the least recently used idle one and is needed.

    A prompt takes the slot whose tokens share the longest prefix with it: in place where it goes on from an idle slot's very
    end or the slot was its own session's, else copied into another slot, so that what the first one holds stays (it may be
    another rollout's history).
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._tokens = np.full((backend.slots, backend.max_length), -1, dtype=np.int64)
        self._lengths = np.zeros(backend.slots, dtype=np.int64)
        self._used = np.zeros(backend.slots, dtype=np.int64)
        self._idle = np.ones(backend.slots, dtype=bool)
        self._sessions: list[str | None] = [None] * backend.slots
        self._clock = 0

    def acquire(self, prompt: Sequence[int], session: str | None = None) -> tuple[int, int] | None:
        """(slot, how many of the prompt's tokens it already holds), or None while every slot is busy.

        At least the prompt's last token is left to be fed, since it is the one whose logits are needed.
        """
        if not self._idle.any():
            return None
        source, shared = self._longest(prompt, session)
        own = session is not None and self._sessions[source] == session and self._backend.truncates
        if shared and self._idle[source] and (own or shared == self._lengths[source]):
            target = source
        else:
            target = self._least_used()
            if shared and not self._backend.truncates:
                shared = 0
            if shared and target != source:
                self._backend.copy(source, target, shared)
        self._tokens[target, :shared] = prompt[:shared]
        self._tokens[target, shared:] = -1
        self._lengths[target] = shared
        self._idle[target] = False
        self._sessions[target] = session
        self._touch(target)
        return target, shared

    def append(self, slot: int, tokens: Sequence[int]) -> None:
        """Notes tokens that were fed to a slot."""
        length = int(self._lengths[slot])
        self._tokens[slot, length : length + len(tokens)] = tokens
        self._lengths[slot] = length + len(tokens)

    def release(self, slot: int) -> None:
        """Gives a slot back; what it holds may be gone on from."""
        self._idle[slot] = True
        self._touch(slot)

    def forget(self) -> None:
        """Drops every cached prefix: the weights changed."""
        self._tokens.fill(-1)
        self._lengths.fill(0)

    @property
    def busy(self) -> int:
        """How many slots run a sequence."""
        return int((~self._idle).sum())

    @property
    def cached_tokens(self) -> int:
        """How many tokens all slots hold."""
        return int(self._lengths.sum())

    def _longest(self, prompt: Sequence[int], session: str | None) -> tuple[int, int]:
        """The slot that shares most with the prompt, and how much; among equals one that can be gone on from in place."""
        usable = min(len(prompt) - 1, self._tokens.shape[1])
        if usable <= 0:
            return 0, 0
        same = self._tokens[:, :usable] == np.asarray(prompt[:usable])
        shared = np.where(same.all(1), usable, same.argmin(1))
        if not self._backend.truncates:
            shared = np.where(self._idle & (shared == self._lengths), shared, 0)
        in_place = shared == self._lengths
        if session is not None and session in self._sessions:
            in_place[self._sessions.index(session)] = True
        best = int((shared * 2 + (in_place & self._idle)).argmax())
        return best, int(shared[best])

    def _least_used(self) -> int:
        age = np.where(self._lengths == 0, -1, self._used)
        return int(np.where(self._idle, age, np.iinfo(np.int64).max).argmin())

    def _touch(self, slot: int) -> None:
        self._clock += 1
        self._used[slot] = self._clock
