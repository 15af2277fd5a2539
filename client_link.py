"""The client's standing link: dial, greet, feed the view, and dial again.

A `Link` owns one `View` and at most one `Dial`. When the link breaks, it
tries again with growing pauses and says so in plain words; a seat that the
server kept is taken up by itself, unless this program was started anew: then
the player is asked.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from car import CarInput
from dialling import Dial
from identity import Identity
from protocol import VERSION, Forfeit, Goodbye, Hello, Message, Refused, Resume, Welcome
from track import Track
from view import View

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 5.0)
"""Before the first, second, ... attempt; the last repeats."""
ATTEMPTS_MAX = 60
"""Five minutes; who is still here then may press a button."""


class LinkKind(Enum):
    """How it stands between this client and the server."""

    CONNECTING = "connecting"
    ONLINE = "online"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The state of the link, in words that a player reads."""

    kind: LinkKind
    text: str
    attempt: int = 0
    retry_in_s: float = 0.0


class Link:
    """Keeps one player connected to one server."""

    def __init__(
        self,
        host: str,
        port: int,
        identity: Identity,
        load: Callable[[str], Track],
        *,
        agent: str = "client",
        dial: Callable[[str, int], Dial] = Dial,
    ) -> None:
        self.view = View(load)
        self.status = LinkStatus(LinkKind.CONNECTING, f"Connecting to {host}:{port}")
        self._host, self._port = host, port
        self._identity = identity
        self._agent = agent
        self._make = dial
        self._dial: Dial | None = None
        self._greeted = False
        self._was_online = False
        self._attempt = 0
        self._retry_at = 0.0

    @property
    def online(self) -> bool:
        """Whether the server has welcomed us."""
        return self.status.kind is LinkKind.ONLINE

    def update(self, now: float, wishes: CarInput) -> None:
        """Do what is due: connect, receive, predict, send."""
        if self.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            return
        if self._dial is None:
            if now >= self._retry_at:
                self._dial = self._make(self._host, self._port)
                self._greeted = False
                self._dial.start()
            elif self.status.kind is LinkKind.RECONNECTING:
                self._say_when(now)
            return
        if self._dial.connected and not self._greeted:
            self._greeted = True
            self._dial.send(Hello(VERSION, self._identity.name, self._identity.token, self._agent))
        # The fault first: what came before it is drained below.
        fault = self._dial.fault
        for message in self._dial.messages():
            self._receive(message, now)
            if self.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
                return
        if fault is not None:
            self._lose(fault, now)
        elif self.online:
            for message in self.view.advance(now, wishes):
                self._dial.send(message)

    def send(self, message: Message) -> bool:
        """Send a command; return False when there is no link to send it by."""
        if self._dial is None or not self.online or self._dial.fault is not None:
            return False
        self._dial.send(message)
        return True

    def resume(self) -> None:
        """Take up the seat that the server kept."""
        self.send(Resume())

    def forfeit(self) -> None:
        """Give it up."""
        self.send(Forfeit())
        welcome = self.view.welcome
        if welcome is not None:
            self.view.welcome = _without_seat(welcome)

    def retry(self, now: float) -> None:
        """Try again at once, with a count from the beginning."""
        self._attempt = 0
        self._retry_at = now
        self.status = LinkStatus(LinkKind.CONNECTING, f"Connecting to {self._host}:{self._port}")

    def close(self, text: str = "You left.") -> None:
        """Say goodbye and close."""
        if self._dial is not None:
            if self.online and self._dial.fault is None:
                self._dial.send(Goodbye("quit", ""))
            self._dial.close()
            self._dial.join()
            self._dial = None
        self.status = LinkStatus(LinkKind.CLOSED, text)

    # Inside

    def _receive(self, message: Message, now: float) -> None:
        assert self._dial is not None
        if isinstance(message, Refused):
            self._end(LinkKind.REFUSED, message.text)
        elif isinstance(message, Goodbye):
            if message.reason == "replaced":
                self._end(LinkKind.CLOSED, message.text)
            else:
                self._lose(message.text or "The server said goodbye.", now)
        else:
            for answer in self.view.receive(message, now):
                self._dial.send(answer)
            if isinstance(message, Welcome):
                self._welcomed(message)

    def _welcomed(self, welcome: Welcome) -> None:
        self._identity.remember(welcome.token)
        self.status = LinkStatus(LinkKind.ONLINE, f"Connected to {welcome.node}")
        self._attempt = 0
        if self._was_online and welcome.seat_room:
            self.send(Resume())
            race = self.view.race
            if race is not None:
                for order in race.resend():
                    self.send(order)
        elif not welcome.seat_room:
            self.view.leave()
        self._was_online = True

    def _end(self, kind: LinkKind, text: str) -> None:
        if self._dial is not None:
            self._dial.close()
            self._dial = None
        self.status = LinkStatus(kind, text)

    def _lose(self, fault: str, now: float) -> None:
        if self._dial is not None:
            self._dial.close()
            self._dial = None
        if not self._was_online:
            self.status = LinkStatus(LinkKind.CLOSED, fault)
            return
        pause = PAUSES_S[min(self._attempt, len(PAUSES_S) - 1)]
        self._attempt += 1
        if self._attempt > ATTEMPTS_MAX:
            self.status = LinkStatus(LinkKind.CLOSED, f"{fault} It stayed away for too long.")
            return
        self._retry_at = now + pause
        self.status = LinkStatus(LinkKind.RECONNECTING, fault, self._attempt, pause)
        self._say_when(now)

    def _say_when(self, now: float) -> None:
        wait = max(0.0, self._retry_at - now)
        self.status = LinkStatus(
            LinkKind.RECONNECTING,
            f"Lost the server; trying again in {wait:.0f} s (attempt {self._attempt})",
            self._attempt,
            wait,
        )


def _without_seat(welcome: Welcome) -> Welcome:
    return replace(welcome, seat_room="")
