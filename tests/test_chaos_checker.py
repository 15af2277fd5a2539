"""The checker of the chaos tests finds what is planted, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.checker import RULES, check, taken_back
from tests.chaos.history import (
    Entry,
    History,
    LineHeard,
    LineKept,
    LinkChanged,
    ResultKept,
    ResultTold,
    RoomGone,
    RoomKept,
    Said,
    Seen,
    Struck,
    TalkReplaced,
    read,
)

ROOM, RACE = "r1", "r1-race"
ROWS = (("ann", "Ann", 1, 60_000, 59_000), ("bob", "Bob", 2, 61_000, 60_500))
HELLO, WELL = (1, "Ann", "hello", 5.0), (2, "", "node-2 has taken the race over", 9.0)
KEPT = RoomKept(1.0, ROOM, 1, "node-1/a", 1, 1, RACE, 100, ((0, 0), (1, 0)))
SEEN = Seen(1.0, "Ann", ROOM, RACE, 1, 100, ((0, 0), (1, 0)))
TOLD = ResultTold(9.0, "Ann", ROOM, RACE, 2, True, ROWS)
RESULT = ResultKept(9.0, True, RACE, ROOM, ROWS)


def clean() -> list[Entry]:
    """Return a history with a takeover in which all promises are kept."""
    return [
        Said(0.5, "Ann", ROOM, "hello"),
        KEPT,
        LineHeard(1.1, "Ann", ROOM, HELLO),
        LineHeard(1.1, "Bob", ROOM, HELLO),
        LineKept(1.2, False, "l1", ROOM, HELLO),
        SEEN,
        replace(SEEN, client="Bob"),
        replace(KEPT, seq=2, tick=200, laps=((0, 1), (1, 0))),
        # Shown, and not confirmed before the owner died.
        replace(SEEN, tick=230, laps=((0, 1), (1, 1))),
        Struck(3.0, "kill node-1"),
        LinkChanged(3.1, "Ann", "lost: node-1 does not answer."),
        replace(KEPT, epoch=2, owner="node-2/b", seq=2, tick=200, laps=((0, 1), (1, 0))),
        TalkReplaced(6.0, "Ann", ROOM, 2, (HELLO,)),
        LineHeard(6.1, "Ann", ROOM, WELL),
        LineKept(6.2, False, "l2", ROOM, WELL),
        TalkReplaced(6.3, "Bob", ROOM, 2, (HELLO, WELL)),
        replace(SEEN, epoch=2, tick=215, laps=((0, 1), (1, 0))),
        replace(
            KEPT, epoch=2, owner="node-2/b", save_epoch=2, seq=3, tick=300, laps=((0, 1), (1, 1))
        ),
        replace(KEPT, epoch=2, owner="node-2/b", seq=-1, save_epoch=0, race_id="", tick=0),
        replace(TOLD, saved=False),
        ResultKept(8.9, False, RACE, ROOM, ROWS),
        TOLD,
        RoomGone(9.0, ROOM),
        RESULT,
        LineKept(9.9, True, "l1", ROOM, HELLO),
        LineKept(9.9, True, "l2", ROOM, WELL),
    ]


def without(gone: Entry) -> list[Entry]:
    """Return the clean history without one entry."""
    return [one for one in clean() if one != gone]


PLANTED: dict[str, tuple[str, list[Entry]]] = {
    "confirmed result is missing": ("result lost", without(RESULT)),
    "result is there twice": ("result twice", [*clean(), RESULT]),
    "result reads otherwise": ("result changed", [*clean(), replace(TOLD, rows=ROWS[:1])]),
    "result held by a majority goes": (
        "result lost",
        [*clean(), ResultKept(2.0, False, "other", ROOM, ROWS)],
    ),
    "race goes on after its result": (
        "race after its result",
        [*clean(), replace(SEEN, epoch=3, tick=900, laps=())],
    ),
    "epoch goes down": ("epoch back", [*clean(), replace(KEPT, seq=9, tick=900, laps=())]),
    "owner changes within an epoch": (
        "two owners",
        [KEPT, replace(KEPT, owner="node-2/b", seq=2)],
    ),
    "same name, another process": ("two owners", [KEPT, replace(KEPT, owner="node-1/z", seq=2)]),
    "two epochs write one save": (
        "save of two epochs",
        [KEPT, replace(KEPT, epoch=2, save_epoch=2, owner="node-2/b")],
    ),
    "an older save replaces a newer one": ("save back", [replace(KEPT, seq=5), KEPT]),
    "a save takes the race back": ("save back", [KEPT, replace(KEPT, seq=2, tick=99)]),
    "a save takes a lap away": (
        "lap back",
        [replace(KEPT, laps=((0, 2),)), replace(KEPT, seq=2, tick=101, laps=((0, 1),))],
    ),
    "the new owner shows a lap less": (
        "lap back",
        [replace(KEPT, laps=((0, 2),)), replace(SEEN, epoch=2, tick=140, laps=((0, 1),))],
    ),
    "the new owner begins before the save": (
        "race back",
        [KEPT, replace(SEEN, epoch=2, tick=99)],
    ),
    "a client believes an old owner": ("believed back", [replace(SEEN, epoch=2), SEEN]),
    "a confirmed line is missing": (
        "line lost",
        [one for one in clean() if not (isinstance(one, LineKept) and one.line_id == "l1")]
        + [LineKept(1.2, False, "l1", ROOM, HELLO)],
    ),
    "a line is there twice": ("line twice", [*clean(), LineKept(9.9, True, "l1", ROOM, HELLO)]),
    "a line was written by two owners": (
        "line twice",
        [*clean(), LineKept(9.9, True, "l9", ROOM, (3, *HELLO[1:]))],
    ),
    "two lines share a number": (
        "line number twice",
        [*clean(), LineKept(9.9, True, "l9", ROOM, (1, "Bob", "me too", 6.0))],
    ),
    "somebody hears a line twice": (
        "line heard twice",
        [*clean(), LineHeard(9.9, "Ann", ROOM, HELLO)],
    ),
    "somebody hears another order": (
        "lines out of order",
        [*clean(), LineHeard(9.9, "Eve", ROOM, WELL), LineHeard(9.9, "Eve", ROOM, HELLO)],
    ),
    "the history is in another order": (
        "lines out of order",
        [*clean(), TalkReplaced(9.9, "Eve", ROOM, 2, (WELL, HELLO))],
    ),
    "the new owner does not know a line": (
        "line lost",
        [
            KEPT,
            LineKept(1.1, False, "l1", ROOM, HELLO),
            LineKept(1.2, False, "l2", ROOM, WELL),
            replace(KEPT, epoch=2, owner="node-2/b"),
            TalkReplaced(9.9, "Ann", ROOM, 2, (HELLO,)),
        ],
    ),
}


def test_clean_history_passes() -> None:
    """A takeover that keeps all promises breaks none."""
    assert check(clean()) == []


@pytest.mark.parametrize("name", PLANTED)
def test_planted_violation_is_found(name: str) -> None:
    """Each broken promise is called by its name."""
    rule, entries = PLANTED[name]

    assert rule in {violation.rule for violation in check(entries)}


def test_each_rule_has_a_planted_violation() -> None:
    """A rule that never finds anything would prove nothing."""
    finding = {rule for rule in RULES for _, entries in PLANTED.values() if list(rule(entries))}

    assert finding == set(RULES)


def test_what_was_never_confirmed_may_be_taken_back() -> None:
    """It is counted: a lap that no save held, a line that the database never saw."""
    entries = [*clean(), LineHeard(2.9, "Ann", ROOM, (2, "Ann", "watch this", 7.0))]

    assert check(entries) == []
    assert taken_back(entries) == {"laps": 1, "lines": 1, "ticks_max": 15}


def test_line_that_was_kept_too_late_may_be_missing_from_a_talk() -> None:
    """What an owner that was cut off had still to write is kept after the next one has read."""
    late = (3, "Ann", "anybody there?", 8.0)
    entries = [
        *clean(),
        LineKept(9.5, False, "l3", ROOM, late),
        LineKept(9.9, True, "l3", ROOM, late),
        TalkReplaced(9.9, "Ann", ROOM, 2, (HELLO, WELL)),
        # On its way while the room changed hands.
        TalkReplaced(9.9, "Eve", ROOM, 1, (HELLO,)),
    ]

    assert check(entries) == []


def test_history_survives_the_disk() -> None:
    """What is written as lines reads back equal, in order."""
    history = History(clean())

    assert read(history.lines()).entries == history.entries


RUNS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 40), st.booleans()), min_size=1, max_size=12
)


@settings(max_examples=100, deadline=None)
@given(RUNS)
def test_honest_owners_pass(owners: list[tuple[int, int, bool]]) -> None:
    """Any number of owners that each begin at the newest save break nothing."""
    entries: list[Entry] = []
    seq = tick = lap = 0
    for epoch, (steps, ticks, shows_more) in enumerate(owners, start=1):
        for _ in range(steps):
            seq, tick, lap = seq + 1, tick + ticks, lap + (ticks > 20)
            kept = RoomKept(0.0, ROOM, epoch, f"n{epoch}", seq, epoch, RACE, tick, ((0, lap),))
            entries += [Seen(0.0, "Ann", ROOM, RACE, epoch, tick, ((0, lap),)), kept]
        if shows_more:
            # The next owner never learns of it.
            entries.append(Seen(0.0, "Ann", ROOM, RACE, epoch, tick + 9, ((0, lap + 1),)))

    assert check(entries) == []


@settings(max_examples=100, deadline=None)
@given(RUNS, st.data())
def test_zombie_is_found_wherever_it_writes(
    owners: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    """A write of an older epoch, put anywhere behind a newer one, is a violation."""
    entries: list[Entry] = []
    seq = 0
    for epoch, (steps, ticks, _) in enumerate(owners, start=1):
        for _ in range(steps):
            seq += 1
            entries.append(
                RoomKept(0.0, ROOM, epoch, f"n{epoch}", seq, epoch, RACE, seq * ticks, ())
            )
    newest = RoomKept(0.0, ROOM, len(owners) + 1, "new", seq + 1, len(owners) + 1, RACE, 10**6, ())
    entries.append(newest)
    zombie = data.draw(st.integers(1, len(owners)))
    entries.append(replace(newest, epoch=zombie, owner=f"n{zombie}", save_epoch=zombie))

    assert "epoch back" in {violation.rule for violation in check(entries)}
