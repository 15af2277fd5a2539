"""Newcomers are let in until those who are here would suffer, and again when there is room."""

from __future__ import annotations

import pytest

from admission import LOAD_FREE, LOAD_FULL, PEOPLE_FEW, Admission

TICK_S = 1.0 / 60.0


class Busy:
    """A server whose every tick is the same for a while."""

    def __init__(self) -> None:
        self.admission = Admission()

    def works(
        self, load: float, seconds: float, *, cpu: float | None = None, late: float = 0.0
    ) -> Busy:
        """Note so many seconds of ticks; `cpu` is as much as the load unless said."""
        for _ in range(round(seconds / TICK_S)):
            self.admission.note(load, late, load if cpu is None else cpu, TICK_S)
        return self

    def admitted(self, wishes: int, people: int) -> int:
        """Let so many newcomers ask at one moment, at a server with people."""
        admitted = 0
        for _ in range(wishes):
            admitted += self.admission.admits(people + admitted)
        return admitted


def test_server_with_room_lets_everyone_in() -> None:
    """Half a core is no reason to refuse."""
    server = Busy().works(0.5, 10.0)

    assert server.admission.admits(256)
    assert not server.admission.full
    assert server.admission.refused == 0


def test_busy_server_refuses_within_seconds_and_before_it_is_late() -> None:
    """At four fifths of a tick; each refusal is counted."""
    server = Busy().works(0.5, 10.0).works(LOAD_FULL + 0.05, 5.0)

    assert server.admission.full
    assert server.admitted(20, 500) == 0
    assert server.admission.refused == 20


def test_late_ticks_close_the_door() -> None:
    """Whatever the load says: one tick in ten begins late."""
    server = Busy()
    for _ in range(60):
        server.works(0.7, 9 * TICK_S).works(0.7, TICK_S, late=1.5)

    assert server.admission.full


def test_one_long_tick_does_not() -> None:
    """Somebody's track was loaded, once."""
    server = Busy().works(0.5, 10.0).works(2.0, 2 * TICK_S, late=2.0).works(0.5, 1.0)

    assert not server.admission.full


def test_door_opens_only_once_there_is_room_again() -> None:
    """It does not swing between two newcomers."""
    server = Busy().works(0.9, 5.0)
    between = (LOAD_FULL + LOAD_FREE) / 2.0
    assert not server.works(between, 30.0).admission.admits(500)
    server.works(LOAD_FREE - 0.05, 5.0)

    assert not server.admission.full
    assert server.admission.admits(400)


def test_slow_machine_is_no_reason() -> None:
    """Ticks are late, and we use a tenth of a core: fewer players would help nobody."""
    server = Busy().works(1.5, 10.0, cpu=0.1, late=2.0)

    assert server.admission.admits(3)


def test_who_was_busy_and_idles_on_a_slow_machine_opens_again() -> None:
    """The load stays high by others' work alone."""
    server = Busy().works(0.95, 10.0)
    assert server.admission.full
    server.works(0.95, 10.0, cpu=0.1)

    assert server.admission.admits(3)


def test_crowd_at_once_is_not_let_in_on_yesterdays_load() -> None:
    """What they cost shows only later: they are counted on before."""
    server = Busy().works(0.6, 10.0)
    admitted = server.admitted(1000, 300)

    assert 50 < admitted < 250
    # Those who came cost nothing after all: the next may come.
    server.works(0.6, 20.0)
    assert server.admission.admits(300 + admitted)


def test_load_of_a_crowd_that_sits_down_is_not_taken_for_its_price() -> None:
    """To seat people costs for a moment: a hundred more have room beside sixty."""
    server = Busy().works(0.4, 5.0)

    assert server.admitted(120, 60) == 120


def test_first_players_of_an_evening_all_come_in() -> None:
    """A share of the little load there is stands for each."""
    server = Busy().works(0.05, 5.0)

    assert server.admitted(8 * PEOPLE_FEW, 0) == 8 * PEOPLE_FEW


@pytest.mark.parametrize("people", [11, 12, 13])
def test_places_are_counted(people: int) -> None:
    """However little there is to do."""
    server = Busy().works(0.01, 1.0)
    server.admission.people_max = 12

    assert server.admission.admits(people) == (people < 12)
