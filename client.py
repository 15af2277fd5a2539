"""The game: options in, a window, sixty pictures a second.

Composition root; nothing imports it. It owns the window and the loop; what
is shown is the screens', what is believed of the server the view's.

Units: pixels, seconds.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# SDL reads these once, when it starts.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_IME_SHOW_UI", "1")
os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")

import pygame

import compiled

compiled.use()

import preferences
from chat import clean_name
from errors import SlipstreamError
from identity import Identity
from link_model import link_spec
from link_simulator import LinkSimulator
from paint import canvas
from protocol import NoticeKind
from screens import bindings, theme
from screens.attract import Attract
from screens.bindings import Action
from screens.command_line import open_trace, options
from screens.join import Join
from screens.leaderboard import Leaders
from screens.menu import Menu
from screens.overlay import draw_overlay
from screens.practising import Practising
from screens.racing import Racing
from screens.results import ResultsScreen
from screens.rooms import Rooms
from screens.screen import Screen, Stage
from screens.settings import Settings
from screens.trial import Trial
from screens.waiting import Waiting

PICTURES_A_SECOND = 60
SEEDS = 10_000
"""So many races can be behind the menus."""
KEY_REPEAT_MS = (400, 40)
FRAMES_OF_START = 60
"""What is plugged in from the start is no news."""
SCREENS: Mapping[str, Callable[[Stage], Screen]] = {
    "menu": Menu,
    "join": Join,
    "join-leaderboard": functools.partial(Join, then="leaderboard"),
    "join-trial": functools.partial(Join, then="trial"),
    "join-resume": functools.partial(Join, then="resume"),
    "practice": Practising,
    "rooms": Rooms,
    "waiting": Waiting,
    "trial": Trial,
    "racing": Racing,
    "results": ResultsScreen,
    "leaderboard": Leaders,
    "settings": Settings,
}


class Client:
    """The loop."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        folder = Path(chosen.data).expanduser() if chosen.data else preferences.folder()
        settings, complaint = preferences.load(folder / preferences.FILE)
        if chosen.window is not None:
            settings.width, settings.height = chosen.window
        settings.fullscreen = settings.fullscreen or chosen.fullscreen
        identity = Identity(folder, clean_name(chosen.name or ""))
        server = chosen.server or settings.server
        self._trace = open_trace(chosen.ui_trace)
        self._frames = 0
        self._stage = Stage(settings, identity, folder, server, SCREENS, self.open_window)
        theme.set_text_size(settings.text_size)
        pygame.display.set_caption("Slipstream")
        self._simulator: LinkSimulator | None = None
        if chosen.simulate_link is not None:
            self._simulate(chosen.simulate_link)
        self.open_window()
        self._stage.attract = Attract(
            seed=int(time.time()) % SEEDS,
            safe=settings.safe_colours,
            calm=settings.reduced_motion,
        )
        self._stage.pads.start()
        self._stage.audio.start()
        for sentence in (complaint, identity.complaint):
            if sentence:
                self._stage.toast(sentence, NoticeKind.WARNING)

    def _simulate(self, spec: str) -> None:
        """Lead all links over a worse one, and let nobody wonder why they are slow."""
        self._simulator = LinkSimulator(link_spec(spec), seed=int(time.time()) % SEEDS)
        self._stage.through = self._simulator.through
        self._stage.simulated = spec
        pygame.display.set_caption(f"Slipstream - simulated link {spec}")
        sentence = f"--simulate-link: every server is reached as over a link of {spec}."
        self._stage.toast(sentence, NoticeKind.WARNING)

    def open_window(self) -> None:
        """Make the window as the settings ask."""
        settings = self._stage.preferences
        if settings.fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            pygame.display.set_mode((settings.width, settings.height), pygame.RESIZABLE)

    def run(self) -> None:
        """Show screens until the player quits."""
        stage = self._stage
        clock = pygame.time.Clock()
        stage.go("menu")
        while stage.running:
            now = time.monotonic()
            self._showing.layout(self._window.get_size())
            for event in pygame.event.get():
                self._handle(event)
            if stage.link is not None:
                stage.link.update(now, self._showing.wishes())
            self._showing.update(now)
            sentence = stage.audio.update(stage.preferences, now)
            if sentence:
                stage.toast(sentence, NoticeKind.WARNING)
            window = self._window
            self._race_behind(now)
            self._showing.layout(window.get_size())
            self._showing.draw(window, now)
            self._tell_of_fonts()
            draw_overlay(window, stage, now, low=self._showing.name == "racing")
            pygame.display.flip()
            stage.work_s = time.monotonic() - now
            self._frames += 1
            if self._trace is not None:
                self._trace.write(stage, window.get_size(), now)
            clock.tick(PICTURES_A_SECOND)

    def _race_behind(self, now: float) -> None:
        """Let the race behind the menus go on; while a real one is on, there is none."""
        stage, have = self._stage, self._stage.preferences
        if stage.attract is not None:
            stage.attract.update(
                now, self._window.get_size(), wanted=self._showing.name != "racing",
                safe=have.safe_colours, calm=have.reduced_motion,
            )  # fmt: skip

    @property
    def _window(self) -> pygame.Surface:
        """The window: it may be made anew with every event."""
        window = pygame.display.get_surface()
        assert window is not None
        return window

    @property
    def _showing(self) -> Screen:
        """The screen on show: it may change with every event."""
        assert self._stage.screen is not None
        return self._stage.screen

    def _handle(self, event: pygame.event.Event) -> None:
        stage = self._stage
        bindings.learn(event)
        pressed = stage.pads.handle(event)
        self._tell_of_pads(event)
        if pressed is not None:
            self._showing.handle(pressed)
        elif event.type == pygame.QUIT:
            stage.running = False
        elif stage.bindings.asked(event) is Action.MUTE and not self._showing.takes_keys:
            stage.preferences.mute = not stage.preferences.mute
            stage.toast("The sound is off." if stage.preferences.mute else "The sound is on.")
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_F11:
            stage.preferences.fullscreen = not stage.preferences.fullscreen
            self.open_window()
        else:
            if event.type == pygame.VIDEORESIZE and not stage.preferences.fullscreen:
                low = preferences.SIZE_MIN
                stage.preferences.width = max(low[0], event.w)
                stage.preferences.height = max(low[1], event.h)
            self._showing.handle(event)

    def _tell_of_pads(self, event: pygame.event.Event) -> None:
        """Say that a gamepad came or went; the keys drive in any case."""
        if event.type == pygame.CONTROLLERDEVICEREMOVED:
            sentence = "The gamepad was pulled out: the keys drive, or plug it in again."
            self._stage.toast(sentence, NoticeKind.WARNING)
        elif event.type == pygame.CONTROLLERDEVICEADDED and self._frames > FRAMES_OF_START:
            self._stage.toast("A gamepad is ready.")

    def _tell_of_fonts(self) -> None:
        """Say once which fonts are missing; others are drawn with instead."""
        while canvas.missing_fonts:
            name = canvas.missing_fonts.pop()
            sentence = f"The font {name} cannot be read: another one serves. Install the game anew."
            self._stage.toast(sentence, NoticeKind.WARNING)

    def close(self) -> None:
        """Leave the server and keep the settings."""
        if self._stage.loader is not None:
            self._stage.loader.cancel()
        if self._stage.attract is not None:
            self._stage.attract.close()
        self._stage.audio.close()
        self._stage.hang_up()
        if self._simulator is not None:
            self._simulator.close()
        self._stage.preferences.seat_title = ""
        self._stage.keep()
        if self._trace is not None:
            self._trace.close()


def main() -> int:
    """Run the game; return the exit code."""
    try:
        chosen = options()
        pygame.display.init()
        pygame.font.init()
        pygame.key.set_repeat(*KEY_REPEAT_MS)
        client = Client(chosen)
        try:
            client.run()
        finally:
            client.close()
    except SlipstreamError as error:
        print(error, file=sys.stderr)
        return 2
    except pygame.error as error:
        print(f"No window can be opened here ({error}): is there a display?", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        pygame.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
