"""The rooms of a server and who is in them, a room of one's own, and the
offer of the seat that was left.

Units: logical pixels, seconds.
"""

from __future__ import annotations

import pygame

from lobby import SEAT_HELD_S, SEATS_MAX, TITLE_CHARS_MAX, RoomMode
from protocol import Channel, JoinRoom, Profile, RoomRow, Watch
from screens import theme
from screens.asks import Ask, ask_of
from screens.backdrop import preview
from screens.online import OnlineScreen
from screens.practising import track_words
from screens.room_options import LEVELS, RoomOptions, rules_of
from screens.screen import Stage
from screens.text_entry import TextEntry
from screens.widgets import Button, Card, Widget

PHASES = (("WAITING", theme.GOOD), ("RACING", theme.WARN), ("RESULTS", theme.MUTED))
SHOWN_ROOMS = 4
PAGE_S = 3.0
"""Who does not fit beside the others is shown after them."""
KEYS = "Arrows  choose     Enter  press     T  chat     F9  servers     Escape  main menu"
ANSWER_S = 3.0
"""A request that the server has not answered by then may be made again."""


class Rooms(OnlineScreen):
    """Choose a room, or open one."""

    name = "rooms"
    channels = (Channel.LOBBY,)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        have = stage.preferences
        self._tracks = list(self.view.welcome.tracks) if self.view.welcome is not None else []
        self._title = TextEntry("Room", "", TITLE_CHARS_MAX, self._open_by_enter, self._proposal)
        self._options = RoomOptions(have, [(row.name, row.title) for row in self._tracks])
        self._create = Button("CREATE ROOM", self._open_room)
        self._menu = Button("MAIN MENU", self.back)
        self._resume = Button("RESUME", self.link.resume)
        self._forfeit = Button("LEAVE IT", self.link.forfeit)
        self._cards: dict[str, Card] = {}
        self._watches: dict[str, Button] = {}
        """A button beside each card, by room."""
        self._first = 0
        self._asked_at = -ANSWER_S
        self._now = 0.0
        self._offer_ends_at: float | None = None
        self.focus.replace([self._create])

    @property
    def _proposal(self) -> str:
        name = self.stage.identity.name
        title = f"{name}'s garage"
        return title if len(title) <= TITLE_CHARS_MAX else f"{name}'s room"[:TITLE_CHARS_MAX]

    # What the player does

    def _open_by_enter(self, text: str) -> None:
        self._open_room()

    def _open_room(self) -> None:
        if not self._tracks or self._now - self._asked_at < ANSWER_S:
            return
        self._asked_at = self._now
        self._options.keep(self.stage.preferences)
        self.stage.keep()
        self.stage.left_room = ""
        title = self._title.text.strip() or self._proposal
        self.link.send(self._options.order(title))

    def _join(self, room_id: str) -> None:
        if self._now - self._asked_at < ANSWER_S:
            return
        self._asked_at = self._now
        self.stage.left_room = ""
        self.link.send(JoinRoom(room_id))

    def _watch(self, room_id: str) -> None:
        if self._now - self._asked_at < ANSWER_S:
            return
        self._asked_at = self._now
        self.stage.left_room = ""
        self.link.send(Watch(room_id))

    def handle(self, event: pygame.event.Event) -> bool:
        """The wheel turns the list; the rest as everywhere."""
        used = super().handle(event)
        if not used and event.type == pygame.MOUSEWHEEL:
            self._turn(-event.y)
            return True
        moves = ask_of(event) in (Ask.UP, Ask.DOWN, Ask.NEXT, Ask.PREVIOUS)
        if used and moves and not self.panel.open:
            self._follow_focus()
        return used

    def _follow_focus(self) -> None:
        """Turn the list when its first or last row has the focus: every room can be reached."""
        current, shown = self.focus.current, self._shown_cards()
        for column in (shown, self._shown_watches()):
            if current in column:
                row = column.index(current)
                self._turn((row == len(shown) - 1) - (row == 0))

    def _turn(self, rows: int) -> None:
        last = max(0, len(self.view.lobby.rooms) - SHOWN_ROOMS)
        self._first = min(max(self._first + rows, 0), last)

    def back(self) -> None:
        """Leave the server."""
        self.stage.go("menu")

    # Following the server

    def _shown_rooms(self) -> tuple[RoomRow, ...]:
        return self.view.lobby.rooms[self._first : self._first + SHOWN_ROOMS]

    def _shown_cards(self) -> list[Widget]:
        return [self._cards[one.room_id] for one in self._shown_rooms()
                if one.room_id in self._cards]  # fmt: skip

    def _shown_watches(self) -> list[Widget]:
        return [self._watches[one.room_id] for one in self._shown_rooms()
                if one.room_id in self._watches]  # fmt: skip

    def update(self, now: float) -> None:
        """Follow the lobby; go on into a room or a race."""
        self._now = now
        super().update(now)
        if self.stage.screen is not self:
            return
        self._turn(0)
        if self.view.offered and self.view.welcome is not None:
            if self._offer_ends_at is None:
                self._offer_ends_at = now + self.view.welcome.seat_seconds_left
            self.focus.replace([self._resume, self._forfeit])
            return
        for room in self.view.lobby.rooms:
            if room.room_id not in self._cards:
                number = room.room_id
                self._cards[number] = Card(room.title, lambda number=number: self._join(number))  # type: ignore[misc]
                self._watches[number] = Button("WATCH", lambda number=number: self._watch(number))  # type: ignore[misc]
            self._cards[room.room_id].label = room.title
        there = {room.room_id for room in self.view.lobby.rooms}
        self._cards = {key: card for key, card in self._cards.items() if key in there}
        self._watches = {key: one for key, one in self._watches.items() if key in there}
        options = self._options
        form = [self._title, options.track, options.mode, *options.rules, self._create, self._menu]
        cards, watches = self._shown_cards(), self._shown_watches()
        rows = [one for pair in zip(cards, watches, strict=True) for one in pair]
        self.focus.replace([*rows, *form], 0 if cards else form.index(self._create))

    def layout(self, size: tuple[int, int]) -> None:
        """Rooms and chat at the left; track and form at the right."""
        super().layout(size)
        for number, card in enumerate(self._shown_cards()):
            card.rect = self.box(64, 142 + number * 76, 540, 68)
        for number, watch in enumerate(self._shown_watches()):
            watch.rect = self.box(612, 156 + number * 76, 92, 40)
        for number, row in enumerate((self._title, self._options.track, self._options.mode)):
            row.rect = self.box(744, 330 + number * 48, 472, 42)
        for number, one in enumerate(self._options.rules):
            one.rect = self.box(744 + 240 * (number % 2), 474 + 48 * (number // 2), 232, 42)
        self._title.label_width = 66
        self._create.rect = self.box(744, 576, 472, 60)
        self._menu.rect = self.box(744, 644, 260, 44)
        self._resume.rect = self.box(420, 380, 440, 68)
        self._forfeit.rect = self.box(420, 456, 440, 56)
        self.chat.rect = self.box(64, 494, 640, 174)

    # Drawing

    def draw(self, surface: pygame.Surface, now: float) -> None:
        """Draw the lobby."""
        view = self.view
        self.draw_backdrop(surface)
        node = view.welcome.node if view.welcome is not None else ""
        people = view.lobby.people
        here = "you alone" if len(people) <= 1 else f"{len(people)} players"
        self.heading(
            surface, "ROOMS", f"{node}  ·  {here} here  ·  {_ms(view.rtt_s)} to the server", 720
        )
        if view.profile is not None:
            line = _greeting(view.profile)
            self.text(surface, line, 18, theme.TEXT_SOFT, (704, 90), "bottomright", width=440)
        if view.offered:
            self._draw_offer(surface)
            return
        if not view.lobby.rooms:
            self.text(surface, "Nobody has opened a room yet.", 26, theme.TEXT, (68, 170))
            self.text(
                surface, "Open the first: the others will see it here.", 20, theme.MUTED, (68, 208)
            )
        self._draw_preview(surface)
        self.focus.draw(surface, self.scale)
        for row, room in enumerate(self._shown_rooms()):
            self._draw_room(surface, room, 142 + row * 76)
        rest = len(view.lobby.rooms) - SHOWN_ROOMS
        if rest > 0:
            at = f"{self._first + 1}-{self._first + SHOWN_ROOMS} of {len(view.lobby.rooms)}"
            self.text(surface, at, 17, theme.MUTED, (704, 138), "bottomright")
        label = self.text(surface, "In the lobby", 17, theme.MUTED, (64, 464))
        width = (self.at(704, 0)[0] - label.right) / self.scale - 16
        corner = (704 - width, 464)
        self.text(surface, self._people("", 17, width), 17, theme.TEXT_SOFT, corner)
        self.draw_chat(surface, now)
        self.keys(surface, KEYS)

    def _people(self, room_id: str, logical: float, width: float) -> str:
        """Return who is in a room, with round-trip times; a few at a time where they are many."""
        there = [one for one in self.view.lobby.people if one.room_id == room_id]
        size, room = self.size(logical), round(width * self.scale)
        pages = [""]
        for one in there:
            name = theme.shortened(one.name, size, room // 2)
            who = f"{name} {one.rtt_ms} ms"
            longer = f"{pages[-1]}   {who}" if pages[-1] else who
            if pages[-1] and theme.text_width(longer, size) > room:
                pages.append(who)
            else:
                pages[-1] = longer
        return pages[int(self._now / PAGE_S) % len(pages)]

    def _draw_room(self, surface: pygame.Surface, room: RoomRow, y: float) -> None:
        track = self.title_of.get(room.track, room.track)
        rules = "1 lap" if room.laps == 1 else f"{room.laps} laps"
        if room.mode == RoomMode.TRIAL:
            rules = "time trial"
        elif not room.damage:
            rules += "  ·  no damage"
        bots = f" +{room.bots} bot{'s' * (room.bots > 1)}, {LEVELS[room.level]}" * bool(room.bots)
        seats = self.text(
            surface, f"{room.players}/{SEATS_MAX}{bots}", 22, theme.TEXT, (588, y + 8), "topright"
        )
        word, tone = PHASES[room.phase]
        phase = self.text(
            surface, word, 17, tone, (588, y + 40), "topright", weight=theme.Weight.BOLD
        )
        several = len(self.view.nodes) > 1
        node = self.text(
            surface, room.node if several else "", 17, theme.MUTED,
            (self._logical(phase.left) - 10, y + 40), "topright", width=100,
        )  # fmt: skip
        title_room = self._logical(seats.left) - 84 - 14
        self.text(surface, room.title, 26, theme.TEXT, (84, y + 6), width=title_room)
        where = self.text(surface, f"{track}  ·  {rules}", 18, theme.MUTED, (84, y + 39), width=268)
        start = self._logical(where.right) + 12
        width = self._logical(node.left if several else phase.left) - 10 - start
        who = self._people(room.room_id, 18, width)
        self.text(surface, who, 18, theme.TEXT_SOFT, (start, y + 39), width=width)

    def _logical(self, x: float) -> float:
        """Return a logical place of a pixel of the window."""
        return (x - self.at(0, 0)[0]) / self.scale

    def _draw_preview(self, surface: pygame.Surface) -> None:
        if not self._tracks:
            return
        # The room in focus shows its track, otherwise the one to be opened.
        name, words = self._options.track_name, ""
        for room in self._shown_rooms():
            card = self._cards.get(room.room_id)
            if card is not None and card.focused:
                name, words = room.track, rules_of(room)
        box = self.box(880, 44, 336, 252)
        theme.panel(surface, box.inflate(self.px(12), self.px(12)))
        picture = preview(name, box.size)
        if picture is not None:
            surface.blit(picture, box)
        title = self.title_of.get(name, name)
        theme.chip(
            surface, title, theme.TEXT, (box.left + 8, box.bottom - 8), self.size(18), "bottomleft"
        )
        _, about = track_words(name)
        line = words or about
        self.text(surface, line, 17, theme.TEXT_SOFT, (1216, 304), "topright", width=472)

    def _draw_offer(self, surface: pygame.Surface) -> None:
        welcome = self.view.welcome
        assert welcome is not None
        theme.panel(surface, self.box(340, 210, 600, 330), theme.ACCENT, 235)
        left_s = max(0.0, (self._offer_ends_at or self._now) - self._now)
        ago = max(0.0, SEAT_HELD_S - left_s)
        where = f"on lap {welcome.seat_lap}" if welcome.seat_lap else "before the race"
        self.text(
            surface, f'You left "{welcome.seat_title}"', 34, theme.TEXT, (640, 256), "center",
            weight=theme.Weight.ITALIC, width=560,
        )  # fmt: skip
        self.text(surface, f"{ago:.0f} s ago, {where}.", 24, theme.TEXT_SOFT, (640, 298), "center")
        kept = f"Your seat is kept for {left_s:.0f} s more; a bot drives the car meanwhile."
        self.text(surface, kept, 19, theme.MUTED, (640, 334), "center")
        self.focus.draw(surface, self.scale)


def _greeting(profile: Profile) -> str:
    if not profile.races:
        return "Welcome: your first race is to come"
    done = _count(profile.races, "race") + (f", {_count(profile.wins, 'win')}" * (profile.wins > 0))
    days = profile.days_ago
    last = "" if not days else "yesterday" if days == 1 else f"{days} days ago"
    return f"Welcome back  ·  {done}" + f"  ·  last race {last}" * (last != "")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
