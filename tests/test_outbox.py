"""What waits for one client: two lanes, bounded, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from car import Car
from outbox import BYTES_MAX, MESSAGES_MAX, PIECE_BYTES, Outbox
from protocol import (
    WATCHING,
    WHOLE,
    CarFlag,
    CarRecord,
    Known,
    PackedSnapshot,
    Role,
    Snapshot,
    SnapshotDelta,
    SnapshotReader,
    Streams,
    decode_message,
    pack_cars,
    read_whole,
)
from protocol.framing import LENGTH_BYTES
from protocol.stream import Stream

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 40)),
        st.tuples(st.just("snapshot"), st.integers(1, 40)),
        st.tuples(st.just("take"), st.integers(1, 60)),
    ),
    max_size=60,
)


def message(number: int, size: int, kind: bytes) -> bytes:
    """Return bytes that tell which message they are of, and how long it is."""
    return kind + number.to_bytes(2, "big") + bytes([size]) + b"." * size


class Picture(PackedSnapshot):
    """A snapshot whose bytes are given."""

    def __init__(self, drawn: bytes) -> None:
        super().__init__(Snapshot(1, 1, 2, 240, 240, b""))
        self._drawn = drawn

    def message_for(self, slot: int, known: Known | None) -> bytes:
        """Return those bytes, whoever asks."""
        return self._drawn


def cut(stream: bytes) -> list[tuple[bytes, int]]:
    """Return (kind, number) of the whole messages of a stream."""
    found = []
    while stream:
        size = stream[3]
        assert stream[4 : 4 + size] == b"." * size
        found.append((stream[:1], int.from_bytes(stream[1:3], "big")))
        stream = stream[4 + size :]
    return found


def take(outbox: Outbox, most: int) -> bytes:
    """Take so many bytes at most, as a socket does."""
    taken = b""
    while most > 0 and (rest := outbox.next()):
        count = min(most, len(rest))
        taken += rest[:count]
        outbox.sent(rest, count)
        most -= count
    return taken


@given(MOVES)
def test_stream_is_whole_messages_in_order(moves: list[tuple[str, int]]) -> None:
    """However little the socket takes: no news is lost, no picture comes after a newer one."""
    outbox, stream = Outbox(), b""
    news: list[int] = []
    newest = None
    for number, (move, size) in enumerate(moves):
        if move == "put":
            assert outbox.put(message(number, size, b"n"))
            news.append(number)
        elif move == "snapshot":
            outbox.put_snapshot(Picture(message(number, size, b"s")), WHOLE)
            newest = number
        else:
            stream += take(outbox, size)
    stream += take(outbox, 10**6)
    arrived = cut(stream)
    pictures = [number for kind, number in arrived if kind == b"s"]

    assert [number for kind, number in arrived if kind == b"n"] == news
    assert pictures == sorted(set(pictures))
    assert pictures[-1:] == ([newest] if newest is not None else [])
    assert len(pictures) + outbox.replaced == sum(move == "snapshot" for move, _ in moves)
    assert outbox.empty


def test_snapshot_waits_in_one_place() -> None:
    """A newer one overwrites it."""
    outbox = Outbox()
    for number in range(100):
        outbox.put_snapshot(Picture(b"%d" % number), WHOLE)

    assert bytes(outbox.next()) == b"99"
    assert outbox.replaced == 99


def test_snapshot_that_has_begun_is_finished() -> None:
    """Half of a message can't be taken back."""
    outbox = Outbox()
    outbox.put_snapshot(Picture(b"old"), WHOLE)
    outbox.sent(outbox.next(), 1)
    outbox.put_snapshot(Picture(b"new"), WHOLE)

    assert take(outbox, 100) == b"ldnew"


def test_snapshot_behind_news_leaves_with_them() -> None:
    """Also behind news that have begun to leave."""
    behind, begun = Outbox(), Outbox()
    behind.put(b"news")
    begun.put(b"news")
    behind.put_snapshot(Picture(b"picture"), WHOLE)
    begun.sent(begun.next(), 1)
    begun.put_snapshot(Picture(b"picture"), WHOLE)

    assert behind.next() == b"newspicture"
    assert not begun.sent(begun.next(), len(b"ewspicture"))


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_lone_snapshots_are_told_like_those_that_wait(lone: list[bool]) -> None:
    """Whichever way each one leaves, the next builds on it."""
    streams, outbox, reader = Streams(1), Outbox(), SnapshotReader()
    heard = []
    for number, alone in enumerate(lone):
        snapshot = Snapshot(1, 240 + 2 * number, 2, 240, 240, b"")
        packed = streams.pack("room", snapshot)
        if alone:
            outbox.draw(packed, WATCHING)
            message = outbox.picture()
            outbox.gone()
        else:
            outbox.put_snapshot(packed, WATCHING)
            message = outbox.next()
            outbox.sent(message, len(message))
        told = decode_message(message[LENGTH_BYTES:], Role.SERVER)
        assert isinstance(told, Snapshot | SnapshotDelta)
        heard.append(reader.read(told).tick)

    assert heard == [240 + 2 * number for number in range(len(lone))]
    assert outbox.empty


def test_what_was_not_taken_at_all_may_be_newer_the_next_time() -> None:
    """A piece that the socket refused is no beginning."""
    outbox = Outbox()
    outbox.put_snapshot(Picture(b"old"), WHOLE)
    assert outbox.sent(outbox.next(), 0)
    outbox.put_snapshot(Picture(b"new"), WHOLE)

    assert take(outbox, 100) == b"new"


def test_pieces_are_bounded() -> None:
    """A lane full of long messages is not copied whole at each try."""
    outbox = Outbox()
    for _ in range(20):
        outbox.put(b"x" * 10_000)

    assert PIECE_BYTES <= len(outbox.next()) < PIECE_BYTES + 10_000
    assert len(take(outbox, 10**6)) == 200_000


def test_lane_is_bounded_in_messages_and_bytes() -> None:
    """What does not fit is not taken, and what waits is kept."""
    many, large = Outbox(), Outbox()
    taken = sum(many.put(b"x") for _ in range(MESSAGES_MAX + 10))
    assert large.put(b"x" * BYTES_MAX)

    assert taken == MESSAGES_MAX
    assert not large.put(b"x")
    assert len(take(large, 2 * BYTES_MAX)) == BYTES_MAX
    assert large.put(b"x")


@given(st.integers(0, 3), st.booleans())
def test_last_words_follow_what_has_begun(sent: int, words: bool) -> None:
    """All else that waits is dropped: nobody will read it."""
    outbox = Outbox()
    outbox.put(b"begun")
    outbox.put(b"waits")
    outbox.put_snapshot(Picture(b"picture"), WHOLE)
    began = take(outbox, sent)
    outbox.end_with(b"last" if words else b"")

    rest = b"begun"[sent:] if sent else b""
    assert began + take(outbox, 100) == began + rest + (b"last" if words else b"")
    assert outbox.empty


def test_a_client_reads_every_snapshot_of_its_outbox() -> None:
    """Cars that gather speed are told by steps; each step builds on the two before it."""
    outbox, stream, reader = Outbox(), Stream(), SnapshotReader()
    for tick in range(0, 20, 2):
        car = Car(x=50.0 + tick, y=80.0, vx=0.5 * tick * tick, steer_angle=0.01 * tick)
        record = CarRecord(0, CarFlag.ENGINE, car, 0, 0, 1, 240, tick, 3, 255, 0)
        truth = Snapshot(1, tick, 2, 240, 240, pack_cars([record]))
        outbox.put_snapshot(stream.pack(truth), 0)
        wire = take(outbox, 10**6)
        told = decode_message(wire[4:], Role.SERVER)
        assert isinstance(told, Snapshot | SnapshotDelta)

        assert reader.read(told).records == read_whole(truth).records
