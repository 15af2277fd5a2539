"""The link among several nodes: redirects, lost nodes, and what is said again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import bulletins
from autopilot import Agent
from client_link import QUIET_S, WATCH_EVERY_S, WELCOME_S, LinkKind
from nodes import NodeList
from protocol import (
    WATCHING,
    CreateRoom,
    Dismissed,
    Drive,
    Goodbye,
    Hello,
    JoinRoom,
    LobbyState,
    Message,
    NodeRow,
    Nodes,
    Notice,
    Ping,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    Resume,
    Snapshot,
    Watch,
)
from route import REDIRECTS_MAX
from tests.remote_race import RemoteRace
from tests.test_client_link import LOST, Player, online, racing
from tests.test_view import ROOM, START, welcome

NODES = Nodes(
    (
        NodeRow("node-1", "10.0.0.1:7777", True, False, 10),
        NodeRow("node-2", "10.0.0.2:7777", False, False, 0),
        NodeRow("node-3", "10.0.0.3:7777", False, False, 0),
    )
)
THERE = Redirect("10.0.0.2:7777", "room", "ticket", "This room is on node-2.")
SPECTATED = replace(ROOM, seats=ROOM.seats[:1])


def among_nodes(player: Player) -> Player:
    """Tell a player of three nodes, of which the first serves."""
    player.hears(NODES)
    return player


def called(player: Player) -> str:
    """Return what the newest dial has called."""
    return f"{player.dials[-1].host}:{player.dials[-1].port}"


def settle(player: Player) -> None:
    """Let pauses pass until somebody is called who is not lost yet."""
    dials = len(player.dials)
    for _ in range(1000):
        if len(player.dials) > dials:
            break
        player.update(0.05)
    player.update()


def hello(player: Player) -> Hello:
    """Return what the newest dial was greeted with."""
    player.update()
    (said,) = player.said(Hello)
    return said


# Redirects


def test_redirect_is_followed_at_once_with_room_and_ticket() -> None:
    """No pause: it is no fault of anybody's."""
    player = online()
    player.hears(THERE)

    assert called(player) == "10.0.0.2:7777"
    assert player.link.status.kind is LinkKind.MOVING
    assert player.link.status.text == "This room is on node-2."
    assert (hello(player).room_id, hello(player).ticket) == ("room", "ticket")


def test_redirect_may_answer_the_hello() -> None:
    """A client may contact any node, and is sent to the right one."""
    player = Player()
    player.update()
    player.update()
    player.hears(replace(THERE, text=""))
    player.update()
    player.hears(welcome(seat_room="room"))

    assert called(player) == "10.0.0.2:7777"
    assert player.link.online
    assert player.link.view.offered


@pytest.mark.parametrize(
    ("asked", "said_there"),
    [
        (JoinRoom("room"), JoinRoom("room")),
        (CreateRoom("Mine", "meadow", 3, 0), CreateRoom("Mine", "meadow", 3, 0)),
    ],
)
def test_what_the_redirect_answered_is_said_again(asked: Message, said_there: Message) -> None:
    """The player pressed a button once; without a ticket the next node does not know."""
    player = online()
    player.link.send(asked)
    player.hears(replace(THERE, ticket=""))
    player.update()
    player.hears(welcome())

    assert player.said(type(said_there)) == [said_there]


@pytest.mark.parametrize("asked", [JoinRoom("room"), Watch("room")])
def test_ticket_says_it_all(asked: Message) -> None:
    """The node that is reached by it sits the player down, or shows the race."""
    player = online()
    player.link.send(asked)
    player.hears(THERE)
    player.update()
    player.hears(welcome())

    assert not player.said(type(asked))


def test_what_was_answered_is_not_said_again() -> None:
    """A room was refused, and later the node is drained: that is another thing."""
    player = online()
    player.link.send(JoinRoom("room"))
    player.hears(Notice(1, "That room is full."))
    player.hears(replace(THERE, room_id=""))
    player.update()
    player.hears(welcome())

    assert not player.said(JoinRoom)


def test_race_that_moves_is_resumed_and_driven_on_meanwhile() -> None:
    """The car does not stand while the link is made anew, and nothing is to be seen."""
    player = racing()
    race = player.link.view.race
    assert race is not None
    tick = race.prediction.tick
    player.hears(replace(THERE, text=""))
    for _ in range(6):
        player.update()
    assert (race.prediction.tick or 0) > (tick or 0) + 4
    assert [type(one) for one in player.dials[-1].sent] == [Hello, Resume]
    player.hears(welcome(seat_room="room"))
    assert len(player.said(Resume)) == 1
    before = len(player.said(Drive))
    player.hears(replace(START, epoch=2, tick=race.tick + 2))

    assert player.link.status.kind is LinkKind.ONLINE
    assert len(player.said(Drive)) > before
    assert player.link.view.race is race
    assert not [one for one in player.link.view.notices if "seat" in one.text]


def test_redirects_in_a_circle_end_with_a_sentence() -> None:
    """Two nodes that disagree must not keep a client running between them."""
    player = online()
    for number in range(REDIRECTS_MAX + 1):
        assert player.link.status.kind is not LinkKind.CLOSED
        player.hears(replace(THERE, address=f"10.0.0.{number % 2 + 1}:7777"))
        player.update()

    assert player.link.status.kind is LinkKind.CLOSED
    assert "in a circle" in player.link.status.text
    assert len(player.dials) == 1 + REDIRECTS_MAX


def test_redirect_to_what_is_no_address_is_a_loss() -> None:
    """One sentence, and the next attempt; nothing is dialled from it."""
    player = online()
    player.hears(replace(THERE, address="no address"))

    assert player.link.status.kind is LinkKind.RECONNECTING


def test_ticket_is_shown_once() -> None:
    """The next node is asked with the room alone."""
    player = among_nodes(racing())
    player.hears(THERE)
    player.update()
    player.loses()
    settle(player)

    assert (hello(player).room_id, hello(player).ticket) == ("room", "")


# Lost nodes


def test_other_nodes_are_tried_when_one_is_lost() -> None:
    """First the same once more, then each of the others, and it is told by name."""
    player = among_nodes(racing())
    names, texts = [], []
    for _ in range(4):
        player.loses()
        texts.append(player.link.status.text)
        settle(player)
        names.append(called(player))

    assert names == ["host:7777", "10.0.0.2:7777", "10.0.0.3:7777", "host:7777"]
    assert texts[0] == "Lost node-1; trying again now (attempt 1)"
    assert texts[1] == "Lost node-1; trying node-2 now (attempt 2)"
    assert hello(player).room_id == "room"


def test_another_node_takes_the_race_over() -> None:
    """Lost, greeted elsewhere, resumed, and what was driven is sent again."""
    player = among_nodes(racing())
    driven = player.said(Drive)
    player.loses()
    settle(player)
    player.loses()
    settle(player)
    player.hears(welcome(seat_room="room"))
    (resume,) = player.said(Resume)
    before = len(player.said(Drive))
    player.hears(replace(START, epoch=2, tick=390, go_tick=600))
    again = player.said(Drive)[before:]

    assert called(player) == "10.0.0.2:7777"
    assert resume.gates == 1
    assert [one.tick for one in driven if one.tick > 390] == [
        one.tick for one in again if one.tick > 390
    ][: len(driven)]


def test_silent_node_is_left_for_another_in_a_race() -> None:
    """A process that was stopped still takes calls: the others are asked first."""
    player = among_nodes(racing())
    player.update(QUIET_S + 0.1)
    settle(player)

    assert called(player) == "10.0.0.2:7777"


def test_silent_node_is_given_time_where_there_is_no_other() -> None:
    """A single server may be slow; nobody else can help."""
    player = racing()
    player.update(QUIET_S + 0.1)

    assert player.link.online
    assert len(player.dials) == 1


def test_node_that_does_not_welcome_is_left_for_another() -> None:
    """It may be stopped, with a system that takes calls for it."""
    player = among_nodes(racing())
    player.loses()
    settle(player)
    player.update(WELCOME_S + 0.1)
    settle(player)

    assert called(player) == "10.0.0.2:7777"


def test_node_that_stops_is_left_for_another() -> None:
    """It has said so."""
    player = among_nodes(racing())
    player.hears(Goodbye("stopping", "The server is stopping."))
    settle(player)

    assert called(player) == "10.0.0.2:7777"


@pytest.mark.parametrize("reason", ["full", "busy"])
def test_full_node_is_left_for_another(reason: str) -> None:
    """Who was in the game already does not end for it."""
    player = among_nodes(racing())
    player.loses()
    settle(player)
    player.hears(Refused(reason, "The server is full: try again in a while."))

    assert player.link.status.kind is LinkKind.RECONNECTING


def test_nodes_are_known_after_a_new_start(tmp_path: Path) -> None:
    """The address that was joined is dead, and the game goes on elsewhere."""
    first = Player(nodes=NodeList(tmp_path))
    first.update()
    first.update()
    first.hears(welcome(), NODES)
    later = Player(nodes=NodeList(tmp_path))
    later.update()
    later.dials[-1].connected = False
    later.loses()
    settle(later)
    later.hears(welcome())

    assert called(later) == "10.0.0.2:7777"
    assert later.link.online


def test_first_fault_is_told_when_no_node_answers(tmp_path: Path) -> None:
    """That is the address which the player wrote."""
    first = Player(nodes=NodeList(tmp_path))
    first.update()
    first.update()
    first.hears(welcome(), NODES)
    later = Player(nodes=NodeList(tmp_path))
    later.update()
    for fault in ("Nothing answers at host:7777.", LOST, LOST):
        later.dials[-1].connected = False
        later.dials[-1].fault = fault
        later.update()
        later.update(0.2)

    assert later.link.status.kind is LinkKind.CLOSED
    assert later.link.status.text.startswith("Nothing answers at host:7777.")


def test_node_list_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    """A read-only disk does not stop the race."""
    (tmp_path / "file").touch()
    player = Player(nodes=NodeList(tmp_path / "file"))
    player.update()
    player.update()
    player.hears(welcome(), NODES)

    assert player.link.online
    assert "nodes.json" in player.link.view.notices[-1].text


def test_addresses_that_are_none_are_not_dialled() -> None:
    """What a node says of others is checked like everything."""
    player = racing()
    player.hears(Nodes((NodeRow("node-9", "no address", False, False, 0),)))
    for _ in range(4):
        player.loses()
        settle(player)

    assert {f"{dial.host}:{dial.port}" for dial in player.dials} == {"host:7777"}


# Watching


def test_watcher_watches_again_after_a_loss() -> None:
    """Nothing is kept for who has no seat, so it is asked for again."""
    player = online()
    player.link.send(Watch("room"))
    player.hears(SPECTATED, replace(START, slot=WATCHING))
    assert player.link.view.spectating
    player.loses()
    settle(player)
    player.hears(welcome())

    assert hello(player).room_id == ""
    assert player.said(Watch) == [Watch("room")]
    assert player.link.view.room is not None


def test_watcher_asks_until_the_race_is_shown() -> None:
    """Another node may need some seconds to take it over."""
    player = online()
    player.link.send(Watch("room"))
    player.hears(SPECTATED, replace(START, slot=WATCHING))
    player.loses()
    settle(player)
    player.hears(welcome())
    for _ in range(3):
        player.hears(Notice(1, "The server of that room does not answer."))
        player.update(WATCH_EVERY_S)
    asked = len(player.said(Watch))
    assert asked >= 3
    player.hears(replace(SPECTATED, epoch=2))
    player.update(WATCH_EVERY_S)
    player.update(WATCH_EVERY_S)

    assert len(player.said(Watch)) == asked
    assert player.link.view.spectating


def test_watcher_gives_up_in_the_end() -> None:
    """A room may be gone with its node."""
    player = online()
    player.link.send(Watch("room"))
    player.hears(SPECTATED, replace(START, slot=WATCHING))
    player.loses()
    settle(player)
    player.hears(welcome())
    for _ in range(20):
        player.update(WATCH_EVERY_S)

    assert player.link.view.room is None
    assert player.link.view.notices[-1].text == "Nobody shows Test any more."


def test_watcher_that_is_sent_on_is_shown_the_race_there() -> None:
    """The ticket says so; asking again would show it twice."""
    player = online()
    player.link.send(Watch("room"))
    player.hears(SPECTATED, replace(START, slot=WATCHING))
    player.hears(THERE)
    player.update()
    player.hears(welcome())
    player.hears(replace(SPECTATED, epoch=2))
    player.update(2 * WATCH_EVERY_S)

    assert not player.said(Watch)


def test_seat_is_waited_for_while_another_node_takes_it_over() -> None:
    """Let in without it, and told why: the race stays on the screen until a redirect comes."""
    player = among_nodes(racing())
    race = player.link.view.race
    player.loses()
    settle(player)
    text = "The server of your race does not answer: another takes it over soon."
    player.hears(welcome(), RacePaused("room", 1, text), LobbyState((), ()))
    assert race is not None
    assert race.held == text
    player.hears(THERE)
    player.update()
    player.hears(welcome(seat_room="room"))
    player.hears(replace(START, epoch=2, go_tick=700, tick=390))

    assert player.link.view.race is race
    assert race.held is None


def test_who_is_dismissed_reads_why() -> None:
    """The room closed under a watcher, or a seat was not taken up."""
    player = online()
    player.hears(SPECTATED)
    player.hears(Dismissed("room", "The room is closed: nobody is left."))

    assert player.link.view.room is None
    assert player.link.view.notices[-1].text == "The room is closed: nobody is left."


def test_paused_race_is_told_and_ends_with_a_start() -> None:
    """The race stands, and the player reads why."""
    player = racing()
    race = player.link.view.race
    assert race is not None
    player.hears(RacePaused("room", 1, "The database does not answer; the race waits."))
    sent = len(player.said(Drive))
    for _ in range(20):
        player.hears(Ping(1))
    assert race.held == "The database does not answer; the race waits."
    assert len(player.said(Drive)) == sent
    player.hears(RaceStart("room", "race", 1, "meadow", 3, 700, 0, 520))

    assert race.held is None
    assert not race.paused


# Agents


def test_agent_goes_where_its_race_goes() -> None:
    """A program that drives uses the same link, and drives on at the other node."""
    player = among_nodes(racing())
    agent = Agent("host", 7777, "Agent", 1)
    agent.link = player.link
    race = agent.view.race
    assert race is not None
    for _ in range(2):
        player.loses()
        settle(player)
    player.hears(welcome(seat_room="room"), replace(START, epoch=2, tick=390))
    before = len(player.said(Drive))
    there = RemoteRace(delay_s=0.0)
    there.run_to_racing()
    player.hears(Snapshot(2, 392, 2, 240, 240, bulletins.snapshot(there.room, there.live).cars))
    for _ in range(30):
        player.now += 0.02
        agent.update(player.now)
    driven = player.said(Drive)[before:]

    assert called(player) == "10.0.0.2:7777"
    assert agent.view.race is race
    assert race.epoch == 2
    assert any(one.throttle or one.brake for one in driven)
