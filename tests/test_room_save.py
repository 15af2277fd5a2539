"""Saves of live races: exact, and refused with one sentence when they are not ours."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bulletins
import race_save
import room_save
from car import CarInput
from errors import BadSave
from live_race import LiveRace
from lobby import Room, Seat, SeatKind
from protocol import Message, Role, SavedState, encode_message
from protocol.connection import decode_message
from protocol.framing import LENGTH_BYTES
from race import Phase
from tests.racing import LOADED, MEADOW, cross_all_gates, put, started

TRACKS = dict(LOADED)


def raced(ticks: int = 200) -> tuple[Room, LiveRace]:
    """Return a room in mid-race: two players, a bot, one finished and one on the way."""
    race = started(laps=1, cars=3)
    luck = random.Random(2)
    cross_all_gates(race, 2)
    put(race, 1, 400.0)
    race.racers[1].gates_passed = 4
    for _ in range(ticks):
        race.step(
            {slot: CarInput(luck.random(), steering=luck.uniform(-1, 1)) for slot in race.racers}
        )
    live = LiveRace("r1-abc", MEADOW, race)
    kinds = (SeatKind.HUMAN, SeatKind.CARETAKER, SeatKind.BOT)
    live.entrants = {slot: (f"Name {slot}", f"id{slot}", int(kinds[slot])) for slot in range(3)}
    room = Room("r1", "Évening", "meadow", laps=1, bots=1)
    room.seats = {slot: Seat(slot, f"id{slot}", f"Name {slot}", kinds[slot]) for slot in range(3)}
    return room, live


ROOM, LIVE = raced()
GOOD: dict[str, Any] = json.loads(room_save.encode(ROOM, LIVE, digest=MEADOW.digest))


def refusal(data: object) -> str:
    """Return why a save is refused."""
    with pytest.raises(BadSave) as caught:
        room_save.decode(json.dumps(data).encode(), TRACKS)
    return str(caught.value)


def check_message(message: Message) -> None:
    """Send a message and read it as a client would."""
    assert decode_message(encode_message(message)[LENGTH_BYTES:], Role.SERVER) == message


def test_save_comes_back_as_it_went() -> None:
    """The room, its seats, and the race to the last bit; held until it is let go."""
    room, live, _ = room_save.decode(room_save.encode(ROOM, LIVE, digest=MEADOW.digest), TRACKS)
    assert live is not None

    assert race_save.dump(live.race) == race_save.dump(LIVE.race)
    assert live.entrants == LIVE.entrants
    assert live.race_id == LIVE.race_id
    assert live.frozen
    assert (room.title, room.track, room.laps) == (ROOM.title, ROOM.track, ROOM.laps)
    assert {slot: seat.name for slot, seat in room.seats.items()} == {
        slot: seat.name for slot, seat in ROOM.seats.items()
    }
    assert [one.place for one in live.race.racers.values()] == [
        one.place for one in LIVE.race.racers.values()
    ]
    assert len(room_save.encode(room, live, digest=MEADOW.digest)) < 5000


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (b"", "not readable"),
        (b"\xff\xfe\x00", "not readable"),
        (b"{" * 200_000, "not readable"),
        (b"[1, 2]", "not one of ours"),
        (b"null", "not one of ours"),
        (room_save.encode(ROOM, LIVE, digest=MEADOW.digest)[:-40], "not readable"),
        (b" " * (room_save.BLOB_BYTES_MAX + 1), "more than any save"),
    ],
    ids=["empty", "bytes", "deep", "list", "null", "cut", "long"],
)
def test_what_is_no_save_is_refused(blob: bytes, reason: str) -> None:
    """One sentence, no traceback, whatever the bytes."""
    with pytest.raises(BadSave, match=reason) as caught:
        room_save.decode(blob, TRACKS)

    assert str(caught.value).startswith("the saved race cannot be restored: ")
    assert "\n" not in str(caught.value)


def test_newer_save_says_what_to_do() -> None:
    """Who went back to an older server is told."""
    assert "newer server wrote it (version 6): update this one" in refusal(GOOD | {"version": 6})
    assert "not of version 5" in refusal(GOOD | {"version": "2"})
    assert "not of version 5" in refusal({**GOOD, "version": 1})


def test_result_that_is_kept_is_known_by_its_race_and_epoch() -> None:
    """Of the race that has just ended: the room's own; of one before: that of its owner then."""
    room = Room("r1", "Évening", "meadow", laps=1, bots=1, epoch=3)
    room.saved_race, room.saved_epoch = "r1-before", 2
    before, _, _ = room_save.decode(room_save.encode(room, None, digest=MEADOW.digest), TRACKS)
    blob = room_save.encode(room, None, digest=MEADOW.digest, saved_race="r1-now")
    now, _, _ = room_save.decode(blob, TRACKS)

    assert (before.saved_race, before.saved_epoch) == ("r1-before", 2)
    assert (now.saved_race, now.saved_epoch) == ("r1-now", 3)


def test_save_for_another_track_is_refused() -> None:
    """Gone, or changed since."""
    assert "track 'moon' is not installed" in refusal(GOOD | {"track": "moon"})
    assert "meadow has changed since" in refusal(GOOD | {"digest": "0" * 16})


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"version"}))
def test_missing_part_is_named(name: str) -> None:
    """Each part of a save is needed."""
    assert refusal({key: value for key, value in GOOD.items() if key != name})


RACE = GOOD["live"]["race"]


WRONG = ["x", -3, True, 1e300, math.nan, [None]]


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in sorted(RACE) for value in WRONG if value is not RACE[name]],
)
def test_wrong_field_of_a_race_is_refused(name: str, value: object) -> None:
    """Nothing that could stop the server later gets in."""
    assert refusal({**GOOD, "live": {**GOOD["live"], "race": {**RACE, name: value}}})


@pytest.mark.parametrize("name", sorted(RACE["racers"][0]))
@pytest.mark.parametrize("value", ["x", -9999, 1e300, math.inf, []])
def test_wrong_field_of_a_car_is_refused(name: str, value: object) -> None:
    """The same for each car in it."""
    racers = [{**RACE["racers"][0], name: value}, *RACE["racers"][1:]]
    assert refusal({**GOOD, "live": {**GOOD["live"], "race": {**RACE, "racers": racers}}})


def test_car_that_is_there_twice_is_refused() -> None:
    """As is one that started without a name."""
    racers = [*RACE["racers"], RACE["racers"][0]]
    twice = {**GOOD["live"], "race": {**RACE, "racers": racers}}
    nameless = {**GOOD["live"], "entrants": GOOD["live"]["entrants"][:2]}

    assert "car 0 twice" in refusal({**GOOD, "live": twice})
    assert "cars and entrants differ" in refusal({**GOOD, "live": nameless})


@pytest.mark.parametrize("name", ["go_tick", "finish_tick"])
def test_race_that_began_too_late_is_refused(name: str) -> None:
    """Or a car would have taken less than no time."""
    race = {**RACE, "racers": [{**one} for one in RACE["racers"]]}
    inner = race if name == "go_tick" else next(one for one in race["racers"] if one[name])
    inner[name] = race["start_tick"] - 1

    assert "clock" in refusal({**GOOD, "live": {**GOOD["live"], "race": race}})


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40),
    st.just([]), st.just({}), st.integers(0, 400), st.floats(0, 400),
)  # fmt: skip


@given(st.randoms(use_true_random=False), values)
@settings(max_examples=250, deadline=None)
def test_damaged_save_is_refused_or_can_be_raced(luck: random.Random, value: object) -> None:
    """One value anywhere replaced: a refusal, or a race that drives, is sent and is saved."""
    data = json.loads(json.dumps(GOOD))
    inner: Any = data
    while True:
        key = luck.choice(sorted(inner) if isinstance(inner, dict) else range(len(inner)))
        if isinstance(inner[key], dict | list) and inner[key] and luck.random() < 0.9:
            inner = inner[key]
            continue
        inner[key] = value
        break
    try:
        room, live, _ = room_save.decode(json.dumps(data).encode(), TRACKS)
    except BadSave as error:
        assert "\n" not in str(error)
        return
    if live is None:
        return
    live.thaw(3)
    for _ in range(12):
        live.step()
        check_message(bulletins.snapshot(room, live))
    check_message(bulletins.results(room, live, SavedState.SAVING))
    again = room_save.encode(room, live, digest=MEADOW.digest)
    back = room_save.decode(again, TRACKS).live
    assert back is not None
    assert race_save.dump(back.race) == race_save.dump(live.race)
    assert live.race.phase is not Phase.GRID
