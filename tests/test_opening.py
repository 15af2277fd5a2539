"""Opening a data folder and a database: what is held, waited for, refused."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from db.memory import MemoryStore
from db.opening import hold_folder, next_boot, open_store, patiently, take_name
from db.store import Card
from errors import BadOption, StoreUnavailable


def test_folder_is_held_by_one_server_until_it_ends(tmp_path: Path) -> None:
    """The second is told where the first can be joined."""
    with ExitStack() as first, ExitStack() as second:
        hold_folder(tmp_path, first).write_text("10.0.0.5:7777")

        with pytest.raises(BadOption, match=r"used by the server at 10\.0\.0\.5:7777: join"):
            hold_folder(tmp_path, second)
        first.close()
        address = hold_folder(tmp_path, second)
        assert not address.exists()


def test_server_that_is_starting_has_no_address_yet(tmp_path: Path) -> None:
    """It holds the folder all the same."""
    with ExitStack() as first, ExitStack() as second:
        hold_folder(tmp_path, first)

        with pytest.raises(BadOption, match="used by a server that is starting"):
            hold_folder(tmp_path, second)


def test_address_of_a_killed_server_is_forgotten(tmp_path: Path) -> None:
    """Its lock ended with it, its file did not."""
    (tmp_path / "server.address").write_text("10.0.0.5:7777")
    (tmp_path / "server.lock").touch()

    with ExitStack() as stack:
        assert not hold_folder(tmp_path, stack).exists()


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").touch()

    with ExitStack() as stack, pytest.raises(BadOption, match=r"--data: .* cannot be written"):
        hold_folder(tmp_path / "file" / "data", stack)


def test_start_waits_for_an_election(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that comes back in time costs nothing but the wait."""
    monkeypatch.setattr("db.opening.POLL_S", 0.001)
    faults = [StoreUnavailable("no primary"), StoreUnavailable("no primary")]

    def call() -> str:
        if faults:
            raise faults.pop()
        return "found"

    assert patiently(call) == "found"


def test_start_gives_up_on_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One sentence names the machine, the remedy, and no password."""
    monkeypatch.setattr("db.opening.STORE_WAIT_S", 0.0)
    monkeypatch.setattr("db.mongo.SELECT_MS", 300)

    with ExitStack() as stack, pytest.raises(StoreUnavailable) as caught:
        open_store("mongodb://ann:secret@127.0.0.1:9/?replicaSet=rs0", tmp_path, stack)

    sentence = str(caught.value)
    assert sentence.startswith("the database at 127.0.0.1:9 does not answer: start it, or correct")
    assert "secret" not in sentence
    assert "\n" not in sentence


def test_memory_says_that_nothing_survives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who starts it reads so, and no file is made."""
    with ExitStack() as stack:
        store = open_store("memory", tmp_path, stack)

    assert not store.durable
    assert "nothing is kept" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_folder_knows_the_process_before(tmp_path: Path) -> None:
    """A new one each time; where nothing is kept, nobody was before."""
    first, nobody = next_boot(tmp_path)
    second, before = next_boot(tmp_path)

    assert (nobody, before) == ("", first)
    assert first != second
    assert next_boot(None)[1] == ""


def test_name_of_another_server_is_refused_after_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been killed a moment ago; one that lives keeps its name."""
    monkeypatch.setattr("db.opening.POLL_S", 0.001)
    monkeypatch.setattr("db.opening.NAME_WAIT_S", 0.02)
    store = MemoryStore()
    store.announce(Card("ann", "boot1", "10.0.0.5:7777", False, 0.0, (), ()))
    mine = Card("ann", "boot2", "10.0.0.6:7777", False, 0.0, (), ())

    with pytest.raises(BadOption, match=r"^--name: another server at 10\.0\.0\.5:7777 bears .*\.$"):
        take_name(store, mine, "")
    take_name(store, mine, "boot1")
    assert [one.boot for one in store.cards()] == ["boot2"]
