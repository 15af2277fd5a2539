"""Data-only pickle: plain data to bytes, and strangers' bytes to plain data.

A pickle is a program. `loads` runs it itself, and knows only the opcodes that
build plain data: no names to import, no memo, no references, no forms with
8-byte lengths. Python's own unpickler never sees what a stranger has sent.
Messages are not checked for meaning here.

The allowed opcodes and their argument sizes are those of Python's
`pickletools`; why blocking imports alone is not enough: "Sour Pickles"
(Slaviero, Black Hat 2011).

Units: bytes.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
from typing import Final

from errors import MalformedMessage

OPCODES_MAX: Final = 20_000
"""A full lobby of a thousand people takes about eleven thousand."""
DEPTH_MAX: Final = 8
"""Open marks and the tuples on them; our deepest message needs four."""
STACK_MAX: Final = 4096
INTEGER_BYTES_MAX: Final = 8
FRAME_BYTES: Final = 9
"""The opcode FRAME and its argument."""

Plain = None | bool | int | float | str | bytes | tuple["Plain", ...] | list["Plain"]

PROTO: Final = 0x80
FRAME: Final = 0x95
STOP: Final = 0x2E
MARK: Final = 0x28
NONE: Final = 0x4E
NEWTRUE: Final = 0x88
NEWFALSE: Final = 0x89
BININT: Final = 0x4A
BININT1: Final = 0x4B
BININT2: Final = 0x4D
LONG1: Final = 0x8A
BINFLOAT: Final = 0x47
SHORT_BINUNICODE: Final = 0x8C
BINUNICODE: Final = 0x58
SHORT_BINBYTES: Final = 0x43
BINBYTES: Final = 0x42
EMPTY_TUPLE: Final = 0x29
TUPLE: Final = 0x74
TUPLE1: Final = 0x85
TUPLE2: Final = 0x86
TUPLE3: Final = 0x87
EMPTY_LIST: Final = 0x5D
APPEND: Final = 0x61
APPENDS: Final = 0x65

_double = struct.Struct(">d").unpack_from


def dumps(data: object) -> bytes:
    """Return plain data as a pickle that `loads` accepts.

    `data` holds tuples, lists, text, bytes, numbers, truth values and None.
    """
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol=4)
    # No memo: readers in other languages need no table, and the scan no
    # opcode for it. The data is a tree, so nothing is written twice.
    pickler.fast = True
    pickler.dump(data)
    return _without_frames(out.getvalue())


def _without_frames(blob: bytes) -> bytes:
    """Return a pickle whose frames, one each 64 kB or so, are taken off.

    They help who reads a file; a message is at hand whole, and nine bytes
    shorter without.
    """
    bodies = []
    at = 2
    while at < len(blob) and blob[at] == FRAME:
        start = at + FRAME_BYTES
        at = start + int.from_bytes(blob[at + 1 : start], "little")
        bodies.append(blob[start:at])
    return b"".join((blob[:2], *bodies, blob[at:]))


def dumps_blob(code: int, data: bytes) -> bytes:
    """Return the tuple of a code, up to 255, and bytes, as `dumps` writes it."""
    size = len(data)
    if size < 256:
        head = bytes((PROTO, 4, BININT1, code, SHORT_BINBYTES, size))
    else:
        head = bytes((PROTO, 4, BININT1, code, BINBYTES)) + size.to_bytes(4, "little")
    return head + data + bytes((TUPLE2, STOP))


def loads(blob: bytes) -> Plain:
    """Return the plain data in a stranger's bytes.

    Every opcode is followed with its effect on the stack, so that nothing can
    underflow it, leave more than one value, or build more than was sent.

    Raises:
        MalformedMessage: an opcode that is not allowed, a limit exceeded, or
            bytes that are no pickle at all; `offset` says where.
    """
    size = len(blob)
    if size < 3 or blob[0] != PROTO or blob[1] != 4:
        raise MalformedMessage("not a pickle of protocol 4")
    at = 2
    if blob[at] == FRAME:
        start = at + FRAME_BYTES
        if size < start or int.from_bytes(blob[at + 1 : start], "little") != size - start:
            raise MalformedMessage("a block whose length is not that of the rest", at)
        at = start
    stack: list[Plain] = []
    depths: list[int] = []
    """How deep each value on the stack is nested."""
    marks: list[int] = []
    count = 0
    while at < size:
        code = blob[at]
        start = at
        at += 1
        count += 1
        if count > OPCODES_MAX or len(stack) > STACK_MAX:
            raise MalformedMessage("more values than any message has", start)
        if code == BININT1:
            if at >= size:
                break
            stack.append(blob[at])
            depths.append(0)
            at += 1
        elif code == BININT2:
            if at + 2 > size:
                break
            stack.append(blob[at] | blob[at + 1] << 8)
            depths.append(0)
            at += 2
        elif code == BININT:
            if at + 4 > size:
                break
            stack.append(int.from_bytes(blob[at : at + 4], "little", signed=True))
            depths.append(0)
            at += 4
        elif code in (SHORT_BINUNICODE, SHORT_BINBYTES, LONG1):
            if at >= size:
                break
            end = at + 1 + blob[at]
            if code == LONG1 and end - at - 1 > INTEGER_BYTES_MAX:
                raise MalformedMessage("a whole number of more than 8 bytes", start)
            if end > size:
                break
            stack.append(_value(code, blob[at + 1 : end], start))
            depths.append(0)
            at = end
        elif code == MARK:
            if len(marks) >= DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            marks.append(len(stack))
        elif code == TUPLE or TUPLE1 <= code <= TUPLE3:
            if code == TUPLE:
                base = marks.pop() if marks else -1
            else:
                base = len(stack) - (code - TUPLE1 + 1)
            if base < (marks[-1] if marks else 0):
                raise MalformedMessage("a tuple of values that are not there", start)
            depth = 1
            for one in depths[base:]:
                if one >= depth:
                    depth = one + 1
            if depth > DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            together = tuple(stack[base:])
            del stack[base:]
            del depths[base:]
            stack.append(together)
            depths.append(depth)
        elif code in (BINUNICODE, BINBYTES):
            if at + 4 > size:
                break
            end = at + 4 + int.from_bytes(blob[at : at + 4], "little")
            if end > size:
                break
            stack.append(_value(code, blob[at + 4 : end], start))
            depths.append(0)
            at = end
        elif code in (NEWTRUE, NEWFALSE):
            stack.append(code == NEWTRUE)
            depths.append(0)
        elif code == BINFLOAT:
            if at + 8 > size:
                break
            number: float = _double(blob, at)[0]
            if not math.isfinite(number):
                raise MalformedMessage("a number that is not finite", start)
            stack.append(number)
            depths.append(0)
            at += 8
        elif code == EMPTY_TUPLE:
            stack.append(())
            depths.append(0)
        elif code == NONE:
            stack.append(None)
            depths.append(0)
        elif code == EMPTY_LIST:
            stack.append([])
            depths.append(1)
        elif code in (APPEND, APPENDS):
            if code == APPENDS:
                base = marks.pop() if marks else -1
            else:
                base = len(stack) - 1
            floor = marks[-1] if marks else 0
            into = stack[base - 1] if base - 1 >= floor else None
            if not isinstance(into, list):
                raise MalformedMessage("values appended to what is no list", start)
            depth = max(depths[base - 1], 1 + max(depths[base:], default=0))
            if depth > DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            into.extend(stack[base:])
            del stack[base:]
            del depths[base:]
            depths[base - 1] = depth
        elif code == STOP:
            if at != size or marks or len(stack) != 1:
                raise MalformedMessage("an end that is not the end", start)
            return stack[0]
        else:
            raise MalformedMessage(f"opcode {code:#04x} is not allowed", start)
    raise MalformedMessage("it breaks off", size)


def _value(code: int, data: bytes, start: int) -> Plain:
    """Return the text, bytes or whole number that an opcode and its bytes make."""
    if code in (SHORT_BINBYTES, BINBYTES):
        return data
    if code == LONG1:
        return int.from_bytes(data, "little", signed=True)
    try:
        # Half a surrogate pair is the checks' to refuse: they know the field.
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise MalformedMessage("text that is not UTF-8", start) from None
