"""The view of the chaos tests notes what it is told, under the right room and race."""

from __future__ import annotations

from protocol import (
    ChatHistory,
    ChatLine,
    LineRow,
    ResultRow,
    Results,
    RoomState,
    Saved,
    SavedState,
)
from tests.chaos.history import History, LineHeard, ResultTold, TalkReplaced
from tests.chaos.recording import RecordingView
from track import track_of

STATE = RoomState("r1", "Room", "meadow", 1, 0, 0, (), 3)
ROW = ResultRow(0, "ann", "Ann", 0, 1, 60_000, 59_000, 25)


def view() -> tuple[RecordingView, History]:
    """Return a view and its notes."""
    history = History()
    return RecordingView(track_of, "Ann", history), history


def test_chat_that_comes_before_its_room_is_noted_under_it() -> None:
    """Who sits down hears the lines first, and then in which room."""
    seen, history = view()
    seen.receive(ChatHistory(1, (LineRow(1, 0, "Bob", "hello", 5.0),)), 1.0)
    assert not history.entries
    seen.receive(STATE, 1.1)
    seen.receive(ChatLine(1, 2, 0, "Ann", "hi", 6.0), 1.2)

    assert history.entries == [
        TalkReplaced(1.1, "Ann", "r1", 3, ((1, "Bob", "hello", 5.0),)),
        LineHeard(1.2, "Ann", "r1", (2, "Ann", "hi", 6.0)),
    ]


def test_result_is_noted_when_told_and_when_saved_even_of_an_earlier_race() -> None:
    """The screen may show the next result by then."""
    seen, history = view()
    for race_id in ("one", "two"):
        seen.receive(Results("r1", race_id, (ROW,), int(SavedState.SAVING), 3), 1.0)
    seen.receive(Saved("one"), 2.0)
    seen.receive(Saved("unheard"), 2.0)

    told = [(one.race_id, one.saved) for one in history.all(ResultTold)]
    assert told == [("one", False), ("two", False), ("one", True)]


def test_race_that_shows_where_it_stands_ends_no_pause() -> None:
    """Two gaps with a glimpse between them are one pause; other races begin anew."""
    seen, _ = view()
    times = [(1.0, "a", 1), (1.03, "a", 2), (3.0, "a", 3), (6.0, "a", 4), (6.03, "a", 6)]
    seen.steps = [*times, (9.0, "b", 1), (9.05, "b", 2)]

    assert seen.pauses() == [(1.03, 6.0)]
    assert max(then - at for at, then in seen.gaps()) == 3.0
