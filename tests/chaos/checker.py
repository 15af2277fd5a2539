"""What a history must show, whatever was broken meanwhile.

`check` is pure: a history in, violations out, each with the name of the rule
and a sentence that names the entries. A confirmation is what the database
holds with a majority, or what a client was told to be saved; what was shown
and never confirmed may be taken back, and `taken_back` counts that.

Units: as in the history.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.history import (
    Entry,
    Heard,
    LineHeard,
    LineKept,
    ResultKept,
    ResultTold,
    RoomGone,
    RoomKept,
    Said,
    Seen,
    TalkReplaced,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken."""

    rule: str
    text: str


def check(entries: Iterable[Entry]) -> list[Violation]:
    """Return every broken promise; an empty list is what we want."""
    known = list(entries)
    return [violation for rule in RULES for violation in rule(known)]


# Results


def results_are_kept_once(entries: list[Entry]) -> Iterator[Violation]:
    """Each result that was confirmed is there at the end, once, with the same rows."""
    final = [one for one in entries if isinstance(one, ResultKept) and one.final]
    found = Counter(one.race_id for one in final)
    rows = {one.race_id: one.rows for one in final}
    for race_id, count in found.items():
        if count > 1:
            yield Violation("result twice", f"{race_id} is there {count} times")
    for told in entries:
        match told:
            case ResultTold(client=client, saved=True):
                who = f"told to {client} as saved"
            case ResultKept(final=False):
                who = "held by a majority before"
            case _:
                continue
        if told.race_id not in found:
            yield Violation("result lost", f"{told.race_id}, {who}, is not there at the end")
        elif told.rows != rows[told.race_id]:
            yield Violation("result changed", f"{told.race_id}, {who}, reads otherwise at the end")


def race_ends_with_its_result(entries: list[Entry]) -> Iterator[Violation]:
    """A race whose result was confirmed goes on for nobody under a later epoch."""
    over: dict[str, int] = {}
    for one in entries:
        if isinstance(one, ResultTold) and one.saved:
            over.setdefault(one.race_id, one.epoch)
        elif isinstance(one, Seen) and one.epoch > over.get(one.race_id, one.epoch):
            text = f"{one.client} sees {one.race_id} go on after its result was confirmed"
            yield Violation("race after its result", text)


# Rooms in the database


def epochs_never_go_back(entries: list[Entry]) -> Iterator[Violation]:
    """The epoch of a room only rises, by each change of its owner, even if it was gone."""
    newest: dict[str, RoomKept] = {}
    for one in entries:
        if not isinstance(one, RoomKept):
            continue
        last = newest.setdefault(one.room_id, one)
        if one.epoch < last.epoch:
            text = f"room {one.room_id} went from epoch {last.epoch} to {one.epoch}"
            yield Violation("epoch back", text)
        elif one.epoch == last.epoch and one.owner != last.owner:
            text = f"room {one.room_id} passed from {last.owner} to {one.owner} in {one.epoch}"
            yield Violation("two owners", text)
        newest[one.room_id] = one


def saves_only_go_on(entries: list[Entry]) -> Iterator[Violation]:
    """No number of a save is used by two epochs, and no save replaces a newer one."""
    newest: dict[str, RoomKept] = {}
    epoch_of: dict[tuple[str, int], int] = {}
    for one in entries:
        if isinstance(one, RoomGone):
            newest.pop(one.room_id, None)
            continue
        if not isinstance(one, RoomKept) or one.seq < 0:
            continue
        first = epoch_of.setdefault((one.room_id, one.seq), one.save_epoch)
        if first != one.save_epoch:
            text = f"save {one.seq} of room {one.room_id}: epochs {first} and {one.save_epoch}"
            yield Violation("save of two epochs", text)
        last = newest.get(one.room_id)
        if last is not None and one.seq < last.seq:
            text = f"save {one.seq} of room {one.room_id} came after {last.seq}"
            yield Violation("save back", text)
        if last is not None and last.race_id == one.race_id and one.tick < last.tick:
            text = f"{one.race_id} was saved at tick {one.tick} after {last.tick}"
            yield Violation("save back", text)
        newest[one.room_id] = one


# Races as players see them


def laps_never_go_back(entries: list[Entry]) -> Iterator[Violation]:
    """Nobody sees a car behind what a save had confirmed, in a save or on the screen."""
    kept: dict[str, list[RoomKept]] = defaultdict(list)
    for one in entries:
        if isinstance(one, RoomKept) and one.race_id:
            kept[one.race_id].append(one)
    for race_id, saves in kept.items():
        best: dict[int, int] = {}
        for save in saves:
            for slot, laps in save.laps:
                if laps < best.setdefault(slot, laps):
                    text = f"{race_id}: slot {slot} was saved in lap {laps} after {best[slot]}"
                    yield Violation("lap back", text)
                best[slot] = max(best[slot], laps)
    for one in entries:
        if isinstance(one, Seen):
            yield from _behind_a_save(one, kept.get(one.race_id, []))


def _behind_a_save(seen: Seen, saves: list[RoomKept]) -> Iterator[Violation]:
    """Hold what a client saw against all saves that its epoch began with."""
    laps = dict(seen.laps)
    for save in saves:
        if save.save_epoch < seen.epoch and seen.tick < save.tick:
            text = f"{seen.client} sees tick {seen.tick} of {seen.race_id} under epoch {seen.epoch}"
            yield Violation("race back", f"{text}, {save.tick} was saved before")
            return
        if save.save_epoch > seen.epoch or save.tick > seen.tick:
            continue
        for slot, confirmed in save.laps:
            if laps.get(slot, confirmed) < confirmed:
                text = f"{seen.client} sees slot {slot} in lap {laps[slot]} of {seen.race_id}"
                yield Violation("lap back", f"{text}, {confirmed} was confirmed")
                return


def clients_believe_forward(entries: list[Entry]) -> Iterator[Violation]:
    """No client shows an older epoch of a room than it has shown."""
    newest: dict[tuple[str, str], Seen] = {}
    for one in entries:
        if not isinstance(one, Seen):
            continue
        last = newest.setdefault((one.client, one.room_id), one)
        if one.epoch < last.epoch:
            text = f"{one.client} went from epoch {last.epoch} of {one.room_id} to {one.epoch}"
            yield Violation("believed back", text)
        newest[one.client, one.room_id] = one


# Chat


def lines_are_kept_once(entries: list[Entry]) -> Iterator[Violation]:
    """Each confirmed line is there at the end, once, alone under its number."""
    final = [one for one in entries if isinstance(one, LineKept) and one.final]
    ids = Counter(one.line_id for one in final)
    for line_id, count in ids.items():
        if count > 1:
            yield Violation("line twice", f"{line_id} is there {count} times")
    for one in entries:
        if isinstance(one, LineKept) and not one.final and one.line_id not in ids:
            yield Violation("line lost", f"{one.line_id} ({one.line[2]!r}) was there before")
    numbers = Counter((one.room_id, one.line[0]) for one in final if ids[one.line_id] == 1)
    for (room_id, number), count in numbers.items():
        if count > 1:
            text = f"{count} lines of room {room_id} have the number {number}"
            yield Violation("line number twice", text)
    texts = Counter((one.room_id, one.line[2]) for one in final)
    for said in entries:
        if isinstance(said, Said) and texts[said.room_id, said.text] > 1:
            yield Violation("line twice", f"{said.text!r} was said once")


def lines_have_one_order(entries: list[Entry]) -> Iterator[Violation]:
    """Everybody has the confirmed lines of a room in the order of their numbers, once."""
    confirmed = {(one.room_id, one.line) for one in entries if isinstance(one, LineKept)}
    known = _lines_known(entries)
    talks: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in entries:
        match one:
            case LineHeard(client=client, room_id=room_id, line=line):
                if (room_id, line) not in confirmed:
                    continue
                talk = talks[client, room_id]
                if line in talk:
                    yield Violation("line heard twice", f"{client}: {line[2]!r}")
                elif talk and line[0] <= talk[-1][0]:
                    text = f"{client} heard {line[0]} after {talk[-1][0]} in room {room_id}"
                    yield Violation("lines out of order", text)
                talk.append(line)
            case TalkReplaced(client=client, room_id=room_id, epoch=epoch, lines=lines):
                new = [line for line in lines if (room_id, line) in confirmed]
                if new != sorted(set(new)):
                    text = f"{client} was told the lines of room {room_id} out of order, or twice"
                    yield Violation("lines out of order", text)
                # Who comes in hears the newest lines only: older ones may be left out.
                oldest = min((line[0] for line in lines), default=0)
                due = sorted(line for line in known[room_id, epoch] if line[0] >= oldest)
                gone = [line[2] for line in due if line not in new]
                if gone:
                    text = f"{client} came to room {room_id} and was not told {gone}"
                    yield Violation("line lost", text)
                talks[client, room_id] = new


def _lines_known(entries: list[Entry]) -> dict[tuple[str, int], set[Heard]]:
    """Return for each room and epoch the lines that a majority held when it began.

    The first owner made the room, and took over nothing.
    """
    kept: dict[str, set[Heard]] = defaultdict(set)
    known: dict[tuple[str, int], set[Heard]] = defaultdict(set)
    epochs: dict[str, int] = {}
    for one in entries:
        if isinstance(one, LineKept) and not one.final:
            kept[one.room_id].add(one.line)
        elif isinstance(one, RoomKept):
            if one.epoch != epochs.setdefault(one.room_id, one.epoch):
                known[one.room_id, one.epoch] = set(kept[one.room_id])
            epochs[one.room_id] = one.epoch
    return known


RULES = (
    results_are_kept_once,
    race_ends_with_its_result,
    epochs_never_go_back,
    saves_only_go_on,
    laps_never_go_back,
    clients_believe_forward,
    lines_are_kept_once,
    lines_have_one_order,
)


# What is no violation


def taken_back(entries: Iterable[Entry]) -> dict[str, int]:
    """Count what was shown, never confirmed, and then not so: laps, lines, ticks."""
    known = list(entries)
    laps = ticks = 0
    newest: dict[tuple[str, str], Seen] = {}
    for one in known:
        if isinstance(one, Seen):
            last = newest.get((one.client, one.race_id))
            if last is not None and one.epoch > last.epoch:
                ticks = max(ticks, last.tick - one.tick)
                now = dict(one.laps)
                laps += sum(now.get(slot, lap) < lap for slot, lap in last.laps)
            newest[one.client, one.race_id] = one
    kept = {(one.room_id, one.line) for one in known if isinstance(one, LineKept)}
    heard = {(one.room_id, one.line) for one in known if isinstance(one, LineHeard)}
    return {"laps": laps, "lines": len(heard - kept), "ticks_max": ticks}
