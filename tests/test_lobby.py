"""Sessions, rooms and seats: who may sit where."""

from __future__ import annotations

import itertools

import pytest

from errors import CommandRefused
from lobby import (
    SEAT_HELD_S,
    SEATS_MAX,
    Lobby,
    RoomPhase,
    SeatKind,
    is_token,
    new_token,
    player_id_of,
)


def counting_entropy() -> itertools.count[int]:
    """A source of bytes that tests can foretell."""
    return itertools.count(1)


def make_lobby(sessions_max: int = 20) -> Lobby:
    """A lobby whose room ids are 00000001, 00000002, ..."""
    numbers = counting_entropy()
    return Lobby(lambda size: next(numbers).to_bytes(size, "big"), sessions_max)


def test_token_tells_its_owner_but_not_the_other_way_round() -> None:
    """The public id follows from the secret; every server agrees on it."""
    token = new_token(lambda size: bytes(range(size)))

    assert len(token) == 43
    assert player_id_of(token) == player_id_of(token)
    assert player_id_of(token) not in token


@pytest.mark.parametrize("text", ["", "short", "t" * 44, "t" * 42 + "\u00e9", "t" * 42 + "\n"])
def test_what_this_server_never_gives_is_no_token(text: str) -> None:
    """Whoever makes up a short one cannot share it with the next who does."""
    assert not is_token(text)
    assert is_token(new_token(lambda size: bytes(range(size))))


def test_same_token_finds_its_session_again() -> None:
    """A second hello with the token is the same player, on another link."""
    lobby = make_lobby()
    first = lobby.welcome("Mika", "t" * 43, "client", 1, 0.0)
    again = lobby.welcome("Mika", "t" * 43, "client", 2, 0.0)

    assert again is first
    assert again.link_id == 2


@pytest.mark.parametrize("name", ["", "  ", "\u200b"])
def test_empty_name_is_refused(name: str) -> None:
    """One sentence that says what is needed."""
    with pytest.raises(CommandRefused, match="name is needed"):
        make_lobby().welcome(name, "t" * 43, "client", 1, 0.0)


def test_taken_name_is_refused_whatever_its_case() -> None:
    """Two players of one name could not be told apart."""
    lobby = make_lobby()
    lobby.welcome("Mika", "a" * 43, "client", 1, 0.0)

    with pytest.raises(CommandRefused, match="taken"):
        lobby.welcome("mika", "b" * 43, "client", 2, 0.0)


def test_full_lobby_refuses_newcomers_but_not_who_returns() -> None:
    """The bound counts sessions, and a known token is no new one."""
    lobby = make_lobby(sessions_max=1)
    lobby.welcome("Mika", "a" * 43, "client", 1, 0.0)

    with pytest.raises(CommandRefused, match="full"):
        lobby.welcome("Tess", "b" * 43, "client", 2, 0.0)
    assert lobby.welcome("Mika", "a" * 43, "client", 3, 0.0).link_id == 3


def test_ninth_player_finds_no_seat() -> None:
    """A room has eight cars."""
    lobby = make_lobby()
    room = lobby.create_room("Garage", "meadow", 3, 0)
    for number in range(SEATS_MAX):
        session = lobby.welcome(f"p{number}", f"{number}" * 43, "client", number, 0.0)
        lobby.sit_down(session, room)
    ninth = lobby.welcome("p9", "x" * 43, "client", 9, 0.0)

    with pytest.raises(CommandRefused, match="full"):
        lobby.sit_down(ninth, room)
    assert lobby.open_room() is None


def test_fillers_take_free_seats_only_and_go_after_the_race() -> None:
    """Bots never push a player out and never share a name."""
    lobby = make_lobby()
    room = lobby.create_room("Garage", "meadow", 3, 8)
    session = lobby.welcome("Aiko", "a" * 43, "client", 1, 0.0)
    lobby.sit_down(session, room)
    names = ["Aiko", *(f"bot{number}" for number in range(9))]
    added = lobby.seat_fillers(room, names)

    assert len(added) == SEATS_MAX - 1
    assert all(seat.kind is SeatKind.BOT and seat.name != "Aiko" for seat in added)
    lobby.clear_fillers(room)
    assert [seat.name for seat in room.seats.values()] == ["Aiko"]


def test_absent_players_do_not_hold_up_the_start() -> None:
    """Readiness asks only those who are there, and needs somebody."""
    lobby = make_lobby()
    room = lobby.create_room("Garage", "meadow", 3, 0)
    here = lobby.welcome("Mika", "a" * 43, "client", 1, 0.0)
    away = lobby.welcome("Tess", "b" * 43, "client", 2, 0.0)
    seat = lobby.sit_down(here, room)
    lobby.sit_down(away, room)
    away.link_id, away.away_since = None, 5.0

    assert lobby.readiness(room) == (0, 1)
    seat.ready = True
    assert lobby.readiness(room) == (1, 1)
    assert lobby.lapsed(5.0 + SEAT_HELD_S) == [away]
    assert lobby.lapsed(4.0 + SEAT_HELD_S) == []
    assert [one.name for one in lobby.dismiss_absent(room)] == ["Tess"]
    assert [one.name for one in room.players] == ["Mika"]
    assert away.room_id == ""


def test_quick_join_prefers_the_fullest_room_that_waits() -> None:
    """Company beats an empty room; a running race is no place to wait."""
    lobby = make_lobby()
    racing = lobby.create_room("Racing", "meadow", 3, 0)
    racing.phase = RoomPhase.RACING
    lobby.create_room("Empty", "meadow", 3, 0)
    social = lobby.create_room("Social", "meadow", 3, 0)
    session = lobby.welcome("Mika", "a" * 43, "client", 1, 0.0)
    lobby.sit_down(session, social)

    assert lobby.open_room() is social
