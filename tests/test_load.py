"""The load that measures servers: its drivers, its counting, its options."""

from __future__ import annotations

import socket
import sys
from itertools import pairwise
from types import ModuleType

import pytest

from benchmarks import capacity, guests, isolation, scaling, serving
from benchmarks.drivers import Plan, constant_plan, plan_of
from benchmarks.group import feed_of
from benchmarks.player import LENGTH_BYTES, Player, code_of, tick_of
from benchmarks.wire_cost import HEADERS_BYTES, WireCost, wire_cost
from car import CarInput
from helm import KEEP_ALIVE_TICKS, SEND_EVERY_TICKS
from live_race import LiveRace
from protocol import (
    VERSION,
    Button,
    Connection,
    Drive,
    Hello,
    Message,
    Ping,
    Pong,
    RaceStart,
    Ready,
    Refused,
    Role,
    Snapshot,
    SnapshotDelta,
    encode_message,
)
from race import COUNTDOWN_TICKS, TICKS_A_SECOND, Race
from track import track_of

PLAYERS, LAPS, SECONDS = 4, 5, 12.0
Ends = tuple[Player, socket.socket]
SNAPSHOT = Snapshot(1, 2, 2, 240, 240, b"")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Some seconds of a race of people at keyboards."""
    return plan_of(track_of("meadow"), players=PLAYERS, laps=LAPS, seconds=SECONDS)


@pytest.fixture
def ends() -> Ends:
    """A player, and the socket at the other end of its link."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    player = Player(0, ours, Hello(VERSION, "Load", "", "bot"))
    Connection(Role.SERVER).receive_data(theirs.recv(4096))
    return player, theirs


def hear(ends: Ends, *messages: Message) -> None:
    """Let a player read some messages."""
    player, theirs = ends
    theirs.sendall(b"".join(map(encode_message, messages)))
    player.read(1.0)


def wishes_of(order: Drive) -> CarInput:
    """Return an input as the server reads it."""
    buttons = order.buttons
    return CarInput(
        order.throttle / 255, order.brake / 255, order.steering / 127,
        bool(buttons & Button.HANDBRAKE), bool(buttons & Button.ENGINE),
        bool(buttons & Button.RESPAWN), bool(buttons & Button.NITRO),
    )  # fmt: skip


def test_what_keyboards_send_keeps_the_pace_of_a_client(plan: Plan) -> None:
    """Inputs go out when keys change, never more often than allowed, and never too seldom."""
    gaps = [b.tick - a.tick for orders in plan.drives for a, b in pairwise(orders)]

    # A key may be right behind a sign of life; the next one then waits for longer.
    assert min(a + b for a, b in pairwise(gaps)) > SEND_EVERY_TICKS
    assert min(gaps) >= 1
    assert max(gaps) <= KEEP_ALIVE_TICKS
    assert 2.5 <= plan.messages_a_second <= 10.0


def test_keys_are_down_or_up(plan: Plan) -> None:
    """A keyboard knows nothing between."""
    racing = [one for orders in plan.drives for one in orders if one.tick > COUNTDOWN_TICKS]

    assert {one.throttle for one in racing} == {0, 255}
    assert {one.steering for one in racing} == {-127, 0, 127}


def test_drivers_at_keyboards_get_somewhere(plan: Plan) -> None:
    """Eight seconds after GO everybody has driven a good way, and is still on the move."""
    start, earlier, end = plan.truth[0], plan.truth[-60], plan.truth[-1]

    for slot in range(PLAYERS):
        assert abs(end[slot][0] - start[slot][0]) + abs(end[slot][1] - start[slot][1]) > 80.0
        assert abs(end[slot][0] - earlier[slot][0]) + abs(end[slot][1] - earlier[slot][1]) > 5.0


def test_a_server_that_gets_a_plan_in_time_drives_that_race(plan: Plan) -> None:
    """The inputs of a plan, sent a little early, lead every car where the plan has it."""
    track = track_of("meadow")
    live = LiveRace("race", track, Race(track, LAPS, range(PLAYERS)))
    feed = sorted((one.tick, slot, one) for slot, row in enumerate(plan.drives) for one in row)
    sent = 0
    for tick in range(plan.ticks):
        while sent < len(feed) and feed[sent][0] <= tick + 3:
            _, slot, order = feed[sent]
            sequence = order.sequence
            live.drive(slot, sequence=sequence, tick=order.tick, wishes=wishes_of(order))
            sent += 1
        live.step()
    cars = [live.race.racers[slot].car for slot in range(PLAYERS)]

    assert tuple((car.x, car.y) for car in cars) == plan.truth_at(plan.ticks)


def test_plans_are_the_same_each_time(plan: Plan) -> None:
    """Nothing but the seed decides who presses what."""
    again = plan_of(track_of("meadow"), players=PLAYERS, laps=LAPS, seconds=2.0)

    assert all(few == many[: len(few)] for few, many in zip(again.drives, plan.drives, strict=True))


def test_constant_inputs_come_at_full_rate_and_differ() -> None:
    """Thirty a second, each unlike the one before, so that none can be saved."""
    plan = constant_plan(players=2, seconds=2.0)
    orders = plan.drives[1]

    assert plan.messages_a_second == 30.0
    assert all((a.throttle, a.steering) != (b.throttle, b.steering) for a, b in pairwise(orders))


def test_a_feed_is_in_order_and_keeps_players_apart(plan: Plan) -> None:
    """What all players of a room send comes by its due time; two never press at once."""
    feed = feed_of(plan)
    dues = [due for due, *_ in feed]

    assert dues == sorted(dues)
    assert len(set(dues)) == len(dues) == sum(map(len, plan.drives))


@pytest.mark.parametrize(
    "message",
    [SNAPSHOT, Ready(True), Ping(5), Pong(70_000), Refused("full", "No room."),
     RaceStart("r", "r-1", 1, "meadow", 3, 240, 2, 0)],
)  # fmt: skip
def test_the_code_of_a_message_is_read_without_the_rest(message: Message) -> None:
    """A message's kind is told by a few of its bytes, wherever it begins."""
    wire = b"junk" + encode_message(message)

    assert code_of(wire, 8) == code_of(encode_message(message)[4:])
    assert code_of(wire, 8) == (45 if message is SNAPSHOT else code_of(wire, 8))


@pytest.mark.parametrize(("before", "steps"), [(2, 1), (254, 1), (255, 3), (70_000, 8), (0, 1)])
def test_the_tick_of_a_delta_is_told_by_its_first_bytes(before: int, steps: int) -> None:
    """The low byte of the tick before, and the number of steps, are enough."""
    data = bytes((steps - 1 << 4, before & 255)) + b"x" * 40
    body = encode_message(SnapshotDelta(data))[LENGTH_BYTES:]

    assert tick_of(body, before) == before + 2 * steps
    assert tick_of(body, before + 6) == before + 2 * steps


def test_the_tick_of_a_whole_snapshot_is_its_own() -> None:
    """Whatever was known before."""
    assert tick_of(encode_message(SNAPSHOT)[LENGTH_BYTES:], 700) == SNAPSHOT.tick


def test_a_player_counts_snapshots_that_come_in_pieces(ends: Ends) -> None:
    """Three snapshots are three, however the stream is cut."""
    player, theirs = ends
    stream = encode_message(SNAPSHOT) * 3
    for at in range(0, len(stream), 7):
        theirs.sendall(stream[at : at + 7])
        player.read(float(at))

    assert player.snapshots == 3
    assert len(player.gaps_ms()) == 2


def test_a_player_answers_a_ping(ends: Ends) -> None:
    """Who does not is thought dead by the server."""
    hear(ends, Ping(77))

    assert ends[1].recv(4096) == encode_message(Pong(77))


def test_a_player_who_is_refused_knows_why(ends: Ends) -> None:
    """The server's own words are kept, and nothing is sent any more."""
    player, theirs = ends
    hear(ends, Refused("full", "The server is full: try again in a while."))
    player.send(Ready(True))
    theirs.setblocking(False)

    assert player.out
    assert player.last_words == "The server is full: try again in a while."
    with pytest.raises(BlockingIOError):
        theirs.recv(10)


def test_a_player_who_cannot_read_a_snapshot_is_lost(ends: Ends) -> None:
    """A benchmark counts it, and tells what was wrong; it does not fall over."""
    player, _ = ends
    player.reads = True
    hear(ends, SnapshotDelta(b"\0\0\0"))

    assert player.last_words.startswith("the server sent what cannot be read")


def test_headers_count_on_the_wire() -> None:
    """A segment that carries nothing still costs its headers."""
    cost = WireCost(1000, 5000, 30, 40).since(WireCost(0, 0, 10, 10))

    assert cost.up_kbit_s(2.0) == pytest.approx((1000 + 20 * HEADERS_BYTES) * 8 / 2000)
    assert cost.down_kbit_s(2.0) == pytest.approx((5000 + 30 * HEADERS_BYTES) * 8 / 2000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts segments")
def test_the_system_counts_what_a_connection_carries() -> None:
    """Bytes and segments of a real connection are told, both ways."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        before = wire_cost(ours)
        ours.sendall(b"x" * 300)
        received = theirs.recv(1000)
        theirs.sendall(b"y" * 100)
        received += ours.recv(1000)
        after = wire_cost(ours)
        ours.close()
        theirs.close()

    assert before is not None
    assert after is not None
    assert len(received) == 400
    assert after.since(before)[:2] == (300, 100)
    assert after.since(before).segments_out >= 1


def test_figures_of_peers_stand_only_where_they_were_measured() -> None:
    """Twice the floor in C at 64 players is 2; at 65 nobody knows."""
    assert capacity.peers(64, 0.08)["of_c_floor"] == 2.0
    assert capacity.peers(65, 0.08) == {"of_c_floor": None, "of_colyseus": None}


@pytest.mark.parametrize(
    ("benchmark", "options"),
    [
        (capacity, ["--clients", "0"]),
        (capacity, ["--clients", "8,x"]),
        (capacity, ["--clients", ""]),
        (capacity, ["--clients", "1001"]),
        (capacity, ["--seconds", "1"]),
        (isolation, ["--clients", "16"]),
        (isolation, ["--seconds", "0.5"]),
        (scaling, ["--nodes", "0,1"]),
        (scaling, ["--clients", "8,9999"]),
        (scaling, ["--watchers", "-1"]),
        (guests, ["deaf"]),
        (guests, ["rude", "127.0.0.1:1"]),
        (guests, ["deaf", "127.0.0.1:none"]),
    ],
)
def test_benchmarks_refuse_what_they_cannot_do(
    benchmark: ModuleType,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence, and no server is started."""
    monkeypatch.setattr(sys, "argv", ["benchmark", *options])

    assert benchmark.main() == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_is_disturbed_is_compared_with_the_quiet_around_it() -> None:
    """A stall twice as long as before and after is 2; the quiet may drift meanwhile."""
    gaps = [30.0, 70.0, 40.0, 50.0, 60.0]
    told = isolation.compared([{"gap_ms_p99": gap} for gap in gaps])

    assert [one["of_quiet"] for one in told] == [2.0, 1.0]


def test_nodes_carry_what_they_carried_in_time() -> None:
    """The most players of a run whose ticks were punctual count, for each number of nodes."""
    rows = [
        {"nodes": nodes, "clients": clients, "carried": carried}
        for nodes, clients, carried in [
            (1, 64, True), (1, 256, True), (1, 512, False), (2, 64, False), (2, 512, True),
        ]
    ]  # fmt: skip

    assert scaling.summary(rows) == {
        "carried_by_1": 256, "carried_by_2": 512, "1_of_first": 1.0, "2_of_first": 2.0,
    }  # fmt: skip


def test_a_spectator_is_told_beside_a_player() -> None:
    """What forty spectators add is shared among them."""
    told = scaling.cost_of_watching(
        {"cpu_cores": 0.2, "cpu_ms_a_player": 2.0}, {"cpu_cores": 0.24, "watchers": 40}
    )

    assert told == {"watchers": 40, "cpu_ms_a_watcher": 1.0, "watcher_of_player": 0.5}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to cores")
def test_a_server_on_a_core_of_its_own_leaves_the_load_where_it_was() -> None:
    """What is kept apart for a run is not afterwards."""
    before = serving.cores()
    with serving.apart(wanted=True) as alone:
        within = serving.cores()

    assert serving.cores() == before
    assert alone == (len(before) > 1)
    assert len(within) == max(1, len(before) - 1)


def test_a_plan_covers_the_time_that_a_run_takes() -> None:
    """Seating, countdown and driving fit into what was worked out ahead."""
    assert capacity.length_of(512, 10.0) > 10.0 + 5.12 + COUNTDOWN_TICKS / TICKS_A_SECOND
