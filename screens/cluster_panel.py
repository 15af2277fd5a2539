"""The panel over a screen: how all servers are, what was taken over, and what fails.

F9 opens and closes it wherever the player is on line. While it is open it
asks the server once a second, so that it shows a recovery as soon as that is
known; its small buttons let servers fail that were started for it. The game
beneath goes on. It decides nothing: servers judge what may be ordered.

Units: logical pixels, as on a screen; seconds; milliseconds in `..._ms`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from client_link import Link
from faults import DELAY_DEFAULT_MS, FAULTS, SECONDS_DEFAULT
from protocol import AskCluster, ClusterNews, ClusterRow, ClusterState, OrderFault, RecoveryRow
from screens import theme
from screens.asks import Ask, ask_of
from screens.screen import Screen
from screens.timeline import ago, draw_recovery, longest
from screens.widgets import Focus, Pressable, Widget
from survey import UNREACHABLE_MS

ASK_EVERY_S = 1.0
SILENT_MS = 4000
"""Who was not heard of for so long is gone, or cannot tell."""
NODES_SHOWN = 4
RECOVERIES_SHOWN = 3
LEFT, WIDTH, BOTTOM = 40, 1200, 708
HEAD, ROW, SECTION, RECOVERY, FOOT = 58, 50, 34, 66, 32
INSET = 24
ALONE = "This server keeps nothing and is alone: nobody could take its races over."
BLIND = "The database does not answer: this is what was known last."
LONELY = "One server only: nobody could take its races over."
UNWILLING = "To let servers fail from here, start them with --allow-faults."
NO_RECOVERY = "No race had to be taken over in the last day."
HINTS = "F9  close     Tab  choose     Enter  press"
LASTS = f"     pause, cut and slow last {SECONDS_DEFAULT:.0f} s"


class Order(Pressable):
    """A small button; flat, for there are many of them."""

    def draw(self, surface: pygame.Surface, scale: float) -> None:
        """Draw a plate with the label in its middle."""
        fill = theme.ACCENT if self.focused else theme.SURFACE_HIGH
        border = theme.ACCENT_BRIGHT if self.focused else theme.LINE
        theme.panel(surface, self.rect, None, 255, max(2, round(6 * scale)), fill, border)
        tone = theme.ON_ACCENT if self.focused else theme.TEXT
        size = max(7, round(18 * scale))
        theme.text(surface, self.label, size, tone, self.rect.center, theme.Weight.BOLD, "center")


class ClusterPanel:
    """The panel of one link, over whatever screen."""

    def __init__(self, link: Link) -> None:
        self.open = False
        self.focus = Focus()
        self._link = link
        self._view = link.view
        self._close = Order("CLOSE", self.hide)
        self._orders: dict[str, list[Widget]] = {}
        """The buttons of each server, by name."""
        self._first = 0
        self._ask_at = self._now = 0.0
        self._held = False
        """Whether the key that opens it is down: it repeats while it is."""

    def show(self) -> None:
        """Open the panel, with nothing dangerous under the finger."""
        self.open = True
        self._ask_at = 0.0
        self.focus.replace([self._close])
        self.focus.set(self._close)

    def hide(self) -> None:
        """Close the panel."""
        self.open = False

    # Events

    def is_asked_for(self, event: pygame.event.Event) -> bool:
        """Whether an event opens or closes the panel."""
        if event.type == pygame.KEYDOWN and event.key == pygame.K_F9:
            held, self._held = self._held, True
            return not held
        if event.type == pygame.WINDOWFOCUSLOST or (
            event.type == pygame.KEYUP and event.key == pygame.K_F9
        ):
            self._held = False
        return bool(
            event.type == pygame.CONTROLLERBUTTONDOWN
            and event.button == pygame.CONTROLLER_BUTTON_RIGHTSTICK
        )

    def handle(self, event: pygame.event.Event) -> bool:
        """Take an event while the panel is open; keys that are let go concern all."""
        if event.type in (pygame.KEYUP, pygame.WINDOWFOCUSLOST):
            return False
        if ask_of(event) is Ask.BACK:
            self.hide()
        elif event.type == pygame.MOUSEWHEEL:
            self._turn(-event.y)
        elif not self._turns_beyond(ask_of(event)):
            self.focus.handle(event)
        return True

    def _order(self, node: str, kind: str) -> None:
        self._link.send(OrderFault(node, kind, round(SECONDS_DEFAULT), DELAY_DEFAULT_MS))

    def _turn(self, rows: int) -> bool:
        last = max(0, len(self._rows) - NODES_SHOWN)
        before, self._first = self._first, min(max(self._first + rows, 0), last)
        return self._first != before

    def _turns_beyond(self, ask: Ask | None) -> bool:
        """Turn the list where the focus is in its last row that has buttons, or the first."""
        if ask not in (Ask.UP, Ask.DOWN):
            return False
        columns = [self._orders.get(row.node, []) for row in self._shown]
        usable = [column for column in columns if column and column[0] in self.focus.widgets]
        if not usable or self.focus.current not in usable[-1 if ask is Ask.DOWN else 0]:
            return False
        return self._turn(1 if ask is Ask.DOWN else -1)

    # Following the server

    @property
    def _news(self) -> ClusterNews | None:
        return self._view.cluster

    @property
    def _rows(self) -> Sequence[ClusterRow]:
        return self._news.rows if self._news is not None else ()

    @property
    def _shown(self) -> Sequence[ClusterRow]:
        return self._rows[self._first : self._first + NODES_SHOWN]

    @property
    def _recoveries(self) -> Sequence[RecoveryRow]:
        return self._news.recoveries[:RECOVERIES_SHOWN] if self._news is not None else ()

    def update(self, now: float) -> None:
        """Ask again when it is due; offer the buttons of whoever can be harmed."""
        if not self.open:
            return
        self._now = now
        if self._link.online and now >= self._ask_at:
            self._ask_at = now + ASK_EVERY_S
            self._link.send(AskCluster())
        self._turn(0)
        widgets: list[Widget] = [self._close]
        for row in self._shown:
            if self._may_fail(row, now):
                widgets += self._orders_of(row.node)
        self.focus.replace(widgets)

    def _may_fail(self, row: ClusterRow, now: float) -> bool:
        return row.takes_faults and self._link.online and self._heard_ms(row, now) < SILENT_MS

    def _orders_of(self, node: str) -> list[Widget]:
        if node not in self._orders:
            self._orders[node] = [
                Order(kind.upper(), lambda kind=kind: self._order(node, kind))  # type: ignore[misc]
                for kind in FAULTS
            ]
        return self._orders[node]

    def _heard_ms(self, row: ClusterRow, now: float) -> float:
        return row.heard_ms + (now - self._view.cluster_at) * 1000

    # Words

    def sentence(self, now: float) -> tuple[str, pygame.Color]:
        """Return the one thing that is worth saying of all, and its colour."""
        news = self._news
        if news is None:
            return "Asking the server ...", theme.TEXT_SOFT
        if not self._link.online:
            return "No server answers just now: this is how it was.", theme.WARN
        if news.state == ClusterState.ALONE:
            return ALONE, theme.TEXT_SOFT
        if news.state == ClusterState.BLIND:
            return BLIND, theme.WARN
        owner = next((row for row in news.rows if row.node == news.owner), None)
        if owner is not None and self._heard_ms(owner, now) >= SILENT_MS / 2:
            return f"{owner.node} is silent: another server takes your race over.", theme.BAD
        if not any(row.takes_faults for row in news.rows):
            return UNWILLING, theme.TEXT_SOFT
        alive = sum(self._heard_ms(row, now) < SILENT_MS for row in news.rows)
        if alive == 1:
            return LONELY, theme.TEXT_SOFT
        return f"{alive} servers run this game.", theme.TEXT_SOFT

    def word(self, row: ClusterRow, now: float) -> tuple[str, pygame.Color]:
        """Return how a server is, and the colour of that."""
        heard_ms = self._heard_ms(row, now)
        blind = self._news is not None and self._news.state == ClusterState.BLIND
        if heard_ms >= SILENT_MS / 2:
            if blind or not self._link.online:
                return "not known", theme.MUTED
            return f"silent for {ago(heard_ms)}", theme.BAD
        return ("hands over", theme.WARN) if row.draining else ("alive", theme.GOOD)

    def _away(self, row: ClusterRow) -> str:
        """Return the round trip to a server, as far as it is known."""
        if row.node == self._here:
            return f"{self._view.rtt_s * 1000:.0f} ms"
        survey = self._link.survey
        told = survey.times.get(row.node, UNREACHABLE_MS) if survey is not None else UNREACHABLE_MS
        return f"{told} ms" if told < UNREACHABLE_MS else ""

    @property
    def _here(self) -> str:
        welcome = self._view.welcome
        return welcome.node if welcome is not None and self._link.online else ""

    # Drawing

    @property
    def _height(self) -> int:
        nodes = max(1, len(self._shown)) * ROW
        recoveries = max(1, len(self._recoveries)) * RECOVERY if self._recoveries else SECTION
        return HEAD + nodes + SECTION + recoveries + FOOT

    @property
    def top(self) -> int:
        """Where its upper edge is, in logical pixels."""
        return BOTTOM - self._height

    def layout(self, screen: Screen) -> None:
        """Lay the buttons out: at the lower edge, so that the race is seen above."""
        top = self.top
        self._close.rect = screen.box(LEFT + WIDTH - 116, top + 12, 100, 34)
        for number, row in enumerate(self._shown):
            for place, one in enumerate(self._orders.get(row.node, ())):
                y = top + HEAD + number * ROW + 8
                one.rect = screen.box(LEFT + WIDTH - 348 + place * 84, y, 80, 34)

    def draw(self, surface: pygame.Surface, screen: Screen, now: float) -> None:
        """Draw the panel."""
        self.layout(screen)
        top = self.top
        theme.panel(surface, screen.box(LEFT, top, WIDTH, self._height), theme.ACCENT, 246)
        left = LEFT + INSET
        screen.text(
            surface, "SERVERS", 30, theme.TEXT, (left, top + 29), "midleft",
            weight=theme.Weight.ITALIC,
        )  # fmt: skip
        text, tone = self.sentence(now)
        screen.text(surface, text, 20, tone, (left + 130, top + 31), "midleft", width=800)
        for number, row in enumerate(self._shown):
            self._draw_row(surface, screen, row, top + HEAD + number * ROW, now)
        y = top + HEAD + max(1, len(self._shown)) * ROW
        self._draw_recoveries(surface, screen, y, now)
        hints = HINTS + (LASTS if len(self.focus.widgets) > 1 else "")
        rest = len(self._rows) - NODES_SHOWN
        if rest > 0:
            hints += f"     {self._first + 1}-{self._first + NODES_SHOWN} of {len(self._rows)}"
        foot = BOTTOM - FOOT / 2
        screen.text(surface, hints, 16, theme.MUTED, (left, foot), "midleft", width=WIDTH - 48)
        self.focus.draw(surface, screen.scale)

    def _draw_row(
        self, surface: pygame.Surface, screen: Screen, row: ClusterRow, y: float, now: float
    ) -> None:
        left, middle = LEFT + INSET, y + ROW / 2
        own = row.node == self._here
        plate = screen.box(LEFT + 12, y + 2, WIDTH - 24, ROW - 4)
        theme.panel(surface, plate, theme.ACCENT if own else None, 215, 6, theme.SURFACE)
        screen.text(surface, row.node, 24, theme.TEXT, (left, y + 16), "midleft", width=210)
        screen.text(surface, row.address, 15, theme.MUTED, (left, y + 36), "midleft", width=210)
        x = left + 220.0
        owns = self._news is not None and row.node == self._news.owner
        for chip, shown, colour in (("YOU", own, theme.ACCENT), ("YOUR RACE", owns, theme.BEST)):
            if shown:
                at = screen.at(x, middle)
                box = theme.chip(surface, chip, colour, at, screen.size(16), "midleft")
                x += box.width / screen.scale + 8
        word, tone = self.word(row, now)
        screen.text(surface, word, 20, tone, (left + 396, middle), "midleft", width=150)
        if self._heard_ms(row, now) < SILENT_MS / 2:
            self._draw_figures(surface, screen, row, y)
        known = self._news is not None and self._news.state == ClusterState.KNOWN
        if known and not row.takes_faults:
            right = (LEFT + WIDTH - INSET, middle)
            screen.text(surface, "takes no faults", 16, theme.MUTED, right, "midright", width=330)

    def _draw_figures(
        self, surface: pygame.Surface, screen: Screen, row: ClusterRow, y: float
    ) -> None:
        left = LEFT + INSET
        figures = f"{_count(row.rooms, 'room')}, {_count(row.cars, 'car')}"
        load = f"{row.load / 10:.0f}% busy"
        screen.text(
            surface, figures, 18, theme.TEXT_SOFT, (left + 556, y + 16), "midleft", width=150
        )
        screen.text(surface, load, 15, theme.MUTED, (left + 556, y + 36), "midleft", width=150)
        away = (left + 792, y + ROW / 2)
        screen.text(surface, self._away(row), 18, theme.TEXT_SOFT, away, "midright", width=80)

    def _draw_recoveries(
        self, surface: pygame.Surface, screen: Screen, y: float, now: float
    ) -> None:
        left = LEFT + INSET
        if not self._recoveries:
            words = NO_RECOVERY if self._news is not None else ""
            screen.text(surface, words, 18, theme.MUTED, (left, y + SECTION), "midleft")
            return
        told = "RACES TAKEN OVER, IN SECONDS SINCE THE LAST WORD OF THEIR SERVER"
        screen.text(surface, told, 15, theme.MUTED, (left, y + 20), "midleft", width=WIDTH - 48)
        since_ms = (now - self._view.cluster_at) * 1000
        longest_ms = longest(self._recoveries)
        for number, one in enumerate(self._recoveries):
            place = (left, y + SECTION + number * RECOVERY, WIDTH - 2 * INSET)
            draw_recovery(surface, screen, one, place, longest_ms, since_ms)

    def state(self) -> dict[str, object]:
        """Return what a trace of the interface says of the panel."""
        return {
            "sentence": self.sentence(self._now)[0],
            "nodes": {row.node: self.word(row, self._now)[0] for row in self._rows},
            "owner": self._news.owner if self._news is not None else "",
            "recoveries": [
                {"room": one.title, "node": one.node, "previous": one.previous,
                 "driving_ms": one.driving_ms}
                for one in self._recoveries
            ],
        }  # fmt: skip


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
