"""The durable queue: order, bounds, restarts, damage."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from db.backlog import ENTRY_BYTES_MAX, Backlog
from errors import BadFile, StoreUnavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a queue may be made."""
    return tmp_path / "backlog.sqlite"


def test_entries_leave_in_the_order_they_came(path: Path) -> None:
    """The oldest entry comes first, until it is done."""
    backlog = Backlog(path)
    backlog.put("result", b"one")
    backlog.put("end_room", b"two")

    first = backlog.peek()
    assert first is not None
    assert (first.kind, first.payload) == ("result", b"one")
    assert backlog.peek() == first

    backlog.done(first.number)
    second = backlog.peek()
    assert second is not None
    assert (second.kind, second.payload) == ("end_room", b"two")
    backlog.done(second.number)
    assert backlog.peek() is None
    backlog.close()


def test_entries_survive_a_process_that_never_closed_the_file(path: Path) -> None:
    """What put returned from is on disk, closed or not."""
    left_open = Backlog(path)
    left_open.put("result", b"kept")

    reopened = Backlog(path)

    entry = reopened.peek()
    assert entry is not None
    assert entry.payload == b"kept"
    reopened.close()
    left_open.close()


def test_entry_that_is_done_stays_done_over_a_restart(path: Path) -> None:
    """A number is never given twice, and what was done does not come back."""
    backlog = Backlog(path)
    backlog.put("result", b"old")
    old = backlog.peek()
    assert old is not None
    backlog.done(old.number)
    backlog.close()

    backlog = Backlog(path)
    backlog.put("result", b"new")

    new = backlog.peek()
    assert new is not None
    assert new.payload == b"new"
    assert new.number > old.number
    backlog.close()


def test_full_queue_refuses_and_keeps_what_it_has(path: Path) -> None:
    """Beyond its bound the queue says so in a sentence."""
    backlog = Backlog(path, entries_max=2)
    backlog.put("result", b"1")
    backlog.put("result", b"2")

    with pytest.raises(StoreUnavailable, match="2 entries wait for the database"):
        backlog.put("result", b"3")

    assert len(backlog) == 2
    backlog.close()


def test_entry_above_the_limit_is_refused(path: Path) -> None:
    """One entry cannot fill the disk."""
    backlog = Backlog(path)

    with pytest.raises(StoreUnavailable, match="cannot wait"):
        backlog.put("result", bytes(ENTRY_BYTES_MAX + 1))

    backlog.close()


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 1000)


def _torn_pages(path: Path) -> None:
    backlog = Backlog(path)
    for _ in range(200):
        backlog.put("result", bytes(400))
    backlog.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_garbage, _torn_pages])
def test_damaged_file_is_moved_aside_and_a_new_one_works(
    path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Damage costs the old entries at most, never the start."""
    assert callable(damage)
    damage(path)
    damaged = path.read_bytes()

    backlog = Backlog(path)
    backlog.put("result", b"new")

    assert len(backlog) == 1
    assert path.with_name(path.name + ".damaged").read_bytes() == damaged
    assert "was damaged" in caplog.text
    backlog.close()


def test_second_damage_does_not_overwrite_the_first(path: Path) -> None:
    """A file moved aside is never deleted."""
    path.write_bytes(b"first damage" * 100)
    Backlog(path).close()
    path.write_bytes(b"second damage" * 100)
    Backlog(path).close()

    aside = sorted(one.name for one in path.parent.glob("*.damaged*"))
    assert aside == [path.name + ".damaged", path.name + ".damaged1"]
    assert path.with_name(aside[0]).read_bytes().startswith(b"first")


def test_locked_file_is_not_taken_for_a_damaged_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that another program holds is whole: it stays where it is."""
    Backlog(path).close()
    connect = sqlite3.connect
    holder = connect(path)
    holder.execute("pragma journal_mode = delete")
    holder.execute("begin exclusive")
    monkeypatch.setattr(
        sqlite3, "connect", lambda name, **options: connect(name, timeout=0.0, **options)
    )

    with pytest.raises(BadFile, match="cannot be opened"):
        Backlog(path)

    holder.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_path_that_is_a_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A folder in the place of the file is refused and left alone."""
    with pytest.raises(BadFile, match="see that it is a file"):
        Backlog(tmp_path)

    assert tmp_path.is_dir()


def test_threads_share_a_queue(path: Path) -> None:
    """Eight threads put at once; every entry arrives once."""
    backlog = Backlog(path)

    def put_many(worker: int) -> None:
        for number in range(25):
            backlog.put("result", f"{worker}/{number}".encode())

    threads = [threading.Thread(target=put_many, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen = []
    while (entry := backlog.peek()) is not None:
        seen.append(entry.payload)
        backlog.done(entry.number)
    assert sorted(seen) == sorted(f"{w}/{n}".encode() for w in range(8) for n in range(25))
    backlog.close()


def test_queue_without_a_file_works_in_memory() -> None:
    """The store that forgets needs no file."""
    backlog = Backlog(None)
    backlog.put("result", b"one")

    assert len(backlog) == 1
    backlog.close()


def test_entry_put_aside_leaves_the_queue_and_stays_on_disk(path: Path) -> None:
    """What no database takes is kept for a person, with the reason."""
    backlog = Backlog(path)
    backlog.put("result", b"odd")
    backlog.put("result", b"good")
    odd = backlog.peek()
    assert odd is not None

    backlog.put_aside(odd, "a number is too large")
    backlog.close()

    backlog = Backlog(path)
    assert len(backlog) == 1
    assert backlog.refused() == [("result", b"odd", "a number is too large")]
    backlog.close()


def test_what_is_put_aside_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go."""
    monkeypatch.setattr("db.backlog.REFUSED_MAX", 3)
    backlog = Backlog(path)
    for number in range(5):
        backlog.put("result", b"%d" % number)
        entry = backlog.peek()
        assert entry is not None
        backlog.put_aside(entry, "no")

    assert [payload for _, payload, _ in backlog.refused()] == [b"2", b"3", b"4"]
    backlog.close()


def test_full_disk_refuses_in_a_sentence_and_keeps_what_is_there(path: Path) -> None:
    """Entries written before can still be read."""
    backlog = Backlog(path)
    backlog.put("result", b"first")
    with backlog._disk() as db:
        db.execute("pragma max_page_count = 1")

    with pytest.raises(StoreUnavailable, match="disk is full"):
        backlog.put("result", bytes(ENTRY_BYTES_MAX))

    first = backlog.peek()
    assert first is not None
    assert first.payload == b"first"
    backlog.close()
