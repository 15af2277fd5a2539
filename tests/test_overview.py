"""What a node tells of all nodes: to whoever asks, at most one look at the desk a second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from db.store import Card, Claim, Lease, PersonCard, RoomCard
from effects import DeskRead, Effect, FaultPlaced, PlaceFault, ReadDesk, Report, Seen, Send
from faults import DELAY_MAX_MS, FAULTS, SECONDS_MAX
from node import Node
from protocol import (
    RECOVERIES_MAX,
    VERSION,
    AskCluster,
    ClusterNews,
    ClusterState,
    CreateRoom,
    Hello,
    Message,
    Notice,
    NoticeKind,
    OrderFault,
    RecoveryRow,
    encode_message,
)
from protocol.fields import Whole, layout_of
from recovery import Recovery, row_of
from track import track_of

LOST = RecoveryRow("room-9", "", "one", "two", 4, 2000, 1600, 1700, 1710, 2400, 5400)
KILL = OrderFault("two", "kill", 10, 150)


class Shell:
    """One node, the links that spoke to it, and what it asks and sends."""

    def __init__(self, *, durable: bool = True) -> None:
        self.now = 100.0
        self.effects: list[Effect] = []
        self.node = Node(
            claim=Claim("one", "one-1", "10.0.0.1:7777"),
            secret=b"secret",
            tracks={"meadow": track_of("meadow")},
            entropy=lambda size: b"\x07" * size,
            sessions_max=8,
            wall_offset_s=0.0,
            durable=durable,
        )

    def greet(self, *links: int) -> None:
        """Let players in."""
        for link_id in links:
            self.say(link_id, Hello(VERSION, f"P{link_id}", str(link_id) * 43, "client"))

    def say(self, link_id: int, message: Message) -> None:
        """Let a player say something."""
        self.effects += self.node.handle(link_id, message, self.now)

    def tell(self, outcome: DeskRead | FaultPlaced | Seen) -> None:
        """Let the shell answer."""
        self.effects += self.node.settle(outcome, self.now)

    def count(self, kind: type[Effect]) -> int:
        """Return how often the node asked for something."""
        return sum(isinstance(one, kind) for one in self.effects)

    def news(self, link_id: int) -> list[ClusterNews]:
        """Return what a player was told, as far as the wire can carry it."""
        found = [one.message for one in self.effects if isinstance(one, Send)
                 and link_id in one.link_ids and isinstance(one.message, ClusterNews)]  # fmt: skip
        for one in found:
            encode_message(one)
        return found

    def notices(self, link_id: int) -> list[Notice]:
        """Return the sentences for a player."""
        return [one.message for one in self.effects if isinstance(one, Send)
                and link_id in one.link_ids and isinstance(one.message, Notice)]  # fmt: skip


def two(age_s: float = 0.3) -> Card:
    """Return the card of another node, with a race of eight."""
    room = RoomCard("room-9", "Derby", "meadow", 3, 1, 2, 6, 8)
    people = (PersonCard("p", "Ann", "room-9", 20), PersonCard("q", "Bob", "room-9", 0, False))
    return Card("two", "two-1", "10.0.0.2:7777", False, 0.25, (room,), people, age_s)


def test_all_nodes_are_told_with_what_they_run() -> None:
    """Rows by name, the own one fresh; recoveries with the titles of their rooms."""
    shell = Shell()
    shell.greet(1)
    shell.tell(Seen((two(),), (Lease("room-9", "two", "two-1", "", 3, 4.0, True),)))
    shell.now += 0.5
    shell.say(1, AskCluster())
    assert not shell.news(1)
    shell.tell(DeskRead(("two",), (LOST,)))

    [told] = shell.news(1)
    one, other = told.rows
    assert (told.state, told.owner) == (ClusterState.KNOWN, "")
    assert (one.node, one.heard_ms, one.people, one.takes_faults) == ("one", 0, 1, False)
    assert (other.node, other.address, other.heard_ms) == ("two", "10.0.0.2:7777", 800)
    assert (other.rooms, other.cars, other.people, other.load) == (1, 8, 1, 250)
    assert other.takes_faults
    assert told.recoveries == (replace(LOST, title="Derby"),)


def test_many_who_ask_cost_one_look_a_second() -> None:
    """Who asks meanwhile gets the same answer, and within a second what is known."""
    shell = Shell()
    shell.greet(1, 2, 3)
    for link_id in (1, 2, 3):
        shell.say(link_id, AskCluster())
    shell.tell(DeskRead((), (LOST,)))
    shell.now += 0.9
    shell.say(1, AskCluster())

    assert shell.count(ReadDesk) == 1
    assert [len(shell.news(link_id)) for link_id in (1, 2, 3)] == [2, 1, 1]
    assert shell.news(1)[-1].recoveries[0].ago_ms == LOST.ago_ms + 900
    shell.now += 0.2
    shell.say(1, AskCluster())
    assert shell.count(ReadDesk) == 2


def test_who_left_meanwhile_is_not_answered() -> None:
    """An answer goes to links that are there."""
    shell = Shell()
    shell.greet(1, 2)
    shell.say(1, AskCluster())
    shell.say(2, KILL)
    for link_id in (1, 2):
        shell.effects += shell.node.disconnect(link_id, "gone", shell.now)
    shell.tell(DeskRead(()))
    shell.tell(FaultPlaced(2, "two kills itself within a second.", True))

    assert not shell.news(1)
    assert not shell.notices(2)


def test_blind_node_tells_what_it_knew() -> None:
    """Without the database rows grow older, recoveries stay, and the state says why."""
    shell = Shell()
    shell.greet(1)
    shell.tell(Seen((two(),), ()))
    shell.say(1, AskCluster())
    shell.tell(DeskRead(("two",), (LOST,)))
    shell.now += 5.0
    shell.tell(Seen(None, ()))
    shell.say(1, AskCluster())
    shell.tell(DeskRead(None))
    told = shell.news(1)[-1]

    assert told.state == ClusterState.BLIND
    assert [row.heard_ms for row in told.rows] == [0, 5300]
    assert [row.ago_ms for row in told.recoveries] == [LOST.ago_ms + 5000]
    assert not any(row.takes_faults for row in told.rows)
    shell.tell(Seen((two(),), ()))
    shell.say(1, AskCluster())
    shell.tell(DeskRead(("two",)))
    assert shell.news(1)[-1].state == ClusterState.KNOWN


def test_server_that_keeps_nothing_says_that_it_is_alone() -> None:
    """At once: there is no desk to ask; and it takes no faults."""
    shell = Shell(durable=False)
    shell.greet(1)
    shell.say(1, AskCluster())
    shell.say(1, KILL)

    [told] = shell.news(1)
    assert told.state == ClusterState.ALONE
    assert [row.node for row in told.rows] == ["one"]
    assert "--nodes" in shell.notices(1)[-1].text
    assert not shell.count(ReadDesk) + shell.count(PlaceFault)


def test_owner_of_the_own_room_is_told() -> None:
    """By the lease: a dead owner is the owner until another has taken the room."""
    shell = Shell()
    shell.greet(1)
    shell.say(1, CreateRoom("Derby", "meadow", 3, 0))
    [room_id] = shell.node.game.lobby.rooms
    shell.tell(Seen((), (Lease(room_id, "one", "one-1", "", 1, 4.0, False),)))
    shell.say(1, AskCluster())
    shell.tell(DeskRead(()))

    assert shell.news(1)[-1].owner == "one"


def test_order_goes_to_the_desk_and_its_word_to_the_player() -> None:
    """Who runs the node reads who ordered what."""
    shell = Shell()
    shell.greet(1)
    shell.say(1, KILL)
    assert PlaceFault(1, KILL) in shell.effects
    assert Report("P1 orders: kill two") in shell.effects
    shell.tell(FaultPlaced(1, "two kills itself within a second.", True))
    shell.tell(FaultPlaced(1, '"two" takes no faults.', False))

    done, refused = shell.notices(1)
    assert (done.kind, refused.kind) == (NoticeKind.INFO, NoticeKind.WARNING)
    assert done.text == "two kills itself within a second."


def test_fault_that_nobody_knows_is_refused() -> None:
    """One sentence; nothing is asked of the database."""
    shell = Shell()
    shell.greet(1)
    shell.say(1, replace(KILL, kind="maim"))

    assert "choose kill, pause, cut, slow" in shell.notices(1)[-1].text
    assert not shell.count(PlaceFault)


def test_questions_are_limited_like_all_commands() -> None:
    """Who asks without end is told to wait, and the desk is left alone."""
    shell = Shell()
    shell.greet(1)
    for _ in range(100):
        shell.say(1, KILL)

    assert shell.count(PlaceFault) < 30
    assert shell.notices(1)[-1].text.startswith("That was too much at once")


@pytest.mark.parametrize(("field", "most"), [("seconds", SECONDS_MAX), ("delay_ms", DELAY_MAX_MS)])
def test_wire_carries_every_fault_that_may_be_ordered(field: str, most: float) -> None:
    """The limits of the message are those of the fault."""
    rule = dict(layout_of(OrderFault))[field]

    assert rule == Whole(1, round(most))
    assert max(map(len, FAULTS)) <= 8


def test_recovery_is_told_since_the_last_word_of_the_owner() -> None:
    """Steps add up; one that was not reached is none."""
    told = row_of(Recovery("r", "one", "two", 4, 1.6, 0.05, 0.1, 0.11, 0.8, -1.0, 600, 3.0))

    assert told == RecoveryRow("r", "", "one", "two", 4, 3000, 1600, 1700, 1710, 2400, -1)
    assert row_of(Recovery("r", "one", "")).noticed_ms == 0
    assert RECOVERIES_MAX == 8
