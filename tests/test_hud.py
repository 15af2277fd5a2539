"""The instruments of a race, and the race as a picture."""

from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest

from benchmarks.staging import StagedRace
from milestones import FINISH_CORRECTED, LAP_CORRECTED, NOT_OVER_LINE
from protocol import CarFlag
from race import EventKind
from race_state import TRIAL
from screens import theme
from screens.hud import Hud, chat_rect
from screens.lamps import LAMPS, lit_lamps

SIZES = [(640, 480), (800, 600), (1280, 720), (1920, 1080), (400, 700)]


@pytest.fixture(scope="module")
def staged() -> Iterator[StagedRace]:
    """Yield a race that is under way."""
    pygame.font.init()
    race = StagedRace("harbour")
    race.step(6 * 60)
    yield race
    theme.forget()


def drawn(hud: Hud, staged: StagedRace, size: tuple[int, int], banner: str = "") -> pygame.Surface:
    """Return the instruments over plain green."""
    surface = pygame.Surface(size)
    surface.fill("#5f983d")
    hud.draw(
        surface, staged.view, staged.view.cars(0), staged.names, staged.rtts, staged.now,
        calm=True, banner=banner,
    )  # fmt: skip
    return surface


def same(a: pygame.Surface, b: pygame.Surface, area: pygame.Rect) -> bool:
    """Whether two pictures agree in an area."""
    first, second = (pygame.image.tobytes(one.subsurface(area), "RGB") for one in (a, b))
    return first == second


@pytest.mark.parametrize("size", SIZES)
def test_middle_of_the_picture_stays_free(staged: StagedRace, size: tuple[int, int]) -> None:
    """Whatever the window, the road ahead is not covered."""
    middle = pygame.Rect(0, 0, size[0] // 4, size[1] // 5)
    middle.center = size[0] // 2, size[1] // 2
    plain = pygame.Surface(size)
    plain.fill("#5f983d")

    assert same(drawn(Hud(staged.view.track), staged, size), plain, middle)


@pytest.mark.parametrize("size", SIZES)
def test_corner_of_the_chat_stays_free(staged: StagedRace, size: tuple[int, int]) -> None:
    """The chat box has its place to itself."""
    area = chat_rect(size)
    plain = pygame.Surface(size)
    plain.fill("#5f983d")

    assert plain.get_rect().contains(area)
    assert same(drawn(Hud(staged.view.track), staged, size), plain, area)


@pytest.mark.parametrize(
    ("flag", "place"),
    [
        (CarFlag.WRONG_WAY, (600, 170, 80, 40)),
        (CarFlag.MISSED_GATE, (500, 80, 280, 34)),
        (CarFlag.CARETAKER, (600, 78, 80, 34)),
    ],
    ids=lambda value: value.name if isinstance(value, CarFlag) else None,
)
def test_flag_of_the_own_car_is_told_while_it_is_up(
    staged: StagedRace, flag: CarFlag, place: tuple[int, int, int, int]
) -> None:
    """The sign of a wrong way, the sentences of a missed gate and of the caretaker."""
    hud, size, area = Hud(staged.view.track), (1280, 720), pygame.Rect(place)
    calm = drawn(hud, staged, size)
    staged.flags[0] = flag
    staged.step()
    told = drawn(hud, staged, size)
    staged.flags.clear()
    staged.step()
    mended = drawn(hud, staged, size)

    assert not same(calm, told, area)
    assert same(calm, mended, area)


def test_banner_is_shown(staged: StagedRace) -> None:
    """A sentence such as saving... is there to be read."""
    hud, size = Hud(staged.view.track), (1280, 720)
    place = pygame.Rect(600, 78, 80, 34)

    assert not same(drawn(hud, staged, size), drawn(hud, staged, size, "saving…"), place)


def test_message_leaves_after_its_time(staged: StagedRace) -> None:
    """News do not stay."""
    hud, size = Hud(staged.view.track), (1280, 720)
    place = pygame.Rect(600, 78, 80, 34)
    before = drawn(hud, staged, size)
    hud.say("FINAL LAP", staged.now)
    assert not same(before, drawn(hud, staged, size), place)

    hud = Hud(staged.view.track)
    hud.say("FINAL LAP", staged.now - 10)
    assert same(before, drawn(hud, staged, size), place)


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_event_can_be_told(staged: StagedRace, kind: EventKind) -> None:
    """No event, own or another's, upsets the instruments."""
    hud = Hud(staged.view.track)
    for slot in (0, 5):
        hud.note(staged.view, int(kind), slot, 300, staged.names, staged.now)
    drawn(hud, staged, (1280, 720))


@pytest.mark.parametrize("kind", [LAP_CORRECTED, FINISH_CORRECTED, NOT_OVER_LINE])
def test_nothing_is_taken_back_without_a_word(staged: StagedRace, kind: int) -> None:
    """A time that was told too early is corrected where it was told."""
    size, place = (1280, 720), pygame.Rect(560, 78, 160, 34)
    before, hud = drawn(Hud(staged.view.track), staged, size), Hud(staged.view.track)
    hud.note(staged.view, kind, 0, 300, staged.names, staged.now)

    assert not same(before, drawn(hud, staged, size), place)


def test_laps_of_a_trial_are_not_counted_down(staged: StagedRace) -> None:
    """Alone against the clock it is lap 1, not the first of so many."""
    size, place = (1280, 720), pygame.Rect(190, 40, 50, 50)
    race = drawn(Hud(staged.view.track), staged, size)
    staged.view.mode = TRIAL
    trial = drawn(Hud(staged.view.track), staged, size)
    staged.view.laps = 20
    long = drawn(Hud(staged.view.track), staged, size)
    staged.view.mode, staged.view.laps = 0, 3

    assert not same(race, trial, place)
    assert same(trial, long, place)


def test_own_best_lap_of_a_trial_is_no_fastest_of_all(staged: StagedRace) -> None:
    """Alone against the clock the best so far says nothing of the record; in a race it does."""
    size, place = (1280, 720), pygame.Rect(560, 78, 160, 34)
    before = drawn(Hud(staged.view.track), staged, size)
    told = {}
    for mode in (0, TRIAL):
        hud = Hud(staged.view.track)
        staged.view.mode = mode
        hud.note(staged.view, EventKind.BEST_LAP, 0, 300, staged.names, staged.now)
        staged.view.mode = 0
        told[mode] = not same(before, drawn(hud, staged, size), place)

    assert told == {0: True, TRIAL: False}


def test_watcher_sees_the_order(staged: StagedRace) -> None:
    """Who has no car gets no dial, and no error."""
    staged.view.slot = 255
    staged.step()
    surface = drawn(Hud(staged.view.track), staged, (1280, 720))
    staged.view.slot = 0
    staged.step()

    assert surface.get_at((1280 - 14 - 75, 720 - 14 - 75))[:3] == (0x5F, 0x98, 0x3D)


@pytest.mark.parametrize(
    ("to_go", "lit"), [(5.0, 0), (4.0, 1), (3.5, 1), (3.0, 2), (1.5, 3), (1.0, 4), (0.1, 4), (0, 0)]
)
def test_lamps_light_one_a_second(to_go: float, lit: int) -> None:
    """The last lamp lights a second before GO."""
    assert lit_lamps(to_go) == lit <= LAMPS


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "-:--.---"), (0.0, "0:00.000"), (34.8129, "0:34.812"), (59.9999, "0:59.999"),
     (61.05, "1:01.050"), (600.0, "10:00.000")],
)  # fmt: skip
def test_times_are_cut_not_rounded(seconds: float | None, shown: str) -> None:
    """A clock shows no moment that has not come."""
    assert theme.format_time(seconds) == shown


def test_long_name_is_shortened() -> None:
    """A name of any length keeps to its column."""
    short = theme.shortened("An_extraordinarily_long_name", 17, 90)

    assert short.endswith("…")
    assert theme.text_width(short, 17) <= 90
