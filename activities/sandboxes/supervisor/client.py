"""One worker's connection. A worker that does not read must not hold up the supervisor: what it has not taken is kept."""

import selectors
import socket

import protocol


class Client:
    def __init__(self, supervisor, sock: socket.socket) -> None:
        self.supervisor = supervisor
        self.sock = sock
        self.lines = protocol.Lines()
        self.unsent = bytearray()
        self.open = True
        sock.setblocking(False)
        supervisor.watch(sock.fileno(), self.on_ready)

    def on_ready(self) -> None:
        if self.unsent:
            self.flush()
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.drop()
            return
        for request in self.lines.feed(data):
            self.supervisor.operations.serve(self, request)

    def tell(self, number: int, value: dict) -> None:
        if self.open:
            self.unsent += protocol.line({"n": number, **value})
            self.flush()

    def flush(self) -> None:
        try:
            sent = self.sock.send(self.unsent)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            self.drop()
            return
        del self.unsent[:sent]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        if self.supervisor.selector.get_key(self.sock).events != events:
            self.supervisor.selector.modify(self.sock, events, self.on_ready)

    def drop(self) -> None:
        if self.open:
            self.open = False
            self.supervisor.unregister(self.sock.fileno())
            self.sock.close()
