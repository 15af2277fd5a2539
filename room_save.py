"""What a room leaves on disk: its seats, and its race if it has one, as JSON.

`encode` and `decode` are each other's inverse. Numbers survive exactly (JSON
writes the shortest text that reads back to the same double). A save of
another version, or one that does not hold together, is a `BadSave`; nothing
here reads a file, a clock or a database.

Units: as in the parts it stores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from car import CarClass
from chat import NAME_CHARS_MAX
from errors import BadSave
from live_race import LiveRace
from lobby import (
    LAPS_MAX,
    LEVEL_MAX,
    PLAYER_ID_CHARS,
    SEATS_MAX,
    TITLE_CHARS_MAX,
    Room,
    RoomMode,
    RoomPhase,
    Seat,
    SeatKind,
)
from save_fields import flag, whole
from track import Track
from track_file import NAME_CHARS_MAX as TRACK_CHARS_MAX

SAVE_VERSION = 5
ROOM_ID_CHARS_MAX = 16
BOOT_CHARS_MAX = 64
RACE_ID_CHARS_MAX = 64
EPOCH_MAX = 2**32 - 1
SAID_MAX = 2**31
"""Lines in a room: no evening has so many."""
BLOB_BYTES_MAX = 1 << 20
"""A save is a few kilobytes; anything near this is not one of ours."""
HEADS_KEPT = 256
"""A room changes more seldom than it is saved: what is no race is encoded once."""

# Made once, not for each save.
_text_of = json.JSONEncoder(separators=(",", ":")).encode


class Saved(NamedTuple):
    """What a save tells."""

    room: Room
    live: LiveRace | None
    """The race, frozen; None where the room was waiting for one."""
    passed_to: str
    """The process that the room was handed over to; empty: it was not."""


def encode(
    room: Room,
    live: LiveRace | None,
    *,
    digest: str,
    passed_to: str = "",
    saved_race: str | None = None,
) -> bytes:
    """Return the save of a room, whose track has this digest, and of its race.

    Args:
        saved_race: which has just ended, and whose result is kept where this save
            is; None: the room's.
    """
    seats = tuple(
        (
            seat.slot, seat.player_id, seat.name, int(seat.kind), seat.ready,
            int(seat.car_class),
        )
        for _, seat in sorted(room.seats.items())
    )  # fmt: skip
    head = _head(
        room.room_id, room.title, room.track, digest, room.laps, room.bots, room.damage,
        room.level, int(room.mode), room.conversation.said, passed_to,
        room.saved_race if saved_race is None else saved_race,
        room.saved_epoch if saved_race is None else room.epoch, seats,
    )  # fmt: skip
    race = _text_of(live.to_save()) if live is not None else "null"
    return f'{head},"live":{race}}}'.encode()


@lru_cache(maxsize=HEADS_KEPT)
def _head(
    room_id: str,
    title: str,
    track: str,
    digest: str,
    laps: int,
    bots: int,
    damage: bool,
    level: int,
    mode: int,
    said: int,
    passed_to: str,
    saved_race: str,
    saved_epoch: int,
    seats: tuple[tuple[int, str, str, int, bool, int], ...],
) -> str:
    """Return the text of a room without its race, but for the last brace."""
    names = ("slot", "player_id", "name", "kind", "ready", "car_class")
    text = _text_of(
        {
            "version": SAVE_VERSION,
            "room_id": room_id,
            "title": title,
            "track": track,
            "digest": digest,
            "laps": laps,
            "bots": bots,
            "damage": damage,
            "level": level,
            "mode": mode,
            "said": said,
            "passed_to": passed_to,
            "saved_race": saved_race,
            "saved_epoch": saved_epoch,
            "seats": [dict(zip(names, seat, strict=True)) for seat in seats],
        }
    )
    return text.removesuffix("}")


def decode(blob: bytes, tracks: Mapping[str, Track]) -> Saved:
    """Return the room, and its race, frozen, as they were saved.

    Raises:
        BadSave: it is damaged, of another version, or for a track that is not
            here or has changed since.
    """
    if len(blob) > BLOB_BYTES_MAX:
        raise BadSave(f"it has {len(blob)} bytes, more than any save of ours")
    try:
        data: Any = json.loads(blob)
    except (ValueError, RecursionError) as error:
        raise BadSave("it is not readable text") from error
    if not isinstance(data, dict):
        raise BadSave("it is not one of ours")
    version = data.get("version")
    if version != SAVE_VERSION:
        if type(version) is int and version > SAVE_VERSION:
            raise BadSave(f"a newer server wrote it (version {version}): update this one")
        raise BadSave(f"it is not of version {SAVE_VERSION}")
    name = _text(data, "track", TRACK_CHARS_MAX)
    track = tracks.get(name)
    if track is None:
        raise BadSave(f"its track {name!r} is not installed here")
    if track.digest != data.get("digest"):
        raise BadSave(f"the track {name} has changed since")
    room = Room(
        room_id=_text(data, "room_id", ROOM_ID_CHARS_MAX),
        title=_text(data, "title", TITLE_CHARS_MAX),
        track=name,
        laps=whole(data, "laps", 1, LAPS_MAX),
        bots=whole(data, "bots", 0, SEATS_MAX),
        damage=flag(data, "damage"),
        level=whole(data, "level", 0, LEVEL_MAX),
        mode=RoomMode(whole(data, "mode", 0, len(RoomMode) - 1)),
    )
    room.conversation.said = whole(data, "said", 0, SAID_MAX)
    room.saved_race = _text(data, "saved_race", RACE_ID_CHARS_MAX, chars_min=0)
    room.saved_epoch = whole(data, "saved_epoch", 0, EPOCH_MAX)
    for one in _dicts(data, "seats"):
        seat = _seat(one)
        if seat.slot in room.seats:
            raise BadSave(f"it has the seat {seat.slot} twice")
        room.seats[seat.slot] = seat
    passed_to = _text(data, "passed_to", BOOT_CHARS_MAX, chars_min=0)
    if "live" in data and data["live"] is None:
        return Saved(room, None, passed_to)
    if not isinstance(data.get("live"), dict):
        raise BadSave("live is missing or wrong")
    room.phase = RoomPhase.RACING
    live = LiveRace.from_save(track, data["live"])
    if live.race.laps != room.laps:
        raise BadSave("room and race differ")
    if any(
        not 1 <= len(name) <= NAME_CHARS_MAX
        or len(player_id) > PLAYER_ID_CHARS
        or not 0 <= kind < len(SeatKind)
        for name, player_id, kind in live.entrants.values()
    ):
        raise BadSave("an entrant is missing or wrong")
    return Saved(room, live, passed_to)


def _seat(data: dict[str, Any]) -> Seat:
    player_id = _text(data, "player_id", PLAYER_ID_CHARS, chars_min=0)
    name = _text(data, "name", NAME_CHARS_MAX)
    kind = SeatKind(whole(data, "kind", 0, len(SeatKind) - 1))
    slot = data.get("slot")
    if type(slot) is not int or not 0 <= slot < SEATS_MAX:
        raise BadSave(f"there is no seat {slot!r:.20}")
    car_class = CarClass(whole(data, "car_class", 0, len(CarClass) - 1))
    return Seat(slot, player_id, name, kind, flag(data, "ready"), car_class)


def _text(data: dict[str, Any], name: str, chars_max: int, *, chars_min: int = 1) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not chars_min <= len(value) <= chars_max:
        raise BadSave(f"{name} is missing or wrong")
    return value


def _dicts(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name)
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise BadSave(f"{name} is missing or wrong")
    return rows
