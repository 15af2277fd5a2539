"""Who watches without a seat, and what who was away has missed."""

from __future__ import annotations

from protocol import (
    WATCHING,
    ChatHistory,
    ChatLine,
    JoinRoom,
    LeaveRoom,
    RaceStart,
    Resume,
    Resumed,
    Say,
    Snapshot,
    Watch,
)
from tests.evening import Evening


def test_spectator_sees_and_hears_all_and_has_no_seat() -> None:
    """Snapshots, events, talk; nothing waits for who only watches, and leaving is quiet."""
    evening = Evening()
    mika = evening.race("Mika", bots=1)[0]
    eve = evening.connect("Eve")
    eve.send(Watch(mika.room.room_id))
    evening.run(0.2)
    eve.send(Say(1, "faster!"))

    assert eve.last(RaceStart).slot == WATCHING
    assert eve.all(Snapshot)
    assert "faster!" in mika.lines
    assert [seat.name for seat in mika.room.players] == ["Mika"]
    eve.send(LeaveRoom())
    eve.forget()
    evening.run(0.2)
    assert eve.all(Snapshot) == []
    assert "Eve left (left the room)" not in mika.lines


def test_watching_ends_where_sitting_begins_and_with_the_room() -> None:
    """One room at a time; who watches does not keep it open."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    eve, tess = evening.connect("Eve"), evening.connect("Tess")
    room_id = mika.room.room_id
    for one in (eve, tess):
        one.send(Watch(room_id))
    tess.send(JoinRoom(room_id))
    assert list(mika.room.watchers) == [eve.session.player_id]
    tess.send(Watch(room_id))
    assert tess.told[-1] == "You sit in a room: leave it first."
    tess.send(LeaveRoom())
    mika.send(LeaveRoom())

    assert evening.game.lobby.rooms == {}
    assert eve.session.watching == ""


def test_who_comes_back_is_told_how_many_lines_were_missed() -> None:
    """What people said, after the newest line that the client has; none if it has none."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    number = tess.last(ChatLine).number
    tess.lose()
    for text in ("one", "two"):
        mika.send(Say(1, text))
    again = evening.connect("Tess", tess.token)
    again.send(Resume(0, number))

    # The two; that Tess is away is no news to her.
    assert again.last(Resumed).missed == 2
    assert [line.text for line in again.last(ChatHistory).lines][-2:] == ["one", "two"]
    again.lose()
    last = evening.connect("Tess", tess.token)
    last.send(Resume())
    assert last.last(Resumed).missed == 0
