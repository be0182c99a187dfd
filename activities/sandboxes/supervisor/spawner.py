"""Runs inside the sandbox as its first process: receives calls with their pipes, starts `sh -c`, tells exit codes.

It is given to the interpreter as text and imports next to nothing, since every open of a sandbox pays for its start. Nothing
that it says is trusted.
"""

import _signal
import _socket
import posix
import resource
import select
import sys


def main(fd: int, uid: int, limits: list[str]) -> None:
    sock = _socket.socket(fileno=fd)
    posix.set_inheritable(fd, False)
    posix.closerange(3, fd)
    posix.closerange(fd + 1, 256)
    prefer_for_oom()
    if uid >= 0:
        posix.setgroups([])
        posix.setresgid(uid, uid, uid)
        posix.setresuid(uid, uid, uid)
    for limit in limits:
        name, value = limit.split("=")
        if name == "adopt":
            adopt_orphans()
        elif name == "forget":
            posix.environ.pop(value.encode(), None)
        else:
            restrict(getattr(resource, name), int(value))
    wake, waker = posix.pipe()
    posix.set_blocking(wake, False)
    posix.set_blocking(waker, False)
    _signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    _signal.signal(_signal.SIGCHLD, lambda *_: None)
    sock.sendall(b"ready\n")
    serve(sock, wake)


def prefer_for_oom() -> None:
    """When the host runs out of memory, what runs here goes first."""
    try:
        fd = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY)
        posix.write(fd, b"900")
        posix.close(fd)
    except OSError:
        return  # not this system's, or not ours to set: only a preference


ADOPTED: list[bool] = []


def adopt_orphans() -> None:
    """As a plain process there is no process namespace whose orphans fall to us: ask for them (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        ADOPTED.append(True)


def restrict(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def serve(sock, wake: int) -> None:
    running: dict[int, bytes] = {}
    while True:
        ready = select.select([sock, wake], [], [])[0]
        if wake in ready:
            posix.read(wake, 4096)
            reap(sock, running)
        if sock in ready:
            header, fds = receive(sock)
            call, tag, command = read_exactly(sock, header).split(b"\0", 2)
            start(sock, running, (call, tag, command, fds))


def receive(sock) -> tuple[int, list[int]]:
    data, ancillary, _, _ = sock.recvmsg(4, 64, getattr(_socket, "MSG_CMSG_CLOEXEC", 0))
    if not data:
        end()
    fds = []
    for _, _, packed in ancillary:
        fds += [int.from_bytes(packed[i : i + 4], sys.byteorder) for i in range(0, len(packed) - 3, 4)]
    return int.from_bytes(data + read_exactly(sock, 4 - len(data)), "big"), fds


def read_exactly(sock, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            end()
        data += more
    return data


def end() -> None:
    """The supervisor has gone. In a sandbox all others end with this process; a plain one ends those that fell to it."""
    while ADOPTED and (left := adopted()):
        for pid in left:
            posix.kill(pid, _signal.SIGKILL)
        posix.waitpid(-1, 0)
    posix._exit(0)


def adopted() -> list[int]:
    fd = posix.open(f"/proc/self/task/{posix.getpid()}/children", posix.O_RDONLY)
    data = posix.read(fd, 1 << 16)
    posix.close(fd)
    return [int(pid) for pid in data.split()]


def start(sock, running: dict[int, bytes], request) -> None:
    call, tag, command, fds = request
    env = posix.environ | {b"LONGHAUL_CALL": tag}
    stdin = (posix.POSIX_SPAWN_DUP2, fds[1], 0) if len(fds) > 1 else (posix.POSIX_SPAWN_OPEN, 0, b"/dev/null", 0, 0)
    actions = [stdin, (posix.POSIX_SPAWN_DUP2, fds[0], 1), (posix.POSIX_SPAWN_DUP2, fds[0], 2)]
    try:
        pid = posix.posix_spawn(
            b"/bin/sh",
            [b"sh", b"-c", command],
            env,
            file_actions=actions,
            setsid=True,
            setsigdef=[_signal.SIGPIPE, _signal.SIGXFSZ],
        )
        running[pid] = call
    except OSError as error:
        sock.sendall(b"failed %s %d\n" % (call, error.errno))
    for fd in fds:
        posix.close(fd)


def reap(sock, running: dict[int, bytes]) -> None:
    """Also of orphans, which fall to the first process."""
    while True:
        try:
            pid, status = posix.waitpid(-1, posix.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        call = running.pop(pid, None)
        if call is not None:
            sock.sendall(b"exit %s %d\n" % (call, status))


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
