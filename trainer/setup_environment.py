"""Creates the Python environment of the trainer and the policy server, once per set of requirements.

    python3 setup_environment.py [--cache DIR] [--find]

Prints what it does on stderr and the environment's path as the last line of stdout. The environment lies in
`<cache>/venv-<hash of requirements, Python and platform>`, is built beside that place and renamed when it is whole, so that
an install that broke off is never used. With `--find` nothing is created: an environment that is not there is exit 2.
Exit 0 ready, 2 this machine cannot (the sentence says what is missing), 75 try again.
Standard library only; `uv` is used where it is on PATH, else venv and pip.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ("requirements.txt", "requirements-test.txt", "constraints.txt")
OLDEST_PYTHON = (3, 11)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# Gigabytes: what is downloaded, and what lies on the disk afterwards (measured on Linux x86-64).
CPU_SIZE = (0.5, 1.8)
DEFAULT_SIZE = (2.5, 6.0)


class CannotSetUpError(Exception):
    """A sentence for a person, and the exit code that says whether trying again can help."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def main() -> int:
    parser = argparse.ArgumentParser(description="Create the trainer's Python environment.")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "longhaul")
    parser.add_argument("--find", action="store_true", help="only look for it")
    arguments = parser.parse_args()
    try:
        print((find if arguments.find else environment)(arguments.cache.resolve()))
        return 0
    except CannotSetUpError as error:
        print(f"setup: {error}", file=sys.stderr)
        return error.code


def environment(cache: Path) -> Path:
    """The environment's folder, created when it is not there yet. Safe to call from several processes at once."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotSetUpError(f"Python 3.11 or newer is needed, {sys.executable} is {platform.python_version()}", 2)
    place = cache / f"venv-{requirements_hash()}"
    if place.is_dir():
        return place
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_dir():
            build(place)
    return place


def find(cache: Path) -> Path:
    """The environment's folder where it was created before."""
    place = cache / f"venv-{requirements_hash()}"
    if not place.is_dir():
        raise CannotSetUpError(f"the trainer's Python environment {place} is missing: `npm run setup` creates it", 2)
    return place


def requirements_hash() -> str:
    """Sixteen hex digits that change when the requirements, the Python version or the platform do."""
    digest = hashlib.sha256("|".join([platform.python_version(), sys.platform, platform.machine()]).encode())
    for name in FILES:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def build(place: Path) -> None:
    """Installs beside `place`, then renames; the lock is held, so the aside folder is nobody else's."""
    aside = place.with_name(f"{place.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    cpu = cpu_wheels_reachable()
    announce(place, CPU_SIZE if cpu else DEFAULT_SIZE)
    create, install = commands(aside)
    run(create, "create the environment")
    if cpu:
        run([*install, "--no-deps", "--index-url", CPU_INDEX, torch_pin()], "install torch")
    wanted = [argument for name in FILES[:2] for argument in ("-r", str(HERE / name))]
    run([*install, *wanted, "-c", str(HERE / FILES[2])], "install the requirements")
    run([str(aside / "bin" / "python"), "-c", "import torch, transformers"], "import torch and transformers")
    rewrite_scripts(aside, place)
    aside.rename(place)


def cpu_wheels_reachable() -> bool:
    """Whether the small CPU build of torch should and can be had: no NVIDIA GPU here, and PyTorch's own index answers."""
    if sys.platform != "linux" or shutil.which("nvidia-smi") or Path("/dev/nvidia0").exists():
        return False
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=4) as answer:
            page = answer.read().decode()
    except OSError as error:
        print(f"setup: no CPU build of torch ({CPU_INDEX}: {error}), taking the default one", file=sys.stderr)
        return False
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"torch-{torch_pin().split('==')[1]}%2Bcpu-{python}-" in page


def torch_pin() -> str:
    return next(line.strip() for line in (HERE / FILES[0]).read_text().splitlines() if line.startswith("torch=="))


def announce(place: Path, size: tuple[float, float]) -> None:
    download, disk = size
    print(
        f"setup: installing torch, transformers and their libraries into {place}:"
        f" about {download:g} GB to download, {disk:g} GB on disk, once",
        file=sys.stderr,
        flush=True,
    )
    free = shutil.disk_usage(place.parent).free / 1e9
    if free < disk + 0.5:
        raise CannotSetUpError(f"{place.parent} has {free:.1f} GB free, {disk + 0.5:g} GB are needed", 75)


def commands(aside: Path) -> tuple[list[str], list[str]]:
    """The command that creates an empty environment, and the one that installs into it."""
    uv = shutil.which("uv")
    if uv:
        python = str(aside / "bin" / "python")
        return [uv, "venv", "-q", "--python", sys.executable, str(aside)], [uv, "pip", "install", "--python", python]
    pip = [str(aside / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return [sys.executable, "-m", "venv", str(aside)], pip


def run(command: list[str], purpose: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise CannotSetUpError(
            f"could not {purpose}: {' '.join(command[:4])} … ended with {done.returncode}\n{tail}", 75
        )


def rewrite_scripts(aside: Path, place: Path) -> None:
    """Scripts name their interpreter by its absolute path: let them name the place that the environment will have."""
    for script in (aside / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if b"\0" not in content[:512] and str(aside).encode() in content:
            script.write_bytes(content.replace(str(aside).encode(), str(place).encode()))


if __name__ == "__main__":
    sys.exit(main())
