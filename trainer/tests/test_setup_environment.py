"""The environment is made once per set of requirements, and one that broke off is never used."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers import PACKAGE


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with commands that install nothing: an empty environment whose interpreter is a script."""
    spec = importlib.util.spec_from_file_location("setup_environment", PACKAGE / "setup_environment.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    python = "mkdir -p $0/bin; printf '#!/bin/sh\\n' > $0/bin/python"
    fake = f"{python}; printf '#!%s/bin/python\\n' $0 > $0/bin/tool; chmod +x $0/bin/*"
    monkeypatch.setattr(module, "commands", lambda aside: (["sh", "-c", fake, str(aside)], ["true"]))
    monkeypatch.setattr(module, "cpu_wheels_reachable", lambda: False)
    monkeypatch.setattr(module, "DEFAULT_SIZE", (0.0, 0.0))
    return module


def test_the_environment_lies_where_its_requirements_say_and_its_scripts_start(
    tmp_path: Path, setup: ModuleType
) -> None:
    place = setup.environment(tmp_path)
    assert place == tmp_path / f"venv-{setup.requirements_hash()}"
    assert (place / "bin" / "tool").read_text() == f"#!{place}/bin/python\n"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [place.name]


def test_a_second_call_installs_nothing(tmp_path: Path, setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    first = setup.environment(tmp_path)
    monkeypatch.setattr(setup, "run", lambda *_: pytest.fail("something was run"))
    assert setup.environment(tmp_path) == first


def test_an_install_that_broke_off_is_made_anew(
    tmp_path: Path, setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = setup.commands
    monkeypatch.setattr(
        setup, "commands", lambda aside: (whole(aside)[0], ["sh", "-c", "echo no such package; exit 1"])
    )
    with pytest.raises(setup.CannotSetUpError, match="could not install the requirements") as caught:
        setup.environment(tmp_path)
    assert "no such package" in str(caught.value)
    assert caught.value.code == 75
    assert not list(tmp_path.glob("venv-*[0-9a-f]/"))
    monkeypatch.setattr(setup, "commands", whole)
    assert (setup.environment(tmp_path) / "bin" / "tool").exists()


def test_the_hash_changes_with_any_requirement(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = {setup.requirements_hash()}
    for changed in setup.FILES:
        for name in setup.FILES:
            (tmp_path / name).write_bytes((PACKAGE / name).read_bytes() + (b"\n# x" if name == changed else b""))
        monkeypatch.setattr(setup, "HERE", tmp_path)
        hashes.add(setup.requirements_hash())
    assert len(hashes) == 4


def test_a_python_that_is_too_old_and_a_disk_that_is_too_small_are_said(
    tmp_path: Path, setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "DEFAULT_SIZE", (1e6, 1e6))
    with pytest.raises(setup.CannotSetUpError, match="GB free"):
        setup.environment(tmp_path)
    monkeypatch.setattr(setup, "OLDEST_PYTHON", (9, 0))
    with pytest.raises(setup.CannotSetUpError, match=r"Python 3\.11 or newer is needed"):
        setup.environment(tmp_path)


def test_every_requirement_is_pinned_exactly_and_names_no_index() -> None:
    for name in ("requirements.txt", "requirements-test.txt", "constraints.txt"):
        lines = [line for line in (PACKAGE / name).read_text().splitlines() if line and not line.startswith("#")]
        assert lines
        assert all("==" in line and not line.startswith("-") and "://" not in line for line in lines), name


def test_asking_for_an_environment_that_is_there_takes_no_time(tmp_path: Path, setup: ModuleType) -> None:
    setup.environment(tmp_path)
    script = [sys.executable, str(PACKAGE / "setup_environment.py"), "--cache", str(tmp_path)]
    started = time.monotonic()
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    assert time.monotonic() - started < 1
    assert done.stdout.splitlines()[-1] == str(tmp_path / f"venv-{setup.requirements_hash()}")
