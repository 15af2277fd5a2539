"""What driving raises and leaves, and what lies on the track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from benchmarks.staging import StagedRace
from car import Car, Surface
from protocol import CarFlag
from screens.air import streaks
from screens.camera import Frame
from screens.effects import Effects, slip
from screens.head_lamps import HeadLamps
from screens.particles import KINDS, PARTICLES_MAX, Particles
from screens.pickups import Pickups
from screens.shadows import Shadows, clusters
from screens.skids import Skids
from track import track_of

DT = 1 / 60
PLAIN = CarFlag.ENGINE


def on(surface: Surface) -> tuple[float, float]:
    """Return a place of the meadow with this surface."""
    track = track_of("meadow")
    for y in range(5, int(track.height), 3):
        for x in range(5, int(track.width), 3):
            if track.surface_at(x, y) is surface:
                return float(x), float(y)
    raise AssertionError(f"the meadow has no {surface.name}")


def raised(car: Car, flags: CarFlag = PLAIN, *, calm: bool = False) -> int:
    """Return how much flies about a car after a second."""
    effects = Effects(track_of("meadow"), calm)
    for _ in range(60):
        effects.watch(0, car, DT, flags)
    return effects.particles.alive


@pytest.mark.parametrize(
    ("car", "flags"),
    [
        (Car(vx=25.0, vy=9.0), PLAIN),
        (Car(vx=25.0, charge_ticks=60), PLAIN),
        (Car(vx=25.0), CarFlag.NITRO),
        (Car(vx=5.0, damage=80), PLAIN),
        (Car(), CarFlag.REPAIRING),
    ],
    ids=["slide", "charge", "nitro", "damage", "repair"],
)
def test_driving_raises_what_belongs_to_it(car: Car, flags: CarFlag) -> None:
    """Smoke, sparks of a drift, flames, black smoke, sparkles; none with reduced motion."""
    x, y = on(Surface.ASPHALT)
    there = replace(car, x=x, y=y)

    assert raised(there, flags) > 3
    assert raised(there, flags, calm=True) == 0


def test_car_that_rolls_straight_raises_nothing() -> None:
    """The road is clean, so that what flies means something."""
    x, y = on(Surface.ASPHALT)

    assert raised(Car(x=x, y=y, vx=30.0)) == 0


@pytest.mark.parametrize("under", [Surface.GRASS, Surface.SAND])
def test_loose_ground_flies(under: Surface) -> None:
    """Dust where there is something to throw up, faster than a walk."""
    x, y = on(under)

    assert raised(Car(x=x, y=y, vx=20.0)) > 5
    assert raised(Car(x=x, y=y, vx=1.0)) == 0


def test_light_touch_makes_no_sparks() -> None:
    """Sparks are for blows."""
    effects = Effects(track_of("meadow"))
    effects.hit(Car(x=100.0, y=100.0), 120)
    light = effects.particles.alive
    effects.hit(Car(x=100.0, y=100.0), 800)

    assert light == 0 < effects.particles.alive


def test_particles_have_a_maximum() -> None:
    """However wild the race, the oldest make room."""
    particles = Particles()
    for number in range(3 * PARTICLES_MAX):
        particles.add(KINDS[number % len(KINDS)], 10.0, 10.0, 0.0, 0.0)

    assert particles.alive == PARTICLES_MAX
    assert len(particles.blits(Frame(0, 0, 1280, 720, (1280, 720)))) == PARTICLES_MAX


def test_race_that_begins_anew_paints_no_particles() -> None:
    """The pictures of an earlier race serve the next one too."""
    shown = []
    for particles in (Particles(), Particles()):
        for kind in KINDS:
            particles.add(kind, 10.0, 10.0, 0.0, 0.0)
        blits = particles.blits(Frame(0, 0, 1280, 720, (1280, 720)))
        shown.append([picture for picture, _ in blits])

    assert len(shown[0]) == len(KINDS)
    assert all(one is other for one, other in zip(*shown, strict=True))


def test_sliding_wheel_writes_on_the_ground() -> None:
    """From where it was to where it is; nothing on water, and nothing across a respawn."""
    skids = Skids()
    first = skids.mark((0, 1), (10.0, 10.0), 1.0, Surface.ASPHALT)
    then = skids.mark((0, 1), (11.0, 10.0), 1.0, Surface.ASPHALT)
    skids.forget(0)
    after = skids.mark((0, 1), (12.0, 10.0), 1.0, Surface.ASPHALT)
    wet = skids.mark((0, 1), (13.0, 10.0), 1.0, Surface.WATER)

    assert not first
    assert len(then) == 1
    assert not after
    assert not wet


def test_handbrake_slides() -> None:
    """Locked wheels mark the road though the car goes straight."""
    car = Car(vx=20.0)

    assert slip(car, Surface.ASPHALT, PLAIN.value) == 0.0
    assert slip(car, Surface.ASPHALT, CarFlag.HANDBRAKE.value) > 0.5


def test_shadows_that_overlap_get_no_darker() -> None:
    """Two cars side by side stand in one shade."""
    shade = pygame.Surface((40, 40), pygame.SRCALPHA)
    shade.fill((0, 0, 0, 120))
    one, two = pygame.Surface((200, 100)), pygame.Surface((200, 100))
    for surface in (one, two):
        surface.fill("white")
    Shadows().draw(one, [(shade, (10, 10))])
    Shadows().draw(two, [(shade, (10, 10)), (shade, (30, 20)), (shade, (140, 10))])

    assert two.get_at((35, 30)) == one.get_at((30, 30)) == two.get_at((150, 30))
    assert two.get_at((120, 80))[:3] == (255, 255, 255)


def test_clusters_join_by_others() -> None:
    """A chain of overlaps is one cluster, what lies apart is another."""
    rects = [pygame.Rect(x, 0, 10, 10) for x in (0, 16, 8, 60)]

    assert [sorted(cluster) for cluster in clusters(rects)] == [[0, 1, 2], [3]]


def test_lamps_of_two_cars_are_no_brighter() -> None:
    """Light lies before the car, on what is there, and does not add up to white."""
    night = pygame.Surface((600, 400))
    night.fill((40, 40, 50))
    alone, both = night.copy(), night.copy()
    lamps = HeadLamps()
    lamps.draw(alone, [(200.0, 200.0, 0.0)])
    lamps.draw(both, [(200.0, 200.0, 0.0), (200.0, 200.0, 0.0)])

    assert alone.get_at((280, 200)).r > 70
    assert alone.get_at((120, 200)) == night.get_at((0, 0))
    assert (pygame.surfarray.array3d(alone) == pygame.surfarray.array3d(both)).all()


def test_lamps_at_the_rim_of_the_picture_do_no_harm() -> None:
    """Half a cone is drawn, and none of one that is elsewhere."""
    picture = pygame.Surface((300, 200))
    picture.fill((40, 40, 50))
    HeadLamps().draw(picture, [(290.0, 100.0, 0.0), (-5000.0, 0.0, 1.0), (20.0, -30.0, 2.0)])

    assert np.asarray(pygame.surfarray.array3d(picture)).max() > 45


@pytest.fixture(scope="module")
def staged() -> StagedRace:
    """Return a race on a track with canisters and pits."""
    pygame.font.init()
    return StagedRace("meadow")


def test_canister_is_gone_at_once(staged: StagedRace) -> None:
    """What this client believes is what it shows; it comes back growing."""
    track = staged.view.track
    x, y = track.canisters[0]
    frame = Frame(round(x * 10) - 100, round(y * 10) - 100, 200, 200, (200, 200))
    pickups, every = Pickups(track), (1 << len(track.canisters)) - 1
    there = pickups.blits(frame, every, [], 1.0)
    gone = pickups.blits(frame, every & ~1, [], 2.0)
    back = pickups.blits(frame, every, [], 3.0)
    later = pickups.blits(frame, every, [], 4.0)

    assert len(there) == len(back) == len(gone) + 3
    assert back[-1][0].get_width() < later[-1][0].get_width() == there[-1][0].get_width()


def test_pit_shows_whether_it_is_free(staged: StagedRace) -> None:
    """Green while nobody is mended in it, orange then."""
    track = staged.view.track
    pit = track.pits[0]
    frame = Frame(round(pit.x * 10) - 300, round(pit.y * 10) - 300, 600, 600, (600, 600))
    staged.step()
    car = Car(x=pit.x, y=pit.y)
    held = replace(staged.view.seen[0], car=car, flags=CarFlag.REPAIRING)
    pictures = [Pickups(track, calm=True).blits(frame, 0, cars, 1.0)[0][0] for cars in ([], [held])]
    free, busy = (pygame.surfarray.array3d(one).sum((0, 1)) for one in pictures)

    assert free[1] > free[0]
    assert busy[0] > busy[1]


def test_thin_air_is_seen() -> None:
    """Streaks pass the car that drives in a tow, more of them the thinner the air."""
    frame = Frame(0, 0, 1280, 720, (1280, 720))
    none, some, many = (
        sum(len(streaks(Car(x=60.0, y=40.0, draft=draft), frame, step * 0.02)) for step in range(9))
        for draft in (0, 70, 255)
    )

    assert none == 0 < some <= many


def test_light_of_the_picture_before_leaves_nothing() -> None:
    """Wide, high and small areas of light follow each other; each is as if it were the first."""
    kept = HeadLamps()
    for cars in (
        [(100.0, 200.0, 0.0), (300.0, 200.0, 0.0)],
        [(200.0, 300.0, -1.57)],
        [(500.0, 60.0, 0.7)],
        [(80.0, 80.0, 1.57), (300.0, 250.0, 0.4)],
    ):
        pictures = []
        for lamps in (kept, HeadLamps()):
            picture = pygame.Surface((600, 400))
            picture.fill((40, 40, 50))
            lamps.draw(picture, cars)
            pictures.append(pygame.surfarray.array3d(picture))

        assert (pictures[0] == pictures[1]).all()
