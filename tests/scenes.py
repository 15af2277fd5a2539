"""The situations that a player can be in, each on a stage of its own.

Every scene is as full as it can be; `SCENES` has them by name.

Units: pixels, seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pygame

from client_link import LinkKind
from protocol import (
    GhostKind,
    NoticeKind,
    RacePaused,
    SavedState,
)
from tests.cluster_rows import cluster_news
from tests.ghost_rows import row, told
from tests.theatre import NAMES, ROOM_TITLE, Theatre

Scene = Callable[[Theatre], None]


def _rooms(theatre: Theatre, rooms: int = 8) -> None:
    theatre.connect()
    theatre.lobby(rooms)
    theatre.go("rooms")


def _nodes(theatre: Theatre) -> None:
    theatre.connect()
    theatre.nodes()
    theatre.lobby(5)
    theatre.go("rooms")


def _servers(theatre: Theatre) -> None:
    _rooms(theatre)
    theatre.hears(cluster_news(ROOM_TITLE))
    theatre.press(pygame.K_F9)


def _server_alone(theatre: Theatre) -> None:
    theatre.connect()
    theatre.seats()
    theatre.hears(cluster_news(ROOM_TITLE, 1, 2, faults=False))
    theatre.go("waiting")
    theatre.press(pygame.K_F9)


def _servers_in_race(theatre: Theatre) -> None:
    _racing(theatre)
    theatre.hears(cluster_news(ROOM_TITLE, 3))
    theatre.press(pygame.K_F9)


def _offer(theatre: Theatre) -> None:
    theatre.connect(seat=True)
    theatre.lobby()
    theatre.go("rooms")


def _waiting(theatre: Theatre) -> None:
    theatre.connect()
    theatre.seats()
    theatre.go("waiting")
    theatre.play(3)


def _racing(theatre: Theatre) -> None:
    theatre.connect()
    theatre.race()
    theatre.go("racing")


def _racing_calmly(theatre: Theatre) -> None:
    have = theatre.stage.preferences
    have.reduced_motion = have.safe_colours = True
    _racing(theatre)


def _watching(theatre: Theatre) -> None:
    theatre.connect()
    theatre.race(slot=255)
    theatre.go("racing")


def _watching_the_wait(theatre: Theatre) -> None:
    theatre.connect()
    theatre.seats(mine=False)
    theatre.go("waiting")
    theatre.play(3)


def _held(theatre: Theatre) -> None:
    _racing(theatre)
    theatre.hears(RacePaused("room", 1, "The database does not answer; the race waits."))
    theatre.play()


def _moving(theatre: Theatre) -> None:
    _rooms(theatre)
    theatre.status(LinkKind.MOVING, "This room is on node-2.")
    theatre.play()


def _race_menu(theatre: Theatre) -> None:
    _racing(theatre)
    theatre.press(pygame.K_ESCAPE)


def _race_chat(theatre: Theatre) -> None:
    _racing(theatre)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)
    theatre.type("half a line that is longer than the entry of the box can show at once, Иван 張")


def _phrases(theatre: Theatre) -> None:
    _waiting(theatre)
    theatre.push(pygame.CONTROLLER_BUTTON_BACK)


def _results(theatre: Theatre, saved: SavedState = SavedState.SAVED) -> None:
    theatre.connect()
    theatre.seats(phase=2)
    theatre.results(saved)
    theatre.go("results")


def _leaders(theatre: Theatre) -> None:
    theatre.connect()
    theatre.go("leaderboard")
    theatre.leaders()
    theatre.play()


def _trial(theatre: Theatre) -> None:
    theatre.connect()
    theatre.go("trial")
    record = row(GhostKind.RECORD, "b" * 12, NAMES[6], 2_000)
    theatre.hears(told(row(GhostKind.OWN), record))
    theatre.play(2)


def _no_leaders(theatre: Theatre) -> None:
    theatre.connect()
    theatre.go("leaderboard")
    theatre.leaders(0, False)
    theatre.play()


def _menu(theatre: Theatre) -> None:

    have = theatre.stage.preferences
    have.seat_title, have.seat_at = ROOM_TITLE, time.time()
    theatre.go("menu")


def _refused(theatre: Theatre) -> None:
    theatre.go("join")
    theatre.screen._where.replace("nowhere:99999")  # type: ignore[attr-defined]
    theatre.press(pygame.K_RETURN)
    theatre.play()


def _page(theatre: Theatre, number: int) -> None:
    theatre.go("settings")
    for _ in range(number):
        theatre.press(pygame.K_PAGEDOWN)


def _lost(theatre: Theatre) -> None:
    _racing(theatre)
    text = "Lost the server; trying again in 5 s (attempt 12)"
    theatre.status(LinkKind.RECONNECTING, text)
    theatre.dial.connected = False
    for number in range(3):
        theatre.stage.toast("identity.json was damaged (what was read is no JSON at all); it was "
                            f"moved to identity.damaged-{number}, and you are new here.",
                            NoticeKind.WARNING)  # fmt: skip
    theatre.play()


SCENES: dict[str, Scene] = {
    "menu": _menu,
    "join": lambda theatre: theatre.go("join"),
    "join refused": _refused,
    "practice": lambda theatre: theatre.go("practice"),
    "settings": lambda theatre: theatre.go("settings"),
    "sound": lambda theatre: _page(theatre, 1),
    "picture": lambda theatre: _page(theatre, 2),
    "keys": lambda theatre: _page(theatre, 3),
    "rooms": _rooms,
    "some rooms": lambda theatre: _rooms(theatre, 3),
    "no rooms": lambda theatre: _rooms(theatre, 0),
    "offer": _offer,
    "servers": _servers,
    "server alone": _server_alone,
    "servers in race": _servers_in_race,
    "waiting": _waiting,
    "racing": _racing,
    "watching": _watching,
    "watching the wait": _watching_the_wait,
    "held": _held,
    "moving": _moving,
    "nodes": _nodes,
    "racing calmly": _racing_calmly,
    "race menu": _race_menu,
    "race chat": _race_chat,
    "phrases": _phrases,
    "lost": _lost,
    "saving": lambda theatre: _results(theatre, SavedState.SAVING),
    "results": _results,
    "not kept": lambda theatre: _results(theatre, SavedState.NOT_KEPT),
    "trial": _trial,
    "leaderboard": _leaders,
    "no leaderboard": _no_leaders,
}
