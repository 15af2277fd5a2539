"""The client's standing link: dial, greet, feed the view, and dial again.

A `Link` owns one `View` and at most one `Dial`. When the link breaks, it
tries again with growing pauses, at all nodes of the game, and says so in plain
words; it goes where a node sends it. A seat that the server kept is taken up
by itself, unless this program was started anew: then the player is asked.
Meanwhile the race is predicted on. Which node is next is `route.py`'s.

Units: seconds (monotonic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from car import CarInput
from config import host_and_port
from dialling import Dial
from errors import BadFile, BadOption, LocalProtocolError, RemoteProtocolError
from identity import Identity
from nodes import Node, NodeList, dialable
from protocol import (
    VERSION,
    CreateRoom,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    LeaveRoom,
    LobbyState,
    Message,
    Nodes,
    NodeTime,
    NodeTimes,
    Notice,
    NoticeKind,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    Resume,
    RoomState,
    Watch,
    Welcome,
)
from route import Route
from survey import Survey
from track import Track
from view import View

WATCH_EVERY_S = 1.0
WATCH_S = 15.0
"""A watcher who came back asks for the race so long: another node may take it over."""
WELCOME_S = 4.0
"""A node that takes the call and does not answer for so long is left for another."""
QUIET_S = 3.0
"""In a race something comes thirty times a second: after so long without, another
node is tried, where there is one."""


NO_ROOM = ("full", "busy")
"""Why a server refuses newcomers that it would let in at another time."""
ALL_BUSY = "All servers are busy just now: try again in a minute."


class LinkKind(Enum):
    """How it stands between this client and the server."""

    CONNECTING = "connecting"
    ONLINE = "online"
    RECONNECTING = "reconnecting"
    MOVING = "moving"
    """A node has sent us to another."""
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The state of the link, in words that a player reads."""

    kind: LinkKind
    text: str
    attempt: int = 0
    retry_in_s: float = 0.0
    no_room: bool = False
    """Whether there was no room for us just now: later there may be."""


class Link:
    """Keeps one player connected to one game, whatever its nodes do."""

    def __init__(
        self,
        host: str,
        port: int,
        identity: Identity,
        load: Callable[[str], Track],
        *,
        agent: str = "client",
        dial: Callable[[str, int], Dial] = Dial,
        nodes: NodeList | None = None,
        survey: Survey | None = None,
    ) -> None:
        """Args:
        survey: measures the nodes; without, nothing is told of them.
        """
        self.view = View(load)
        self._joined = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.status = LinkStatus(LinkKind.CONNECTING, f"Connecting to {self._joined}")
        self._list = nodes if nodes is not None else NodeList(None)
        self._route = Route(self._joined, self._list.of(self._joined))
        self.survey = survey
        self._identity = identity
        self._agent = agent
        self._make = dial
        self._dial: Dial | None = None
        self._connected_at: float | None = None
        self._heard_at = 0.0
        self._was_online = False
        self._first_fault = ""
        self._redirect: Redirect | None = None
        """What has sent us to the node that we have not reached yet."""
        self._wanted: CreateRoom | JoinRoom | Watch | None = None
        """What was asked for and is not answered: a redirect has it said again."""
        self._watch_at: float | None = None
        """When a watcher who came back asks for the race again."""
        self._watch_until = 0.0
        self._doubts = False
        """Whether we were let in without our seat, and not told yet why."""
        self._resumes = False
        """Whether we have said that we take the seat, before it was offered."""
        self._sends_again = False
        """Whether the next start of the race is one that we come back to."""

    @property
    def online(self) -> bool:
        """Whether the server has welcomed us."""
        return self.status.kind is LinkKind.ONLINE

    def update(self, now: float, wishes: CarInput) -> None:
        """Do what is due: connect, receive, predict, send."""
        if self.status.kind in (LinkKind.REFUSED, LinkKind.CLOSED):
            return
        if self._dial is None and now >= self._route.due_at:
            self._call()
        elif self._dial is None:
            self._say_when(now)
        else:
            self._listen(self._dial, now)
        if self.online:
            self._watch_again(now)
            self._measure(now)
            for message in self.view.advance(now, wishes):
                self._say(message)
        elif self._was_online:
            # What is done meanwhile is kept, to be sent when we are there.
            self.view.advance(now, wishes)

    def _listen(self, dial: Dial, now: float) -> None:
        if dial.connected and self._connected_at is None:
            self._connected_at = now
        self.view.readings.carried(dial.traffic, now)
        # The fault first: what came before it is drained below.
        fault, silent = dial.fault, dial.silent
        for message in dial.messages():
            self._heard_at = now
            self._receive(message, now)
            if self._dial is not dial:
                return
        if fault is not None:
            self._lose(fault, now, shun=silent)
        elif self._is_mute(now):
            self._lose("The server does not answer.", now, shun=True)

    def _is_mute(self, now: float) -> bool:
        """Whether this node says nothing and another may."""
        if not self._route.others or self._connected_at is None:
            return False
        if not self.online:
            return now - self._connected_at > WELCOME_S
        races = self.view.race is not None and self.view.results is None
        return races and now - self._heard_at > QUIET_S

    def _greet(self) -> None:
        """Say what goes out as soon as there is a connection."""
        room, redirect = self.view.room, self._redirect
        seated = room is not None and not self.view.spectating
        room_id = room.room_id if room is not None and seated else ""
        self._say(
            Hello(
                VERSION,
                self._identity.name,
                self._identity.token,
                self._agent,
                room_id=redirect.room_id if redirect is not None else room_id,
                ticket=redirect.ticket if redirect is not None else "",
                deltas=True,
            )
        )
        self._resumes = (
            room is not None
            and seated
            and redirect is not None
            and redirect.room_id == room.room_id
        )
        if self._resumes:
            # Who is sent to the own seat need not wait for the offer: a race moves on.
            self._say(self._resume_order())

    def send(self, message: Message) -> bool:
        """Send a command; return False when there is no link to send it by."""
        if self._dial is None or not self.online or self._dial.fault is not None:
            return False
        if isinstance(message, CreateRoom | JoinRoom | Watch):
            self._wanted = message
        elif isinstance(message, LeaveRoom):
            self._wanted = self._watch_at = None
            self._doubts = False
        return self._say(message)

    def resume(self) -> None:
        """Take up the seat that the server kept."""
        if self.send(self._resume_order()):
            self._sends_again = True
            self.view.drop_offer()

    def _resume_order(self) -> Resume:
        race = self.view.race
        gates = race.commentary.gates_crossed if race is not None else 0
        return Resume(gates, self.view.newest_line)

    def forfeit(self) -> None:
        """Give it up."""
        if self.send(Forfeit()):
            self.view.drop_offer()

    def retry(self, now: float) -> None:
        """Try again at once, with a count from the beginning."""
        self._route.again(now)
        self._first_fault = ""
        self.status = LinkStatus(LinkKind.CONNECTING, f"Connecting to {self._route.at}")

    def close(self, text: str = "You left.") -> None:
        """Say goodbye and close."""
        if self._dial is not None:
            self.send(Goodbye("quit", ""))
            self._dial.close()
            self._dial.join()
            self._dial = None
        self.status = LinkStatus(LinkKind.CLOSED, text)

    # Inside

    def _call(self) -> None:
        if self.status.kind is LinkKind.RECONNECTING:
            self._say_next(0.0)
        host, port = host_and_port(self._route.at)
        self._dial = self._make(host, port)
        self._connected_at = None
        self._dial.start()
        self._greet()

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
            self._turned_away(message, now)
        elif isinstance(message, Redirect):
            self._follow(message, now)
        elif isinstance(message, Goodbye):
            if message.reason == "replaced":
                self._end(LinkKind.CLOSED, message.text)
            else:
                text = message.text or "The server said goodbye."
                if self._was_online:
                    # The status soon tells of trying again: what was said last stays.
                    self.view.tell(NoticeKind.WARNING, text, now)
                self._lose(text, now, shun=message.reason == "stopping")
        else:
            try:
                answers = self.view.receive(message, now)
            except RemoteProtocolError as error:
                self._lose(f"The server sent what this client cannot read ({error}).", now)
                return
            for answer in answers:
                self._say(answer)
            self._take_note(message, now)

    def _turned_away(self, refused: Refused, now: float) -> None:
        no_room = refused.reason in NO_ROOM
        # Who was sent here, to the most room there is, need ask nobody else.
        sent, self._redirect = self._redirect is not None, None
        if no_room and self._was_online:
            # Another node may have a place.
            self._lose(refused.text, now)
        elif no_room and not sent and self._route.lost(now, patient=False):
            self._hang_up()
            text = f"{refused.text} Trying {self._route.next_name}"
            self.status = LinkStatus(LinkKind.CONNECTING, text)
        else:
            self._end(LinkKind.REFUSED, refused.text)
            self.status = replace(self.status, no_room=no_room)

    def _take_note(self, message: Message, now: float) -> None:
        """See to what of a message concerns the link itself."""
        match message:
            case Welcome():
                self._welcomed(message, now)
            case Nodes():
                self._learn(message, now)
            case RoomState():
                self._wanted = self._watch_at = None
                self._doubts = False
            case RacePaused():
                self._doubts = False
            case LobbyState() if self._doubts:
                self._doubts = False
                self._leave_for_good("Your seat in {} is gone.", now)
            case Notice(kind, _) if kind != NoticeKind.INFO:
                self._wanted = None
            case RaceStart(race_id=race_id, tick=tick) if self._sends_again:
                self._sends_again = False
                race = self.view.race
                if race is not None and race.race_id == race_id:
                    for order in race.send_again(tick):
                        self._say(order)

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        try:
            self._identity.remember(welcome.token)
        except BadFile as error:
            self.view.tell(NoticeKind.WARNING, str(error), now)
        self.status = LinkStatus(LinkKind.ONLINE, f"Connected to {welcome.node}")
        self._route.arrived()
        self._was_online = True
        self._heard_at = now
        redirect, self._redirect = self._redirect, None
        wanted, self._wanted = self._wanted, None
        ticket = redirect.ticket if redirect is not None else ""
        if self.view.spectating:
            self._watch_at = now + WATCH_EVERY_S if ticket else now
            self._watch_until = now + WATCH_S
        elif self.view.room is not None:
            self._doubts = not welcome.seat_room
            self._sends_again = self._resumes and not self._doubts
            if welcome.seat_room and not self._resumes:
                self.resume()
        elif redirect is not None and wanted is not None and not ticket:
            self.send(wanted)
        # Behind what was wanted: nobody is sent on by what the last node knew already.
        self._tell_times()

    def _watch_again(self, now: float) -> None:
        """Ask for what we watched, until it is shown or nobody has it."""
        if self._watch_at is None or now < self._watch_at:
            return
        room = self.view.room
        if room is None:
            self._watch_at = None
        elif now > self._watch_until:
            self._watch_at = None
            self._leave_for_good("Nobody shows {} any more.", now)
        else:
            self._watch_at = now + WATCH_EVERY_S
            self.send(Watch(room.room_id))

    def _leave_for_good(self, why: str, now: float) -> None:
        if self.view.room is not None:
            self.view.tell(NoticeKind.WARNING, why.format(self.view.room.title), now)
            self.view.leave()

    def _learn(self, message: Nodes, now: float) -> None:
        here = next((row.node for row in message.rows if row.here), "")
        told = (Node(row.node, row.address) for row in message.rows)
        self._route.learn(filter(dialable, told), here)
        try:
            self._list.remember(self._joined, self._route.known)
        except BadFile as error:
            self.view.tell(NoticeKind.WARNING, str(error), now)

    def _measure(self, now: float) -> None:
        """Measure the nodes now and then, but not while the player drives."""
        drives = self.view.race is not None and self.view.results is None
        if self.survey and self.survey.update(self._route.nodes, now, quiet=drives):
            self._tell_times()

    def _tell_times(self) -> None:
        if self.survey and self.survey.times:
            rows = (NodeTime(name, told) for name, told in self.survey.times.items())
            self.send(NodeTimes(tuple(rows)))

    def _follow(self, redirect: Redirect, now: float) -> None:
        """Go where a node sends us, at once."""
        try:
            host_and_port(redirect.address)
        except BadOption:
            self._lose("The server sent us to what is no address.", now)
            return
        self._hang_up()
        if not self._route.redirected(redirect.address, now):
            if not self._was_online and not redirect.ticket:
                # So many come that each node believes of another that it has room.
                self._end(LinkKind.REFUSED, ALL_BUSY)
                self.status = replace(self.status, no_room=True)
                return
            text = "The servers send us in a circle: tell who runs them, and join again later."
            self._end(LinkKind.CLOSED, text)
            return
        self._redirect = redirect
        kind = LinkKind.MOVING if self._was_online else LinkKind.CONNECTING
        self.status = LinkStatus(kind, redirect.text)
        self._call()

    def _hang_up(self) -> None:
        if self._dial is not None:
            self._dial.close()
            self._dial = None

    def _end(self, kind: LinkKind, text: str) -> None:
        self._hang_up()
        self.status = LinkStatus(kind, text)

    def _lose(self, fault: str, now: float, *, shun: bool = False) -> None:
        self._hang_up()
        # A ticket is good for one call.
        self._redirect = None
        if not self._was_online:
            if self._connected_at is not None:
                # Something took the call and did not answer as a server does.
                fault = f"{fault} Is {self._route.at} a Slipstream server?"
            self._first_fault = self._first_fault or fault
            if self._route.lost(now, patient=False):
                text = f"{self._joined} does not answer; trying {self._route.next_name}"
                self.status = LinkStatus(LinkKind.CONNECTING, text)
            else:
                self._end(LinkKind.CLOSED, self._first_fault)
            return
        if not self._route.lost(now, shun=shun):
            self._end(LinkKind.CLOSED, f"{fault} It stayed away for too long.")
            return
        self.status = LinkStatus(LinkKind.RECONNECTING, fault, self._route.attempt)
        self._say_when(now)

    def _say_when(self, now: float) -> None:
        if self.status.kind is LinkKind.RECONNECTING:
            self._say_next(max(0.0, self._route.due_at - now))

    def _say_next(self, wait: float) -> None:
        """Tell what was lost, and what is tried when."""
        route = self._route
        what = "trying again" if route.returns else f"trying {route.next_name}"
        when = f"in {wait:.0f} s" if round(wait) else "now"
        text = f"Lost {route.home_name}; {what} {when} (attempt {route.attempt})"
        self.status = LinkStatus(LinkKind.RECONNECTING, text, route.attempt, wait)
