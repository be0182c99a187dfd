"""The virtual clock: a `sleep` that charges the rollout instead of waiting.

A sleeper writes what it was asked to one FIFO and goes on when it can read a line from the other. The lines are all alike,
so whichever sleeper takes one, as many go on as were charged. Who is never answered never goes on.
"""

import os
from dataclasses import dataclass

import processes

FUNCTION_FILE = "sleep.sh"
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

# A function, so that a shell program that sleeps need not start another: where it finds LONGHAUL_SLEEP it reads that file.
FUNCTION = """# Charges the rollout's clock instead of waiting.
_sleep_invalid() { echo "sleep: $1" >&2; return 1; }
sleep() {
  [ $# -gt 0 ] || { _sleep_invalid 'missing operand'; return; }
  for _sleep_time; do
    case $_sleep_time in inf|infinity) continue;; esac
    case ${_sleep_time%[smhd]} in
    ''|.|*[!0-9.]*|*.*.*) _sleep_invalid "invalid time interval '$_sleep_time'"; return;;
    esac
  done
  echo "${LONGHAUL_CALL:--} $$ $*" >'{folder}/ask' && read -r _sleep_time <'{folder}/answer'
}
"""
PROGRAM = f"""#!/bin/sh
{FUNCTION}sleep "$@"
"""


def install(folder: str, seen_as: str) -> None:
    """Writes `bin/sleep`, `sleep.sh` and the two FIFOs below `folder`, which programs see as `seen_as`."""
    os.makedirs(f"{folder}/bin", exist_ok=True)
    for name, text in (("bin/sleep", PROGRAM), (FUNCTION_FILE, FUNCTION)):
        with open(f"{folder}/{name}", "w") as file:
            file.write(text.replace("{folder}", seen_as))
    os.chmod(f"{folder}/bin/sleep", 0o755)
    for name in ("ask", "answer"):
        if not os.path.exists(f"{folder}/{name}"):
            os.mkfifo(f"{folder}/{name}")
        os.chmod(f"{folder}/{name}", 0o666)


@dataclass
class Question:
    """A sleeper's: the call it belongs to, its process number in the sandbox, and what it was asked to sleep."""

    tag: str
    pid: int
    seconds: float


class Clock:
    """Questions are taken in the order in which they came; `grant()` lets one sleeper go on."""

    def __init__(self, folder: str) -> None:
        # Both ends of both, so that neither reports an end of file and opening never blocks.
        self.ask = os.open(f"{folder}/ask", os.O_RDWR | os.O_NONBLOCK)
        self.answer = os.open(f"{folder}/answer", os.O_RDWR | os.O_NONBLOCK)
        self.rest = b""
        self.questions: list[Question] = []

    def take_questions(self) -> None:
        try:
            data = os.read(self.ask, 65536)
        except BlockingIOError:
            return
        *whole, rest = (self.rest + data).split(b"\n")
        self.rest = rest if len(rest) < 4096 else b""
        self.questions += [question for question in map(parse, whole) if question]
        del self.questions[4096:]  # far more than a sandbox has processes

    def next_question(self) -> Question | None:
        return self.questions.pop(0) if self.questions else None

    def forget_questions(self, tag: str | None) -> None:
        """Those of a call whose programs have just been killed; None: of all."""
        self.take_questions()
        self.questions = [question for question in self.questions if tag is not None and question.tag != tag]

    def forget_dead(self, spawner: int) -> None:
        """What was left waiting between calls by programs that have ended since is not charged to anyone."""
        if self.questions and processes.LINUX:
            living = {processes.number_inside(pid) for pid in processes.descendants(spawner)}
            self.questions = [question for question in self.questions if question.pid in living]

    def grant(self) -> None:
        os.write(self.answer, b"\n")

    def forget_answers(self) -> None:
        """Takes back what a killed sleeper has left unread: it would let a later one go on for nothing."""
        try:
            while os.read(self.answer, 4096):
                pass
        except BlockingIOError:
            return


def parse(line: bytes) -> Question | None:
    """None for what the script would not have written: a program that writes here by hand is not answered."""
    words = line[:4096].decode("ascii", "replace").split()
    if len(words) < 3 or not words[1].isdigit():
        return None
    total = 0.0
    for word in words[2:]:
        seconds = parse_time(word)
        if seconds is None:
            return None
        total += seconds
    return Question(words[0], int(words[1]), total)


def parse_time(word: str) -> float | None:
    if word in ("inf", "infinity"):
        return float("inf")
    digits, unit = (word[:-1], UNITS[word[-1]]) if word[-1] in UNITS else (word, 1.0)
    if not digits.replace(".", "", 1).isdigit():
        return None
    return float(digits) * unit
