"""Strangers' pickles: plain data passes, everything else is refused."""

from __future__ import annotations

import pickle
import pickletools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from errors import MalformedMessage, RemoteProtocolError
from protocol.pickled import dumps, loads, scan

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
    blob = dumps(data)
    try:
        scan(blob)
    except MalformedMessage:
        assume(False)

    assert loads(blob) == data


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
