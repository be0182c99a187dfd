"""`python -m longhaul_trainer.warm [--socket PATH]`: a process that has torch loaded and forks a child for every job.

Importing torch and transformers takes seconds, a fork milliseconds. Requests are job folders, one a line:
on stdin, answered by the job's JSON lines on stdout; or on a unix socket, one job a connection, answered there and ended with
it (a client that hangs up ends its job). Any job's last line is `{"type": "exit", "directory", "code"}`.
A job that crashes, is killed or runs out of memory ends alone. At the end of stdin the running jobs are waited for.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import selectors
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from .barriers import sleep_at_barriers
from .errors import TRY_AGAIN
from .lifeline import die_with
from .progress import line


@dataclass
class Server:
    """Running children by process id, and whether more requests are taken."""

    selector: selectors.BaseSelector
    children: dict[int, Child] = field(default_factory=dict)
    open: bool = True


@dataclass(frozen=True)
class Child:
    directory: Path
    client: socket.socket | None


def main() -> int:
    parser = argparse.ArgumentParser(prog="longhaul_trainer.warm", description="Fork a trainer for every job folder.")
    parser.add_argument("--socket", type=Path, help="take jobs on this unix socket instead of stdin")
    path = parser.parse_args().socket
    load()
    server = Server(selectors.DefaultSelector())
    wake = watch_signals(server)
    server.selector.register(wake, selectors.EVENT_READ, lambda: reap(server, wake))
    listener = None
    if path:
        listener = listen(server, path)
    else:
        read_stdin(server)
    sys.stdout.write(line({"type": "ready", "pid": os.getpid()}))
    sys.stdout.flush()
    while server.open or server.children:
        for key, _ in server.selector.select():
            key.data()
    if listener is not None and path is not None:
        listener.close()
        path.unlink(missing_ok=True)
    return 0


def load() -> None:
    """Imports what every job needs, and nothing that a fork cannot inherit: no CUDA context, no pool of threads."""
    sleep_at_barriers()
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    import torch

    torch.set_num_threads(1)
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast  # noqa: F401 -- a fork finds it loaded

    from . import train  # noqa: F401 -- as above
    from .init import create  # noqa: F401 -- as above
    from .run import quieten

    quieten()
    rehearse()


def rehearse() -> None:
    """Does what makes the libraries import what they put off: that takes longer than a small job. Starts no thread."""
    import pyarrow as pa
    import pyarrow.dataset
    from transformers import Lfm2Config, Lfm2ForCausalLM

    from .job import Hyper
    from .models import load_model
    from .optimise import adamw

    pa.array([[1]]).value_lengths().to_numpy(zero_copy_only=False)
    few = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 1, "num_key_value_heads": 1}
    config = Lfm2Config(vocab_size=8, num_hidden_layers=2, layer_types=["conv", "full_attention"], **few)
    with tempfile.TemporaryDirectory() as folder:
        Lfm2ForCausalLM(config).save_pretrained(folder)
        adamw(load_model(folder), Hyper())


def watch_signals(server: Server) -> socket.socket:
    """Deaths of children and requests to stop arrive on a socket that the loop waits on."""
    wake, waker = socket.socketpair()
    for end in (wake, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)

    def stop(number: int, _: FrameType | None) -> None:
        server.open = False
        for child in server.children:
            os.kill(child, number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return wake


def read_stdin(server: Server) -> None:
    """Job folders from stdin, as they come; the rest of a line waits for its end."""
    rest = b""

    def ready() -> None:
        nonlocal rest
        chunk = os.read(0, 65536)
        *lines, rest = (rest + chunk).split(b"\n")
        if not chunk:
            lines.append(rest)
            server.selector.unregister(0)
        for entry in lines:
            if entry.strip() and server.open:
                start(server, Path(os.fsdecode(entry.strip())), None)
        server.open = server.open and bool(chunk)

    server.selector.register(0, selectors.EVENT_READ, ready)


def listen(server: Server, path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    server.selector.register(listener, selectors.EVENT_READ, lambda: greet(server, listener.accept()[0]))
    return listener


def greet(server: Server, client: socket.socket) -> None:
    """Waits, without blocking others, for the line that names the job; afterwards for the client to hang up."""
    heard = b""
    child: int | None = None

    def ready() -> None:
        nonlocal heard, child
        try:
            chunk = client.recv(4096)
        except ConnectionError:
            chunk = b""
        heard += chunk
        if not chunk:
            server.selector.unregister(client)
            if child in server.children:
                os.kill(child, signal.SIGKILL)
            client.close()
        elif child is None and server.open and b"\n" in heard:
            child = start(server, Path(os.fsdecode(heard.split(b"\n")[0].strip())), client)

    server.selector.register(client, selectors.EVENT_READ, ready)


def start(server: Server, directory: Path, client: socket.socket | None) -> int:
    """Forks a child that does the job and writes where the request came from."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        work(directory, 1 if client is None else client.fileno(), parent)
    server.children[pid] = Child(directory, client)
    return pid


def work(directory: Path, out: int, parent: int) -> NoReturn:
    """The child: a process of its own in every respect but what it has in memory already."""
    code = TRY_AGAIN
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        die_with(parent)
        os.dup2(out, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        from .run import run

        code = run(directory)
        sys.stdout.flush()
    finally:
        os._exit(code)


def reap(server: Server, wake: socket.socket) -> None:
    """Says how each child that has ended did so. A death by a signal is "try again", like any other accident."""
    with contextlib.suppress(BlockingIOError):
        while wake.recv(4096):
            pass
    for pid, child in list(server.children.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended == 0:
            continue
        del server.children[pid]
        code = os.waitstatus_to_exitcode(status)
        answer(child, {"type": "exit", "directory": str(child.directory), "code": code if code >= 0 else TRY_AGAIN})


def answer(child: Child, value: dict[str, Any]) -> None:
    """The last line of a job. Its client may be gone; the connection ends even where another child still holds it."""
    data = line(value).encode()
    with contextlib.suppress(OSError):
        if child.client is None:
            os.write(1, data)
        else:
            child.client.send(data, socket.MSG_DONTWAIT)
            child.client.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    sys.exit(main())
