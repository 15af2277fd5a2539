"""The panel of the servers: what it asks, shows and orders, and whose keys are whose."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pygame
import pytest

from client_link import LinkKind
from protocol import AskCluster, ClusterState, LeaveRoom, Message, OrderFault, Welcome
from screens.cluster_panel import ALONE, ASK_EVERY_S, BLIND, UNWILLING, ClusterPanel
from tests.cluster_rows import NAME, cluster_news
from tests.scenes import SCENES
from tests.theatre import ME, ROOM_TITLE, TOKEN, Theatre, Written, noting

HANDS = {
    "keyboard": (pygame.K_DOWN, pygame.K_LEFT, pygame.K_RETURN),
    "gamepad": (
        pygame.CONTROLLER_BUTTON_DPAD_DOWN,
        pygame.CONTROLLER_BUTTON_DPAD_LEFT,
        pygame.CONTROLLER_BUTTON_A,
    ),
}
SIZES = [(800, 600), (1024, 768), (1280, 720), (1920, 1080)]


def opened(folder: Path, scene: str = "some rooms") -> Theatre:
    """Return a theatre in some scene, with the panel open."""
    theatre = Theatre(folder)
    SCENES[scene](theatre)
    if not panel(theatre).open:
        theatre.press(pygame.K_F9)
    return theatre


def panel(theatre: Theatre) -> ClusterPanel:
    """Return the panel of the link."""
    assert theatre.stage.panel is not None
    return theatre.stage.panel


def said(theatre: Theatre, kind: type[Message]) -> list[Message]:
    """Return what the client said of one kind."""
    return [one for one in theatre.dial.sent if isinstance(one, kind)]


def drawn(theatre: Theatre, size: tuple[int, int] = (1280, 720)) -> list[Written]:
    """Return what the panel writes, on a window of its own."""
    theatre.window = pygame.display.set_mode(size)
    theatre.play(2)
    with pytest.MonkeyPatch.context() as patch, noting(patch) as lines:
        panel(theatre).draw(theatre.window, theatre.screen, theatre.now)
    return lines


def words(theatre: Theatre) -> str:
    """Return all that the panel writes, as one text."""
    return " | ".join(line.string for line in drawn(theatre))


@pytest.mark.parametrize("size", SIZES)
def test_panel_can_be_read(size: tuple[int, int], tmp_path: Path) -> None:
    """With the longest names nothing is cut, and nothing lies on anything."""
    theatre = opened(tmp_path, "servers")
    lines = drawn(theatre, size)

    assert lines
    for line in lines:
        assert theatre.window.get_rect().contains(line.ink), f"{line} is cut"
    for one, other in combinations(lines, 2):
        assert not one.ink.colliderect(other.ink), f"{one} lies on {other}"


@pytest.mark.parametrize("scene", ["some rooms", "waiting", "racing", "watching", "results"])
def test_f9_opens_and_closes_it_wherever_the_player_is_on_line(scene: str, tmp_path: Path) -> None:
    """A key that is held down, and so repeats, does it once; Escape closes it and no more."""
    theatre = opened(tmp_path, scene)
    showing = theatre.screen.name
    held = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_F9, mod=0, scancode=66, unicode="")
    theatre.screen.handle(held)
    theatre.screen.handle(held)
    assert not panel(theatre).open
    theatre.screen.handle(pygame.event.Event(pygame.KEYUP, key=pygame.K_F9, mod=0, scancode=66))
    theatre.push(pygame.CONTROLLER_BUTTON_RIGHTSTICK)
    assert panel(theatre).open
    theatre.press(pygame.K_ESCAPE)

    assert not panel(theatre).open
    assert theatre.screen.name == showing
    assert not said(theatre, LeaveRoom)


def test_it_asks_once_a_second_while_it_is_open(tmp_path: Path) -> None:
    """And not at all when it is closed."""
    theatre = opened(tmp_path)
    before = len(said(theatre, AskCluster))
    theatre.now += ASK_EVERY_S
    theatre.play()
    assert len(said(theatre, AskCluster)) == before + 1
    panel(theatre).update(theatre.now)
    theatre.press(pygame.K_F9)
    theatre.now += ASK_EVERY_S
    theatre.play()

    assert len(said(theatre, AskCluster)) == before + 1


def test_it_stays_open_when_the_screen_changes(tmp_path: Path) -> None:
    """A race that starts, ends or moves does not close it; the end of the link does."""
    theatre = opened(tmp_path)
    theatre.race(1.0)
    theatre.play(3)
    assert theatre.screen.name == "racing"
    assert panel(theatre).open
    theatre.stage.go("menu")

    assert theatre.stage.panel is None


def test_buttons_order_faults_of_those_that_take_them(tmp_path: Path) -> None:
    """Neither the silent one nor the unwilling one has any."""
    theatre = opened(tmp_path)
    theatre.hears(cluster_news(ROOM_TITLE, 4))
    theatre.play(2)
    buttons = [one for one in theatre.screen.widgets if one.label == "CUT"]
    at = buttons[1].rect.center
    theatre.screen.handle(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=at, button=1))

    assert len(buttons) == 2
    assert said(theatre, OrderFault) == [OrderFault(NAME.format(2), "cut", 10, 150)]


@pytest.mark.parametrize("device", ["keyboard", "gamepad"])
def test_all_buttons_can_be_reached_by_hand(device: str, tmp_path: Path) -> None:
    """From CLOSE, which has the focus first, to the last server of a long list."""
    theatre = opened(tmp_path, "servers")
    hand = theatre.press if device == "keyboard" else theatre.push
    down, left, press = HANDS[device]
    current = theatre.screen.widgets[0]
    assert current.focused
    assert current.label == "CLOSE"
    for step in [down] * 12 + [left] * 2 + [press]:
        hand(step)

    assert said(theatre, OrderFault) == [OrderFault(NAME.format(8), "kill", 10, 150)]


def test_enter_right_after_opening_harms_nobody(tmp_path: Path) -> None:
    """Whoever meant to chat closes the panel instead."""
    theatre = opened(tmp_path, "servers in race")
    theatre.press(pygame.K_RETURN)

    assert not panel(theatre).open
    assert not said(theatre, OrderFault)


def test_driver_goes_on_driving_below_it(tmp_path: Path) -> None:
    """The wheel keeps its keys, arrows too; Tab and Enter are the panel's, and chat waits."""
    theatre = opened(tmp_path, "servers in race")
    theatre.screen.handle(
        pygame.event.Event(
            pygame.KEYDOWN, key=pygame.K_UP, mod=0, scancode=pygame.KSCAN_UP, unicode=""
        )
    )
    theatre.press(pygame.K_TAB)
    theatre.press(pygame.K_t, scancode=pygame.KSCAN_T)

    assert theatre.screen.wishes().throttle == 1.0
    assert theatre.screen.widgets[1].focused
    assert theatre.stage.chat is not None
    assert not theatre.stage.chat.open


def test_stick_steers_and_moves_no_focus_at_the_wheel(tmp_path: Path) -> None:
    """Its push counts as the cross in menus only."""
    theatre = opened(tmp_path, "servers in race")
    push = pygame.event.Event(
        pygame.CONTROLLERBUTTONDOWN, button=pygame.CONTROLLER_BUTTON_DPAD_DOWN, stick=True
    )
    theatre.screen.handle(push)

    assert theatre.screen.widgets[0].focused


def test_who_watches_chooses_in_the_panel_by_arrows(tmp_path: Path) -> None:
    """They do not look at another car meanwhile."""
    theatre = opened(tmp_path, "watching")
    theatre.hears(cluster_news(ROOM_TITLE, 3))
    theatre.play(2)
    before = theatre.screen.state()["follow"]
    theatre.press(pygame.K_DOWN)
    theatre.press(pygame.K_RIGHT)

    assert theatre.screen.state()["follow"] == before
    assert not theatre.screen.widgets[0].focused


def test_open_chat_makes_room_and_keeps_its_line(tmp_path: Path) -> None:
    """Half a line is there again when the chat is opened the next time."""
    theatre = Theatre(tmp_path)
    SCENES["race chat"](theatre)
    assert theatre.stage.chat is not None
    draft = theatre.stage.chat.entry.text
    theatre.press(pygame.K_F9)

    assert not theatre.stage.chat.open
    assert panel(theatre).open
    assert draft
    assert theatre.stage.chat.entry.text == draft


def test_recoveries_are_told_with_their_steps(tmp_path: Path) -> None:
    """Who took over from whom, what took how long, and how long ago."""
    theatre = opened(tmp_path, "servers")
    told = words(theatre)

    for word in (f"{NAME.format(0)} took over from {NAME.format(1)}", "noticed 1.65",
                 "lease taken 1.71", "restored 1.74", "first snapshot 2.39", "driving 5.40",
                 "stood still for 5.4 s,  4 s ago", "A closed room", "nobody came back",
                 "60 min ago"):  # fmt: skip
        assert word in told


def test_servers_are_told_in_words(tmp_path: Path) -> None:
    """How each is, which one is ours, and which one has our race."""
    theatre = opened(tmp_path, "servers")
    theatre.hears(Welcome(2, ME, TOKEN, NAME.format(0), 60, "", "", 0, 0.0, ()))
    told = words(theatre)

    for word in ("alive", "silent for 45 s", "hands over", "takes no faults", "YOU", "YOUR RACE",
                 "64 rooms, 512 cars", "100% busy", "1-4 of 9"):  # fmt: skip
        assert word in told


@pytest.mark.parametrize(
    ("nodes", "state", "faults", "sentence"),
    [
        (1, ClusterState.ALONE, False, ALONE),
        (3, ClusterState.BLIND, False, BLIND),
        (3, ClusterState.KNOWN, False, UNWILLING),
        (3, ClusterState.KNOWN, True, "2 servers run this game."),
    ],
)
def test_one_sentence_says_what_matters(
    nodes: int, state: ClusterState, faults: bool, sentence: str, tmp_path: Path
) -> None:
    """Alone, blind, or nobody to harm: it stands at the top."""
    theatre = opened(tmp_path)
    theatre.hears(cluster_news(ROOM_TITLE, nodes, int(state), faults=faults))

    assert sentence in words(theatre)


def test_silent_owner_is_the_news(tmp_path: Path) -> None:
    """Before anybody has taken the race over; without a link that is not known."""
    theatre = opened(tmp_path)
    theatre.hears(replace(cluster_news(ROOM_TITLE, 3), owner=NAME.format(1)))
    assert "another server takes your race over" in words(theatre)
    theatre.status(LinkKind.RECONNECTING, "Lost node-1; trying node-2 now (attempt 1)")

    told = words(theatre)
    assert "this is how it was" in told
    assert "not known" in told
    assert [one.label for one in theatre.screen.widgets] == ["CLOSE"]
