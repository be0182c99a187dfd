"""Starts supervisors for one worker: a fork each, so that an open sandbox does not cost a Python start.

Reads requests as JSON lines on stdin; the forked child answers on stdout with one line. It ends with its worker (stdin
closes) or after an idle while; the supervisors that it started live on.
"""

import gc
import os
import select
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import elsewhere  # noqa: E402
import holders  # noqa: E402
import protocol  # noqa: E402
import removal  # noqa: E402
import supervisor  # noqa: E402

IDLE_SECONDS = 20


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which closes our stdin
    gc.collect()
    gc.freeze()
    lines = protocol.Lines()
    while select.select([0], [], [], IDLE_SECONDS)[0]:
        data = os.read(0, 1 << 16)
        if not data:
            return
        for request in lines.feed(data):
            if os.fork() == 0:
                serve(request)


def serve(request: dict) -> None:
    """Runs in the forked child and never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.umask(0o022)
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)

    def answer(value: dict) -> None:
        # Several children share this pipe: one write below PIPE_BUF is not mixed with another's.
        os.write(out, protocol.line({"n": request["n"], **value}))
        os.close(out)

    try:
        if request["op"] == "destroy":
            removal.destroy(request["folder"])
            answer({"ok": {}})
        elif request["op"] == "abandoned":
            answer({"ok": elsewhere.abandoned(request["folder"], request["own"])})
        elif request["op"] == "discard":
            elsewhere.discard(request["folder"])
            answer({"ok": {}})
        elif request["op"] == "end":
            holders.end(request["holder"])
            answer({"ok": {}})
        elif request["op"] == "sweep":
            removal.sweep(request["folder"])
            answer({"ok": {}})
        else:
            supervisor.run(request, answer)
    except BaseException as error:  # noqa: BLE001 the boundary of the process: whatever it is, the worker is told
        try:
            answer({"error": {"kind": getattr(error, "kind", "failed"), "message": str(error)[:2000] or repr(error)}})
        except OSError:
            sys.stderr.write(f"sandbox supervisor ended: {error!r}\n")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
