"""What a worker may ask: `ping`, `exec`, `cancel`, `snapshot`, `restore`, `close`."""

import os
import time

import archive
import journal
import plain
import removal
from calls import RESTARTED, Call, replay, result_of
from output import Output
from protocol import Refused


class Operations:
    def __init__(self, supervisor) -> None:
        self.supervisor = supervisor
        self.epoch = journal.read_epoch()
        self.journal = journal.Journal()
        self.waiters: dict[str, tuple[Call, list]] = {}
        self.table = {
            "ping": lambda _request, tell: tell({"ok": {"epoch": self.epoch}}),
            "exec": self.exec,
            "cancel": self.cancel,
            "snapshot": self.snapshot,
            "restore": self.restore,
            "close": self.close,
        }

    def serve(self, client, request: dict) -> None:
        def tell(value: dict) -> None:
            client.tell(request["n"], value)

        try:
            self.table[request["op"]](request, tell)
        except Refused as error:
            tell({"error": {"kind": error.kind, "message": str(error)}})
        except OSError as error:
            tell({"error": {"kind": "failed", "message": str(error)}})

    def exec(self, request: dict, tell) -> None:
        self.fence(request["epoch"])
        name = journal.name_of(request["callId"])
        if name in self.waiters:  # asked again while it runs: the same call, one more to tell
            self.waiters[name][1].append(tell)
            return
        answer = replay(self.journal, name)
        if answer:
            if answer["ended"] == "interrupted":
                self.supervisor.restarted = False  # which it says itself
            tell({"ok": answer})
            return
        supervisor = self.supervisor
        self.ready()  # before the intent is written: what cannot start has not begun
        full = supervisor.limits.full()
        supervisor.calls.count += 1
        call = Call(
            number=supervisor.calls.count,
            name=name,
            tag=name[:12],
            sink=Output(supervisor.spec["limits"]["outputBytes"]),
            deadline=time.monotonic() + request["timeoutSeconds"],
            done=lambda code, ended: self.finish(name, code, ended),
            clock=request.get("clockSeconds"),
            baseline=supervisor.limits.size,
        )
        intent = {
            "callId": request["callId"],
            "epoch": request["epoch"],
            "command": request["command"],
            "at": time.time(),
        }
        self.journal.append(name, journal.INTENT, intent)
        command = request["command"].replace("\0", "")  # as a shell that reads it from a file does
        if full:
            call.notes.append(
                f"[the workspace is over its {supervisor.limits.limits['workspaceBytes']} bytes: files can only be removed]"
            )
            command = f"ulimit -f 0\n{command}"
        if not supervisor.confined:
            command = plain.translate(command, supervisor.spec, supervisor.folder)
        self.begin(call, (command, None))
        self.waiters[name] = (call, [tell])
        if supervisor.clock:
            supervisor.serve_sleepers()

    def fence(self, epoch: int) -> None:
        if epoch < self.epoch:
            raise Refused("stale-epoch", f"epoch {epoch} is older than {self.epoch}, which this sandbox has seen")
        if epoch > self.epoch:
            journal.write_epoch(epoch)
            self.epoch = epoch

    def ready(self) -> None:
        supervisor = self.supervisor
        if supervisor.spawner and supervisor.spawner.gone():
            supervisor.on_spawner_gone()  # it has ended and not been noticed yet
        if supervisor.spawner is None:
            supervisor.start_spawner()

    def begin(self, call: Call, command_and_input: tuple[str, int | None]) -> None:
        supervisor = self.supervisor
        if supervisor.clock and not supervisor.calls.running:
            supervisor.clock.forget_answers()
            supervisor.clock.forget_dead(supervisor.spawner.pid)
        if supervisor.restarted and call.name:
            supervisor.restarted = False
            call.restarted = True
            call.notes.append(RESTARTED)
        supervisor.calls.start(supervisor.spawner, call, command_and_input)
        supervisor.limits.look_soon()

    def charge(self, call: Call, seconds: float) -> None:
        """Lets a sleeper go on at its call's cost; a sleep that the clock has no room for ends the call instead."""
        supervisor = self.supervisor
        if call.clock is not None and call.slept + seconds > call.clock + 1e-9:
            call.slept = max(call.slept, call.clock)
            self.journal.keep(call.name, journal.SLEPT, {"slept": round(call.slept, 9)})
            self.cut(call, "budget")
        elif seconds != float("inf"):
            call.slept += seconds
            self.journal.keep(call.name, journal.SLEPT, {"slept": round(call.slept, 9)})
            supervisor.clock.grant()

    def cut(self, call: Call, ended: str) -> None:
        supervisor = self.supervisor
        supervisor.calls.cut(supervisor.spawner, call, ended)
        if supervisor.clock:
            supervisor.clock.forget_questions(call.tag)

    def finish(self, name: str, code: int | None, ended: str) -> None:
        supervisor = self.supervisor
        call, tells = self.waiters.pop(name)
        result = result_of(call, code, ended)
        self.journal.keep(name, journal.RESULT, result)
        supervisor.last_used = time.monotonic()
        for tell in tells:
            tell({"ok": result})

    def cancel(self, request: dict, tell) -> None:
        waiting = self.waiters.get(journal.name_of(request["callId"]))
        if waiting:
            self.cut(waiting[0], "killed")
        tell({"ok": {}})

    def job(self, command_and_input: tuple[str, int | None], sink, done) -> None:
        """A command of ours in the sandbox: no journal, no clock, told to `done` by its exit code."""
        supervisor = self.supervisor
        self.ready()
        supervisor.calls.count += 1
        call = Call(
            number=supervisor.calls.count,
            tag="longhaul",
            sink=sink,
            deadline=time.monotonic() + archive.SECONDS,
            done=lambda code, _ended: done(code),
            baseline=supervisor.limits.size,
        )
        self.begin(call, command_and_input)

    def snapshot(self, request: dict, tell, again: bool = True) -> None:
        spec = self.supervisor.spec
        fd = archive.create(request["file"])
        sink = archive.FileSink(fd, archive.most_bytes(spec))

        def done(code: int | None) -> None:
            os.close(fd)
            if code in (0, 1) and sink.left >= 0:  # 1: something changed while it was read
                tell({"ok": {"bytes": os.path.getsize(request["file"])}})
            elif code == 2 and again:  # something could not be read: its owner is given leave first
                self.job((archive.OPEN_UP, None), Output(0), lambda _code: self.snapshot(request, tell, False))
            else:
                os.unlink(request["file"])
                tell({"error": {"kind": "failed", "message": str(archive.refuse("no snapshot", code))}})

        self.job((archive.pack_command(spec), None), sink, done)

    def restore(self, request: dict, tell) -> None:
        self.fence(request["epoch"])
        self.supervisor.end_everything("[killed: the workspace is being restored]")

        def done(code: int | None) -> None:
            if code == 0:
                tell({"ok": {}})
            else:
                tell({"error": {"kind": "failed", "message": str(archive.refuse("not restored", code))}})

        self.job((archive.unpack_command("workspace"), archive.feed(request["file"])), Output(4096), done)

    def close(self, _request: dict, tell) -> None:
        supervisor = self.supervisor
        for _call, tells in self.waiters.values():
            tells.clear()  # who still waits loses the sandbox: how its call ends here is no result
        supervisor.end_everything(None)
        supervisor.drop_spawner()
        removal.discard(supervisor.folder)
        tell({"ok": {}})
        os._exit(0)
