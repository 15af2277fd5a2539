"""The client's standing link: dial, greet, feed the view, and dial again.

A `Link` owns one `View` and at most one `Dial`. When the link breaks, it
tries again with growing pauses and says so in plain words; a seat that the
server kept is taken up by itself, unless this program was started anew: then
the player is asked.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from car import CarInput
from dialling import Dial
from errors import BadFile, LocalProtocolError, RemoteProtocolError
from identity import Identity
from protocol import (
    VERSION,
    Forfeit,
    Goodbye,
    Hello,
    Message,
    NoticeKind,
    Refused,
    Resume,
    Welcome,
)
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
                self._call(now)
            elif self.status.kind is LinkKind.RECONNECTING:
                self._say_when(now)
            return
        if self._dial.connected and not self._greeted:
            self._greeted = True
            self._say(Hello(VERSION, self._identity.name, self._identity.token, self._agent))
        # The fault first: what came before it is drained below.
        fault = self._dial.fault
        for message in self._dial.messages():
            self._receive(message, now)
            if self._dial is None:
                return
        if fault is not None:
            self._lose(fault, now)
        elif self.online:
            for message in self.view.advance(now, wishes):
                self._say(message)

    def send(self, message: Message) -> bool:
        """Send a command; return False when there is no link to send it by."""
        if self._dial is None or not self.online or self._dial.fault is not None:
            return False
        return self._say(message)

    def resume(self) -> None:
        """Take up the seat that the server kept."""
        race = self.view.race
        if self.send(Resume(race.gates_crossed if race is not None else 0)):
            self.view.drop_offer()

    def forfeit(self) -> None:
        """Give it up."""
        if self.send(Forfeit()):
            self.view.drop_offer()

    def retry(self, now: float) -> None:
        """Try again at once, with a count from the beginning."""
        self._attempt = 0
        self._retry_at = now
        self.status = LinkStatus(LinkKind.CONNECTING, f"Connecting to {self._host}:{self._port}")

    def close(self, text: str = "You left.") -> None:
        """Say goodbye and close."""
        if self._dial is not None:
            self.send(Goodbye("quit", ""))
            self._dial.close()
            self._dial.join()
            self._dial = None
        self.status = LinkStatus(LinkKind.CLOSED, text)

    # Inside

    def _call(self, now: float) -> None:
        if self.status.kind is LinkKind.RECONNECTING:
            text = f"Lost the server; trying now (attempt {self._attempt})"
            self.status = LinkStatus(LinkKind.RECONNECTING, text, self._attempt)
        self._dial = self._make(self._host, self._port)
        self._greeted = False
        self._dial.start()

    def _say(self, message: Message) -> bool:
        """Send a message; return False when the server has closed the connection."""
        assert self._dial is not None
        try:
            self._dial.send(message)
        except LocalProtocolError:
            # The thread of the dial has heard a goodbye that is still to be
            # drained here: nothing may be said after it.
            return False
        return True

    def _receive(self, message: Message, now: float) -> None:
        if isinstance(message, Refused):
            self._end(LinkKind.REFUSED, message.text)
        elif isinstance(message, Goodbye):
            if message.reason == "replaced":
                self._end(LinkKind.CLOSED, message.text)
            else:
                text = message.text or "The server said goodbye."
                if self._was_online:
                    # The status soon tells of trying again: what was said last stays.
                    self.view.tell(NoticeKind.WARNING, text, now)
                self._lose(text, now)
        else:
            try:
                answers = self.view.receive(message, now)
            except RemoteProtocolError as error:
                self._lose(f"The server sent what this client cannot read ({error}).", now)
                return
            for answer in answers:
                self._say(answer)
            if isinstance(message, Welcome):
                self._welcomed(message, now)

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        try:
            self._identity.remember(welcome.token)
        except BadFile as error:
            self.view.tell(NoticeKind.WARNING, str(error), now)
        self.status = LinkStatus(LinkKind.ONLINE, f"Connected to {welcome.node}")
        self._attempt = 0
        if self.view.room is not None and welcome.seat_room:
            self.resume()
            for order in self.view.race.resend() if self.view.race is not None else ():
                self.send(order)
        elif self.view.room is not None and not welcome.seat_room:
            text = f"Your seat in {self.view.room.title} is gone."
            self.view.tell(NoticeKind.WARNING, text, now)
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
            if self._greeted:
                # Something took the call and did not answer as a server does.
                fault = f"{fault} Is {self._host}:{self._port} a Slipstream server?"
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
