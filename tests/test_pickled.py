"""Strangers' pickles: plain data passes, everything else is refused."""

from __future__ import annotations

import pickle
import pickletools
import struct

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from errors import MalformedMessage, RemoteProtocolError
from protocol.pickled import (
    APPEND,
    APPENDS,
    BINBYTES,
    BINFLOAT,
    BININT,
    BININT1,
    BININT2,
    BINUNICODE,
    EMPTY_LIST,
    EMPTY_TUPLE,
    LONG1,
    MARK,
    NEWFALSE,
    NEWTRUE,
    NONE,
    SHORT_BINBYTES,
    SHORT_BINUNICODE,
    TUPLE,
    TUPLE1,
    TUPLE2,
    TUPLE3,
    dumps,
    loads,
)

FIXED = {BININT: 4, BININT1: 1, BININT2: 2}

ALLOWED = {
    MARK, BINFLOAT, LONG1, BINUNICODE, SHORT_BINUNICODE, BINBYTES, SHORT_BINBYTES,
    EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3, EMPTY_LIST, APPEND, APPENDS,
    NONE, NEWTRUE, NEWFALSE, *FIXED,
}  # fmt: skip

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.lists(inner, max_size=5).map(tuple),
    max_leaves=20,
)


class Shell:
    """What a stranger would like us to build."""

    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("owned",))


@given(PLAIN)
def test_plain_data_survives(data: object) -> None:
    """What we write, we read, up to the depth that messages have."""
    try:
        read = loads(dumps(data))
    except MalformedMessage as error:
        assume(error.reason != "nested too deep")
        raise

    assert read == data


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_or_read_as_data(blob: bytes) -> None:
    """Nothing but a protocol error ever comes out."""
    try:
        loads(b"\x80\x04" + blob)
    except RemoteProtocolError:
        pass


@given(st.data(), PLAIN)
def test_damaged_pickles_are_refused_or_read_as_data(data: st.DataObject, plain: object) -> None:
    """One byte changed in a good message raises nothing else either."""
    blob = bytearray(dumps(plain))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] = data.draw(st.integers(0, 255))
    try:
        loads(bytes(blob))
    except RemoteProtocolError:
        pass


def operation(code: int) -> st.SearchStrategy[bytes]:
    """Return an allowed opcode with an argument that fits it."""
    one = bytes((code,))
    if code in FIXED:
        return st.binary(min_size=FIXED[code], max_size=FIXED[code]).map(one.__add__)
    if code == BINFLOAT:
        return st.floats(allow_nan=False, allow_infinity=False).map(
            lambda number: one + struct.pack(">d", number)
        )
    if code in (SHORT_BINUNICODE, SHORT_BINBYTES, LONG1):
        return st.binary(max_size=8).map(lambda data: one + bytes((len(data),)) + data)
    if code in (BINUNICODE, BINBYTES):
        return st.binary(max_size=8).map(lambda data: one + struct.pack("<I", len(data)) + data)
    return st.just(one)


def is_plain(data: object) -> bool:
    """Return whether data is of the types that messages are made of."""
    if isinstance(data, tuple | list):
        return all(map(is_plain, data))
    return data is None or type(data) in (bool, int, float, str, bytes)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(sorted(ALLOWED)).flatmap(operation), max_size=25))
def test_what_is_let_through_is_what_python_would_read(program: list[bytes]) -> None:
    """Any order of allowed opcodes: the same value as from Python's own unpickler."""
    blob = b"\x80\x04" + b"".join(program) + b"."
    try:
        data = loads(blob)
    except MalformedMessage:
        return

    assert is_plain(data)
    assert data == pickle.loads(blob)


@pytest.mark.parametrize(
    "blob",
    [
        pickle.dumps(Shell(), 4),
        pickle.dumps(Shell(), 2),
        pickle.dumps({"a": 1}, 4),
        pickle.dumps({1, 2}, 4),
        pickle.dumps(["same", "same"], 4)[:-1] + b"h\x00.",
        pickle.dumps(2**200, 4),
        b"\x80\x04" + b"(" * 200 + b".",
        b"\x80\x04" + b")" + b"\x85" * 50 + b".",
        b"\x80\x04K\x012.",
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fa.",
        b"\x80\x04\x96\xff\xff\xff\xff\xff\xff\xff\x7fa.",
        b"\x80\x04G\x7f\xf0\x00\x00\x00\x00\x00\x00.",
        b"\x80\x04ccollections\nOrderedDict\n.",
        b"\x80\x04K\x01K\x02.",
        b"\x80\x04K\x01.K\x01.",
        b"\x80\x04\x85.",
        b"\x80\x04K\x01a.",
        b"\x80\x04K\x01e.",
        b"\x80\x05K\x01.",
        b"\x80\x04K",
        b"",
        b".",
    ],
)
def test_what_is_no_plain_data_is_refused(blob: bytes) -> None:
    """Imports, memo, bombs of depth or length, underflows, leftovers."""
    with pytest.raises(MalformedMessage):
        loads(blob)


def test_writers_emit_only_opcodes_that_readers_accept() -> None:
    """The pickler uses no memo and no opcode outside the documented set."""
    blob = dumps((1, -5, 2**40, 1.5, "é" * 300, b"x" * 300, None, True, ((), (1, 2), [1, 2])))
    names = {opcode.name for opcode, _, _ in pickletools.genops(blob)}

    assert not names & {"MEMOIZE", "BINPUT", "BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE"}
