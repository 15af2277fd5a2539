"""Network bots against a real server process, and their command line."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import autopilot
from autopilot import Agent, Crew, RaceFailed, print_results
from client_link import LinkKind
from lobby import SEATS_MAX
from protocol import CarFlag, ResultRow, Results, SavedState
from race import Phase
from tests.processes import ServerProcess, server

ROWS = (
    ResultRow(1, "a" * 12, "Ann", 1, 1, 60_500, 29_250, 25),
    ResultRow(0, "b" * 12, "Bea", 1, 2, 0, 0, 0),
)


numbers = itertools.count()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Yield a server that keeps nothing."""
    data = str(tmp_path_factory.mktemp("server"))
    with server("--db", "memory", "--port", "0", "--data", data) as process:
        yield process


@pytest.fixture
def crew(running: ServerProcess) -> Iterator[Crew]:
    """Yield two agents on the server."""
    # Names of their own: the crew before may still be leaving.
    agents = [Agent(running.host, running.port, f"Agent {next(numbers)}", n) for n in range(2)]
    yield Crew(agents, time.monotonic() + 60.0)
    for agent in agents:
        agent.close()


def lead_of(crew: Crew, metres: float) -> bool:
    """Whether every car has driven so far beyond the line, by what its agent sees."""
    return all(
        (race := agent.view.race) is not None
        and race.mine is not None
        and race.phase is Phase.RACING
        and race.mine.next_gate >= 1
        and race.track.locate(race.mine.car.x, race.mine.car.y).distance > metres
        for agent in crew.agents
    )


def test_agents_race_and_one_that_was_cut_off_drives_on(crew: Crew) -> None:
    """Through the real protocol: start, drive, lose the link, come back, drive."""
    crew.gather("Test", "meadow", 1)
    crew.until(lambda: lead_of(crew, 20.0), "driving over the line")
    cut = crew.agents[0]
    assert cut.link._dial is not None
    cut.link._dial.close()
    crew.until(lambda: cut.link.status.kind is LinkKind.RECONNECTING, "noticing the loss")
    crew.until(lambda: cut.view.resumed is not None, "resuming")
    race = cut.view.race
    assert race is not None

    def at_the_wheel() -> bool:
        return race.mine is not None and not race.mine.flags & CarFlag.CARETAKER

    crew.until(at_the_wheel, "taking the wheel back")
    crew.until(lambda: lead_of(crew, 120.0), "driving on")

    assert cut.view.race is race
    assert race.prediction.corrected < 1.0


def test_agent_that_says_nothing_is_driven_on_until_it_speaks(crew: Crew) -> None:
    """A client that hangs with its link open disturbs nobody and loses nothing."""
    crew.gather("Test", "meadow", 1)
    crew.until(lambda: lead_of(crew, 20.0), "driving over the line")
    witness, silent = crew.agents
    assert silent.view.race is not None
    slot = silent.view.race.slot

    def caretaker() -> bool:
        race = witness.view.race
        return race is not None and bool(race.records[slot].flags & CarFlag.CARETAKER)

    alone = Crew([witness], time.monotonic() + 30.0)
    alone.until(caretaker, "seeing the caretaker")
    crew.until(lambda: not caretaker(), "taking the wheel back")

    assert silent.link.online
    assert silent.view.resumed is None


def test_prediction_of_an_agent_agrees_with_a_real_server(crew: Crew) -> None:
    """Over a real link, what an agent predicts is what the server makes of it."""
    crew.gather("Test", "harbour", 1)
    crew.until(lambda: lead_of(crew, 30.0), "driving over the line")
    corrections: list[float] = []
    race = crew.agents[0].view.race
    assert race is not None

    def looked() -> bool:
        corrections.append(race.prediction.corrected)
        return len(corrections) >= 90

    crew.until(looked, "driving for a while")

    # A busy machine may make an input late; the rule must hold all the same.
    assert sorted(corrections)[len(corrections) // 2] == 0.0


def test_json_says_who_finished_and_that_it_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    """Exactly one object, with a time for who has one."""
    print_results("r1", Results("r1", "x", ROWS, SavedState.SAVED), True, as_json=True)

    assert json.loads(capsys.readouterr().out) == {
        "room": "r1",
        "results": [
            {"name": "Ann", "place": 1, "time": 60.5, "best_lap": 29.25, "saved": True},
            {"name": "Bea", "place": 2, "time": None, "best_lap": None, "saved": True},
        ],
    }


def test_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json a line for each driver, and no lap that was never driven."""
    print_results("r1", Results("r1", "x", ROWS, SavedState.SAVED), True, as_json=False)
    first, second = capsys.readouterr().out.splitlines()

    assert "60.500 s" in first
    assert "did not finish" in second
    assert "0.000" not in second


@pytest.mark.parametrize(
    ("saved", "options", "code"),
    [
        (SavedState.SAVED, [], 0),
        (SavedState.NOT_KEPT, [], 1),
        (SavedState.NOT_KEPT, ["--allow-unsaved"], 0),
    ],
)
def test_exit_code_is_0_only_when_saved_or_allowed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    saved: SavedState,
    options: Sequence[str],
    code: int,
) -> None:
    """A script can rely on it."""
    monkeypatch.setattr(Crew, "gather", lambda *_: "r1")
    monkeypatch.setattr(Crew, "finish", lambda *_: Results("r1", "x", ROWS, saved))

    assert autopilot.main(["--server", "127.0.0.1:9", "--json", *options]) == code
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert len(told.err.splitlines()) == (1 if code else 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--server", "127.0.0.1:1"], 1),
        (["--server", "127.0.0.1:port"], 2),
        (["--server", "127.0.0.1:1,127.0.0.1:port"], 2),
        (["--server", "127.0.0.1:1,127.0.0.1:2"], 1),
        (["--server", "127.0.0.1:1", "--count", "9"], 2),
        (["--server", "127.0.0.1:1", "--laps", "0"], 2),
        (["--server", "127.0.0.1:1", "--timeout", "nan"], 2),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], code: int
) -> None:
    """No server, no address, no such number: no traceback, nothing printed as a result."""
    assert autopilot.main(arguments) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1


def test_unknown_track_is_refused_by_the_server(
    running: ServerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server names the tracks that it has."""
    arguments = ["--server", f"{running.host}:{running.port}", "--count", "1", "--track", "moon"]

    assert autopilot.main(arguments) == 1
    assert 'There is no track "moon" here' in capsys.readouterr().err


def test_crew_that_finds_the_room_full_says_so(running: ServerProcess) -> None:
    """At once, with the sentence of the server: it does not wait for a seat."""
    agents = [Agent(running.host, running.port, f"Crowd {n}", n) for n in range(SEATS_MAX + 1)]
    crew = Crew(agents, time.monotonic() + 60.0)

    with pytest.raises(RaceFailed, match=r'Crowd \d: "Test" is full'):
        crew.gather("Test", "meadow", 1)
    for agent in agents:
        agent.close()


def test_server_that_vanishes_in_mid_race_is_named_when_time_is_up(tmp_path: Path) -> None:
    """The crew waits for it as long as it may; the sentence tells what it waits for."""
    with server("--db", "memory", "--port", "0", "--data", str(tmp_path)) as process:
        agent = Agent(process.host, process.port, "Left", 1)
        crew = Crew([agent], time.monotonic() + 60.0)
        crew.gather("Test", "meadow", 1)
        process.kill()
        crew.until(lambda: not agent.link.online, "noticing the loss")
        crew = Crew([agent], time.monotonic())

        with pytest.raises(RaceFailed, match=r"the finish did not happen \(Left: Lost the server"):
            crew.finish()
        agent.close()


def test_server_that_comes_back_without_the_race_ends_the_waiting(tmp_path: Path) -> None:
    """A server that keeps nothing knows no seat any more: there is nothing to wait for."""
    arguments = ("--db", "memory", "--data", str(tmp_path), "--port")
    with server(*arguments, "0") as process:
        agent = Agent(process.host, process.port, "Forgotten", 1)
        crew = Crew([agent], time.monotonic() + 60.0)
        crew.gather("Test", "meadow", 1)
        process.kill()
    with (
        server(*arguments, str(process.port)),
        pytest.raises(RaceFailed, match="Forgotten: Your seat in Test is gone"),
    ):
        crew.finish()
    agent.close()


def test_agents_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot has no identity on disk."""
    monkeypatch.chdir(tmp_path)
    Agent("127.0.0.1", 1, "Agent", 0).close()

    assert list(tmp_path.iterdir()) == []
