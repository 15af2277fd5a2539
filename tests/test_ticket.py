"""Tickets: good once, for one player, one room, one owner."""

from __future__ import annotations

import itertools

import pytest

from ticket import Office, Purpose

numbers = itertools.count()


def office(boot: str = "b", secret: bytes = b"secret") -> Office:
    """Return the office of a process."""
    return Office(secret, boot, lambda size: next(numbers).to_bytes(size, "big"))


def ticket(player: str = "mika", room: str = "r1", boot: str = "b", epoch: int = 3) -> str:
    """Return a ticket that node a wrote."""
    return office("a").write(player, room, boot, epoch, Purpose.SIT)


def test_ticket_tells_its_purpose_once() -> None:
    """And it fits the wire."""
    there, paper = office(), ticket()

    assert len(paper) <= 160
    assert there.read(paper, "mika", "r1") == (Purpose.SIT, 3)
    assert there.use(paper, "mika", "r1", 3) is Purpose.SIT
    assert there.use(paper, "mika", "r1", 3) is None
    there.forget("r1")
    assert there.use(paper, "mika", "r1", 4) is None


@pytest.mark.parametrize(
    "paper",
    [
        ticket(player="tess"), ticket(room="r2"), ticket(boot="c"), ticket(epoch=2), "", "...",
        "sit.3.00", "sit.3.00.zz", "\ud7ff.\u20ac.x.y", ticket()[:-1],
        ticket().replace("3", "4", 1),
        office("a", b"other").write("mika", "r1", "b", 3, Purpose.SIT),
    ],
)  # fmt: skip
def test_ticket_of_another_is_no_ticket(paper: str) -> None:
    """Nor one for another room, process or owner, nor one that somebody made up."""
    there = office()

    assert there.use(paper, "mika", "r1", 3) is None
    assert there.use(ticket(), "mika", "r1", 3) is Purpose.SIT


def test_bad_tickets_leave_nothing_behind() -> None:
    """Whoever invents rooms fills no table."""
    there = office()
    for number in range(100):
        there.use("sit.3.00.zz", "mika", f"r{number}", 3)

    assert there._used == {}
