"""What one player costs on the wire, headers counted, as the system counts it.

Linux counts the segments and the bytes of each connection (`TCP_INFO`), so
acknowledgements that carry nothing are counted too. Elsewhere there is no
such count, and there are no figures.

Source: `struct tcp_info` in include/uapi/linux/tcp.h; RFC 791, 793 and 7323
for the sizes of the headers.

Units: bytes; kbit/s of 1000 bits.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

HEADERS_BYTES = 20 + 20 + 12
"""IPv4, TCP, and the time stamps that nearly every TCP adds."""
_info = struct.Struct("=120xQQII")
"""Bytes acknowledged and received, at 120; segments out and in, at 136."""


class WireCost(NamedTuple):
    """What went over one connection so far, from where we stand."""

    bytes_out: int
    bytes_in: int
    segments_out: int
    segments_in: int

    def since(self, before: WireCost) -> WireCost:
        """Return what was added after a moment."""
        return WireCost(*(now - then for now, then in zip(self, before, strict=True)))

    def up_kbit_s(self, seconds: float) -> float:
        """Return what we sent, headers counted."""
        return (self.bytes_out + HEADERS_BYTES * self.segments_out) * 8e-3 / seconds

    def down_kbit_s(self, seconds: float) -> float:
        """Return what came to us, headers counted."""
        return (self.bytes_in + HEADERS_BYTES * self.segments_in) * 8e-3 / seconds


def wire_cost(link: socket.socket) -> WireCost | None:
    """Return what a connection has cost so far; None where nobody counts."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    try:
        info = link.getsockopt(socket.IPPROTO_TCP, option, _info.size)
    except OSError:
        return None
    if len(info) < _info.size:
        return None
    bytes_out, bytes_in, segments_out, segments_in = _info.unpack(info)
    return WireCost(bytes_out, bytes_in, segments_out, segments_in)
