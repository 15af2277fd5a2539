"""What a live race leaves on disk: a room, its seats and its race as JSON.

`encode` and `decode` are each other's inverse. Numbers survive exactly (JSON
writes the shortest text that reads back to the same double). A save of
another version, or one that does not hold together, is a `BadSave`; nothing
here reads a file, a clock or a database.

Units: as in the parts it stores.
"""

from __future__ import annotations

import json
from typing import Any

from errors import BadSave
from live_race import LiveRace
from lobby import LAPS_MAX, SEATS_MAX, Room, RoomPhase, Seat, SeatKind
from track import Track

SAVE_VERSION = 1
BLOB_BYTES_MAX = 1 << 20
"""A save is a few kilobytes; anything near this is not one of ours."""


def encode(room: Room, live: LiveRace) -> bytes:
    """Return the save of a room and its live race."""
    seats = [
        {"slot": seat.slot, "player_id": seat.player_id, "name": seat.name, "kind": int(seat.kind)}
        for _, seat in sorted(room.seats.items())
    ]
    return json.dumps(
        {
            "version": SAVE_VERSION,
            "room_id": room.room_id,
            "title": room.title,
            "track": room.track,
            "digest": live.track.digest,
            "laps": room.laps,
            "bots": room.bots,
            "seats": seats,
            "live": live.to_save(),
        },
        separators=(",", ":"),
    ).encode()


def decode(blob: bytes, tracks: dict[str, Track]) -> tuple[Room, LiveRace]:
    """Return the room and its race, frozen, as they were saved.

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
    if not isinstance(data, dict) or data.get("version") != SAVE_VERSION:
        raise BadSave(f"it is not of version {SAVE_VERSION}")
    try:
        track = tracks.get(data["track"])
        if track is None:
            raise BadSave(f"its track {data['track']!r} is not installed here")
        if track.digest != data["digest"]:
            raise BadSave(f"the track {track.name} has changed since")
        room = Room(
            room_id=str(data["room_id"]),
            title=str(data["title"]),
            track=track.name,
            laps=min(max(int(data["laps"]), 1), LAPS_MAX),
            bots=min(max(int(data["bots"]), 0), SEATS_MAX),
            phase=RoomPhase.RACING,
        )
        for one in data["seats"]:
            seat = Seat(int(one["slot"]), str(one["player_id"]), str(one["name"]),
                        SeatKind(one["kind"]))  # fmt: skip
            if not 0 <= seat.slot < SEATS_MAX or seat.slot in room.seats:
                raise BadSave(f"it has no seat {seat.slot}, or has it twice")
            room.seats[seat.slot] = seat
        return room, LiveRace.from_save(track, data["live"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadSave(f"a field is missing or wrong ({error})") from error
