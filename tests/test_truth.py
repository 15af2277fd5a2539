"""The truth overlay: what it says, where it stands, and what it counts."""

from __future__ import annotations

import pygame
import pytest

from car import CarInput
from protocol import Results, Saved, SavedState
from race_state import RaceView
from readings import Traffic
from screens import theme
from screens.racing import Racing
from screens.truth import Truth, head_of, lines_of
from tests.remote_race import RemoteRace
from tests.test_view import welcomed
from tests.theatre import Theatre, noting
from view import View

F3 = {"key": pygame.K_F3, "scancode": pygame.KSCAN_F3}


def raced() -> tuple[View, RaceView, float]:
    """Return the view of a race that a client 50 ms away has driven, and when it is."""
    there = RemoteRace(0.05, 2)
    view, race, traffic = welcomed(), there.view, Traffic()
    view.race, view.rtt_s = race, 0.1
    seen = [-1]

    def look() -> None:
        mine = race.mine
        if mine is not None and race.tick != seen[-1]:
            seen.append(race.tick)
            view.readings.shown(there.now, acked=mine.acked_sequence, lead=mine.input_lead)
            view.readings.compared(there.now, 0.02)
            traffic.down += 500
            traffic.down_parts += 1
        view.readings.carried(traffic, there.now)

    there.run(420, watch=look)
    return view, race, there.now


def said(view: View, race: RaceView, now: float) -> dict[str, tuple[str, str]]:
    """Return what the lines say, by name."""
    lines = lines_of(view, race, now, (1 / 60, 0.006), 0)
    return {line.name: (line.value, line.note) for line in lines}


def test_lines_say_what_was_measured() -> None:
    """Each figure stands beside its name, in words that a player reads."""
    view, race, now = raced()
    lines = said(view, race, now)

    assert lines["ROUND TRIP"][0] == "100 ms"
    assert lines["SNAPSHOTS"][0] == "30 /s"
    assert lines["CORRECTED"] == ("2.0 cm", "p99 2 cm")
    assert lines["DOWN"] == ("15.0 kB/s", "~ 132 kbit/s")
    assert lines["PICTURE"] == ("16.7 ms", "6.0 of work")
    assert 0.0 < float(lines["INPUTS EARLY"][0].split()[0]) < 8.0
    assert 1.0 <= float(lines["OTHERS SHOWN"][1].split()[0]) <= 5.0


def test_time_to_saved_is_told_when_there_is_one() -> None:
    """Before a result, while it is on its way, and when a majority holds it."""
    view, race, now = raced()
    before = said(view, race, now)["SAVED"]
    view.receive(Results("room", "race", (), int(SavedState.SAVING)), now)
    waiting = said(view, race, now + 2.0)["SAVED"]
    view.receive(Saved("race"), now + 0.25)

    assert before == ("-", "no result yet")
    assert waiting == ("2.0 s", "waiting")
    assert said(view, race, now)["SAVED"] == ("250 ms", "after the result")


def test_spectator_is_told_of_no_inputs() -> None:
    """Who watches has no car that could be corrected."""
    view, race, now = raced()
    race.slot = 255

    assert said(view, race, now)["INPUTS EARLY"] == ("-", "no car")


def test_what_is_wrong_stands_out() -> None:
    """Late inputs, warps and a simulated link are seen at once."""
    view, race, now = raced()
    view.readings.shown(now, acked=10_000, lead=-3)
    view.readings.compared(now, 0.6)
    lines = {one.name: one for one in lines_of(view, race, now, (0.05, 0.04), 2, "100ms,20ms,1%")}

    assert lines["INPUTS EARLY"].tone == lines["PICTURE"].tone == theme.WARN
    assert lines["WARPS"].tone == theme.BAD
    assert lines["SIMULATED"].value == "100ms,20ms,1%"


def test_head_says_whose_word_it_is() -> None:
    """Node, epoch and tick: of whom the newest snapshot came."""
    view, race, _ = raced()

    assert head_of(view, race) == f"node  epoch 1  tick {race.tick}"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """Return a race on a stage, one for all: each test says what it wants of it."""
    one = Theatre(tmp_path_factory.mktemp("truth"))
    one.connect()
    one.race(2.0)
    one.go("racing")
    return one


def test_one_key_shows_the_truth_and_hides_it(theatre: Theatre) -> None:
    """It stays for the next race, and the same key takes it away."""
    theatre.stage.truth = False
    theatre.press(**F3)
    shown = theatre.stage.truth
    theatre.go("racing")
    kept = theatre.stage.truth
    theatre.press(**F3)

    assert (shown, kept, theatre.stage.truth) == (True, True, False)


@pytest.mark.parametrize("size", [(1280, 720), (800, 600), (1920, 1080)])
@pytest.mark.parametrize("percent", [100, 130])
def test_figures_are_read_beside_the_instruments(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], percent: int
) -> None:
    """The panel lies over no instrument, in the window, in letters of a size to be read."""
    theme.set_text_size(percent)
    theatre.window = pygame.display.set_mode(size)
    theatre.stage.simulated = "100ms,20ms,1%"
    theatre.stage.truth = True
    theatre.play()
    theatre.forget()
    screen = theatre.screen
    assert isinstance(screen, Racing)
    screen._truth = Truth()
    with noting(monkeypatch) as lines:
        theatre.play(2)
    theme.set_text_size(100)
    *others, panel = screen.scene.hud.covered
    shown = {one.string: one.rect for one in lines}

    assert panel.height > 0
    assert theatre.window.get_rect().contains(panel)
    assert not any(panel.colliderect(one) for one in others if one.width and one.height)
    assert {"TRUTH", "ROUND TRIP", "SIMULATED", "100ms,20ms,1%"} <= shown.keys()
    assert shown["ROUND TRIP"].height >= 9


def test_outlines_stand_where_the_server_has_the_cars(theatre: Theatre) -> None:
    """They are drawn at the places of the newest snapshot, not at those shown."""
    theatre.link.update(theatre.now, CarInput())
    race, screen = theatre.link.view.race, theatre.screen
    assert race is not None
    assert isinstance(screen, Racing)
    frame = screen.scene._camera.frame()
    surface = pygame.Surface(frame.size)
    screen._draw_outlines(surface, frame)
    mine = race.mine
    assert mine is not None
    x, y = map(round, frame.at(mine.car.x, mine.car.y))
    near = surface.subsurface(pygame.Rect(x - 60, y - 60, 120, 120).clip(surface.get_rect()))

    assert pygame.mask.from_threshold(near, "white", (60, 60, 60, 255)).count() > 60
