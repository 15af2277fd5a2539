"""Where one message ends and the next begins: a length before each.

A message travels as four bytes of length, big-endian, and so many bytes.
`Splitter` takes whatever a socket delivers and yields whole messages; it
refuses a length above its limit before a byte of that message is kept. It
does not look inside, and does no I/O.

Units: bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from errors import MessageTooLong

LENGTH_BYTES = 4
CLIENT_MESSAGE_BYTES_MAX = 4096
"""What a client may send: its longest message is a line of chat."""
SERVER_MESSAGE_BYTES_MAX = 262_144
"""What a server may send: a full lobby is up to 150 kB, if all names are emoji."""


def framed(body: bytes) -> bytes:
    """Return the message with its length in front."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Splitter:
    """Cuts a stream of bytes into messages of at most `size_max` bytes."""

    def __init__(self, size_max: int) -> None:
        self._size_max = size_max
        self._buffer = bytearray()

    def is_whole(self, data: bytes) -> bool:
        """Whether these bytes are just one message, and nothing waits before them."""
        whole = len(data) - LENGTH_BYTES
        return (
            0 < whole <= self._size_max
            and not self._buffer
            and int.from_bytes(data[:LENGTH_BYTES], "big") == whole
        )

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes as they came; yield the messages that are now whole.

        Raises:
            MessageTooLong: the peer announced more than the limit, after the
                messages that were yielded.
        """
        self._buffer += data
        start = 0
        try:
            while len(self._buffer) - start >= LENGTH_BYTES:
                body = start + LENGTH_BYTES
                size = int.from_bytes(self._buffer[start:body], "big")
                if size > self._size_max:
                    raise MessageTooLong(size, self._size_max)
                if len(self._buffer) - body < size:
                    break
                start = body + size
                yield bytes(self._buffer[body:start])
        finally:
            del self._buffer[:start]
