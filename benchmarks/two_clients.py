"""A race of two real games over a bad link, filmed.

    python -m benchmarks.two_clients --link 100ms,20ms,1% --seconds 120 --frames FOLDER

Starts a server and two `client.py --simulate-link`, each on a virtual screen of
its own, plays them through menu, lobby and race with mouse and keys, and takes
pictures of both all the while. Told is what the games' own traces say: warps and
the longest jump of any car that was drawn, the link, how the race went. The
pictures are for eyes: look at the sheets.

Units: seconds, metres, pixels.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import tell
from benchmarks.feel_figures import share
from benchmarks.filming import Film, film
from benchmarks.serving import Measured, NotMeasured
from errors import BadOption
from link_model import EXAMPLE, link_spec
from tests.keyboard_driver import KeyboardDriver
from tests.processes import ClientProcess, client
from track import track_names, track_of

NAMES = ("Ada", "Ben")
WINDOW = (960, 540)
SHOT_EVERY_S = 0.4
LOOK_S = 0.04
DEADLINE_S = 120.0
AGAIN = "KEEP TRYING"
SETTINGS = {"laps": 20, "bots": 4, "level": 0, "mute": True}


class Game:
    """One real client, its hands, and what is taken down of it."""

    def __init__(self, name: str, process: ClientProcess, screen: Film, track: str) -> None:
        self.name, self.process, self.film = name, process, screen
        self._hands = KeyboardDriver(process, track_of(track))
        self.links: set[str] = set()

    def drive(self) -> None:
        """Look and press keys."""
        if self.process.shows("racing"):
            self._hands.update()

    def note(self) -> None:
        """Take down how the link stands."""
        self.links.add(str(self.process.now["link"]))

    def figures(self) -> dict[str, object]:
        """Return what was seen from this seat, as its trace tells it."""
        state = self.process.now
        return {
            "warps": state.get("warps"),
            "longest_jump_m": state.get("jump"),
            "late_pictures": state.get("late"),
            "links": "/".join(sorted(self.links)),
            "lap": state.get("lap"),
            "place": state.get("place"),
            "shots": len(self.film.shots),
        }


def until(games: list[Game], condition: Callable[[], object], what: str) -> None:
    """Wait for something.

    Raises:
        NotMeasured: it never came.
    """
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            on = ", ".join(str(one.process.now.get("screen")) for one in games)
            raise NotMeasured(f"The games did not come to {what}; they show: {on}.")
        time.sleep(LOOK_S)


def to_the_grid(games: list[Game]) -> None:
    """Play both from the menu to the race."""
    first, second = games

    def wait(condition: Callable[[], object], what: str) -> None:
        def come() -> object:
            for game in games:
                # A server on a busy machine may say so, and asks for patience.
                if game.process.now.get("screen") == "join" and game.process.has(AGAIN):
                    game.process.click(AGAIN)
            return condition()

        until(games, come, what)

    for game in games:
        game.process.join(game.name, wait)
    first.process.click("CREATE ROOM")
    wait(lambda: first.process.shows("waiting"), "a room")
    wait(lambda: second.process.has(f"{first.name}'s"), "seeing the room")
    second.process.click(f"{first.name}'s")
    wait(lambda: second.process.shows("waiting"), "sitting down")
    for game in games:
        wait(lambda game=game: game.process.has("READY"), "the button")  # type: ignore[misc]
        game.process.click("READY")
    wait(lambda: all(one.process.shows("racing") for one in games), "the race")
    wait(lambda: all(one.process.now.get("phase") == "RACING" for one in games), "GO")


def race(games: list[Game], seconds: float) -> None:
    """Drive both cars, and take pictures."""
    begin = time.monotonic()
    shot_at = begin
    while (now := time.monotonic()) < begin + seconds:
        for game in games:
            game.drive()
            game.note()
        if now >= shot_at:
            shot_at += SHOT_EVERY_S
            for game in games:
                game.film.shoot(now - begin)
        time.sleep(LOOK_S)
    for game in games:
        game.process.hold()


def play(link: str, seconds: float, track: str, frames: Path | None) -> dict[str, object]:
    """Return the figures of one race; write its pictures where that is asked for."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = Measured("--db", "memory", clients_max=8)
        stack.callback(server.end)
        games = []
        for name in NAMES:
            home = folder / name
            home.mkdir()
            (home / "settings.json").write_text(json.dumps(SETTINGS | {"track": track}))
            screen = stack.enter_context(film(WINDOW))
            process = stack.enter_context(
                client(
                    screen.environment, home, "--server", f"{server.host}:{server.port}",
                    "--simulate-link", link, "--name", name, "--window", f"{WINDOW[0]}x{WINDOW[1]}",
                )
            )  # fmt: skip
            games.append(Game(name, process, screen, track))
        to_the_grid(games)
        race(games, seconds)
        found: dict[str, object] = {"link": link, "seconds": seconds, "track": track}
        for game in games:
            own = {f"{game.name.lower()}_{key}": value for key, value in game.figures().items()}
            found |= own
        late = [ms for one in server.reports for ms in one["tick_late_ms"]]
        found["server_late_ms_p99"] = share(late, 0.99)
    if frames is not None:
        frames.mkdir(parents=True, exist_ok=True)
        for game in games:
            game.film.save(frames, game.name.lower())
    return found


def main() -> int:
    """Play, measure, print; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.two_clients",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--link", default=EXAMPLE, metavar="RTT,JITTER,LOSS[,RATE]")
    parser.add_argument("--seconds", type=float, default=120.0, metavar="S")
    parser.add_argument("--track", default="meadow", metavar="NAME")
    parser.add_argument("--frames", type=Path, metavar="FOLDER", help="where pictures go")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    try:
        link_spec(chosen.link, "--link")
    except BadOption as error:
        print(error, file=sys.stderr)
        return 2
    if not 5 <= chosen.seconds <= 600 or chosen.track not in track_names():
        print("--seconds goes from 5 to 600, and --track is one of the game's.", file=sys.stderr)
        return 2
    tell(play(chosen.link, chosen.seconds, chosen.track, chosen.frames), as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
