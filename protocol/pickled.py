"""Data-only pickle: plain data to bytes, and strangers' bytes to plain data.

A pickle is a program. `scan` reads its opcodes in one pass without running
it and refuses everything that builds more than plain data: no names to
import, no memo, no references, no forms with 8-byte lengths. Only what
passed is given to the unpickler. Messages are not checked for meaning here.

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

from errors import MalformedMessage

OPCODES_MAX = 20_000
"""A full lobby of a thousand people takes about eleven thousand."""
DEPTH_MAX = 8
"""Open marks and the tuples on them; our deepest message needs four."""
STACK_MAX = 4096
INTEGER_BYTES_MAX = 8
FRAME_BYTES = 9
"""The opcode FRAME and its argument."""

Plain = None | bool | int | float | str | bytes | tuple["Plain", ...] | list["Plain"]

PROTO, FRAME, STOP, MARK = 0x80, 0x95, 0x2E, 0x28
BINFLOAT, LONG1 = 0x47, 0x8A
BININT, BININT1, BININT2 = 0x4A, 0x4B, 0x4D
BINUNICODE, SHORT_BINUNICODE = 0x58, 0x8C
BINBYTES, SHORT_BINBYTES = 0x42, 0x43
EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3 = 0x29, 0x74, 0x85, 0x86, 0x87
EMPTY_LIST, APPEND, APPENDS = 0x5D, 0x61, 0x65

CONSTANTS = frozenset((0x4E, 0x88, 0x89))
"""NONE, NEWTRUE, NEWFALSE."""
FIXED = {BININT: 4, BININT1: 1, BININT2: 2}
"""BININT, BININT1, BININT2 and the bytes that follow each."""
GATHER = {TUPLE1: 1, TUPLE2: 2, TUPLE3: 3}
"""How many values each of these takes off the stack."""

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

    Raises:
        MalformedMessage: an opcode that is not allowed, a limit exceeded, or
            bytes that are no pickle at all.
    """
    scan(blob)
    try:
        return _DataOnlyUnpickler(io.BytesIO(blob)).load()  # type: ignore[no-any-return]
    except UnicodeDecodeError as error:
        raise MalformedMessage("text that is not UTF-8", error.start) from None
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, TypeError) as error:
        # The scan should have said no; a message of ours about whatever slipped by.
        raise MalformedMessage(f"{type(error).__name__} while reading") from None


class _DataOnlyUnpickler(pickle.Unpickler):
    """A second lock on the same door: it imports nothing."""

    def find_class(self, module: str, name: str) -> object:
        raise MalformedMessage("it names something to import")

    def persistent_load(self, pid: object) -> object:
        raise MalformedMessage("it refers to something outside")


def scan(blob: bytes) -> None:
    """Check that a pickle builds plain data only, within the limits.

    Every opcode is followed with its effect on the stack, so that what
    passes cannot underflow it or leave anything but one value.

    Raises:
        MalformedMessage: it does not; `offset` says where.
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
    stack: list[int] = []
    """Nesting depth of each value on the unpickler's stack."""
    marks: list[int] = []
    lists: set[int] = set()
    """Positions on the stack that hold a list being filled."""
    count = 0
    while at < size:
        code = blob[at]
        start = at
        at += 1
        count += 1
        if count > OPCODES_MAX or len(stack) > STACK_MAX:
            raise MalformedMessage("more values than any message has", start)
        if code in FIXED:
            at += FIXED[code]
            stack.append(0)
        elif code in (SHORT_BINUNICODE, SHORT_BINBYTES, LONG1):
            if at >= size:
                break
            length = blob[at]
            if code == LONG1 and length > INTEGER_BYTES_MAX:
                raise MalformedMessage("a whole number of more than 8 bytes", start)
            at += 1 + length
            stack.append(0)
        elif code in CONSTANTS or code == EMPTY_TUPLE:
            stack.append(0)
        elif code == MARK:
            if len(marks) >= DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            marks.append(len(stack))
        elif code == TUPLE or code in GATHER:
            if code == TUPLE:
                base = marks.pop() if marks else -1
            else:
                base = len(stack) - GATHER[code]
            if base < (marks[-1] if marks else 0):
                raise MalformedMessage("a tuple of values that are not there", start)
            depth = 1 + max(stack[base:], default=0)
            if depth > DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            lists.difference_update(range(base, len(stack)))
            del stack[base:]
            stack.append(depth)
        elif code == EMPTY_LIST:
            lists.add(len(stack))
            stack.append(1)
        elif code in (APPEND, APPENDS):
            if code == APPENDS:
                base = marks.pop() if marks else -1
            else:
                base = len(stack) - 1
            floor = marks[-1] if marks else 0
            if base - 1 < floor or base - 1 not in lists:
                raise MalformedMessage("values appended to what is no list", start)
            depth = max(stack[base - 1], 1 + max(stack[base:], default=0))
            if depth > DEPTH_MAX:
                raise MalformedMessage("nested too deep", start)
            lists.difference_update(range(base, len(stack)))
            del stack[base:]
            stack[base - 1] = depth
        elif code in (BINUNICODE, BINBYTES):
            at += 4 + int.from_bytes(blob[at : at + 4], "little")
            stack.append(0)
        elif code == BINFLOAT:
            if at + 8 > size or not math.isfinite(_double(blob, at)[0]):
                raise MalformedMessage("a number that is not finite", start)
            at += 8
            stack.append(0)
        elif code == STOP:
            if at != size or marks or len(stack) != 1:
                raise MalformedMessage("an end that is not the end", start)
            return
        else:
            raise MalformedMessage(f"opcode {code:#04x} is not allowed", start)
    raise MalformedMessage("it breaks off", size)
