"""The plan of faults: the same for a seed, and never the end of everything."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos.faults import LASTS, Fault, Kind, plan

SEEDS = st.integers(0, 2**32)


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.floats(5.0, 120.0), st.integers(1, 5))
def test_plan_is_kept_within_its_time(seed: int, seconds: float, nodes: int) -> None:
    """Faults come in order, of a length that their kind may have, and end in time."""
    faults = plan(seed, seconds, nodes=nodes)

    assert faults == sorted(faults, key=lambda one: one.at)
    assert faults == plan(seed, seconds, nodes=nodes)
    for one in faults:
        shortest, longest = LASTS[one.kind]
        assert shortest - 1e-9 <= one.until - one.at <= longest + 1e-9
        assert one.until <= seconds
        assert (one.node == -1) == one.kind.at_database
        assert one.node < nodes


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 5))
def test_plan_leaves_a_node_and_a_majority(seed: int, nodes: int) -> None:
    """At no moment are all nodes taken, nor two faults at the database or at one node."""
    faults = plan(seed, 60.0, nodes=nodes)
    for moment in (one.at for one in faults):
        now = [one for one in faults if one.at <= moment < one.until]
        taken = {one.node for one in now if one.kind.takes_node}
        assert len(taken) < nodes
        places = [one.node for one in now]
        assert len(places) == len(set(places))


def test_plans_use_every_fault() -> None:
    """Over some seeds nothing is left untried."""
    struck = {one.kind for seed in range(50) for one in plan(seed, 60.0)}

    assert struck == set(Kind)


def test_fault_reads_as_a_sentence() -> None:
    """The log of a run can be read."""
    assert str(Fault(1.0, 2.5, Kind.STOP_NODE, 0)) == "stop owner for 1.5 s"
    assert str(Fault(1.0, 2.5, Kind.CUT_CLIENTS, 2)) == "cut clients of bystander 2 for 1.5 s"
    assert str(Fault(1.0, 2.0, Kind.KILL_PRIMARY)) == "kill primary for 1.0 s"
