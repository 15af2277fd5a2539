"""The herald: who is told what, and when it is told again.

It knows which link belongs to whom, relays chat to those who hear it, and
sends the lobby and the rooms again when they have changed, but not more often
than news are worth. It decides nothing about the game and sends nothing
itself: it emits effects.

Units: seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import bulletins
from chat import Conversation, Line, LineKind
from db.store import ChatRecord
from effects import Effect, SaveChat, Send
from lobby import Entropy, Lobby, Room, Session
from protocol import Channel, Message, NodeRow, NoticeKind, Ping

NEWS_EVERY_S = 0.25
"""A changed lobby is told at most so often, however many people come and go."""
NEWS_ROWS_S = 128
"""And so many rows of it a second: hundreds of people are told of less often."""
CROWD = 64
"""With more people than that nobody reads who comes and goes."""
SLICES = 40
"""What everybody is asked or told every so often is spread over so many turns."""
RTT_MS_MAX = 9999
KNOWN_LINES_MAX = 512


class Herald:
    """Tells people what happened, through effects."""

    def __init__(
        self,
        node: str,
        lobby: Lobby,
        entropy: Entropy,
        emit: Callable[[Effect], None],
        wall_offset_s: float,
    ) -> None:
        self.links: dict[int, Session] = {}
        """The session of each link that was welcomed."""
        self._node = node
        self._lobby = lobby
        self._entropy = entropy
        self._emit = emit
        self._wall_offset_s = wall_offset_s
        self._pings: dict[int, tuple[int, float]] = {}
        """Nonce and time of the ping that each link has not answered yet."""
        self._nonce = 0
        self._lobby_changed = False
        self._lobby_at = 0.0
        """When all who are in the lobby may be told of it again."""
        self._look_at = 0.0
        """When to see again who has come to the lobby."""
        self._in_lobby: set[int] = set()
        """Links that were told of the lobby since they are there."""
        self._rooms_changed: set[str] = set()
        self._rooms_at: dict[str, float] = {}
        """When each room may be told of again."""
        self._nodes: tuple[NodeRow, ...] = ()
        self._known_lines: deque[str] = deque(maxlen=KNOWN_LINES_MAX)
        """Ids of lines of the lobby that were told here already."""

    def wall(self, now: float) -> float:
        """Return the time of day, in seconds since 1970."""
        return now + self._wall_offset_s

    # Links

    def drop(self, link_id: int) -> Session | None:
        """Forget a link; return whose it was."""
        self._pings.pop(link_id, None)
        return self.links.pop(link_id, None)

    def ping(self, part: int, now: float) -> None:
        """Ask a part of the clients, of `SLICES`, for a sign of life, unless they owe one already.

        While an answer is overdue, the wait so far counts as its round trip.
        """
        self._nonce = (self._nonce + 1) % (1 << 32)
        asked = []
        for link_id, session in self.links.items():
            if link_id % SLICES != part:
                continue
            if link_id in self._pings:
                _, sent_at = self._pings[link_id]
                session.rtt_ms = max(session.rtt_ms, _rtt_ms(now - sent_at))
            else:
                self._pings[link_id] = (self._nonce, now)
                asked.append(link_id)
        if asked:
            self._emit(Send(tuple(asked), Ping(self._nonce)))

    def heard_pong(self, session: Session, nonce: int, now: float) -> None:
        """Take the round-trip time from the first answer to the newest ping."""
        link_id = session.link_id
        if link_id is None or link_id not in self._pings:
            return
        asked, sent_at = self._pings[link_id]
        if nonce == asked:
            del self._pings[link_id]
            session.rtt_ms = _rtt_ms(now - sent_at)

    # Messages

    def send(self, session: Session, message: Message) -> None:
        """Send to one session, if it is connected."""
        if session.link_id is not None:
            self._emit(Send((session.link_id,), message))

    def send_all(self, message: Message) -> None:
        """Send to everyone."""
        if self.links:
            self._emit(Send(tuple(self.links), message))

    def confirm(self, race_id: str, epoch: int) -> None:
        """Tell everyone that a majority holds a result, told under this epoch."""
        self.send_all(bulletins.saved(race_id, epoch))

    def tell_saved(self, session: Session, room: Room) -> None:
        """Tell who comes back, or to another owner, that the last result is saved."""
        if room.saved_race:
            self.send(session, bulletins.saved(room.saved_race, room.saved_epoch))

    def tell(self, session: Session, text: str, kind: NoticeKind) -> None:
        """Tell one player a sentence."""
        self.send(session, bulletins.notice(kind, text))

    # Chat

    def announce(self, room: Room, text: str, now: float) -> None:
        """Tell a room what happened, as a line of its chat."""
        self._rooms_changed.add(room.room_id)
        self.relay(room, room.conversation.tell(text, sent_at=self.wall(now)))

    def announce_all(self, text: str, now: float) -> None:
        """Tell everyone what happened, as a line of the lobby's chat, unless it is crowded."""
        if len(self.links) > CROWD:
            return
        self.relay(None, self._lobby.conversation.tell(text, sent_at=self.wall(now)))

    def relay(self, room: Room | None, line: Line) -> None:
        """Send a line to everyone who hears it: a room, or the whole lobby."""
        links = self._lobby.links_of(room) if room is not None else tuple(self.links)
        channel = Channel.LOBBY if room is None else Channel.ROOM
        if links:
            self._emit(Send(links, bulletins.chat_line(channel, line)))
        line_id = self._entropy(8).hex()
        if room is None:
            self._known_lines.append(line_id)
        self._emit(
            SaveChat(
                ChatRecord(
                    line_id=line_id,
                    channel=int(channel),
                    room_id="" if room is None else room.room_id,
                    author=line.author,
                    text=line.text,
                    kind=int(line.kind),
                    sent_at=line.sent_at,
                    number=0 if room is None else line.number,
                )
            )
        )

    def hear(self, records: Iterable[ChatRecord]) -> None:
        """Tell the lines of the lobby that were said on other nodes."""
        for record in records:
            if record.channel != Channel.LOBBY or record.line_id in self._known_lines:
                continue
            self._known_lines.append(record.line_id)
            recall(self._lobby.conversation, (record,))
            line = self._lobby.conversation.history[-1]
            self.send_all(bulletins.chat_line(Channel.LOBBY, line))

    # Nodes

    def note_nodes(self, rows: tuple[NodeRow, ...]) -> None:
        """Tell everyone which nodes there are, if that has changed."""
        if rows != self._nodes:
            self._nodes = rows
            self.send_all(bulletins.nodes(rows))

    def tell_nodes(self, session: Session) -> None:
        """Tell one session which nodes there are, if that is known."""
        if self._nodes:
            self.send(session, bulletins.nodes(self._nodes))

    # News

    def note_lobby(self) -> None:
        """The lobby has changed: everyone who is in it shall see it soon."""
        self._lobby_changed = True

    def note_room(self, room_id: str) -> None:
        """A room has changed: those in it shall see it soon."""
        self._rooms_changed.add(room_id)

    def enters_room(self, session: Session) -> None:
        """Somebody leaves the lobby for a room: nobody there looks at the list of rooms."""
        if session.link_id is not None:
            self._in_lobby.discard(session.link_id)
        self.note_lobby()

    def send_news(self, now: float) -> None:
        """Send what has changed, unless the last news of it are very fresh."""
        if now >= self._look_at or (self._lobby_changed and now >= self._lobby_at):
            self._look_at = now + NEWS_EVERY_S
            self._tell_lobby(now)
        if self._rooms_changed:
            self._tell_rooms(now)

    def _tell_lobby(self, now: float) -> None:
        """Tell the lobby to who has come there, and if it has changed to all who are there.

        Who sits or watches somewhere sees no list of rooms and people, and is told none.
        """
        here = {link_id for link_id, one in self.links.items() if one.in_lobby}
        told = here - self._in_lobby
        self._in_lobby = here
        all_told = self._lobby_changed and now >= self._lobby_at
        if all_told:
            self._lobby_changed = False
            told = here
        if not told:
            return
        state = bulletins.lobby_state(self._lobby, self._node)
        if all_told:
            rows = len(state.rooms) + len(state.people)
            self._lobby_at = now + max(NEWS_EVERY_S, rows / NEWS_ROWS_S)
        self._emit(Send(tuple(sorted(told)), state))

    def _tell_rooms(self, now: float) -> None:
        for room_id in sorted(self._rooms_changed):
            room = self._lobby.rooms.get(room_id)
            if room is None:
                self._rooms_changed.discard(room_id)
                self._rooms_at.pop(room_id, None)
            elif now >= self._rooms_at.get(room_id, 0.0):
                self._rooms_changed.discard(room_id)
                self._rooms_at[room_id] = now + NEWS_EVERY_S
                links = self._lobby.links_of(room)
                if links:
                    self._emit(Send(links, bulletins.room_state(room, self._lobby, now)))


def _rtt_ms(seconds: float) -> int:
    return min(RTT_MS_MAX, round(seconds * 1000))


def recall(conversation: Conversation, chat: Iterable[ChatRecord]) -> None:
    """Put lines of an earlier process back into a conversation."""
    conversation.restore(
        (one.number, LineKind(one.kind), one.author, one.text, one.sent_at) for one in chat
    )
