"""What a client believes, fed with messages and times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from car import CarInput
from errors import BadTrackFile
from protocol import (
    Channel,
    ChatHistory,
    ChatLine,
    EventRow,
    LeaveRoom,
    LineRow,
    Message,
    Notice,
    NoticeKind,
    Ping,
    Pong,
    RaceEvents,
    RacePaused,
    RaceStart,
    Results,
    Resumed,
    RoomState,
    Saved,
    SavedState,
    SeatRow,
    TrackRow,
    Welcome,
)
from race import EventKind
from track import Track, track_of
from view import EPOCHS_KEPT, LINES_KEPT, View

ME = "a" * 12
TOKEN = "t" * 43
START = RaceStart("room", "race", 1, "meadow", 3, 240, 0, 0)
SEATS = (SeatRow(0, "b" * 12, "Bea", 0, False, 0, 20), SeatRow(1, ME, "Me", 0, True, 1, 30))
ROOM = RoomState("room", "Test", "meadow", 3, 0, 1, SEATS, 1)


def welcome(
    digest: str = "",
    *,
    seat_room: str = "",
    seat_title: str = "Test",
    seat_seconds_left: float = 50.0,
) -> Welcome:
    """Return a welcome from a server that has the meadow."""
    row = TrackRow("meadow", "Meadow Ring", digest or track_of("meadow").digest)
    return Welcome(
        1, ME, TOKEN, "node", 60, seat_room, seat_title, 2, seat_seconds_left, (row,)
    )  # fmt: skip


def welcomed(digest: str = "", seat_room: str = "") -> View:
    """Return a view that has just been welcomed, at the time 0."""
    view = View(track_of)
    view.receive(welcome(digest, seat_room=seat_room), 0.0)
    return view


def test_race_starts_without_a_word_when_tracks_agree() -> None:
    """The same file on both sides is nothing to speak of."""
    view = welcomed()
    view.receive(START, 1.0)

    assert view.race is not None
    assert not view.notices


def test_track_that_differs_is_told_in_one_sentence() -> None:
    """Driving on another road than the server's would look like lag."""
    view = welcomed(digest="0" * 16)
    view.receive(START, 1.0)

    assert [one.kind for one in view.notices] == [NoticeKind.WARNING]
    assert "Meadow Ring" in view.notices[0].text


def test_track_that_cannot_be_loaded_gives_up_the_seat() -> None:
    """No crash: one sentence, and the others need not wait for us."""

    def load(name: str) -> Track:
        raise BadTrackFile(f"{name}.toml", "it is not there", "install the game again")

    view = View(load)
    answers = view.receive(START, 1.0)

    assert answers == [LeaveRoom()]
    assert view.race is None
    assert "install the game again" in view.notices[0].text


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "meadow.toml", "mea dow"])
def test_track_name_cannot_lead_out_of_the_folder(name: str) -> None:
    """What a server calls a track is never used as a path."""
    view = View(track_of)
    view.receive(RaceStart("room", "race", 1, name, 3, 240, 0, 0), 1.0)

    assert view.race is None
    assert view.notices


def test_start_of_the_same_race_keeps_what_was_seen() -> None:
    """After a reconnection the view of the race goes on."""
    view = welcomed()
    view.receive(START, 1.0)
    race = view.race
    view.receive(RaceStart("room", "race", 2, "meadow", 3, 240, 0, 500), 2.0)

    assert view.race is race


def test_round_trip_is_measured_by_the_answer_to_a_ping() -> None:
    """The first answer counts fully, strange ones not at all."""
    view = View(track_of)
    ping = view.advance(10.0, CarInput())[0]
    assert isinstance(ping, Ping)
    view.receive(Pong(ping.nonce + 7), 10.01)
    view.receive(Pong(ping.nonce), 10.08)
    view.receive(Pong(ping.nonce), 10.50)

    assert view.rtt_s == pytest.approx(0.08)


def test_ping_is_answered_at_once() -> None:
    """The server measures us in the same way."""
    assert View(track_of).receive(Ping(5), 1.0) == [Pong(5)]


def test_kept_seat_is_offered_until_its_time_is_up() -> None:
    """The offer goes when the server would not keep the seat any longer."""
    view = welcomed(seat_room="room")
    view.advance(49.0, CarInput())
    assert view.offered
    view.advance(51.0, CarInput())

    assert not view.offered


def test_race_that_ended_without_us_is_over() -> None:
    """Who comes back to a room that waits again does not sit in a dead race."""
    view = welcomed()
    view.receive(START, 1.0)
    view.receive(RoomState("room", "Test", "meadow", 3, 0, 2, SEATS, 1), 2.0)

    assert view.race is None
    assert view.room is not None


def test_result_is_called_saved_only_when_the_server_says_so() -> None:
    """ "Saved" means a majority, and the right race."""
    view = welcomed()
    view.receive(Results("room", "race", (), int(SavedState.SAVING)), 1.0)
    view.receive(Saved("another"), 2.0)
    assert not view.saved
    view.receive(Saved("race"), 3.0)

    assert view.saved
    assert view.readings.saved_s == 2.0


def test_left_result_is_told_when_it_is_saved() -> None:
    """Who goes back to the lobby before a majority holds it hears of it there, once."""
    view = welcomed()
    view.receive(Results("room", "race", (), int(SavedState.SAVING)), 1.0)
    view.leave()
    view.receive(Saved("race"), 2.0)
    view.receive(Saved("race"), 3.0)

    assert [told.text for told in view.notices] == ["The result of your last race is saved."]


def test_result_before_the_next_race_is_told_when_it_is_saved() -> None:
    """The database may be away while the next race begins."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(Results("room", "last", (), int(SavedState.SAVING), 1), 1.0)
    view.receive(START, 2.0)
    view.receive(Saved("last", 1), 3.0)

    assert [told.text for told in view.notices] == ["The result of your last race is saved."]


def test_result_of_an_owner_that_was_replaced_is_not_called_saved() -> None:
    """The next owner may have had the race driven to another end, and saved that."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(Results("room", "race", (), int(SavedState.SAVING), 1), 1.0)
    view.receive(replace(ROOM, epoch=2), 2.0)
    view.receive(Saved("race", 2), 3.0)
    assert not view.saved

    view.receive(Results("room", "race", (), int(SavedState.SAVING), 2), 4.0)
    view.receive(Saved("race", 2), 5.0)
    assert view.saved


def test_result_that_was_saved_before_its_owner_died_is_called_saved() -> None:
    """The next owner says so, whatever else of it was heard first."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(Results("room", "race", (), int(SavedState.SAVING), 1), 1.0)
    view.receive(replace(ROOM, epoch=2), 2.0)
    view.receive(Saved("race", 1), 3.0)

    assert view.saved


def test_race_that_resumes_takes_its_unsaved_result_back() -> None:
    """The car is driven again; nothing was promised."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(START, 1.0)
    view.receive(Results("room", "race", (), int(SavedState.SAVING), 1), 2.0)
    view.receive(replace(START, epoch=2), 3.0)

    assert view.results is None
    assert view.race is not None


def test_result_that_is_not_kept_never_becomes_saved() -> None:
    """A server with nothing to save to cannot take back that it keeps nothing."""
    view = welcomed()
    view.receive(Results("room", "race", (), int(SavedState.NOT_KEPT)), 1.0)
    view.receive(Saved("race"), 2.0)

    assert not view.saved


def test_own_seat_is_found_among_the_others() -> None:
    """Seats are known by player, and by slot."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    mine, first = view.my_seat, view.seat_of(0)

    assert mine is not None
    assert first is not None
    assert (mine.slot, first.name, view.seat_of(5)) == (1, "Bea", None)


def test_chat_is_kept_by_channel_and_bounded() -> None:
    """An endless talk takes no endless memory."""
    view = View(track_of)
    for number in range(LINES_KEPT + 50):
        view.receive(ChatLine(Channel.ROOM, number, 0, "Bea", f"line {number}", 0.0), 1.0)

    assert len(view.talks[Channel.ROOM].lines) == LINES_KEPT
    assert not view.talks[Channel.LOBBY].lines


def test_history_replaces_what_was_there() -> None:
    """After a reconnection no line stands twice."""
    view = View(track_of)
    view.receive(ChatLine(Channel.LOBBY, 1, 0, "Bea", "hello", 0.0), 1.0)
    view.receive(ChatHistory(Channel.LOBBY, (LineRow(1, 0, "Bea", "hello", 0.0),)), 2.0)

    assert [line.text for line in view.talks[Channel.LOBBY].lines] == ["hello"]


def test_leaving_forgets_the_room_and_its_talk() -> None:
    """The next room begins with a clean slate."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(START, 1.0)
    view.receive(ChatLine(Channel.ROOM, 1, 0, "Bea", "bye", 0.0), 1.0)
    view.leave()

    assert (view.room, view.race, list(view.talks[Channel.ROOM].lines)) == (None, None, [])


def test_notice_is_kept_with_its_time() -> None:
    """Screens show a sentence for some seconds."""
    view = View(track_of)
    view.receive(Notice(NoticeKind.WARNING, "Slow down."), 7.0)

    assert [(one.text, one.at) for one in view.notices] == [("Slow down.", 7.0)]


@pytest.mark.parametrize(
    "late",
    [
        replace(ROOM, title="Old"),
        replace(START, race_id="old"),
        RacePaused("room", 1, "I still have it."),
        Results("room", "race", (), int(SavedState.SAVED), 1),
        RaceEvents((EventRow(int(EventKind.FINISH), 0, 400, 400),), 1),
    ],
    ids=lambda message: type(message).__name__,
)
def test_owner_that_was_replaced_is_not_believed(late: Message) -> None:
    """A node that does not know yet changes nothing that is shown."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(START, 1.0)
    view.receive(replace(ROOM, epoch=2), 2.0)
    view.receive(late, 3.0)
    race = view.race

    assert race is not None
    assert view.room == replace(ROOM, epoch=2)
    assert (race.race_id, race.held, race.commentary.finish_ticks) == ("race", None, {})
    assert view.results is None


def test_epoch_of_one_room_says_nothing_of_another() -> None:
    """A room that was never lost is as true as one that was."""
    view = welcomed()
    view.receive(replace(ROOM, epoch=9), 1.0)
    view.leave()
    view.receive(replace(ROOM, room_id="other", epoch=1), 2.0)

    assert view.room is not None
    assert view.room.room_id == "other"


def test_epochs_are_remembered_of_so_many_rooms() -> None:
    """An endless evening takes no endless memory; the room at hand is never forgotten."""
    view = welcomed()
    for number in range(EPOCHS_KEPT + 10):
        view.receive(replace(ROOM, room_id=f"r{number}", epoch=2), 1.0)
        view.receive(replace(ROOM, epoch=2), 1.0)
    view.receive(replace(ROOM, epoch=1, title="Old"), 2.0)

    assert len(view._epochs) == EPOCHS_KEPT
    assert view.room is not None
    assert view.room.title == "Test"


def test_pause_of_a_room_without_a_race_is_told() -> None:
    """A waiting room may lose its owner as well."""
    view = welcomed()
    view.receive(replace(ROOM, phase=0), 1.0)
    view.receive(RacePaused("room", 1, "The room waits."), 2.0)

    assert view.notices[-1].text == "The room waits."


def test_quiet_resume_shows_nothing() -> None:
    """A race that only moved is nothing to speak of."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(Resumed("room", 0.1, 1, 0, ""), 2.0)

    assert not view.notices


def test_newest_line_is_that_of_the_room() -> None:
    """What the server counts the missed ones from; nothing without a room."""
    view = welcomed()
    view.receive(ChatLine(Channel.LOBBY, 90, 0, "Bea", "hello", 0.0), 1.0)
    assert view.newest_line == 0
    view.receive(ROOM, 1.0)
    view.receive(ChatLine(Channel.ROOM, 7, 0, "Bea", "hello", 0.0), 1.0)

    assert view.newest_line == 7


def test_more_lines_missed_than_are_told_stand_at_the_top() -> None:
    """The history holds the newest only."""
    view = welcomed()
    view.receive(ROOM, 1.0)
    view.receive(ChatLine(Channel.ROOM, 7, 0, "Bea", "known", 0.0), 1.0)
    view.receive(ChatHistory(Channel.ROOM, (LineRow(99, 0, "Bea", "new", 0.0),)), 2.0)
    view.receive(Resumed("room", 60.0, 1, 0, "Resumed.", 92), 2.0)

    assert [line.text for line in view.talks[Channel.ROOM].lines] == ["92 missed", "new"]


def test_lines_that_are_known_do_not_open_the_chat_again() -> None:
    """Who follows a race to another node is sent them once more, and notices nothing."""
    view = welcomed()
    lines = (LineRow(1, 0, "Bea", "hello", 0.0),)
    view.receive(ChatHistory(Channel.ROOM, lines), 2.0)
    view.receive(ChatHistory(Channel.ROOM, lines), 60.0)
    assert view.talks[Channel.ROOM].newest_at == 2.0
    view.receive(ChatHistory(Channel.ROOM, (*lines, LineRow(2, 0, "Bea", "new", 0.0))), 61.0)
    assert view.talks[Channel.ROOM].newest_at == 61.0
