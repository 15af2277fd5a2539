"""Every screen in every situation, at many sizes of window: nothing breaks, all can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pygame
import pytest

from car import CarInput
from client_link import LinkKind, LinkStatus
from identity import Identity
from protocol import Saved, SavedState
from screens import theme
from screens.screen import Stage
from tests.scenes import SCENES
from tests.test_client_link import FakeDial
from tests.theatre import NAMES, Theatre, Written, noting

TINY = [(200, 100), (320, 240), (400, 700), (3000, 200)]
READABLE = [(800, 600), (1024, 768), (1280, 720), (1920, 1080)]
LOOKED_AT = [(size, 100) for size in READABLE]
LOOKED_AT += [((1280, 720), 85), ((1280, 720), 130), ((1920, 1080), 130)]
"""Sizes of the window, and of text in percent."""
CUT_MAX = 2
"""Smoothed edges may touch the rim."""
COVERS = {"lost", "phrases", "race menu", "servers", "server alone", "servers in race"}
"""Here a panel lies over other text on purpose."""


@pytest.fixture(scope="module", params=SCENES)
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Theatre]]:
    """Yield each screen by its name, on a stage."""
    theatre = Theatre(tmp_path_factory.mktemp("settings"))
    SCENES[request.param](theatre)
    yield request.param, theatre
    theatre.stage.hang_up()


def written(theatre: Theatre, size: tuple[int, int]) -> list[Written]:
    """Change the size of the window in mid-scene; return what is written then."""
    theatre.window = pygame.display.set_mode(size)
    theatre.play(2)
    # Panels that are kept as pictures shall write again.
    theatre.forget()
    with pytest.MonkeyPatch.context() as patch, noting(patch) as lines:
        theatre.play()
    return lines


def words(lines: list[Written]) -> str:
    """Return all that is written, as one text."""
    return " | ".join(line.string for line in lines)


@pytest.fixture(autouse=True)
def usual_text() -> Iterator[None]:
    """Let no other test see the size of text that one has chosen."""
    yield
    theme.set_text_size(100)


def test_screen_survives_any_window(scene: tuple[str, Theatre]) -> None:
    """However odd the window, something is drawn and nothing raises."""
    _, theatre = scene
    for size in TINY:
        written(theatre, size)
        seen = {theatre.window.get_at((x, size[1] // 2))[:3] for x in range(0, size[0], 7)}

        assert len(seen) > 1


def test_text_is_neither_cut_nor_covered(scene: tuple[str, Theatre]) -> None:
    """Each line lies within its surface, and on no other line, at every size of text."""
    name, theatre = scene
    for size, percent in LOOKED_AT:
        theme.set_text_size(percent)
        lines = written(theatre, size)

        assert lines
        for line in lines:
            room = line.surface.get_rect().inflate(2 * CUT_MAX, 2 * CUT_MAX)
            assert room.contains(line.ink), f"{line} is cut at {size}, {percent} %"
        if name not in COVERS:
            for one, other in combinations(lines, 2):
                meet = one.surface is other.surface and one.ink.colliderect(other.ink)
                assert not meet, f"{one} lies on {other} at {size}, {percent} %"
        for widget in theatre.screen.widgets:
            assert theatre.window.get_rect().contains(widget.rect), f"{widget.label} at {size}"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("saving", "saving..."),
        ("results", "saved"),
        ("not kept", "not kept: this server keeps nothing"),
        ("lost", "trying again"),
        ("offer", "Your seat is kept"),
        ("no leaderboard", "The database cannot be asked just now"),
        ("join refused", "99999"),
        ("waiting", "away, a bot drives"),
        ("waiting", "9999 ms"),
        ("racing", "away"),
    ],
)
def test_player_is_told(name: str, told: str, tmp_path: Path) -> None:
    """What a player must know stands on the screen, in words."""
    theatre = Theatre(tmp_path)
    SCENES[name](theatre)

    assert told in words(written(theatre, (1280, 720)))


@pytest.mark.parametrize("name", ["rooms", "racing"])
def test_round_trips_of_all_are_told(name: str, tmp_path: Path) -> None:
    """In the lobby and in the standings, sooner or later where there are many."""
    theatre = Theatre(tmp_path)
    SCENES[name](theatre)
    told = ""
    for _ in range(12):
        theatre.now += 3.0
        told += words(written(theatre, (1280, 720)))

    if name == "racing":
        assert told.count("999 ms") >= len(NAMES) - 3
        return
    for person in theatre.link.view.lobby.people:
        assert f"{person.rtt_ms} ms" in told
        assert person.name[:6] in told


def test_result_becomes_saved_while_it_is_read(tmp_path: Path) -> None:
    """The word changes when a majority has it, and not before."""
    theatre = Theatre(tmp_path)
    SCENES["saving"](theatre)
    before = words(written(theatre, (1280, 720)))
    theatre.hears(Saved("race", 1))
    after = words(written(theatre, (1280, 720)))

    assert "saving..." in before
    assert "saving..." not in after
    assert theatre.link.view.results is not None
    assert theatre.link.view.results.saved == SavedState.SAVED


def test_notices_do_not_cover_what_the_driver_must_know(tmp_path: Path) -> None:
    """Sentences of the race begin below those of the link, and each is read once."""
    theatre = Theatre(tmp_path)
    SCENES["racing"](theatre)
    theatre.remote.live.drivers[3].caretaker = True
    theatre.remote.step(CarInput())
    theatre.hears(theatre.snapshot())
    for _ in range(3):
        theatre.stage.toast("You are writing too fast: wait 1 s.")
    theatre.stage.toast("Resumed in Friday night: away for 9.7 s, lap 1 of 3, 0 gates lost.")
    lines = written(theatre, (1280, 720))
    told = [line for line in lines if "caretaker drives" in line.string.lower()]

    assert len(told) == 1
    assert words(lines).count("wait 1 s.") == 1
    assert all(
        line is told[0] or not line.rect.colliderect(told[0].rect)
        for line in lines
        if line.surface is theatre.window
    )


def test_folder_that_cannot_be_written_is_told_and_the_game_goes_on(tmp_path: Path) -> None:
    """Nothing is kept then, but who wants to drive does."""
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    theatre = Theatre(tmp_path / "file" / "settings")
    theatre.stage.identity = Identity(tmp_path / "file" / "settings", "Robin")
    theatre.go("join")
    theatre.press(pygame.K_RETURN)

    assert theatre.stage.link is not None
    assert "choose another --data folder" in words(written(theatre, (1280, 720)))
    theatre.stage.hang_up()


def test_name_that_is_taken_is_asked_again(tmp_path: Path) -> None:
    """The focus goes to what has to be changed."""
    theatre = Theatre(tmp_path)
    theatre.go("join")
    theatre.connect()
    theatre.status(LinkKind.REFUSED, 'The name "Mika" is taken here: choose another.')
    theatre.play()

    assert theatre.focused == "Name"
    assert theatre.stage.link is None


def test_who_finds_a_server_busy_may_wait_for_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The game offers to try again by itself, does so, and stops when it is told to."""
    monkeypatch.setattr(Stage, "dial", lambda stage, host, port: FakeDial(host, port))
    theatre = Theatre(tmp_path)
    busy = LinkStatus(LinkKind.REFUSED, "The server is busy.", no_room=True)

    def refused() -> str:
        theatre.link.status = busy
        theatre.play(2)
        assert theatre.stage.link is None
        return theatre.focused

    theatre.go("join")
    theatre.connect()
    offered = refused()
    theatre.press(pygame.K_RETURN)
    waiting = refused()
    theatre.now += 11.0
    theatre.play()
    asked = theatre.stage.link is not None
    refused()
    theatre.press(pygame.K_ESCAPE)
    theatre.now += 11.0
    theatre.play()

    assert (offered, waiting, asked) == ("KEEP TRYING", "TRY NOW", True)
    assert theatre.stage.link is None
    assert theatre.screen.name == "join"
