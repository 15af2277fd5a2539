"""What is shown as taken, and what the server says of it.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from claims import RIVAL_TICKS, Claims
from resources import BACK_AFTER_TICKS

THERE, TAKEN = 0b100, 0b000


def claimed(tick: int = 500) -> Claims:
    """Return claims with canister 2 shown as taken at a tick."""
    claims = Claims()
    claims.claim({2: tick})
    return claims


def test_claim_that_is_granted_needs_no_word() -> None:
    """Nor does it come up again when an older tick is predicted anew."""
    claims = claimed()

    assert not claims.settle(2, 500, mine=True)
    claims.claim({2: 501})
    assert claims.missed(600, TAKEN, {}) == []
    assert not claims.settle(2, 520, mine=False)


def test_claim_is_lost_to_who_was_first() -> None:
    """Once, whatever else is predicted before the next snapshot."""
    claims = claimed()

    assert claims.settle(2, 497, mine=False)
    claims.claim({2: 500})
    assert not claims.settle(2, 497, mine=False)
    assert claims.missed(600, THERE, {}) == []


def test_canister_of_another_time_or_place_is_none_of_ours() -> None:
    """Long before, or one that was never claimed."""
    assert not claimed().settle(2, 499 - RIVAL_TICKS, mine=False)
    assert not claimed().settle(1, 500, mine=False)


def test_claim_that_nobody_was_granted_is_missed() -> None:
    """When the server has seen the tick, and the canister still lies there."""
    claims = claimed()

    assert claims.missed(499, THERE, {}) == []
    assert claims.missed(500, THERE, {2: 501}) == []
    assert claims.missed(500, TAKEN, {}) == []
    assert claims.missed(500, THERE, {}) == [2]
    assert claims.missed(501, THERE, {}) == []


def test_canister_that_is_back_can_be_claimed_again() -> None:
    """It is another one, as it were."""
    claims = claimed()
    claims.settle(2, 500, mine=True)
    claims.claim({2: 500 + BACK_AFTER_TICKS})

    assert claims.settle(2, 500 + BACK_AFTER_TICKS - 2, mine=False)
