"""The body of `/v1/completions`, in and out: OpenAI's fields plus vLLM's `return_token_ids`, `stop_token_ids` and the like."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

from longhaul_trainer.server.engine import Served
from longhaul_trainer.server.job import Job
from longhaul_trainer.server.sampling import Sampling

# Fields that would change the answer and that this server does not have: refused unless they say "do nothing".
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "best_of": (1,),
    "echo": (False,),
    "stream": (False,),
    "suffix": ("",),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "repetition_penalty": (1,),
    "min_p": (0,),
    "min_tokens": (0,),
    "logit_bias": ({},),
    "prompt_logprobs": (),
    "allowed_token_ids": (),
    "bad_words": ([],),
    "response_format": (),
}
MOST_LOGPROBS = 20


class RequestError(ValueError):
    """The request cannot be answered as it is; `param` names the field."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def parse_completion(body: Mapping[str, Any], model: Served) -> Job:
    """A job from a request's body. RequestError says what is wrong, with the value."""
    for name, neutral in NEUTRAL.items():
        value = body.get(name)
        if value is not None and value not in neutral:
            raise RequestError(f"{name}={value!r} is not supported by this server", name)
    prompt = _prompt(body.get("prompt"), model)
    room = model.backend.max_length - len(prompt)
    asked = _number(body, "max_tokens", int, 16, (1, 1 << 30))
    stop_ids = body.get("stop_token_ids") or []
    if not (isinstance(stop_ids, list) and all(_is_int(token) for token in stop_ids)):
        raise RequestError(f"stop_token_ids must be a list of token ids, not {stop_ids!r}", "stop_token_ids")
    ends = frozenset() if body.get("ignore_eos") else model.backend.eos_token_ids
    seed = body.get("seed")
    if seed is not None and not _is_int(seed):
        raise RequestError(f"seed must be an integer, not {seed!r}", "seed")
    sampling = Sampling(
        max_tokens=min(asked, room),
        temperature=_number(body, "temperature", float, 1.0, (0.0, 100.0)),
        top_p=_number(body, "top_p", float, 1.0, (1e-6, 1.0)),
        top_k=max(0, _number(body, "top_k", int, 0, (-1, model.backend.vocab_size))),
        seed=int.from_bytes(os.urandom(8), "little") if seed is None else seed,
        stop_token_ids=ends | frozenset(stop_ids),
        stop=_stop(body.get("stop"), model),
        include_stop=bool(body.get("include_stop_str_in_output")),
        logprobs=_number(body, "logprobs", int, 0, (0, MOST_LOGPROBS)) if body.get("logprobs") is not None else None,
    )
    session = body.get("session_id")
    if session is not None and not isinstance(session, str):
        raise RequestError(f"session_id must be a string, not {session!r}", "session_id")
    return Job(model=model.name, prompt=prompt, sampling=sampling, session=session)


def render_completion(job: Job, model: Served, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a finished job."""
    shown = job.output
    if job.finish_reason == "stop" and job.text is None and shown and shown[-1] in job.sampling.stop_token_ids:
        shown = shown[:-1]
    choice: dict[str, Any] = {
        "index": 0,
        "text": job.text if job.text is not None else model.text.decode(shown),
        "logprobs": _logprobs(job, model) if job.sampling.logprobs is not None else None,
        "finish_reason": job.finish_reason,
        "stop_reason": job.stop_reason,
    }
    if body.get("return_token_ids"):
        choice["token_ids"] = job.output
        choice["prompt_token_ids"] = job.prompt
    return {
        "id": f"cmpl-{uuid.uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": model.name,
        "weight_version": job.version,
        "choices": [choice],
        "usage": {
            "prompt_tokens": len(job.prompt),
            "completion_tokens": len(job.output),
            "total_tokens": len(job.prompt) + len(job.output),
            "prompt_tokens_details": {"cached_tokens": job.cached},
        },
    }


def _logprobs(job: Job, model: Served) -> dict[str, Any]:
    names = [model.text.name(token) for token in job.output]
    offsets, place = [], 0
    for name in names:
        offsets.append(place)
        place += len(name)
    tops: list[dict[str, float]] | None = None
    if job.sampling.logprobs:
        tops = [{model.text.name(token): value for token, value in top.items()} for top in job.tops]
    return {"tokens": names, "token_logprobs": job.logprobs, "text_offset": offsets, "top_logprobs": tops}


def _prompt(prompt: Any, model: Served) -> list[int]:
    if isinstance(prompt, str):
        try:
            prompt = model.text.encode(prompt)
        except ValueError as error:
            raise RequestError(str(error), "prompt") from error
    if not isinstance(prompt, list) or not set(map(type, prompt)) <= {int}:
        raise RequestError("prompt must be one list of token ids, or one string", "prompt")
    if not prompt:
        raise RequestError("prompt is empty", "prompt")
    lowest, highest, most = min(prompt), max(prompt), model.backend.max_length
    if lowest < 0 or highest >= model.backend.vocab_size:
        wrong = lowest if lowest < 0 else highest
        raise RequestError(
            f"prompt holds token id {wrong}, this model has 0 to {model.backend.vocab_size - 1}", "prompt"
        )
    if len(prompt) >= most:
        raise RequestError(f"prompt has {len(prompt)} tokens, which leaves no room: the limit is {most}", "prompt")
    return prompt


def _stop(stop: Any, model: Served) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(text, str) and text for text in stops):
        raise RequestError(f"stop must be a string or a list of strings, none empty, not {stop!r}", "stop")
    if stops and not model.text.known:
        raise RequestError("this model has no tokenizer.json, so it cannot stop at strings: use stop_token_ids", "stop")
    return tuple(stops)


def _number(body: Mapping[str, Any], name: str, kind: type, default: Any, bounds: tuple[float, float]) -> Any:
    value = body.get(name)
    if value is None:
        return default
    low, high = bounds
    right = _is_int(value) or (kind is float and isinstance(value, float))
    if not right or not low <= value <= high:
        raise RequestError(f"{name} must be {kind.__name__} from {low:g} to {high:g}, not {value!r}", name)
    return kind(value)


def _is_int(value: Any) -> bool:
    return type(value) is int
