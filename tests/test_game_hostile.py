"""Messages in any order, from several links: never an exception, always whole."""

from __future__ import annotations

from math import inf
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chat import HISTORY_LINES_MAX
from db.store import Profile
from effects import BestLapsFound, Outcome, ProfileFound, ResultSaved, RoomSaved
from lobby import ROOMS_MAX, SEATS_MAX, RoomPhase
from protocol import (
    VERSION,
    AskGhosts,
    AskLeaderboard,
    ChooseCar,
    CreateRoom,
    Drive,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    LeaveRoom,
    Message,
    Ping,
    Pong,
    Ready,
    Redirect,
    Restart,
    Resume,
    Say,
    Watch,
)
from tests.evening import Evening, Player

LINKS_MAX = 6
SESSIONS_MAX = 5
TOKENS = [letter * 43 for letter in "abcd"]
NAMES = st.sampled_from(["Mika", "mika", "Tess", "Dusty", "", " \u200b", "N" * 24]) | st.text(
    max_size=24
)
U32 = st.integers(0, 2**32 - 1)
PROFILES = st.sampled_from(
    [None, *(Profile("p", 1, 0, at) for at in (-1.0, 0.0, 1e-300, 1e308, inf))]
)

ORDERS: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        CreateRoom,
        st.text(max_size=32),
        st.sampled_from(["meadow", "harbour", "moon"]),
        st.integers(1, 20),
        st.integers(0, 8),
        st.booleans(),
        st.integers(0, 2),
        st.integers(0, 1),
    ),
    st.builds(ChooseCar, st.integers(0, 2)),
    st.builds(Restart),
    st.builds(AskGhosts, st.sampled_from(["meadow", "moon"]), st.integers(0, 2)),
    st.just(JoinRoom("")),
    st.builds(JoinRoom, st.text(max_size=16)),
    st.builds(LeaveRoom),
    st.builds(Ready, st.just(True)),
    st.builds(Ready, st.booleans()),
    st.builds(
        Drive,
        st.integers(0, 50) | U32,
        st.integers(0, 400) | U32,
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(-127, 127),
        st.integers(0, 15),
    ),
    st.builds(Say, st.integers(0, 1), st.text(max_size=200)),
    st.builds(Resume, st.integers(0, 65535), st.integers(0, 99)),
    st.builds(Forfeit),
    st.builds(AskLeaderboard, st.sampled_from(["meadow", "moon"])),
    st.builds(Ping, U32),
    st.builds(Pong, st.integers(0, 20) | U32),
    st.builds(Goodbye, st.just("quit"), st.text(max_size=200)),
    st.builds(Hello, st.just(VERSION), NAMES, st.sampled_from(TOKENS), st.just("client")),
)


class Hostile(RuleBasedStateMachine):
    """A few links that say anything, while time passes and the store answers or not."""

    def __init__(self) -> None:
        super().__init__()
        self.evening = Evening(sessions_max=SESSIONS_MAX)
        self.evening.store_answers = False
        self.game = self.evening.game

    @property
    def links(self) -> list[Player]:
        """The links that are open."""
        return [player for player in self.evening.players.values() if player.open]

    def one(self, data: st.DataObject) -> Player:
        """Return one of the open links."""
        return data.draw(st.sampled_from(self.links))

    @precondition(lambda self: len(self.links) < LINKS_MAX)
    @rule(
        name=NAMES,
        token=st.sampled_from([*TOKENS, ""]),
        agent=st.sampled_from(["client", "bot", ""]),
        version=st.sampled_from([VERSION] * 9 + [0, 65535]),
    )
    def connect(self, name: str, token: str, agent: str, version: int) -> None:
        """Somebody comes, or comes back, or comes twice."""
        self.evening.link().send(Hello(version, name, token, agent))

    @precondition(lambda self: len(self.links) < LINKS_MAX)
    @rule(who=st.integers(0, len(TOKENS) - 1), own=st.booleans(), ready=st.booleans())
    def play(self, who: int, own: bool, ready: bool) -> None:
        """Somebody comes to play, alone or in company, or comes back to do so."""
        player = self.evening.link()
        player.send(Hello(VERSION, f"Player {who}", TOKENS[who], "client"))
        for order in (
            Resume(7),
            CreateRoom("", "meadow", 1, 2) if own else JoinRoom(""),
            CreateRoom("", "harbour", 2, 0),
            Ready(ready),
        ):
            if player.open:
                player.send(order)

    @precondition(lambda self: len(self.links) < LINKS_MAX)
    @rule()
    def connect_silently(self) -> None:
        """Somebody connects and says no hello."""
        self.evening.link()

    @precondition(lambda self: self.links)
    @rule(data=st.data(), orders=st.lists(ORDERS, min_size=1, max_size=4))
    def say(self, data: st.DataObject, orders: list[Message]) -> None:
        """Somebody sends something, whatever was said before."""
        player = self.one(data)
        for order in orders:
            if player.open:
                player.send(order)

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def join_somebody(self, data: st.DataObject) -> None:
        """Somebody joins a room that is there."""
        if self.game.lobby.rooms:
            room_id = data.draw(st.sampled_from(sorted(self.game.lobby.rooms)))
            order: Message = JoinRoom(room_id) if data.draw(st.booleans()) else Watch(room_id)
            self.one(data).send(order)

    @rule(answers=st.booleans())
    def turn_the_database(self, answers: bool) -> None:
        """The database goes, or comes back and grants what was asked meanwhile."""
        self.evening.store_answers = answers
        for room_id in sorted(self.game.lobby.rooms) if answers else ():
            self.evening.carry_out(self.game.grant(room_id, 1))

    @rule(ready=st.booleans())
    def all_ready(self, ready: bool) -> None:
        """Everybody presses the button."""
        for player in self.links:
            player.send(Ready(ready))

    @precondition(lambda self: self.links)
    @rule(data=st.data(), reason=st.sampled_from(["connection lost", "silence", "protocol"]))
    def lose(self, data: st.DataObject, reason: str) -> None:
        """A link breaks."""
        self.one(data).lose(reason)

    @rule(seconds=st.sampled_from([1 / 60, 0.1, 0.6, 2.5]))
    def pass_time(self, seconds: float) -> None:
        """Some ticks."""
        self.evening.run(seconds)

    @rule()
    def pass_a_minute(self) -> None:
        """The server stood still for longer than seats are kept."""
        self.evening.now += 61.0
        self.evening.tick()

    @rule()
    def finish(self) -> None:
        """Every race comes to its end."""
        for live in self.game.steward.live.values():
            for racer in live.race.racers.values():
                racer.finish_tick = racer.finish_tick or live.race.start_tick + 600
        self.evening.run(0.1)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """The store answers, late or for what is long gone."""
        room_id = data.draw(st.sampled_from([*sorted(self.game.lobby.rooms), "gone"]))
        races = [results.race_id for results in self.game.steward.results.values()]
        outcomes: list[Outcome] = [
            RoomSaved(room_id, 1, kept=False),
            ResultSaved(races[0] if races else "gone"),
            BestLapsFound(len(self.evening.players), "meadow", None),
            ProfileFound(len(self.evening.players), data.draw(PROFILES)),
        ]
        self.evening.settle(data.draw(st.sampled_from(outcomes)))

    @rule(data=st.data(), epoch=st.integers(1, 9), order=st.sampled_from(["grant", "pause", "go"]))
    def order(self, data: st.DataObject, epoch: int, order: str) -> None:
        """The node decides something about a room, here or gone."""
        room_id = data.draw(st.sampled_from([*sorted(self.game.lobby.rooms), "gone"]))
        match order:
            case "grant":
                effects = self.game.grant(room_id, epoch)
            case "pause":
                effects = self.game.pause(room_id, "The database does not answer.")
            case _:
                effects = self.game.unpause(room_id, self.evening.now)
        self.evening.carry_out(effects)

    @rule(data=st.data(), known=st.booleans())
    def lose_room(self, data: st.DataObject, known: bool) -> None:
        """Another node has a room now; where that is may be unknown."""
        room_id = data.draw(st.sampled_from([*sorted(self.game.lobby.rooms), "gone"]))
        words = Redirect("other:7777", room_id, "ticket", "") if known else None
        self.evening.carry_out(self.game.lose(room_id, lambda session, purpose: words))

    @rule()
    def restart(self) -> None:
        """The server is killed; another takes up what was saved."""
        old = self.evening
        newest = {save.room_id: save for save in old.saves}
        self.evening = Evening(sessions_max=SESSIONS_MAX, now=old.now)
        self.evening.store_answers = False
        self.game = self.evening.game
        for save in newest.values():
            self.evening.carry_out(self.game.restore(save, save.epoch + 1, (), old.now))

    @invariant()
    def everyone_sits_in_one_place(self) -> None:
        """Sessions and seats agree, and so do rooms and races."""
        lobby, steward = self.game.lobby, self.game.steward
        seated: list[str] = []
        for room_id, room in lobby.rooms.items():
            assert room.room_id == room_id
            assert room.players
            assert set(room.seats) <= set(range(SEATS_MAX))
            assert all(slot == seat.slot for slot, seat in room.seats.items())
            assert (room.phase is RoomPhase.RACING) == (room_id in steward.live)
            for seat in room.players:
                assert lobby.sessions[seat.player_id].room_id == room_id
                seated.append(seat.player_id)
        assert len(seated) == len(set(seated))
        assert {one.player_id for one in lobby.sessions.values() if one.room_id} == set(seated)
        assert set(steward.live) <= set(lobby.rooms)
        assert set(steward.results) <= set(lobby.rooms)

    @invariant()
    def links_and_sessions_agree(self) -> None:
        """Each welcomed link is open and its session knows it; who is away has a seat."""
        links = self.game._herald.links
        assert set(links) <= {player.link_id for player in self.links}
        for link_id, session in links.items():
            assert session.link_id == link_id
            assert self.game.lobby.sessions[session.player_id] is session
        for session in self.game.lobby.sessions.values():
            assert session.link_id is None or links[session.link_id] is session
            if session.away_since is not None and session.link_id is not None:
                assert session.room_id
            if session.link_id is None:
                assert session.away_since is not None
        names = [session.name.casefold() for session in self.game.lobby.sessions.values()]
        assert len(names) == len(set(names))

    @invariant()
    def tables_are_bounded(self) -> None:
        """Nothing grows with what strangers send."""
        lobby, steward, herald = self.game.lobby, self.game.steward, self.game._herald
        assert len(lobby.sessions) <= SESSIONS_MAX
        assert len(lobby.rooms) <= ROOMS_MAX
        tables: list[dict[str, Any]] = [
            dict(steward._saver.states), dict(steward._rejoins), dict(steward._followed_by),
            dict(steward._paused),
        ]  # fmt: skip
        assert all(set(table) <= set(lobby.rooms) for table in tables)
        watchers = [(one.player_id, room_id) for room_id, room in lobby.rooms.items()
                    for one in room.watchers.values()]  # fmt: skip
        watching = [(one.player_id, one.watching) for one in lobby.sessions.values()]
        assert sorted(watchers) == sorted(pair for pair in watching if pair[1])
        assert not any(one.watching and one.room_id for one in lobby.sessions.values())
        assert set(herald._pings) <= set(herald.links)
        assert steward.remarks == []
        for talk in (lobby.conversation, *(room.conversation for room in lobby.rooms.values())):
            assert len(talk.history) <= HISTORY_LINES_MAX

    def teardown(self) -> None:
        """Whatever happened, the server still serves: time passes, and it stops."""
        self.evening.run(3.0)
        self.evening.carry_out(self.game.stop(self.evening.now))


Hostile.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestHostile = Hostile.TestCase
