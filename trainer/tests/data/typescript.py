"""Runs this checkout's TypeScript from a Python test. Whatever goes wrong there fails the test."""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def run_typescript(script: str, *arguments: str, question: Any = None) -> str:
    """Output of a script under `test/trainer`; `question` goes to its stdin as JSON."""
    command = ["node", "--require", str(ROOT / "tools/typescript.cjs"), str(ROOT / "test/trainer" / script), *arguments]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout
