"""A simulated link, told the time: how long, how unsteady, in which order."""

from __future__ import annotations

import random

import pytest

from errors import BadOption
from link_model import (
    HEADER_BYTES,
    QUEUE_BYTES_MIN,
    SEGMENT_BYTES,
    STALL_MIN_S,
    WAITING_BYTES_MAX,
    LinkSpec,
    OneWay,
    link_spec,
)

SNAPSHOT_S = 1 / 30


def one_way(spec: LinkSpec, seed: int = 1) -> OneWay:
    """Return one direction of a link, with its own luck."""
    return OneWay(spec, random.Random(seed))


def delays(spec: LinkSpec, count: int = 3000, seed: int = 1) -> list[float]:
    """Return how long each of many messages takes, thirty of them a second."""
    way: OneWay = one_way(spec, seed)
    found: list[float] = []
    for number in range(count):
        way.send(b"x" * 60, number * SNAPSHOT_S)
    while (due := way.due_at) is not None:
        for _ in way.arrived(due):
            found.append(due - len(found) * SNAPSHOT_S)
    return found


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("100ms,20ms,1%", LinkSpec(0.1, 0.02, 0.01)),
        ("0ms", LinkSpec()),
        ("0.2s, 40ms", LinkSpec(0.2, 0.04)),
        ("30MS,6ms,0.5%,64kbit", LinkSpec(0.03, 0.006, 0.005, 64e3)),
        ("5s,0s,50%,1gbit", LinkSpec(5.0, 0.0, 0.5, 1e9)),
    ],
)
def test_spec_is_read(text: str, spec: LinkSpec) -> None:
    """Round trip, jitter, loss, bandwidth; what is left off is none."""
    assert link_spec(text) == spec


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "is no link"),
        ("1ms,1ms,1%,1mbit,1", "is no link"),
        ("100,20ms,1%", 'the round trip "100"'),
        ("-5ms", 'the round trip "-5ms"'),
        ("6s", "from 0ms to 5s"),
        ("nanms", 'the round trip "nanms"'),
        ("100ms,20,1%", 'the jitter "20"'),
        ("100ms,101ms", "jitter of 101ms is more than the round trip of 100ms"),
        ("100ms,20ms,1", 'the loss "1"'),
        ("100ms,20ms,51%", "from 0% to 50%"),
        ("100ms,20ms,1%,64", 'the bandwidth "64"'),
        ("100ms,20ms,1%,1kbit", "from 8kbit to 1gbit"),
    ],
)
def test_bad_spec_is_told_in_a_sentence(text: str, word: str) -> None:
    """It names the option, the part that is wrong, and what to write."""
    with pytest.raises(BadOption) as told:
        link_spec(text)

    assert str(told.value).startswith("--simulate-link: ")
    assert word in str(told.value)
    assert str(told.value).count("\n") == 0


def test_steady_link_takes_half_the_round_trip() -> None:
    """Each way."""
    assert delays(LinkSpec(0.1)) == pytest.approx([0.05] * 3000)


def test_jitter_stays_within_its_bounds_and_uses_them() -> None:
    """Half of it each way, to both sides of the mean."""
    found = delays(LinkSpec(0.1, 0.02))

    assert 0.04 <= min(found) < 0.0405
    assert 0.0595 < max(found) <= 0.06
    assert sum(found) / len(found) == pytest.approx(0.05, abs=0.0005)


def test_order_is_kept_whatever_the_jitter() -> None:
    """What is sent quicker than it wavers arrives in order, and whole."""
    way = one_way(LinkSpec(0.2, 0.2))
    sent = bytes(number % 251 for number in range(2000))
    for number in range(2000):
        way.send(sent[number : number + 1], number * 0.001)
    times, got = [], b""
    while way.due_at is not None:
        times.append(way.due_at)
        got += b"".join(way.arrived(way.due_at))

    assert got == sent
    assert times == sorted(times)


def test_loss_stalls_what_is_behind_and_lets_go_of_it_at_once() -> None:
    """Two round trips, then everything in order in one moment."""
    spec = LinkSpec(0.1, loss=0.01)
    found = delays(spec)
    first = next(n for n, delay in enumerate(found) if delay > 0.051)
    arrivals = [n * SNAPSHOT_S + delay for n, delay in enumerate(found)]
    together = [at for at in arrivals if at == pytest.approx(arrivals[first])]

    assert found[first] == pytest.approx(0.25)
    assert len(together) == 7
    assert found[first + 7] == pytest.approx(0.05)


def test_share_of_segments_that_are_lost_is_as_asked() -> None:
    """A hundred thousand of them, by a seed."""
    way = one_way(LinkSpec(0.0, loss=0.03))
    for number in range(100_000):
        way.send(b"x", number * 0.01)

    assert 2800 < way.stalls < 3200


def test_short_link_stalls_no_less_than_an_acknowledgement_waits() -> None:
    """Even on a loopback a loss takes its time."""
    assert LinkSpec(0.001).stall == STALL_MIN_S
    assert LinkSpec(0.1).stall == pytest.approx(0.2)


def test_bandwidth_is_shared_by_all_that_is_sent() -> None:
    """Bytes and headers follow each other on the line."""
    way = one_way(LinkSpec(0.1, bandwidth=64e3))
    way.send(b"x" * (2 * SEGMENT_BYTES), 10.0)
    each = (SEGMENT_BYTES + HEADER_BYTES) * 8 / 64e3

    assert way.due_at == pytest.approx(10.0 + each + 0.05)
    assert len(way.arrived(10.0 + each + 0.0501)) == 1
    assert way.due_at == pytest.approx(10.0 + 2 * each + 0.05)


def test_queue_is_bounded() -> None:
    """A thin line holds half a second, a wide one a quarter of a megabyte."""
    way = one_way(LinkSpec(0.1))
    way.send(b"x" * (WAITING_BYTES_MAX - 1), 0.0)
    before = way.full
    way.send(b"x", 0.0)

    assert (before, way.full) == (False, True)
    assert way.arrived(0.05)
    assert not way.full
    assert LinkSpec(0.0, bandwidth=64e3).room_bytes == QUEUE_BYTES_MIN
    assert LinkSpec(0.1, bandwidth=1e6).room_bytes == 75_000


def test_end_of_the_stream_comes_last() -> None:
    """Behind all that was said before, over the same line."""
    way = one_way(LinkSpec(0.1, 0.1, 0.1), seed=5)
    for number in range(20):
        way.send(b"word", number * 0.001)
    way.end(0.02)
    heard: list[bytes] = []
    while way.due_at is not None:
        heard += way.arrived(way.due_at)

    assert heard == [b"word"] * 20 + [b""]
    assert way.ended
    assert way.empty


def test_same_seed_is_the_same_link() -> None:
    """So that a run can be had again."""
    spec = LinkSpec(0.1, 0.02, 0.03)

    assert delays(spec, 300, seed=7) == delays(spec, 300, seed=7)
    assert delays(spec, 300, seed=7) != delays(spec, 300, seed=8)
