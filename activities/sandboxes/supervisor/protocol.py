"""JSON lines, and the error that is told to a worker by its kind."""

import json


class Refused(Exception):
    """An answer of the supervisor that is not a result; `kind` is read by the worker."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def line(value: dict) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


class Lines:
    """Splits a byte stream into JSON objects."""

    def __init__(self) -> None:
        self.rest = bytearray()

    def feed(self, data: bytes) -> list[dict]:
        self.rest += data
        if b"\n" not in data:
            return []
        *whole, last = bytes(self.rest).split(b"\n")
        self.rest = bytearray(last)
        return [json.loads(text) for text in whole]
