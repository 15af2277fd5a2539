"""The game without races: coming and going, rooms, chat, refusals."""

from __future__ import annotations

import pytest

from chat import BURST_LINES, HISTORY_LINES_MAX, SECONDS_A_LINE
from db.store import BestLap
from effects import BestLapsFound, FindBestLaps, SaveChat, SavePlayer
from game import ROSTER_EVERY_S
from lobby import COMMANDS_BURST, ROOMS_MAX, SEATS_MAX
from protocol import (
    VERSION,
    AskLeaderboard,
    Channel,
    ChatHistory,
    ChatLine,
    CreateRoom,
    Drive,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    Leaderboard,
    LeaveRoom,
    LobbyState,
    Message,
    Notice,
    NoticeKind,
    Ping,
    Pong,
    Ready,
    Refused,
    Resume,
    RoomState,
    Say,
    Welcome,
)
from tests.evening import NOON, Evening

# Coming


def test_hello_is_answered_by_a_welcome_and_the_talk_so_far() -> None:
    """Who one is, the tracks, the lobby's last lines; everyone hears who came."""
    evening = Evening()
    first = evening.connect("Mika")
    second = evening.connect("Tess")
    welcome = second.last(Welcome)

    assert welcome.version == VERSION
    assert len(welcome.token) == 43
    assert [track.name for track in welcome.tracks] == ["harbour", "meadow"]
    assert welcome.seat_room == ""
    assert [line.text for line in second.last(ChatHistory).lines] == ["Mika is here"]
    assert first.lines[-1] == "Tess is here"
    assert evening.asked(SavePlayer)[-1].record.name == "Tess"


@pytest.mark.parametrize(("version", "word"), [(VERSION - 1, "client"), (VERSION + 1, "server")])
def test_other_version_is_refused_with_who_must_update(version: int, word: str) -> None:
    """The last words name both versions and the older side."""
    player = Evening().link()
    player.send(Hello(version, "", "", ""))
    refused = player.last(Refused)

    assert refused.reason == "version"
    assert str(version) in refused.text
    assert refused.text.endswith(f"update the {word}.")
    assert not player.open


@pytest.mark.parametrize("name", ["", "   ", "\x00\x1b", "\u3164"])
def test_name_that_shows_nothing_is_refused(name: str) -> None:
    """One sentence, and the link is closed."""
    player = Evening().connect(name)

    assert player.last(Refused).reason == "name"
    assert "A name is needed" in player.last(Refused).text
    assert not player.open


@pytest.mark.parametrize("name", ["Mika", "MIKA", " mi\u200bka "])
def test_name_of_another_is_refused(name: str) -> None:
    """Whatever its case, and whatever hides in it; the holder is not disturbed."""
    evening = Evening()
    holder = evening.connect("Mika")
    holder.forget()
    second = evening.connect(name)

    assert second.last(Refused).reason == "name"
    assert "is taken here: choose another" in second.last(Refused).text
    assert holder.heard == []


def test_taken_name_with_full_in_it_is_no_full_server() -> None:
    """The reason follows from the fault, not from words of the sentence."""
    evening = Evening()
    evening.connect("Fullback")

    assert evening.connect("fullback").last(Refused).reason == "name"


def test_name_is_cleaned_and_cut() -> None:
    """Control characters go; what is too long is cut."""
    evening = Evening()

    assert evening.connect("\x07" + "x" * 40).session.name == "x" * 24


def test_full_server_refuses_strangers_and_knows_its_own() -> None:
    """Who returns takes no place of a newcomer."""
    evening = Evening(sessions_max=2)
    first, _ = evening.connect("One"), evening.connect("Two")
    third = evening.connect("Three")

    assert third.last(Refused).reason == "full"
    assert not third.open
    assert evening.connect("One", first.token).open


def make_busy(evening: Evening) -> None:
    """Tell the game that its ticks are full."""
    for _ in range(600):
        evening.game.door.admission.note(0.95, 0.0, 0.95, 1.0 / 60.0)


def test_busy_server_refuses_newcomers_in_one_sentence() -> None:
    """Nobody who is here notices."""
    evening = Evening()
    friend = evening.connect("Mika")
    make_busy(evening)
    friend.forget()
    late = evening.connect("Late")

    assert late.last(Refused).reason == "busy"
    assert "Try again in a minute" in late.last(Refused).text
    assert not late.open
    assert friend.heard == []


def test_busy_server_takes_back_who_has_a_seat() -> None:
    """And who connects from elsewhere; who left its rooms is a newcomer."""
    evening = Evening()
    mika, tess = evening.connect("Mika"), evening.connect("Tess")
    mika.send(CreateRoom("Test", "meadow", 1, 0))
    make_busy(evening)
    mika.lose()
    back = evening.connect("Mika", mika.token)

    assert back.open
    assert back.last(Welcome).seat_room
    assert evening.connect("Tess", tess.token).open


def test_full_server_takes_back_who_has_a_seat() -> None:
    """Its place may have been given to somebody else."""
    evening = Evening()
    evening.game.door.admission.people_max = 1
    mika = evening.connect("Mika")
    mika.send(CreateRoom("Test", "meadow", 1, 0))
    mika.lose()
    assert evening.connect("Other").open
    assert evening.connect("Third").last(Refused).reason == "full"

    assert evening.connect("Mika", mika.token).open


def test_same_token_from_elsewhere_replaces_the_older_link() -> None:
    """The older one is told why; nobody else hears of it."""
    evening = Evening()
    old, witness = evening.connect("Mika"), evening.connect("Tess")
    witness.forget()
    new = evening.connect("Mika", old.token)
    evening.carry_out(evening.game.disconnect(old.link_id, "connection lost", evening.now))

    assert old.last(Goodbye).reason == "replaced"
    assert not old.open
    assert new.last(Welcome).player_id == old.last(Welcome).player_id
    assert new.session.link_id == new.link_id
    assert witness.lines == []


@pytest.mark.parametrize("token", ["x" * 43, "x", "\ud800"])
def test_token_of_nobody_is_a_new_player(token: str) -> None:
    """A made-up token opens no seat of somebody else."""
    evening = Evening()
    holder = evening.seat("Mika")[0]
    stranger = evening.connect("Eve", token)

    assert stranger.last(Welcome).player_id != holder.last(Welcome).player_id
    assert stranger.last(Welcome).seat_room == ""
    assert (stranger.token == token) == (len(token) == 43)
    stranger.send(Resume())
    assert stranger.told == ["Your seat is gone: the race went on without you."]


# Going


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("connection lost", "Mika left (lost connection)"),
        ("silence", "Mika left (lost connection: fell silent)"),
        ("protocol", "Mika left (kicked: broke the protocol)"),
        ("too slow", "Mika left (kicked: too slow)"),
    ],
)
def test_who_vanishes_from_the_lobby_is_told_with_the_reason(reason: str, told: str) -> None:
    """Everyone hears it; the name is free at once."""
    evening = Evening()
    mika, tess = evening.connect("Mika"), evening.connect("Tess")
    mika.lose(reason)

    assert tess.lines[-1] == told
    assert evening.connect("Mika").open


def test_who_quits_is_told_and_closed() -> None:
    """Room and lobby hear the reason; nothing is sent after the goodbye."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    mika.forget()
    mika.send(Goodbye("quit", ""))

    assert mika.heard == []
    assert not mika.open
    assert tess.lines[-2:] == ["Mika left (quit)", "Mika left (quit)"]
    assert len(tess.room.players) == 1


def test_stopping_says_goodbye_to_everyone() -> None:
    """Each link hears that races are saved, and is closed."""
    evening = Evening()
    players = [evening.connect("Mika"), evening.connect("Tess")]
    evening.carry_out(evening.game.stop(evening.now))

    assert [player.last(Goodbye).reason for player in players] == ["stopping", "stopping"]
    assert not any(player.open for player in players)


# Rooms


def test_creator_sits_down_and_everyone_sees_the_room() -> None:
    """The room is told to who is in it, the lobby to all."""
    evening = Evening()
    watcher = evening.connect("Tess")
    mika = evening.seat("Mika", bots=3, laps=2)[0]
    evening.run(ROSTER_EVERY_S)
    row = watcher.last(LobbyState).rooms[0]

    assert (row.title, row.track, row.laps, row.bots) == ("Room", "meadow", 2, 3)
    assert (row.players, row.seats, row.phase) == (1, 1, 0)
    assert [seat.name for seat in mika.last(RoomState).seats] == ["Mika"]
    assert watcher.all(RoomState) == []


def test_room_without_a_title_is_named_after_its_creator() -> None:
    """Even where the name is as long as names may be."""
    evening = Evening()
    player = evening.connect("N" * 24)
    player.send(CreateRoom("", "meadow", 1, 0))

    assert player.room.title == "N" * 24 + "'s room"


def test_newcomer_is_told_in_the_room() -> None:
    """Those in it hear who joined, and who left and how."""
    mika, tess = Evening().seat("Mika", "Tess")
    tess.send(LeaveRoom())

    assert mika.lines[-2:] == ["Tess joined", "Tess left (left the room)"]
    assert len(mika.room.players) == 1


def test_ninth_player_is_refused_and_stays_in_the_lobby() -> None:
    """A full room says so; it is no candidate for a quick join either."""
    evening = Evening()
    players = evening.seat(*(f"P{number}" for number in range(SEATS_MAX)))
    ninth = evening.connect("Ninth")
    ninth.send(JoinRoom(players[0].room.room_id), JoinRoom(""))

    assert '"Room" is full' in ninth.told[0]
    assert ninth.told[1] == "No room has a free seat: create one."
    assert ninth.session.room_id == ""


def test_room_ends_with_its_last_player() -> None:
    """Nothing of it stays behind, and its id leads nowhere."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    room_id = mika.room.room_id
    mika.send(LeaveRoom())
    assert room_id in evening.game.lobby.rooms
    tess.send(LeaveRoom())
    tess.send(JoinRoom(room_id))

    assert evening.game.lobby.rooms == {}
    assert tess.told == ["That room is gone: choose another."]


def test_rooms_are_bounded() -> None:
    """One more than there may be is refused in a sentence."""
    evening = Evening(sessions_max=ROOMS_MAX + 1)
    players = [evening.connect(f"P{number}") for number in range(ROOMS_MAX + 1)]
    for player in players:
        player.send(CreateRoom("", "meadow", 1, 0))

    assert len(evening.game.lobby.rooms) == ROOMS_MAX
    assert players[-1].told == ["All rooms are taken: join one that is there."]


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (CreateRoom("", "moon", 1, 0), 'There is no track "moon" here: choose from harbour, mead'),
        (AskLeaderboard("moon"), 'There is no track "moon" here.'),
        (JoinRoom("nowhere"), "That room is gone: choose another."),
        (JoinRoom(""), "No room has a free seat: create one."),
        (Ready(True), "You sit in no room: join one first."),
        (Say(1, "hi"), "You are in no room: write to the lobby."),
        (Say(0, "\x00"), "That line holds nothing that can be shown."),
        (Resume(), "Your seat is gone: the race went on without you."),
        (Forfeit(), "No seat is kept for you."),
    ],
)
def test_what_cannot_be_had_in_the_lobby_is_one_sentence(order: Message, refusal: str) -> None:
    """Only who asked hears it."""
    evening = Evening()
    player, other = evening.connect("Mika"), evening.connect("Tess")
    player.forget()
    other.forget()
    player.send(order)

    assert len(player.heard) == 1
    assert player.last(Notice).kind == NoticeKind.WARNING
    assert player.last(Notice).text.startswith(refusal)
    assert other.heard == []


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (CreateRoom("", "meadow", 1, 0), "You sit in a room already: leave it first."),
        (JoinRoom(""), "You sit in a room already: leave it first."),
        (Resume(), "You are in your seat already."),
        (Forfeit(), "No seat is kept for you."),
    ],
)
def test_what_cannot_be_had_in_a_room_is_one_sentence(order: Message, refusal: str) -> None:
    """The seat stays as it was, and the room hears nothing."""
    mika, tess = Evening().seat("Mika", "Tess")
    tess.forget()
    mika.send(order)

    assert mika.told == [refusal]
    assert tess.heard == []
    assert len(mika.room.players) == 2


@pytest.mark.parametrize(
    "order", [LeaveRoom(), Drive(1, 1, 0, 0, 0, 0), Pong(7), Hello(VERSION, "Eve", "", "client")]
)
def test_what_means_nothing_now_is_ignored(order: Message) -> None:
    """No answer and no harm."""
    player = Evening().connect("Mika")
    player.forget()
    player.send(order)

    assert player.heard == []
    assert player.open


@pytest.mark.parametrize("order", [Ready(True), Say(0, "hi"), Goodbye("quit", ""), Ping(1)])
def test_who_said_no_hello_is_not_listened_to(order: Message) -> None:
    """The connection refuses it already; the game does not rely on that."""
    evening = Evening()
    player, other = evening.link(), evening.connect("Tess")
    other.forget()
    player.send(order)

    assert player.heard == []
    assert other.heard == []


# Chat


def test_lobby_hears_what_is_said_there_and_it_is_kept() -> None:
    """With author, cleaned, at the time of day; players in rooms hear it too."""
    evening = Evening()
    mika, tess = evening.seat("Mika")[0], evening.connect("Tess")
    tess.send(Say(0, "  hello\tthere "))
    line = mika.last(ChatLine)

    assert (line.channel, line.author, line.text) == (Channel.LOBBY, "Tess", "hello there")
    assert line.sent_at == NOON + evening.now
    assert evening.asked(SaveChat)[-1].record.text == "hello there"


def test_room_keeps_its_talk_to_itself() -> None:
    """Those outside do not hear it."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    outside = evening.connect("Eve")
    mika.send(Say(1, "psst"))

    assert tess.lines[-1] == "psst"
    assert mika.lines[-1] == "psst"
    assert "psst" not in outside.lines


def test_who_joins_later_is_shown_the_last_fifty_lines() -> None:
    """Of the lobby when entering it, of the room when sitting down in it."""
    evening = Evening()
    mika = evening.seat("Mika")[0]
    for number in range(HISTORY_LINES_MAX + 5):
        evening.now += SECONDS_A_LINE
        mika.send(Say(1, f"room {number}"))
        evening.now += SECONDS_A_LINE
        mika.send(Say(0, f"lobby {number}"))
    tess = evening.connect("Tess")
    tess.send(JoinRoom(mika.room.room_id))
    lobby, room = tess.all(ChatHistory)

    assert (lobby.channel, room.channel) == (0, 1)
    for history, word in ((lobby, "lobby"), (room, "room")):
        assert [line.text for line in history.lines] == [
            f"{word} {number}" for number in range(5, HISTORY_LINES_MAX + 5)
        ]


def test_who_writes_too_fast_is_told_and_the_others_are_spared() -> None:
    """The burst goes through, the rest does not, until the wait is over."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    tess.forget()
    mika.send(*(Say(number % 2, f"spam {number}") for number in range(BURST_LINES + 3)))

    assert len(tess.lines) == BURST_LINES
    assert mika.told == ["You are writing too fast: wait 2 s."] * 3
    evening.run(2.0)
    mika.send(Say(1, "ham"))
    assert tess.lines[-1] == "ham"


def test_flood_of_commands_is_refused_before_it_reaches_others() -> None:
    """Ready on, ready off, a thousand times: the others hear a few."""
    evening = Evening()
    mika, tess = evening.seat("Mika", "Tess")
    room_id = mika.room.room_id
    tess.forget()
    for _ in range(200):
        mika.send(LeaveRoom(), JoinRoom(room_id))
    asked = len(evening.asked(FindBestLaps))
    mika.send(*[AskLeaderboard("meadow")] * 100)

    assert len(tess.lines) <= COMMANDS_BURST
    assert len(evening.asked(FindBestLaps)) == asked
    assert mika.told[-1] == "That was too much at once: wait a moment."
    evening.run(1.0)
    mika.send(AskLeaderboard("meadow"))
    assert len(evening.asked(FindBestLaps)) == asked + 1


# Leaderboard


def test_leaderboard_goes_to_who_asked() -> None:
    """Fastest first; an answer for who has left goes nowhere."""
    evening = Evening()
    mika, tess = evening.connect("Mika"), evening.connect("Tess")
    mika.send(AskLeaderboard("meadow"))
    lap = BestLap("meadow", "p", "Ann", 30_000, "r", 1e9)
    for link_id in (mika.link_id, 99):
        evening.settle(BestLapsFound(link_id, "meadow", (lap,)))

    assert mika.last(Leaderboard).available
    assert [(row.name, row.lap_ms) for row in mika.last(Leaderboard).rows] == [("Ann", 30_000)]
    assert tess.all(Leaderboard) == []


def test_leaderboard_says_when_the_database_cannot_be_asked() -> None:
    """Nothing found and nothing to be had are two things."""
    evening = Evening()
    mika = evening.connect("Mika")
    evening.settle(BestLapsFound(mika.link_id, "meadow", None))

    assert not mika.last(Leaderboard).available


def test_ping_is_answered_at_once() -> None:
    """With its own nonce."""
    player = Evening().connect("Mika")
    player.send(Ping(77))

    assert player.last(Pong) == Pong(77)
