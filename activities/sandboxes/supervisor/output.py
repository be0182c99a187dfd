"""What is kept of a call's output: the head and the tail, never more than the limit in memory."""

# Control characters other than tab, newline and carriage return are no text: a terminal or a tokenizer must not act on them.
CONTROLS = {c: 0xFFFD for c in [*range(0x20), *range(0x7F, 0xA0)] if c not in (9, 10, 13)}


class Output:
    def __init__(self, limit: int) -> None:
        self.head_limit = limit // 2
        self.tail_limit = limit - limit // 2
        self.head = bytearray()
        self.tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = self.head_limit - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        if len(self.tail) > 2 * self.tail_limit + 65536:
            del self.tail[: len(self.tail) - self.tail_limit]

    def text(self) -> str:
        """Valid text without control characters; a cut says how many bytes are left out."""
        left_out = self.total - len(self.head) - min(len(self.tail), self.tail_limit)
        if left_out <= 0:
            return safe(bytes(self.head + self.tail))
        tail = bytes(self.tail[len(self.tail) - self.tail_limit :]) if self.tail_limit else b""
        head, tail = whole_start(bytes(self.head)), whole_end(tail)
        left_out = self.total - len(head) - len(tail)
        return f"{safe(head)}\n[... {left_out} bytes of output left out ...]\n{safe(tail)}"


def safe(data: bytes) -> str:
    return data.decode("utf-8", "replace").translate(CONTROLS)


def whole_start(data: bytes) -> bytes:
    """Without a character that the cut has split at the end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            need = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
            return data[:-back] if need > back else data
        if byte < 0x80:
            return data
    return data


def whole_end(data: bytes) -> bytes:
    """Without the continuation bytes of a character that the cut has split at the start."""
    start = 0
    while start < min(3, len(data)) and 0x80 <= data[start] < 0xC0:
        start += 1
    return data[start:]
