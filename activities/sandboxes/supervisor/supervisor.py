"""Supervises one open sandbox: listens on its socket, runs its calls, holds its limits, outlives its worker.

It is trusted and stays outside; the spawner inside is not. It ends when it is closed, or by itself when idle; its folder then
stays for whoever opens the sandbox again.
"""

import fcntl
import json
import os
import selectors
import socket
import stat
import sys
import time
import traceback

import clock as virtual
import folders
import holders
import identity
import operations
import processes
import removal
import spawn
from calls import RESTARTED, Calls
from client import Client
from limits import EVERY_SECONDS, Limits
from protocol import Refused

STILL = "still"


def run(request: dict, answer) -> None:
    """Opens the sandbox in `request['folder']` and serves it until its end; `answer` is called once, when it is open."""
    folder, spec = request["folder"], request["spec"]
    take(folder)
    found = "reopened" if os.path.exists("meta.json") else "new"
    spec["uid"] = identity.pick(spec["id"]) if request["kind"].get("bwrap") and os.geteuid() == 0 else None
    prepare(spec, folder, found, bool(request["kind"].get("bwrap")))
    supervisor = Supervisor(spec, folder, request["kind"])
    supervisor.restarted = found == "reopened" and not ended_still()
    listener = listen()
    with open("meta.new", "w") as file:
        json.dump({"id": spec["id"], "labels": spec["labels"], "devices": spec.get("devices")}, file)
    os.rename("meta.new", "meta.json")
    supervisor.watch(listener.fileno(), lambda: supervisor.accept(listener))
    answer({"ok": {"found": found}})
    try:
        supervisor.serve()
    except Exception:
        with open("log", "a") as log:  # nobody reads our stderr: the next supervisor goes on from the journal
            traceback.print_exc(file=log)
        raise


def take(folder: str) -> None:
    """Makes the folder and holds its lock; two supervisors of one sandbox would run its calls twice."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chdir(folder)
    lock = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(folder).st_ino != os.stat(".").st_ino:
            raise FileNotFoundError
    except (BlockingIOError, FileNotFoundError):
        raise Refused("busy", "another supervisor holds the sandbox") from None
    removal.end_left_over(lock)
    holders.write(holders.SUPERVISOR, os.getpid())


def prepare(spec: dict, folder: str, found: str, confined: bool) -> None:
    if found == "new":
        for name in ("workspace", "clock"):  # an earlier opening may have been cut short
            if os.path.lexists(name):
                folders.remove(name)
            os.mkdir(name)
        os.chmod("workspace", 0o755)
        if spec["uid"] is not None:
            os.chown("workspace", spec["uid"], spec["uid"])
    if spec["clock"] == "virtual":
        virtual.install("clock", spawn.bubblewrap.INSIDE if confined else f"{folder}/clock")


def listen() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.lexists("sock"):
        os.unlink("sock")
    listener.bind("sock")  # relative: the address of a socket has 108 bytes at most
    listener.listen(16)
    return listener


class Supervisor:
    def __init__(self, spec: dict, folder: str, kind: dict) -> None:
        self.spec, self.folder, self.kind = spec, folder, kind
        self.confined = bool(kind.get("bwrap"))
        self.selector = selectors.DefaultSelector()
        self.calls = Calls(self)
        self.limits = Limits(spec, folder)
        self.clock = virtual.Clock("clock") if spec["clock"] == "virtual" else None
        # Whether programs may have ended since the last call, which the next call is to say.
        self.restarted = False
        self.last_used = time.monotonic()
        self.spawner = None
        self.operations = operations.Operations(self)
        self.start_spawner()
        if self.clock:
            self.watch(self.clock.ask, self.serve_sleepers)

    def watch(self, fd: int, ready) -> None:
        self.selector.register(fd, selectors.EVENT_READ, ready)

    register = watch

    def unregister(self, fd: int) -> None:
        self.selector.unregister(fd)

    def serve(self) -> None:
        while True:
            for key, _ in self.selector.select(self.patience()):
                if self.selector.get_map().get(key.fd) is key:  # an earlier one of this round may have closed it
                    key.data()
            self.on_time()

    def patience(self) -> float:
        """Seconds until something is due."""
        due = [self.calls.next_watch(), *(call.deadline for call in self.calls.running.values())]
        if self.limits.next_look is not None:
            due.append(self.limits.next_look)
        if not self.calls.running:
            due.append(self.last_used + self.spec["idleSeconds"])
        return max(0.0, min(due) - time.monotonic())

    def on_time(self) -> None:
        now = time.monotonic()
        self.calls.watch_due(now)
        for call in list(self.calls.running.values()):
            if now >= call.deadline and call.number in self.calls.running:
                self.operations.cut(call, "timeout")
        if self.limits.next_look is not None and now >= self.limits.next_look:
            self.look()
        if not self.calls.running and now >= self.last_used + self.spec["idleSeconds"]:
            self.end()

    def look(self) -> None:
        self.limits.next_look = None
        self.calls.discard_left_open()
        pids = processes.descendants(self.spawner.pid) if self.spawner else []
        running = list(self.calls.running.values())
        broken = self.limits.broken(pids, max((call.baseline for call in running), default=None))
        if broken and (pids or running):
            self.end_everything(f"[killed: {broken}]")
        elif pids or running or self.calls.left_open:
            self.limits.next_look = time.monotonic() + EVERY_SECONDS

    def settle(self) -> None:
        """After a call. Where nothing of it is left, nothing can pass a limit before the next: there is nothing to look at."""
        if self.calls.settle(self.spawner):
            self.limits.rest()
        else:
            self.limits.look_soon()

    def end_everything(self, note: str | None, ended: str = "killed") -> None:
        """Kills all programs of the sandbox, not the sandbox."""
        if self.spawner:
            processes.end_all(lambda: processes.descendants(self.spawner.pid))
        if self.clock:
            self.clock.forget_questions(None)
        for call in list(self.calls.running.values()):
            call.notes += [note] if note else []
            self.calls.finish(call, None, ended)

    def start_spawner(self) -> None:
        self.spawner = spawn.start(self.spec, self.folder, self.kind)
        self.watch(self.spawner.sock.fileno(), self.on_reports)

    def on_reports(self) -> None:
        reports = self.spawner.reports()
        if reports is None:
            self.on_spawner_gone()
            return
        for words in reports:
            call = self.calls.running.get(int(words[1])) if len(words) == 3 and words[1].isdigit() else None
            if call is None or not words[2].isdigit():
                continue
            if words[0] == b"failed":
                call.sink.add(b"sh: cannot start: %s\n" % os.strerror(int(words[2])).encode())
                self.calls.finish(call, 126, "exit")
            elif words[0] == b"exit":
                code = os.waitstatus_to_exitcode(int(words[2]) & 0xFFFF) if ended_status(int(words[2])) else 0
                self.calls.finish(call, code if code >= 0 else None, "exit" if code >= 0 else "killed")

    def on_spawner_gone(self) -> None:
        """The host has ended the sandbox's first process, which no program can in a namespace of its own, and all with it."""
        self.drop_spawner()
        self.restarted = not any(call.name for call in self.calls.running.values())
        self.end_everything(RESTARTED, "interrupted")

    def drop_spawner(self) -> None:
        if self.spawner:
            self.unregister(self.spawner.sock.fileno())
            self.spawner.end()
            self.spawner = None

    def serve_sleepers(self) -> None:
        """Charges each sleeper to its call. Between calls the clock stands still: it waits for the next, which is charged."""
        self.clock.take_questions()
        while own := [call for call in self.calls.running.values() if call.name]:
            question = self.clock.next_question()
            if question is None:
                return
            self.operations.charge(next((call for call in own if call.tag == question.tag), own[0]), question.seconds)

    def accept(self, listener: socket.socket) -> None:
        Client(self, listener.accept()[0])

    def end(self) -> None:
        """Ends the process; the folder stays."""
        if self.calls.settle(self.spawner):
            os.close(os.open(STILL, os.O_WRONLY | os.O_CREAT, 0o600))
        self.end_everything(None)
        self.drop_spawner()
        if stat.S_ISSOCK(os.lstat("sock").st_mode):
            os.unlink("sock")
        sys.stderr.flush()
        os._exit(0)


def ended_still() -> bool:
    """Whether the supervisor before has ended by itself with no program left to end; asked once."""
    try:
        os.unlink(STILL)
        return True
    except FileNotFoundError:
        return False


def ended_status(status: int) -> bool:
    return os.WIFEXITED(status) or os.WIFSIGNALED(status)
