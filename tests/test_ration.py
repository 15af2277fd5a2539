"""How many snapshots a second a link is given: fewer while it is behind, more again later."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ration import BETTER_S, EARLY, PATIENCE_S_MAX, RATES, WORSE_S, Ration

FRAME_S = 1.0 / RATES[0]


class Watched:
    """A link that is offered a snapshot every thirtieth of a second."""

    def __init__(self) -> None:
        self.ration = Ration()
        self.now = 100.0

    def pass_time(self, seconds: float, *, behind: bool) -> int:
        """Offer snapshots for a while; return how many were granted."""
        offers = round(seconds * RATES[0])
        granted = 0
        for _ in range(offers):
            granted += self.ration.grants(self.now, behind=behind)
            self.now += FRAME_S
        return granted

    def fall_to(self, rate: int) -> Watched:
        """Be behind until the rate is so low."""
        while self.ration.rate > rate:
            self.pass_time(FRAME_S, behind=True)
        return self


def test_who_keeps_up_gets_every_snapshot() -> None:
    """Also when they come unevenly."""
    link = Watched()

    assert link.pass_time(10.0, behind=False) == 10 * RATES[0]
    assert link.ration.grants(link.now, behind=False)
    assert link.ration.grants(link.now, behind=False)


def test_one_late_moment_costs_nothing() -> None:
    """Less than half a second behind is a stall, not a slow link."""
    link = Watched()
    link.pass_time(WORSE_S / 2, behind=True)

    assert link.pass_time(1.0, behind=False) == RATES[0]


def test_who_is_behind_goes_down_all_steps() -> None:
    """At the last one it gets a snapshot a second, for as long as it lasts."""
    link = Watched()
    rates = []
    for _ in range(60):
        link.pass_time(0.1, behind=True)
        rates.append(link.ration.rate)

    assert list(dict.fromkeys(rates)) == list(RATES)
    assert link.pass_time(10.0, behind=True) == 10 * RATES[-1]


def test_each_step_gives_what_it_says() -> None:
    """Counted over some seconds, within one snapshot."""
    for rate in RATES:
        granted = Watched().fall_to(rate).pass_time(BETTER_S, behind=False)

        assert abs(granted - BETTER_S * rate) <= 1


def test_who_catches_up_gets_all_again() -> None:
    """A step at a time."""
    link = Watched()
    link.pass_time(10.0, behind=True)
    link.pass_time(BETTER_S * (len(RATES) - 1) + 1.0, behind=False)

    assert link.ration.rate == RATES[0]
    assert link.pass_time(1.0, behind=False) == RATES[0]


def test_who_falls_behind_at_once_waits_longer_each_time() -> None:
    """A link that carries fifteen and no more is not tried with thirty every other second."""
    link = Watched()
    tries = 0
    for _ in range(120 * RATES[0]):
        was = link.ration.step
        behind = link.ration.rate > 15
        link.ration.grants(link.now, behind=behind)
        tries += link.ration.step < was
        link.now += FRAME_S

    assert 3 <= tries <= 10
    link.pass_time(2 * PATIENCE_S_MAX, behind=False)
    assert link.ration.rate == RATES[0]


@given(
    st.lists(st.tuples(st.floats(0.001, 0.5), st.booleans()), min_size=1, max_size=300),
    st.sampled_from(RATES[1:]),
)
def test_no_rate_is_exceeded(offers: list[tuple[float, bool]], rate: int) -> None:
    """However unevenly they are offered: no more than so many, and one."""
    link = Watched().fall_to(rate)
    ration, now = link.ration, link.now + 1.0
    began, granted = now, 0
    for pause, behind in offers:
        if ration.rate != rate:
            break
        granted += ration.grants(now, behind=behind)

        assert granted <= (now - began + EARLY * FRAME_S) * rate + 2
        now += pause
