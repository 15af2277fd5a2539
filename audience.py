"""Who sees a race, and with which car's eyes.

Asked thirty times a second for every race, so it makes one pass over the seats
and keeps nothing: who comes and goes is the lobby's.

Units: none.
"""

from __future__ import annotations

from live_race import LiveRace
from lobby import Lobby, Room
from protocol import WATCHING, WHOLE


def audience_of(
    room: Room, live: LiveRace, lobby: Lobby
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the links of all who are there, and for each the car that it sees exactly.

    That is the slot of the own car, `WATCHING` for who has none in this race, or
    `WHOLE` for who reads no differences.
    """
    links: list[int] = []
    slots: list[int] = []
    for slot, seat in room.seats.items():
        session = lobby.sessions.get(seat.player_id)
        if session is None or session.link_id is None or session.away_since is not None:
            continue
        own = slot if live.is_of(slot, seat.player_id) else WATCHING
        links.append(session.link_id)
        slots.append(own if session.deltas else WHOLE)
    for session in room.watchers.values():
        if session.link_id is not None:
            links.append(session.link_id)
            slots.append(WATCHING if session.deltas else WHOLE)
    return tuple(links), tuple(slots)
