"""The standing link, with a dial that the test speaks through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from car import CarInput
from client_link import Link, LinkKind
from dialling import Dial
from errors import LocalProtocolError
from identity import Identity
from nodes import Node, NodeList
from protocol import (
    Drive,
    Forfeit,
    Goodbye,
    Hello,
    LobbyState,
    Message,
    Redirect,
    Refused,
    Resume,
    RoomState,
    Snapshot,
)
from readings import Traffic
from route import PAUSES_S, REDIRECTS_MAX
from tests.remote_race import RemoteRace
from tests.test_view import ROOM, START, TOKEN, welcome
from track import track_of

M = TypeVar("M")
LOST = "The connection to the server was lost (reset)."


class FakeDial(Dial):
    """A dial without a socket: the test says what comes and sees what goes."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.fault = None
        self.connected = True
        self.silent = False
        self.traffic = Traffic()
        self.sent: list[Message] = []
        self.coming: list[Message] = []
        self.said_goodbye = False

    def start(self) -> None:
        """Nothing needs to be waited for."""

    def send(self, message: Message) -> None:
        """Note what is said; after a goodbye nothing may be."""
        if self.said_goodbye:
            raise LocalProtocolError("a client may not speak while closed")
        self.sent.append(message)

    def messages(self) -> list[Message]:
        """Return what the test has put there."""
        coming, self.coming = self.coming, []
        return coming

    def close(self) -> None:
        """Nothing is open."""

    def join(self, timeout_s: float = 1.0) -> None:
        """Nothing runs."""


class Player:
    """A link and the dials that it has made, with a time of its own."""

    def __init__(self, folder: Path | None = None, nodes: NodeList | None = None) -> None:
        self.dials: list[FakeDial] = []
        self.now = 0.0
        self.link = Link(
            "host", 7777, Identity(folder, "Me"), track_of, dial=self._make, nodes=nodes
        )

    def _make(self, host: str, port: int) -> FakeDial:
        self.dials.append(FakeDial(host, port))
        return self.dials[-1]

    def update(self, seconds: float = 0.02) -> None:
        """Let some time pass."""
        self.now += seconds
        self.link.update(self.now, CarInput())

    def hears(self, *messages: Message) -> None:
        """Deliver messages on the newest dial."""
        self.dials[-1].coming.extend(messages)
        self.update()

    def loses(self) -> None:
        """Cut the newest dial."""
        self.dials[-1].fault = LOST
        self.update()

    def said(self, kind: type[M]) -> list[M]:
        """Return what was sent of one kind on the newest dial."""
        return [one for one in self.dials[-1].sent if isinstance(one, kind)]


def online(folder: Path | None = None, seat_room: str = "") -> Player:
    """Return a player whom the server has welcomed."""
    player = Player(folder)
    player.update()
    player.update()
    player.hears(welcome(seat_room=seat_room))
    return player


def racing() -> Player:
    """Return a player in the middle of a race."""
    player = online()
    there = RemoteRace(delay_s=0.0)
    there.run_to_racing()
    # The server has heard nothing from this player yet.
    there.live.welcome_back(0)
    snapshot = Snapshot(1, 400, 2, 240, 240, _cars(there))
    player.hears(ROOM, START, snapshot)
    for _ in range(30):
        player.update()
    return player


def _cars(there: RemoteRace) -> bytes:
    import bulletins

    return bulletins.snapshot(there.room, there.live).cars


def test_hello_carries_name_and_token(tmp_path: Path) -> None:
    """Who was here before is known by the token on disk."""
    online(tmp_path)
    again = Player(tmp_path)
    again.update()
    again.update()

    (hello,) = again.said(Hello)
    assert isinstance(hello, Hello)
    assert (hello.name, hello.token) == ("Me", TOKEN)


def test_welcome_makes_the_link_online() -> None:
    """The player reads where he is."""
    player = online()

    assert player.link.online
    assert player.link.status.text == "Connected to node"


def test_first_attempt_that_fails_is_told_and_not_repeated() -> None:
    """A wrong address is to be corrected, not to be tried for minutes."""
    player = Player()
    player.update()
    player.loses()

    assert player.link.status.kind is LinkKind.CLOSED
    assert player.link.status.text == f"{LOST} Is host:7777 a Slipstream server?"


def test_lost_link_is_tried_again_with_growing_pauses() -> None:
    """Half a second, one, two, four, five, five: never a hammer."""
    player = online()
    waited = []
    for _ in range(6):
        player.loses()
        before, dials = player.now, len(player.dials)
        while len(player.dials) == dials:
            player.update(0.05)
        waited.append(player.now - before)

    assert waited == pytest.approx([*PAUSES_S, PAUSES_S[-1]], abs=0.06)


def test_player_reads_when_the_next_attempt_is() -> None:
    """The sentence counts down."""
    player = online()
    for _ in range(3):
        player.loses()
        while player.link.status.retry_in_s > 0.0:
            player.update(0.1)
        player.update()
    player.loses()

    assert player.link.status.kind is LinkKind.RECONNECTING
    assert player.link.status.text == "Lost the server; trying again in 4 s (attempt 4)"
    player.update(2.0)
    assert "in 2 s" in player.link.status.text


def test_kept_seat_is_taken_up_by_itself_after_a_reconnection() -> None:
    """Resume comes first, then what was sent lately and not acknowledged."""
    player = racing()
    unheard = player.said(Drive)
    player.loses()
    player.update(1.0)
    player.update()
    player.hears(welcome(seat_room="room"))
    assert player.said(Resume) == [Resume(gates=1)]
    before = len(player.said(Drive))
    player.hears(replace(START, epoch=2, tick=380))
    again = player.said(Drive)[before:]

    assert unheard
    assert [one.tick for one in again[: len(unheard)]] == [one.tick for one in unheard]
    assert again[0].sequence > unheard[-1].sequence


def test_kept_seat_is_only_offered_after_a_fresh_start() -> None:
    """Who starts the game anew is asked first."""
    player = online(seat_room="room")

    assert player.link.view.offered
    assert not player.said(Resume)


@pytest.mark.parametrize(("answer", "message"), [("resume", Resume()), ("forfeit", Forfeit())])
def test_offer_is_answered_once(answer: str, message: Message) -> None:
    """Either way, the question is gone."""
    player = online(seat_room="room")
    getattr(player.link, answer)()

    assert player.said(type(message)) == [message]
    assert not player.link.view.offered


def test_offer_not_answered_is_not_taken_up_by_a_reconnection() -> None:
    """A question that the player has not answered stays a question."""
    player = online(seat_room="room")
    player.loses()
    player.update(1.0)
    player.update()
    player.hears(welcome(seat_room="room"))

    assert not player.said(Resume)
    assert player.link.view.offered


def test_seat_that_is_gone_is_told() -> None:
    """Who was away for too long reads so, and stands in the lobby."""
    player = racing()
    player.loses()
    player.update(1.0)
    player.update()
    player.hears(welcome())
    assert player.link.view.room is not None
    player.hears(LobbyState((), ()))

    assert player.link.view.room is None
    assert player.link.view.notices[-1].text == "Your seat in Test is gone."


def test_refusal_is_final_until_the_player_tries_again() -> None:
    """A full server is not hammered; a button tries once more."""
    player = Player()
    player.update()
    player.update()
    player.hears(Refused("full", "The server is full: try again later."))
    player.update(60.0)

    assert player.link.status.kind is LinkKind.REFUSED
    assert player.link.status.text == "The server is full: try again later."
    assert player.link.status.no_room
    assert len(player.dials) == 1
    player.link.retry(player.now)
    player.update()
    assert len(player.dials) == 2


def test_second_client_of_the_same_player_ends_the_first() -> None:
    """Two windows do not throw each other out for ever."""
    player = online()
    player.hears(Goodbye("replaced", "You connected from elsewhere."))
    player.update(60.0)

    assert player.link.status.kind is LinkKind.CLOSED
    assert len(player.dials) == 1


def test_goodbye_and_the_end_of_the_link_count_as_one_loss() -> None:
    """A server that stops costs one attempt, not two."""
    player = online()
    player.dials[-1].fault = "The server closed the connection."
    player.hears(Goodbye("stopping", "The server is stopping; races are saved."))
    player.update()

    assert player.link.status.attempt == 1


def test_goodbye_is_told_though_the_link_tries_again() -> None:
    """What the server said last is not overwritten by the attempts."""
    player = online()
    player.hears(Goodbye("stopping", "The server is stopping; races are saved."))
    player.update()

    told = [one.text for one in player.link.view.notices]
    assert "The server is stopping; races are saved." in told


def test_sending_after_an_unread_goodbye_is_no_fault_of_ours() -> None:
    """The thread may hear a goodbye before we do."""
    player = online()
    player.dials[-1].said_goodbye = True

    assert player.link.send(Forfeit()) is False
    player.update(2.0)


def test_snapshot_that_cannot_be_breaks_the_link_and_not_the_game() -> None:
    """A broken server is one sentence and another attempt."""
    player = online()
    player.hears(ROOM, START, Snapshot(1, 400, 2, 240, 240, b"not a record"))

    assert player.link.status.kind is LinkKind.RECONNECTING


def test_token_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    """A full or read-only disk does not stop the race."""
    (tmp_path / "file").write_text("")
    player = online(tmp_path / "file" / "folder")

    assert player.link.online
    assert "choose another" in player.link.view.notices[-1].text


def test_closing_says_goodbye() -> None:
    """The server need not keep a seat for who has quit."""
    player = online()
    player.link.close()

    assert player.said(Goodbye) == [Goodbye("quit", "")]
    assert player.link.status.kind is LinkKind.CLOSED
    assert player.link.send(Forfeit()) is False


def test_room_survives_a_reconnection() -> None:
    """The screen does not flicker through the lobby while the link is mended."""
    player = racing()
    player.loses()
    player.update(1.0)
    player.update()
    player.hears(welcome(seat_room="room"), replace(ROOM, title="Again"))

    assert isinstance(player.link.view.room, RoomState)
    assert player.link.view.race is not None


def test_newcomer_is_sent_on_by_busy_nodes_and_not_for_ever() -> None:
    """To where there is room; where all believe that of each other, later is better."""
    player = Player()
    player.update()
    for number in range(REDIRECTS_MAX + 1):
        player.update()
        assert player.dials[-1].host == (f"10.0.0.{number}" if number else "host")
        player.hears(Redirect(f"10.0.0.{number + 1}:7777", "", "", "The server is busy."))

    assert len(player.dials) == 1 + REDIRECTS_MAX
    assert player.link.status.kind is LinkKind.REFUSED
    assert player.link.status.no_room


def test_newcomer_who_was_sent_to_a_node_that_is_full_by_now_is_told(tmp_path: Path) -> None:
    """The way back would lead here again."""
    nodes = NodeList(tmp_path)
    nodes.remember("host:7777", (Node("one", "host:7777"), Node("two", "other:7777")))
    player = Player(nodes=nodes)
    player.update()
    player.update()
    player.hears(Redirect("other:7777", "", "", "The server is busy: two has room."))
    player.update()
    player.hears(Refused("busy", "The server is busy."))
    player.update(1.0)

    assert [dial.host for dial in player.dials] == ["host", "other"]
    assert player.link.status.kind is LinkKind.REFUSED
    assert player.link.status.no_room


def test_newcomer_whom_a_busy_node_refuses_asks_the_next_one(tmp_path: Path) -> None:
    """Where one node is at its limit another may not be; who is refused by all is told."""
    nodes = NodeList(tmp_path)
    nodes.remember("host:7777", (Node("one", "host:7777"), Node("two", "other:7777")))
    player = Player(nodes=nodes)
    player.update()
    player.update()
    player.hears(Refused("busy", "The server is busy."))
    tried = player.link.status
    player.update(1.0)
    player.update()
    second = player.dials[-1].host
    player.hears(Refused("busy", "The server is busy."))

    assert (tried.kind, tried.text) == (LinkKind.CONNECTING, "The server is busy. Trying two")
    assert (len(player.dials), second) == (2, "other")
    assert player.link.status.kind is LinkKind.REFUSED
    assert player.link.status.no_room


def test_race_is_measured_as_it_goes() -> None:
    """Snapshots, how early inputs were, and corrections find their way to the readings."""
    player = racing()
    read = player.link.view.readings

    assert read.snapshots.at(player.now) > 0.0
    assert read.corrections.newest is not None
    assert len(read.corrections.values(player.now)) == 1
