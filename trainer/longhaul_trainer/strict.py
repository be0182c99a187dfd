"""Reads JSON into dataclasses: every key known, every value of its type and within its bounds, and a sentence if not."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import BadInputError

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Rule:
    """Bounds of a value, named as in JSON Schema; `size` is the least length of a list or a string."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    pattern: str | None = None
    size: int = 0
    item_size: int = 0


FREE = Rule()


def field(default: Any = dataclasses.MISSING, **bounds: Any) -> Any:
    """A dataclass field with bounds; a list or a dataclass as the default is made anew for every object."""
    metadata = {"rule": Rule(**bounds)}
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def read(cls: type[T], value: object, where: str = "") -> T:
    """`value` as a `cls`. Keys are camelCase in JSON; unknown ones are refused by name."""
    if not isinstance(value, Mapping):
        raise BadInputError(f"{where or 'the job'} must be an object (got {shown(value)})")
    hints = get_type_hints(cls)
    fields = {camel(field.name): field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise BadInputError(f"{where or 'the job'} has no field {unknown[0]!r}; it has {', '.join(fields)}")
    given: dict[str, Any] = {}
    for key, spec in fields.items():
        path = f"{where}.{key}" if where else key
        if key in value:
            given[spec.name] = convert(hints[spec.name], value[key], (path, spec.metadata.get("rule", FREE)))
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise BadInputError(f"{path} is missing")
    return cls(**given)


def convert(hint: Any, value: object, at: tuple[str, Rule]) -> Any:
    """`value` as the type that the hint names; `at` is its path and its bounds."""
    path, rule = at
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return convert(next(option for option in get_args(hint) if option is not type(None)), value, at)
    if dataclasses.is_dataclass(hint):
        return read(hint, value, path)  # type: ignore[arg-type]
    if origin is Literal:
        if value not in get_args(hint) or not isinstance(value, str):
            raise BadInputError(f"{path} must be one of {', '.join(get_args(hint))} (got {shown(value)})")
        return value
    if origin is list:
        return convert_list(get_args(hint)[0], value, at)
    if origin is tuple:
        return convert_tuple(get_args(hint), value, at)
    return scalar(hint, value, at)


def convert_list(item: Any, value: object, at: tuple[str, Rule]) -> list[Any]:
    path, rule = at
    if not isinstance(value, list) or len(value) < rule.size:
        raise BadInputError(f"{path} must be a list{' that is not empty' if rule.size else ''} (got {shown(value)})")
    inner = Rule(size=rule.item_size)
    return [convert(item, entry, (f"{path}[{index}]", inner)) for index, entry in enumerate(value)]


def convert_tuple(items: tuple[Any, ...], value: object, at: tuple[str, Rule]) -> tuple[Any, ...]:
    path, rule = at
    if not isinstance(value, list) or len(value) != len(items):
        raise BadInputError(f"{path} must be a list of {len(items)} (got {shown(value)})")
    return tuple(
        convert(item, entry, (f"{path}[{i}]", rule)) for i, (item, entry) in enumerate(zip(items, value, strict=True))
    )


NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", dict: "an object"}


def scalar(hint: Any, value: object, at: tuple[str, Rule]) -> Any:
    path, rule = at
    plain = get_origin(hint) or hint
    if plain is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if plain is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    right = isinstance(value, plain) and not (plain in (int, float) and isinstance(value, bool))
    if not right or (isinstance(value, float) and not math.isfinite(value)):
        raise BadInputError(f"{path} must be {NAMES[plain]} (got {shown(value)})")
    reason = broken(value, rule)
    if reason:
        raise BadInputError(f"{path} must be {reason} (got {shown(value)})")
    return value


def broken(value: Any, rule: Rule) -> str | None:
    """Which bound the value breaks, in words; None if it breaks none."""
    if isinstance(value, str):
        if len(value) < rule.size:
            return "a text that is not empty"
        if rule.pattern and not re.search(rule.pattern, value):
            return f"of the form {rule.pattern}"
        return None
    checks = (
        (rule.minimum, lambda bound: value < bound, "at least"),
        (rule.maximum, lambda bound: value > bound, "at most"),
        (rule.above, lambda bound: value <= bound, "above"),
        (rule.below, lambda bound: value >= bound, "below"),
    )
    for bound, breaks, words in checks:
        if bound is not None and breaks(bound):
            return f"{words} {bound:g}"
    return None


def shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
