"""Faults on order and the timelines of recoveries, by a time that is told."""

from __future__ import annotations

import pytest

from cluster_command import main, status
from db.store import Card, Claim, Lease, RoomCard, RoomSave
from effects import LeaseAnswered, Seen, SendSnapshot, TakeLease
from errors import BadOption
from faults import Fault, Hindrance, check_target, fault_of
from protocol import Snapshot
from recovery import GIVEN_UP_S, Chronicle, Recovery, timeline

ROOM = "room-1"
TAKER = Claim("taker", "taker-boot", "127.0.0.1:2")
SAVE = RoomSave(ROOM, 3, 9, 600, b"")


@pytest.mark.parametrize(
    ("kind", "seconds", "delay_ms", "word"),
    [
        ("maim", 1.0, 100, "choose kill, pause, cut, slow"),
        ("cut", 0.0, 100, "--seconds"),
        ("cut", float("nan"), 100, "--seconds"),
        ("pause", 121.0, 100, "--seconds"),
        ("slow", 5.0, 0, "--delay-ms"),
        ("slow", 5.0, 2001, "--delay-ms"),
    ],
)
def test_senseless_fault_is_refused(kind: str, seconds: float, delay_ms: int, word: str) -> None:
    """One sentence says what would make sense."""
    with pytest.raises(BadOption, match=word):
        fault_of(kind, seconds, delay_ms)


def test_only_willing_nodes_are_harmed() -> None:
    """A fault needs a node that is there and was started for it."""
    check_target("a", ["a", "b"], ["a"])
    with pytest.raises(BadOption, match='no node "c"; these are there: a, b'):
        check_target("c", ["b", "a"], ["a"])
    with pytest.raises(BadOption, match='"b" was not started with --allow-faults'):
        check_target("b", ["a", "b"], ["a"])
    with pytest.raises(BadOption, match='"c" is silent: it has ended, or is paused or cut off'):
        check_target("c", ["a"], ["a", "c"], ["c"])


def test_cut_holds_everything_until_it_is_over() -> None:
    """What is sent during a cut leaves at its end, not before."""
    hindrance = Hindrance()
    hindrance.begin(Fault("cut", 5.0), 100.0)

    assert hindrance.is_cut(104.9)
    assert hindrance.leaves_at(102.0) == 105.0
    assert not hindrance.is_cut(105.0)
    assert hindrance.leaves_at(106.0) == 106.0


def test_slow_node_sends_late_for_a_while() -> None:
    """A delay holds for its time, and cuts nothing off."""
    hindrance = Hindrance()
    hindrance.begin(Fault("slow", 5.0, 200), 100.0)

    assert not hindrance.is_cut(101.0)
    assert hindrance.leaves_at(101.0) == pytest.approx(101.2)
    assert hindrance.leaves_at(105.0) == 105.0


def snapshot(tick: int, go_tick: int) -> SendSnapshot:
    """Return a snapshot as the node sends it to link 7."""
    return SendSnapshot((7,), Snapshot(4, tick, 1, go_tick, 0, b""))


def lease(node: str, epoch: int) -> Lease:
    """Return a lease of the room."""
    return Lease(ROOM, node, f"{node}-boot", "127.0.0.1:1", epoch, 5.0, True)


def chronicle() -> Chronicle:
    """Return the chronicle of "taker", which noticed at 12.0 what was last heard at 10.0."""
    book = Chronicle(TAKER, lambda room_id: 12.0, lambda link_id: ROOM if link_id == 7 else "")
    card = Card("owner", "owner-boot", "127.0.0.1:1", False, 0.1, (), (), age_s=2.0)
    book.settle(Seen((card,), (lease("owner", 3),)), 12.0)
    book.watch([TakeLease(ROOM, 3, True)], 12.5)
    return book


def test_takeover_is_told_step_by_step() -> None:
    """Each step has its time since the absence was noticed, and the pause is their sum."""
    book = chronicle()
    book.settle(LeaseAnswered(ROOM, lease("taker", 4), SAVE), 12.7)
    book.restored(ROOM, 12.8)
    book.watch([snapshot(600, 0)], 13.0)
    book.watch([snapshot(600, 0), snapshot(640, 820)], 14.0)
    assert not book.closed()
    book.watch([snapshot(820, 820)], 17.0)

    (told,) = book.closed()
    assert (told.previous, told.node, told.epoch, told.tick) == ("owner", "taker", 4, 600)
    steps = (told.silent_s, told.asked_s, told.lease_s, told.restored_s, told.snapshot_s)
    assert steps == pytest.approx((2.0, 0.5, 0.7, 0.8, 1.0))
    assert told.pause_s == pytest.approx(7.0)
    assert timeline(told).startswith("noticed 0.00 (silent for 2.00), lease asked 0.50")
    assert timeline(told).endswith("still for 7.0 s")
    assert not book.closed()


def test_cars_that_drive_once_more_what_was_lost_are_not_driving_yet() -> None:
    """Only the end of the new countdown is; and nobody sees a race before it is restored."""
    book = chronicle()
    book.settle(LeaseAnswered(ROOM, lease("taker", 4), SAVE), 12.7)
    book.restored(ROOM, 12.8)
    book.watch([snapshot(600, 240)], 12.79)
    book.watch([snapshot(660, 240)], 13.5)
    book.watch([snapshot(720, 900)], 14.0)
    assert not book.closed()
    book.watch([snapshot(900, 900)], 17.0)

    (told,) = book.closed()
    assert told.snapshot_s == told.restored_s
    assert told.driving_s == pytest.approx(5.0)


def test_race_that_was_handed_over_is_no_recovery() -> None:
    """Its lease is ours before we ask for anything: nobody was lost."""
    book = Chronicle(TAKER, lambda room_id: 12.0, lambda link_id: ROOM)
    book.settle(Seen((), (lease("taker", 4),)), 12.0)
    book.watch([TakeLease(ROOM, None, True)], 12.1)
    book.settle(LeaseAnswered(ROOM, lease("taker", 4), SAVE), 12.2)
    book.watch([snapshot(600, 240)], 12.3)
    book.watch([snapshot(640, 240)], 13.0 + GIVEN_UP_S)

    assert not book.closed()


def test_lost_race_for_a_lease_is_no_recovery() -> None:
    """Who came second tells nothing."""
    book = chronicle()
    book.settle(LeaseAnswered(ROOM, lease("faster", 4)), 12.7)
    book.watch([snapshot(820, 0)], 12.5 + GIVEN_UP_S * 2.0)

    assert not book.closed()


def test_recovery_without_players_ends_too() -> None:
    """Nobody came back: it is told as far as it went."""
    book = chronicle()
    book.settle(LeaseAnswered(ROOM, lease("taker", 4), SAVE), 12.7)
    book.watch([], 12.1 + GIVEN_UP_S)

    (told,) = book.closed()
    assert told.snapshot_s < 0.0
    assert told.pause_s < 0.0
    assert "first snapshot -, driving -" in timeline(told)


def test_status_names_nodes_rooms_and_recoveries() -> None:
    """The three parts are there, and an empty cluster is told as such."""
    room = RoomCard(ROOM, "Sunday", "harbour", 3, 1, 2, 0, 8)
    card = Card("one", "boot", "10.0.0.5:7777", False, 0.25, (room,), (), age_s=0.3)
    told = "\n".join(status([card], [lease("one", 4)], [Recovery(ROOM, "one", "two", 4)]))

    assert "10.0.0.5:7777" in told
    assert "25%" in told
    assert "5.0 s left" in told
    assert "Sunday: two -> one, epoch 4" in told
    assert status([], [], [])[-1] == "none"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["kill", "--db", "mongodb://x"], "kill: say which node"),
        (["status", "--db", "memory"], "is no mongodb:// URI"),
        (["cut", "a", "--seconds", "-1", "--db", "mongodb://x"], "--seconds: a fault lasts"),
        (["hug", "a"], "invalid choice"),
    ],
)
def test_bad_command_is_told_in_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is asked of a database before the words make sense."""
    assert main(words) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert len(told.splitlines()) == 1
