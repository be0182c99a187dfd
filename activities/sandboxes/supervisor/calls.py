"""Calls: started in the spawner, ended by their shell's exit, by a limit or by whoever asked, and told once."""

import fcntl
import os
import time
from dataclasses import dataclass, field

import journal
import processes
from archive import FileSink
from output import Output

# A longer command does not fit into one argument of a program.
LONGEST_ARGUMENT = 120_000
FROM_FILE = 'exec 8<&0 0</dev/null; c=$(cat <&8); exec 8<&-; eval "\n$c"'
DRAIN_BYTES = 2 << 20
# Most calls end sooner. The output of one that does not is read as it comes; until then a pipe holds what it says.
UNWATCHED_SECONDS = 0.005
RESTARTED = "[the sandbox was restarted on its workspace; its background processes are gone]"


@dataclass
class Call:
    """One running command. `sink` takes its output (an agent's: `Output`), `done` is told (exit code or None, how it ended)."""

    number: int
    tag: str
    sink: Output | FileSink
    deadline: float
    done: object
    started: float = field(default_factory=time.monotonic)
    pipe: int = -1
    watched: bool = False
    older: dict = field(default_factory=dict)
    baseline: int = 0
    notes: list = field(default_factory=list)
    # Whether the sandbox was restarted since the call before.
    restarted: bool = False
    # The virtual clock: None where it does not count.
    clock: float | None = None
    slept: float = 0.0
    # Its name in the journal; None for a command of our own.
    name: str | None = None


class Calls:
    """The running calls of a sandbox by number."""

    def __init__(self, watcher) -> None:
        self.watcher = watcher  # selectors' register and unregister, see supervisor.py
        self.running: dict[int, Call] = {}
        self.left_open: list[int] = []
        # Whether no program is left of any call, so that none can appear before the next.
        self.still = True
        self.count = 0

    def start(self, spawner, call: Call, command_and_input: tuple[str, int | None]) -> None:
        command, stdin = command_and_input
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        call.pipe = reader
        if not self.still:
            call.older = {pid: processes.birth(pid) for pid in processes.descendants(spawner.pid)}
        if len(command) > LONGEST_ARGUMENT:
            command, stdin = FROM_FILE, unnamed_file(command)
        try:
            spawner.run((str(call.number), call.tag, command), [writer] if stdin is None else [writer, stdin])
        finally:
            os.close(writer)
            if stdin is not None:
                os.close(stdin)
        self.running[call.number] = call
        self.still = False

    def watch_due(self, now: float) -> None:
        """Watches the outputs of calls that take their time."""
        for call in self.running.values():
            if not call.watched and call.pipe >= 0 and now >= call.started + UNWATCHED_SECONDS:
                call.watched = True
                self.watcher.register(call.pipe, lambda call=call: self.read(call))

    def next_watch(self) -> float:
        """When the next output is to be watched."""
        unwatched = (call.started for call in self.running.values() if not call.watched and call.pipe >= 0)
        return min(unwatched, default=float("inf")) + UNWATCHED_SECONDS

    def unwatch(self, call: Call) -> None:
        if call.watched:
            call.watched = False
            self.watcher.unregister(call.pipe)

    def read(self, call: Call) -> bool:
        """Takes what there is, up to a pipe's worth; False when nothing more is there now."""
        try:
            data = os.read(call.pipe, 1 << 18)
        except BlockingIOError:
            return False
        if not data:  # all writers have closed it, which is not yet the end of the call
            self.unwatch(call)
            os.close(call.pipe)
            call.pipe = -1
            return False
        call.sink.add(data)
        return True

    def finish(self, call: Call, code: int | None, ended: str) -> None:
        del self.running[call.number]
        before = DRAIN_BYTES
        while call.pipe >= 0 and before > 0 and self.read(call):
            before -= 1 << 16
        if call.pipe >= 0:  # background programs still hold it: they are not to die of it
            self.unwatch(call)
            self.left_open.append(call.pipe)
        call.done(code, ended)
        self.watcher.settle()

    def settle(self, spawner) -> bool:
        """Whether nothing is left of any call. An empty listing can be believed: who loses its parent falls to the spawner."""
        left = spawner is not None and not self.running and processes.descendants(spawner.pid)
        self.still = not (self.running or self.left_open or left)
        return self.still

    def discard_left_open(self) -> None:
        """Reads a little of what background programs still write to calls that have ended."""
        for pipe in self.left_open[:]:
            try:
                if os.read(pipe, 1 << 20):
                    continue
            except BlockingIOError:
                continue
            os.close(pipe)
            self.left_open.remove(pipe)

    def tree(self, spawner, call: Call) -> list[int]:
        """The processes of a call: all but those that are older than it or another's, with what descends from those."""
        every = processes.descendants(spawner.pid)
        others = [b"LONGHAUL_CALL=" + other.tag.encode() for other in self.running.values() if other is not call]
        spared = set()
        for pid in every:
            if call.older.get(pid, b"") == processes.birth(pid) or any(
                processes.environment_has(pid, entry) for entry in others
            ):
                spared.update([pid, *processes.descendants(pid)])
        return [pid for pid in every if pid not in spared]

    def cut(self, spawner, call: Call, ended: str) -> None:
        """Kills the call's whole tree, then tells its end."""
        processes.end_all(lambda: self.tree(spawner, call))
        self.finish(call, None, ended)


def result_of(call: Call, code: int | None, ended: str) -> dict:
    text = call.sink.text()
    for note in call.notes:
        text += ("\n" if text and not text.endswith("\n") else "") + note + "\n"
    return {
        "exitCode": code,
        "output": text,
        "ended": ended,
        "seconds": round(time.monotonic() - call.started, 6),
        "slept": round(call.slept, 9),
        "replayed": False,
        **({"restarted": True} if call.restarted else {}),
    }


def replay(written: journal.Journal, name: str) -> dict | None:
    """The journal's answer to a call that was begun before; None when it never was."""
    last = written.read(name)
    if last is None:
        return None
    kind, record = last
    if kind == journal.RESULT:
        return {**record, "replayed": True}
    return {
        "exitCode": None,
        "output": f"[the call was interrupted: how far it came is not known]\n{RESTARTED}\n",
        "ended": "interrupted",
        "seconds": 0,
        "slept": record.get("slept", 0),
        "replayed": True,
    }


def unnamed_file(text: str) -> int:
    name = f"command.{time.monotonic_ns()}"
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.unlink(name)
    fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    data = text.encode("utf-8", "surrogatepass")
    while data:
        data = data[os.write(fd, data) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
