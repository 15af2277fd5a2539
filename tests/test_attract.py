"""The race behind the menus: it comes late, goes on, stands still, and never stops a menu."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pygame
import pytest

from errors import BadFile
from exhibition import Exhibition
from screens import attract
from screens.attract import Attract
from tests.waiting import wait_until
from track import track_of

SIZE = (640, 360)
TRACK = "meadow"


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> pygame.Surface:
    """Return a window, and let the race begin on the grid."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    monkeypatch.setattr(attract, "RUN_UP_TICKS", -10_000)
    monkeypatch.setattr(attract, "_baked", lambda number: TRACK)
    return pygame.display.set_mode(SIZE)


class Menu:
    """Frames of a menu, a sixtieth of a second each."""

    def __init__(self, window: pygame.Surface, *, calm: bool = False) -> None:
        self.attract = Attract(calm=calm)
        self._window, self._calm = window, calm
        self._now = 0.0

    def frame(self, *, wanted: bool = True) -> bytes:
        """Show a frame; return its pixels."""
        self._now += 1 / 60
        self.attract.update(self._now, SIZE, wanted=wanted, safe=False, calm=self._calm)
        self.attract.draw(self._window)
        return pygame.image.tobytes(self._window, "RGB")

    def is_live(self) -> bool:
        """Show a frame; return whether the race is on show."""
        self.frame()
        return self.attract.exhibition is not None


@pytest.fixture
def menu(window: pygame.Surface) -> Iterator[Menu]:
    """Yield a menu whose race is on show."""
    made = Menu(window)
    wait_until(made.is_live, "show the race", 120.0)
    yield made
    made.attract.close()


def test_still_serves_first_and_the_race_goes_on(menu: Menu) -> None:
    """The first picture is there at once; later ones move, and cars with them."""
    race = menu.attract.exhibition
    assert race is not None
    still = menu.frame()
    tick = race.tick
    seen = {menu.frame() for _ in range(80)}

    assert race.tick > tick + 70
    assert len(seen) > 20
    assert still not in seen


def test_race_is_let_go_where_it_is_not_wanted(menu: Menu) -> None:
    """While a real race is on there is no other; the last picture stays for afterwards."""
    for _ in range(60):
        last = menu.frame()
    seen = menu.frame(wanted=False)

    assert menu.attract.exhibition is None
    assert seen == last


def test_nobody_waits_for_a_race_that_is_not_wanted_any_more(window: pygame.Surface) -> None:
    """A real race begins at once; the game waits only when it ends."""
    menu = Menu(window)
    menu.frame()
    busy = menu.attract.busy
    menu.frame(wanted=False)

    assert busy
    assert not menu.attract.busy
    menu.attract.close()
    assert menu.attract.exhibition is None


def test_reduced_motion_stands_still(window: pygame.Surface) -> None:
    """One picture of a race, and no more."""
    menu = Menu(window, calm=True)
    wait_until(menu.is_live, "show the race", 120.0)
    for _ in range(60):
        menu.frame()
    seen = {menu.frame() for _ in range(10)}

    assert len(seen) == 1
    menu.attract.close()


def test_race_that_cannot_be_loaded_leaves_the_still(
    window: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A menu needs no race to be used."""

    def broken(name: str) -> None:
        raise BadFile(name, "is missing", "install the game again")

    monkeypatch.setattr(attract, "track_of", broken)
    menu = Menu(window)
    first = menu.frame()
    wait_until(lambda: menu.frame() and menu.attract.warm and not menu.attract.busy, "give up")
    seen = {menu.frame() for _ in range(5)}

    assert seen == {first}
    assert menu.attract.exhibition is None


def test_fault_of_ours_is_not_hidden(
    window: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what may happen to files is forgiven."""

    def wrong(name: str) -> None:
        raise ZeroDivisionError(name)

    monkeypatch.setattr(attract, "track_of", wrong)
    menu = Menu(window)

    with pytest.raises(ZeroDivisionError):
        wait_until(menu.is_live, "show the race")


def test_exhibition_is_a_race() -> None:
    """Bots leave the grid, the view sees them, and each has a name of its own."""
    race = Exhibition(track_of(TRACK), seed=3)
    start = [(one.car.x, one.car.y) for one in race.view.cars(race.now)]
    for _ in range(race.go_tick + 300):
        race.step()
    cars = race.view.cars(race.now)

    assert not start
    assert all(one.car.speed > 5.0 for one in cars)
    assert len({race.name_of(one.slot) for one in cars}) == len(cars) > 3
    assert race.view.watching
