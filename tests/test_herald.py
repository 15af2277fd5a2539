"""Who is told what, and how often."""

from __future__ import annotations

from chat import LineKind
from db.store import ChatRecord
from effects import SaveChat, Send
from game import PING_EVERY_S, ROSTER_EVERY_S
from herald import CROWD, NEWS_EVERY_S, NEWS_ROWS_S, RTT_MS_MAX
from protocol import (
    ChatHistory,
    Goodbye,
    LeaveRoom,
    LobbyState,
    Message,
    Ping,
    Pong,
    Ready,
    RoomState,
)
from tests.evening import NOON, Evening, Player


def pinged(evening: Evening, player: Player) -> int:
    """Wait for the next ping; return its nonce."""
    count = len(player.all(Ping))
    evening.until(lambda: len(player.all(Ping)) > count, 3 * PING_EVERY_S)
    return player.last(Ping).nonce


def rtt_ms(evening: Evening, witness: Player, name: str) -> int:
    """Return the round-trip time that somebody sees in the lobby."""
    evening.run(2 * ROSTER_EVERY_S + NEWS_EVERY_S)
    return next(one.rtt_ms for one in witness.last(LobbyState).people if one.name == name)


# Round-trip times


def test_everyone_sees_the_round_trip_time_of_everyone() -> None:
    """Measured from ping to pong, shown in the lobby and in the room."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    outside = evening.connect("Eve")
    nonce = pinged(evening, mika)
    evening.now += 0.08
    mika.send(Pong(nonce))

    assert rtt_ms(evening, outside, "Mika") == 80
    assert [seat.rtt_ms for seat in tess.last(RoomState).seats if seat.name == "Mika"] == [80]


def test_pong_that_was_not_asked_for_counts_nothing() -> None:
    """Neither a guess, nor the same answer twice."""
    evening = Evening()
    mika = evening.connect("Mika")
    nonce = pinged(evening, mika)
    mika.send(Pong(nonce + 1))
    evening.now += 0.05
    mika.send(Pong(nonce))
    evening.now += 1.0
    mika.send(Pong(nonce))

    assert mika.session.rtt_ms == 50


def test_overdue_answer_counts_as_it_grows() -> None:
    """Who is slower than the pings is not shown with an old good time."""
    evening = Evening()
    mika, tess = evening.connect("Mika"), evening.connect("Tess")
    nonce = pinged(evening, mika)
    evening.now += 5.0
    shown = rtt_ms(evening, tess, "Mika")
    mika.send(Pong(nonce))

    assert mika.last(Ping).nonce == nonce
    assert shown >= 5000
    assert mika.session.rtt_ms >= 5000
    assert pinged(evening, mika) > nonce


def test_round_trip_time_has_a_maximum() -> None:
    """The wire has four digits for it."""
    evening = Evening()
    mika = evening.connect("Mika")
    nonce = pinged(evening, mika)
    evening.now += 60.0
    mika.send(Pong(nonce))

    assert mika.session.rtt_ms == RTT_MS_MAX


# News


def count_of(evening: Evening, kind: type[Message]) -> int:
    """Return how often a kind of message was sent, to however many."""
    return sum(isinstance(effect.message, kind) for effect in evening.asked(Send))


def test_lobby_is_not_told_more_often_than_news_are_worth() -> None:
    """Twenty people within a tick are told at once."""
    evening = Evening()
    evening.connect("Mika")
    evening.run(ROSTER_EVERY_S)
    evening.run(NEWS_EVERY_S)
    before = count_of(evening, LobbyState)
    for number in range(20):
        evening.connect(f"P{number}")
    evening.run(NEWS_EVERY_S)

    assert count_of(evening, LobbyState) <= before + 2
    assert len(evening.players[1].last(LobbyState).people) == 21


def test_who_sits_in_a_room_is_not_told_of_the_lobby() -> None:
    """No screen of theirs shows it; back in the lobby they are told at once."""
    evening = Evening()
    mika, _ = evening.race("Mika", "Tess")
    mika.forget()
    for number in range(5):
        evening.connect(f"P{number}")
        evening.run(2 * NEWS_EVERY_S)
    assert mika.all(LobbyState) == []
    mika.send(LeaveRoom())
    evening.run(2 * NEWS_EVERY_S)

    people = mika.last(LobbyState).people
    assert {one.name: bool(one.room_id) for one in people if not one.name.startswith("P")} == {
        "Mika": False,
        "Tess": True,
    }


def test_many_people_are_told_of_less_often() -> None:
    """So many rows a second and no more; who comes is told all soon."""
    evening = Evening(sessions_max=300)
    eve, *_ = [evening.connect(f"P{number}") for number in range(200)]
    evening.run(3.0)
    eve.forget()
    for number in range(8):
        newcomer = evening.connect(f"N{number}")
        evening.run(2 * NEWS_EVERY_S)
        assert len(newcomer.last(LobbyState).people) == 201 + number

    assert 1 <= len(eve.all(LobbyState)) <= 1 + 8 * 2 * NEWS_EVERY_S * NEWS_ROWS_S / 200


def test_crowd_is_not_told_who_comes_and_goes() -> None:
    """Of a handful each is greeted; in a crowd the lines would drown the talk."""
    evening = Evening(sessions_max=2 * CROWD)
    mika = evening.connect("Mika")
    others = [evening.connect(f"P{number}") for number in range(CROWD + 8)]
    others[-1].send(Goodbye("quit", ""))

    assert mika.lines[-1] == f"P{CROWD - 2} is here"


def test_room_is_told_of_each_change_soon() -> None:
    """A mark that was set shows within a quarter of a second."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    evening.run(NEWS_EVERY_S)
    mika.send(Ready(True))
    evening.run(2 * NEWS_EVERY_S)

    assert [seat.ready for seat in tess.last(RoomState).seats] == [True, False]


def test_who_is_away_is_not_among_the_people() -> None:
    """A kept seat is seen in the room, not in the lobby."""
    evening = Evening()
    mika, tess = evening.race("Mika", "Tess")
    eve = evening.connect("Eve")
    tess.lose()
    evening.run(2 * NEWS_EVERY_S)

    assert [one.name for one in eve.last(LobbyState).people] == ["Mika", "Eve"]
    assert len(mika.last(RoomState).seats) == 2


# Chat


def test_every_line_is_kept_with_an_id_of_its_own() -> None:
    """System lines too, under the room that they belong to."""
    evening = Evening()
    mika = evening.seat("Mika")[0]
    records = [effect.record for effect in evening.asked(SaveChat)]

    assert [(record.text, record.room_id, record.kind) for record in records] == [
        ("Mika is here", "", LineKind.SYSTEM),
        ("Mika joined", mika.room.room_id, LineKind.SYSTEM),
    ]
    assert len({record.line_id for record in records}) == 2
    assert all(record.sent_at == NOON + evening.now for record in records)


def test_lobby_goes_on_talking_where_the_last_run_stopped() -> None:
    """What the database kept is shown before what is new."""
    evening = Evening()
    evening.game.recall_chat([ChatRecord("1", 0, "", "Mika", "good night", 0, NOON)])
    lines = evening.connect("Tess").last(ChatHistory).lines

    assert [(line.author, line.text) for line in lines] == [("Mika", "good night")]
