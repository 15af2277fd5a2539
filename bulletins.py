"""What the game has to say, as messages: pure functions from state to wire.

One place turns rooms, races and results into the messages of
`docs/protocol.md`; nothing here decides or remembers anything.

Units: ticks in races, milliseconds in results.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import protocol as wire
from car import CarInput
from chat import Conversation, Line
from db.store import (
    BestLap,
    Card,
    GhostRecord,
    PersonCard,
    Profile,
    ResultLine,
    ResultRecord,
    RoomCard,
)
from errors import CommandRefused, ServerBusy, ServerFull
from live_race import LiveRace
from lobby import ROOMS_MAX, Lobby, Room, RoomPhase, Session
from protocol import Button, Channel, NoticeKind, SavedState
from race import TICKS_A_SECOND, EventKind, RaceEvent
from showing import shown_cars
from track import Track

STARTS_IN_MAX: Final = 255
PEOPLE_MAX: Final = 1024
"""What one message of the lobby holds."""
LOAD_STEP: Final = 50
"""Loads are told in steps, permille, so that not every change is news."""
SHOWN_IMPULSE_MIN: Final = 100
"""Contacts under 1 m/s of velocity change are neither seen nor heard."""
MISSED_MAX: Final = 65_535
"""More lines than that are not counted."""
# As plain numbers: flags are slow to take apart, and inputs are many.
HANDBRAKE, ENGINE = int(Button.HANDBRAKE), int(Button.ENGINE)
RESPAWN, NITRO = int(Button.RESPAWN), int(Button.NITRO)
WISHES_KEPT: Final = 4096
"""Hands on keys want the same again and again: looked up, not made anew."""
DAY_S: Final = 86_400.0
DAYS_MAX: Final = 65_535
"""Longer ago is told as so long ago."""


class Offer(NamedTuple):
    """A seat that is kept for a player."""

    room_id: str
    title: str
    lap: int
    """From 1; 0 without a race."""
    seconds_left: float


def to_ms(ticks: int | None) -> int:
    """Return ticks as milliseconds; 0 for None."""
    return round(ticks * 1000 / TICKS_A_SECOND) if ticks is not None else 0


def to_clock(ticks: int) -> str:
    """Return ticks as people say them: 1:02.350."""
    minutes, rest_ms = divmod(to_ms(ticks), 60_000)
    return f"{minutes}:{rest_ms / 1000:06.3f}"


# Sessions


def welcome(
    node: str, session: Session, token: str, offer: Offer | None, tracks: Mapping[str, Track]
) -> wire.Welcome:
    """Return the answer to a good hello."""
    held = offer or Offer("", "", 0, 0.0)
    return wire.Welcome(
        version=wire.VERSION,
        player_id=session.player_id,
        token=token,
        node=node,
        tick_rate=TICKS_A_SECOND,
        seat_room=held.room_id,
        seat_title=held.title,
        seat_lap=held.lap,
        seat_seconds_left=held.seconds_left,
        tracks=tuple(
            wire.TrackRow(track.name, track.title, track.digest)
            for _, track in sorted(tracks.items())
        ),
    )


def wrong_version(version: int) -> wire.Refused:
    """Return the refusal of a client of another version."""
    older = "client" if version < wire.VERSION else "server"
    return wire.Refused(
        "version",
        f"The server speaks version {wire.VERSION} and this client version {version}:"
        f" update the {older}.",
    )


def no_node() -> wire.Refused:
    """Return the refusal of who says to be a node and does not prove it."""
    return wire.Refused("node", "That is no ticket of a node of this game.")


def refused(error: CommandRefused) -> wire.Refused:
    """Return the refusal of a hello, with the reason the lobby gave."""
    text = str(error)
    if isinstance(error, ServerBusy):
        return wire.Refused("busy", text)
    return wire.Refused("full" if isinstance(error, ServerFull) else "name", text)


def goodbye(reason: str, text: str) -> wire.Goodbye:
    """Return the last message to a client."""
    return wire.Goodbye(reason, text)


def notice(kind: NoticeKind, text: str) -> wire.Notice:
    """Return a sentence for one player."""
    return wire.Notice(int(kind), text[:200])


def resumed(
    room: Room,
    away_s: float,
    lap: int,
    gates_lost: int,
    missed: int,
    *,
    quiet: bool = False,
    seen: bool = True,
) -> wire.Resumed:
    """Return the answer to a resume; lap 0 is a seat without a car in a race.

    Args:
        quiet: the player has noticed nothing, and is told nothing.
        seen: whether this process saw the player go, and knows for how long.
    """
    where = "watching" if room.phase is RoomPhase.RACING else "in the waiting room"
    if lap:
        gates = "gate" if gates_lost == 1 else "gates"
        where = f"lap {lap} of {room.laps}, {gates_lost} {gates} lost"
    away = f"away for {away_s:.1f} s, " if seen else ""
    text = "" if quiet else f"Resumed in {room.title}: {away}{where}."
    return wire.Resumed(room.room_id, float(away_s), lap, gates_lost, text, min(missed, MISSED_MAX))


def redirect(address: str, room_id: str, ticket: str, text: str) -> wire.Redirect:
    """Return the last message to a player who goes on at another node."""
    return wire.Redirect(address, room_id, ticket, text)


def node_rows(own: Card, others: Iterable[Card]) -> tuple[wire.NodeRow, ...]:
    """Return how the nodes that are alive are told of, this one first."""
    told = [(own, True), *((card, False) for card in others)]
    return tuple(
        wire.NodeRow(card.node, card.address, here, card.draining, _load(card))
        for card, here in told
    )


def _load(card: Card) -> int:
    return max(0, min(1000, round(card.load * 1000 / LOAD_STEP) * LOAD_STEP))


def nodes(rows: tuple[wire.NodeRow, ...]) -> wire.Nodes:
    """Return all nodes that are alive."""
    return wire.Nodes(rows)


# Lobby and rooms


def lobby_state(lobby: Lobby, node: str) -> wire.LobbyState:
    """Return all rooms and people, those of this node first, as many as a message holds."""
    cards = [room_card(room) for room in lobby.rooms.values()]
    rows = [_room_row(node, card) for card in cards]
    rows += [_room_row(one.node, card) for one in lobby.elsewhere for card in one.rooms]
    people = [
        wire.PersonRow(one.player_id, one.name, one.room_id, one.rtt_ms)
        for one in lobby.sessions.values()
        if one.link_id is not None
    ]
    known = set(lobby.sessions)
    people += [
        wire.PersonRow(one.player_id, one.name, one.room_id, one.rtt_ms)
        for card in lobby.elsewhere
        for one in card.people
        if one.here and one.player_id not in known
    ]
    return wire.LobbyState(tuple(rows[:ROOMS_MAX]), tuple(people[:PEOPLE_MAX]))


def room_card(room: Room) -> RoomCard:
    """Return a room as lobbies show it, here and on other nodes."""
    return RoomCard(
        room_id=room.room_id,
        title=room.title,
        track=room.track,
        laps=room.laps,
        phase=int(room.phase),
        players=len(room.players),
        bots=room.bots,
        seats=len(room.seats),
        damage=room.damage,
        level=room.level,
        mode=int(room.mode),
    )


def people_cards(lobby: Lobby) -> tuple[PersonCard, ...]:
    """Return all people of this node, as other nodes need them."""
    return tuple(
        PersonCard(one.player_id, one.name, one.room_id, one.rtt_ms, one.link_id is not None)
        for one in lobby.sessions.values()
    )


def _room_row(node: str, card: RoomCard) -> wire.RoomRow:
    return wire.RoomRow(
        card.room_id, card.title, card.track, card.laps, card.phase, card.players, card.bots,
        card.seats, node, card.damage, card.level, card.mode,
    )  # fmt: skip


def room_state(room: Room, lobby: Lobby, now: float) -> wire.RoomState:
    """Return a room and its seats, with everyone's round-trip time."""
    seats = []
    for slot, seat in sorted(room.seats.items()):
        session = lobby.sessions.get(seat.player_id)
        rtt_ms = session.rtt_ms if session is not None else 0
        seats.append(
            wire.SeatRow(
                slot, seat.player_id, seat.name, int(seat.kind), seat.ready, slot, rtt_ms,
                int(seat.car_class),
            )
        )  # fmt: skip
    return wire.RoomState(
        room.room_id, room.title, room.track, room.laps, room.bots, int(room.phase),
        tuple(seats), room.epoch, room.damage, room.level, int(room.mode),
        min(STARTS_IN_MAX, math.ceil(room.starts_in_s(now))),
    )  # fmt: skip


# Chat


def chat_line(channel: Channel, line: Line) -> wire.ChatLine:
    """Return one new line."""
    return wire.ChatLine(
        int(channel), line.number, int(line.kind), line.author, line.text, line.sent_at
    )


def chat_history(channel: Channel, conversation: Conversation) -> wire.ChatHistory:
    """Return the newest lines of a channel."""
    return wire.ChatHistory(
        int(channel),
        tuple(
            wire.LineRow(line.number, int(line.kind), line.author, line.text, line.sent_at)
            for line in conversation.history
        ),
    )


# Races


def race_start(room: Room, live: LiveRace, slot: int | None) -> wire.RaceStart:
    """Return what a client needs to drive in, or watch, a race."""
    return wire.RaceStart(
        room_id=room.room_id,
        race_id=live.race_id,
        epoch=room.epoch,
        track=room.track,
        laps=room.laps,
        go_tick=live.race.go_tick,
        slot=wire.WATCHING if slot is None else slot,
        tick=live.race.tick,
        damage=live.race.damage,
        mode=int(not live.race.solid),
    )


def race_paused(room: Room, text: str) -> wire.RacePaused:
    """Return why a race stands still."""
    return wire.RacePaused(room.room_id, room.epoch, text[:200])


def waits_for_owner(room_id: str, epoch: int, text: str) -> wire.RacePaused:
    """Return that a room has no owner just now, and will have one."""
    return wire.RacePaused(room_id, epoch, text[:200])


def dismissed(room_id: str, text: str) -> wire.Dismissed:
    """Return that a player is in a room no longer."""
    return wire.Dismissed(room_id, text[:200])


def wishes_of(order: wire.Drive) -> CarInput:
    """Return the input in a message."""
    return _wishes(order.throttle, order.brake, order.steering, order.buttons)


@lru_cache(maxsize=WISHES_KEPT)
def _wishes(throttle: int, brake: int, steering: int, buttons: int) -> CarInput:
    return CarInput(
        throttle=throttle / 255,
        brake=brake / 255,
        steering=steering / 127,
        handbrake=buttons & HANDBRAKE > 0,
        engine=buttons & ENGINE > 0,
        respawn=buttons & RESPAWN > 0,
        nitro=buttons & NITRO > 0,
    )


def snapshot(room: Room, live: LiveRace) -> wire.Snapshot:
    """Return the state of a race, the same for everyone who sees it."""
    race = live.race
    return wire.Snapshot(
        room.epoch, race.tick, int(race.phase), race.go_tick, race.start_tick, shown_cars(live),
        race.canisters,
    )  # fmt: skip


def is_shown(event: RaceEvent) -> bool:
    """Whether an event is worth telling."""
    if event.kind in (EventKind.CONTACT, EventKind.WALL):
        return event.value >= SHOWN_IMPULSE_MIN
    return event.kind is not EventKind.GATE


def race_events(events: Iterable[RaceEvent], epoch: int) -> wire.RaceEvents:
    """Return what happened in one tick."""
    return wire.RaceEvents(
        tuple(wire.EventRow(int(one.kind), one.slot, one.tick, one.value) for one in events),
        epoch,
    )


def results(room: Room, live: LiveRace, saved: SavedState) -> wire.Results:
    """Return how a race ended."""
    rows = []
    for one in live.race.results():
        name, player_id, kind = live.entrants[one.slot]
        seat = room.seats.get(one.slot)
        if seat is not None and seat.player_id == player_id:
            kind = int(seat.kind)
        rows.append(
            wire.ResultRow(
                slot=one.slot,
                player_id=player_id,
                name=name,
                kind=kind,
                place=one.place,
                total_ms=to_ms(one.total_ticks),
                best_lap_ms=to_ms(one.best_lap_ticks),
                points=one.points,
            )
        )
    return wire.Results(room.room_id, live.race_id, tuple(rows), int(saved), room.epoch)


def record(room: Room, ended: wire.Results, finished_at: float) -> ResultRecord:
    """Return a result as the database keeps it."""
    return ResultRecord(
        race_id=ended.race_id,
        room_id=ended.room_id,
        title=room.title,
        track=room.track,
        laps=room.laps,
        finished_at=finished_at,
        rows=tuple(
            ResultLine(
                row.player_id, row.name, row.kind, row.place, row.total_ms, row.best_lap_ms,
                row.points,
            )
            for row in ended.rows
        ),
        mode=int(room.mode),
    )  # fmt: skip


def saved(race_id: str, epoch: int) -> wire.Saved:
    """Return the confirmation that a majority holds a result, told under this epoch."""
    return wire.Saved(race_id, epoch)


def leaderboard(track: str, laps: tuple[BestLap, ...] | None) -> wire.Leaderboard:
    """Return the best laps of a track, or that they cannot be had now."""
    rows = tuple(wire.LeaderRow(one.name, one.lap_ms, one.set_at) for one in laps or ())
    return wire.Leaderboard(track, rows, laps is not None)


def ghosts(
    track: str,
    digest: str,
    car_class: int,
    laps: Iterable[tuple[wire.GhostKind, GhostRecord]],
    saved: SavedState,
    *,
    available: bool = True,
) -> wire.Ghosts:
    """Return recorded laps of a track in a class of car."""
    rows = tuple(
        wire.GhostRow(int(kind), one.player_id, one.name, one.lap_ms, one.lap) for kind, one in laps
    )
    return wire.Ghosts(track, digest, car_class, rows, int(saved), available)


def profile(found: Profile, wall: float) -> wire.Profile:
    """Return what a player has done, told at a time of day."""
    days = max(0.0, wall - found.raced_at) / DAY_S if found.raced_at else 0.0
    return wire.Profile(found.races, found.wins, int(min(days, DAYS_MAX)))
