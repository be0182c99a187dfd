"""`job.json` is read strictly, and exactly as `core/job.ts` describes it."""

from __future__ import annotations

import dataclasses
import json
import random
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import jsonschema
import pytest

from longhaul_trainer.errors import BadInputError
from longhaul_trainer.job import Job, read_job, settings_hash
from longhaul_trainer.strict import camel, read
from tests.helpers import PACKAGE, write_job

SCHEMA = json.loads((PACKAGE.parent / "config" / "schemas" / "job.json").read_text())
SFT: dict[str, Any] = {"id": "a", "kind": "sft", "output": "out", "checkpoint": "in", "data": ["x.parquet"], "steps": 1}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hyper": {"learningRat": 1}}, "hyper has no field 'learningRat'"),
        ({"hyper": {"learningRate": 0}}, "hyper.learningRate must be above 0 (got 0.0)"),
        ({"hyper": {"learningRate": "fast"}}, 'hyper.learningRate must be a number (got "fast")'),
        ({"hyper": {"betas": [0.9]}}, "hyper.betas must be a list of 2 (got [0.9])"),
        ({"hyper": {"betas": [0.9, 1]}}, "hyper.betas[1] must be below 1"),
        ({"hyper": {"schedule": "cubic"}}, "hyper.schedule must be one of linear, cosine, constant"),
        ({"hyper": {"lora": {"rank": 0}}}, "hyper.lora.rank must be at least 1 (got 0)"),
        ({"steps": 1.5}, "steps must be a whole number (got 1.5)"),
        ({"steps": True}, "steps must be a whole number (got true)"),
        ({"id": "a/b"}, "id must be of the form"),
        ({"kind": "dpo"}, "kind must be one of init, sft, rl, pretrain"),
        ({"data": [""]}, "data[0] must be a text that is not empty"),
        ({"checkpoint": None}, "checkpoint is missing, and a job of kind sft needs it"),
        ({"data": []}, "data is missing"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"kind": "init"}, "init is missing"),
        ({"hyper": {"rl": {}}}, "hyper.rl belongs to jobs of kind rl"),
    ],
)
def test_a_job_that_is_wrong_is_refused_with_the_field_and_the_value(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    (tmp_path / "job.json").write_text(json.dumps({**SFT, **change}))
    with pytest.raises(BadInputError) as caught:
        read_job(tmp_path)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_job_and_a_job_that_is_not_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"there is no job file"):
        read_job(tmp_path)
    (tmp_path / "job.json").write_text("{")
    with pytest.raises(BadInputError, match="is not JSON"):
        read_job(tmp_path)


def test_relative_paths_start_at_the_job_and_absolute_ones_stay(tmp_path: Path) -> None:
    job = read_job(write_job(tmp_path / "j", checkpoint="../in", data=["rows.parquet", "/data/x.parquet"]))
    assert Path(job.data[0]) == tmp_path / "j" / "rows.parquet"
    assert job.data[1] == "/data/x.parquet"
    assert Path(job.output) == tmp_path / "j" / "out"


def test_the_settings_hash_sees_what_decides_the_result_and_no_paths() -> None:
    job = read(Job, SFT)
    assert settings_hash(job) == settings_hash(read(Job, {**SFT, "output": "elsewhere", "hyper": {"threads": 7}}))
    assert settings_hash(job) != settings_hash(read(Job, {**SFT, "seed": 1}))
    assert settings_hash(job) != settings_hash(read(Job, {**SFT, "hyper": {"clip": None}}))


def test_fields_defaults_and_choices_are_those_of_the_schema() -> None:
    compare(Job, SCHEMA, "job")


def compare(cls: type, schema: dict[str, Any], where: str) -> None:
    """One dataclass against one object of the schema, and so on inwards."""
    hints = get_type_hints(cls)
    fields = {camel(field.name): field for field in dataclasses.fields(cls)}
    assert set(fields) == set(schema["properties"]), where
    assert schema["additionalProperties"] is False, where
    required = {name for name, field in fields.items() if not has_default(field)}
    assert required == set(schema.get("required", [])), where
    for name, field in fields.items():
        options = schema["properties"][name]
        hint, inner = hints[field.name], options
        if get_origin(hint) in (Union, types.UnionType):
            hint = next(option for option in get_args(hint) if option is not type(None))
            inner = next(option for option in options["anyOf"] if option.get("type") != "null")
        if dataclasses.is_dataclass(hint):
            compare(hint, inner, f"{where}.{name}")  # type: ignore[arg-type]
        elif get_origin(hint) is Literal:
            assert list(get_args(hint)) == inner["enum"], f"{where}.{name}"
        if has_default(field) and not dataclasses.is_dataclass(hint):
            assert json.loads(json.dumps(default(field))) == options["default"], f"{where}.{name}"


def has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


VALUES: list[Any] = [
    None,
    True,
    0,
    1,
    2,
    -1,
    0.5,
    1.0,
    1.5,
    1e12,
    "",
    "a",
    "linear",
    "pack",
    "init",
    [],
    [0.5, 0.5],
    ["a"],
    [1],
    {},
]


@pytest.mark.parametrize("seed", range(4))
def test_reader_and_schema_accept_and_refuse_the_same_jobs(seed: int) -> None:
    draw = random.Random(seed)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    both = {True: 0, False: 0}
    for _ in range(400):
        job = json.loads(
            json.dumps({**SFT, "hyper": {"lora": {}, "rl": {}}, "init": {"mode": "copying"}, "tokenizer": {}})
        )
        target = draw.choice(
            [job, job["hyper"], job["hyper"]["lora"], job["hyper"]["rl"], job["init"], job["tokenizer"]]
        )
        keys = sorted(schema_keys(target, job))
        target[draw.choice(keys)] = draw.choice(VALUES)
        accepted = True
        try:
            read(Job, job)
        except BadInputError:
            accepted = False
        assert accepted == validator.is_valid(job), job
        both[accepted] += 1
    assert min(both.values()) > 20


def schema_keys(target: dict[str, Any], job: dict[str, Any]) -> set[str]:
    """The properties that the schema has for a part of the job."""

    def of(*path: str) -> set[str]:
        node: dict[str, Any] = SCHEMA
        for key in path:
            node = node["properties"][key]
            node = next((option for option in node.get("anyOf", []) if option.get("type") == "object"), node)
        return set(node["properties"])

    places = {id(job): (), id(job["hyper"]): ("hyper",), id(job["hyper"]["lora"]): ("hyper", "lora")}
    places |= {
        id(job["hyper"]["rl"]): ("hyper", "rl"),
        id(job["init"]): ("init",),
        id(job["tokenizer"]): ("tokenizer",),
    }
    return of(*places[id(target)])
