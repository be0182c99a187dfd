"""Starts the spawner, within bubblewrap or as a plain process, and speaks with it."""

import array
import json
import os
import select
import signal
import socket
import sys

import bubblewrap
import folders
import holders
import identity
import plain
import processes
import seccomp
from protocol import Refused

HERE = os.path.dirname(os.path.abspath(__file__))
START_SECONDS = 20.0
# Above the limit, so that the supervisor sees a fork bomb pass it and ends it; the kernel holds it here meanwhile.
SPARE_PROCESSES = 8

with open(f"{HERE}/spawner.py", "rb") as source:
    SPAWNER = source.read()


class Spawner:
    """A started spawner: `pid` on the host, `sock` to it; `runner` is the child that this process waits for."""

    def __init__(self, pids: tuple[int, int], sock: socket.socket) -> None:
        self.runner, self.pid = pids
        self.sock = sock
        self.rest = b""
        self.hang_up = select.poll()
        self.hang_up.register(sock, 0)

    def gone(self) -> bool:
        """Whether it has closed its end of the socket, which only its own end does."""
        return bool(self.hang_up.poll(0))

    def run(self, call: tuple[str, str, str], fds: list[int]) -> None:
        """Starts a command: (number, tag, command) with its output and, if given, its input."""
        data = "\0".join(call).encode("utf-8", "surrogatepass")
        data = len(data).to_bytes(4, "big") + data
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        sent = self.sock.sendmsg([data], rights)
        if sent < len(data):
            self.sock.sendall(data[sent:])

    def reports(self) -> list[list[bytes]] | None:
        """What it says, as words a line; None when it has ended."""
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            return None
        if not data:
            return None
        *lines, rest = (self.rest + data).split(b"\n")
        self.rest = rest[-4096:]
        return [line.split() for line in lines]

    def end(self) -> None:
        """Kills everything in the sandbox and waits for it."""
        self.sock.close()
        if self.runner == self.pid:
            processes.end_all(lambda: processes.living([*processes.descendants(self.pid), self.pid]))
        elif processes.birth(self.pid) is not None:
            os.kill(self.pid, signal.SIGKILL)  # the first of its process namespace: the kernel ends all others with it
        os.waitpid(self.runner, 0)  # bubblewrap ends when that has ended


def start(spec: dict, folder: str, kind: dict) -> Spawner:
    """`kind` is {"bwrap": path} or {} for a plain process. Raises Refused with what bubblewrap says."""
    ours, theirs = socket.socketpair()
    ours.settimeout(START_SECONDS)  # a spawner that does not read must not hold up the supervisor for ever
    theirs.set_inheritable(True)
    complaint, complain = os.pipe()
    os.set_inheritable(complain, True)
    begin = start_confined if kind.get("bwrap") else start_plain
    try:
        pids = begin(spec, folder, (kind, theirs.fileno(), complain))
    finally:
        theirs.close()
        os.close(complain)
    ready = select.select([ours], [], [], START_SECONDS)[0] and ours.recv(6)
    if ready != b"ready\n":
        processes.end_all(lambda: processes.living(pids))
        said = os.read(complaint, 4096).decode("utf-8", "replace").strip()
        os.waitpid(pids[0], 0)
        raise Refused("failed", f"the sandbox did not start: {said or 'it does not say why'}")
    os.close(complaint)
    holders.write(holders.FIRST_PROCESS, pids[1])
    return Spawner(pids, ours)


def rlimits(spec: dict, confined: bool) -> list[str]:
    limits = spec["limits"]
    found = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": limits["cpuSeconds"],
        "RLIMIT_FSIZE": limits["fileBytes"],
    }
    if processes.LINUX:
        found["RLIMIT_DATA"] = limits["memoryBytes"]
    if confined and (os.geteuid() == 0 or counts_by_namespace()):
        found["RLIMIT_NPROC"] = limits["processes"] + SPARE_PROCESSES
    options = [f"{name}={int(value)}" for name, value in found.items()]
    # The interpreter sets it for itself where the locale is C, which is not the programs' affair.
    return options if "LC_CTYPE" in spec["environment"] else [*options, "forget=LC_CTYPE"]


def counts_by_namespace() -> bool:
    """From Linux 5.14 on a user's processes are counted for each user namespace by itself."""
    major, minor = os.uname().release.split(".")[:2]
    return (int(major), int("".join(c for c in minor if c.isdigit()))) >= (5, 14)


def python_command(fds: tuple[int, int], uid: int, limits: list[str]) -> list[str]:
    """Its text comes through the pipe that `text` made, since programs see the command line."""
    read = f"import posix; exec(posix.read({fds[1]}, 65536))"
    return [os.path.realpath(sys.executable), "-I", "-S", "-B", "-c", read, str(fds[0]), str(uid), *limits]


def spawner_text() -> int:
    reader, writer = inherited_pipe(0)
    os.write(writer, SPAWNER)
    os.close(writer)
    return reader


def start_plain(spec: dict, folder: str, rest: tuple[dict, int, int]) -> tuple[int, int]:
    _, fd, complain = rest
    plain.make_mounts(spec, folder)
    here = os.getcwd()
    os.chdir(f"{folder}/workspace")
    text = spawner_text()
    command = python_command((fd, text), -1, [*rlimits(spec, False), "adopt=1"])
    pid = os.posix_spawn(command[0], command, plain.environment(spec, folder), file_actions=quiet(complain))
    os.chdir(here)
    os.close(text)
    return pid, pid


def start_confined(spec: dict, folder: str, rest: tuple[dict, int, int]) -> tuple[int, int]:
    kind, fd, complain = rest
    uid = spec["uid"]
    for mount in spec["mounts"]:
        if mount["target"].startswith("/workspace/"):
            relative = mount["target"][len("/workspace/") :]
            folders.prepare_mount_point(f"{folder}/workspace", relative, os.path.isdir(mount["source"]))
    told, tell = inherited_pipe(1)
    unblocked, unblock = inherited_pipe(0)
    text, filter_fd = spawner_text(), seccomp.descriptor()
    args = [kind["bwrap"], *bubblewrap.arguments(spec, folder, uid is not None), "--info-fd", str(tell)]
    args += ["--seccomp", str(filter_fd)] if filter_fd is not None else []
    args += ["--userns-block-fd", str(unblocked)] if uid is not None else []
    args += python_command((fd, text), identity.INSIDE if uid is not None else -1, rlimits(spec, True))
    try:
        runner = os.posix_spawn(kind["bwrap"], args, {}, file_actions=quiet(complain))
    finally:
        for inherited in (tell, unblocked, text, filter_fd):
            if inherited is not None:
                os.close(inherited)
    pid = first_process(told)
    if pid is not None and uid is not None:
        map_users(pid, uid)
        os.write(unblock, b"x")
    os.close(unblock)
    return runner, pid or 0


def inherited_pipe(end: int) -> tuple[int, int]:
    pair = os.pipe()
    os.set_inheritable(pair[end], True)
    return pair


def quiet(complain: int) -> list[tuple]:
    null = os.devnull
    return [
        (os.POSIX_SPAWN_OPEN, 0, null, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, null, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, complain, 2),
    ]


def first_process(told: int) -> int | None:
    """The host's number of the sandbox's first process, which bubblewrap tells; None when it has given up."""
    data = b""
    while b"}" not in data:
        more = os.read(told, 4096)
        if not more:
            break
        data += more
    os.close(told)
    return json.loads(data)["child-pid"] if b"}" in data else None


def map_users(pid: int, uid: int) -> None:
    """Inside, 0 is the root that sets up and 1000 the sandbox's own user, to which the spawner drops before any call."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(f"0 {os.geteuid()} 1\n{identity.INSIDE} {uid} 1")
