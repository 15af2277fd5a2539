"""Who runs a room: the rules of leases, in memory and on a real replica set."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from db.mongo import MongoStore
from db.store import (
    Card,
    Claim,
    PersonCard,
    ResultLine,
    ResultRecord,
    RoomCard,
    RoomSave,
    Store,
)
from errors import StoreRefused
from tests.waiting import wait_until

ROOM = "r1"
TTL_S = 60.0
SHORT_S = 0.2
ANN = Claim("ann", "ann-1", "10.0.0.1:7777")
BOB = Claim("bob", "bob-1", "10.0.0.2:7777")


def save(seq: int, epoch: int = 1, room_id: str = ROOM) -> RoomSave:
    """Return a save of a race."""
    return RoomSave(room_id, epoch, seq, seq * 30, b"\x00\xffsave %d" % seq)


def result(race_id: str = "race1", at: float = 1000.0) -> ResultRecord:
    """Return the end of a race in the room."""
    row = ResultLine("cleo", "Cleo", 0, 1, 90_000, 41_000, 25)
    return ResultRecord(race_id, ROOM, "Evening", "meadow", 2, at, (row,))


def card(claim: Claim = ANN) -> Card:
    """Return the card of a node, with a room and a person on it."""
    room = RoomCard(ROOM, "Evening", "meadow", 2, 1, 3, 1, 8)
    person = PersonCard("cleo", "$Cleo", ROOM, 40, False)
    return Card(claim.node, claim.boot, claim.address, True, 0.25, (room,), (person,), full=True)


# Taking


def test_first_to_ask_has_the_room(store: Store) -> None:
    """The epoch is 1, the lease as long as was asked."""
    lease = store.take_lease(ROOM, ANN, TTL_S)

    assert (lease.room_id, lease.node, lease.boot, lease.address) == (ROOM, *_parts(ANN))
    assert lease.epoch == 1
    assert TTL_S - 5.0 < lease.left_s <= TTL_S
    assert not lease.saved


def _parts(claim: Claim) -> tuple[str, str, str]:
    return claim.node, claim.boot, claim.address


def test_second_claimant_is_refused_until_the_lease_ends(store: Store) -> None:
    """It is told who has the room, and gets it under a higher epoch afterwards."""
    store.take_lease(ROOM, ANN, SHORT_S)
    assert store.take_lease(ROOM, BOB, TTL_S).boot == ANN.boot

    wait_until(lambda: store.take_lease(ROOM, BOB, TTL_S).boot == BOB.boot, "take the room")

    (lease,) = store.leases()
    assert (lease.boot, lease.address, lease.epoch) == (BOB.boot, BOB.address, 2)


def test_own_room_is_taken_again_under_the_same_epoch(store: Store) -> None:
    """An answer that was lost is asked for again."""
    epochs = [store.take_lease(ROOM, ANN, TTL_S).epoch for _ in range(3)]

    assert epochs == [1, 1, 1]


def test_next_life_of_a_node_takes_its_room_at_once(store: Store) -> None:
    """Under a higher epoch: what the last life still writes is refused."""
    store.take_lease(ROOM, ANN, TTL_S)
    again = replace(ANN, boot="ann-2")

    assert store.take_lease(ROOM, again, TTL_S).epoch == 2


def test_room_of_a_suspect_is_taken_over_before_its_lease_ends(store: Store) -> None:
    """Only while nobody else has done so: the epoch is compared and set."""
    epoch = store.take_lease(ROOM, ANN, TTL_S).epoch

    assert store.take_lease(ROOM, BOB, TTL_S, over=epoch).epoch == 2
    late = store.take_lease(ROOM, replace(ANN, node="cid", boot="cid-1"), TTL_S, over=epoch)
    assert (late.boot, late.epoch) == (BOB.boot, 2)


def test_one_of_many_who_ask_at_once_has_the_room(store: Store) -> None:
    """And all are told the same."""
    claims = [Claim(f"n{number}", f"boot{number}", "") for number in range(8)]
    told: list[tuple[str, int]] = []

    def ask(claim: Claim) -> None:
        lease = store.take_lease(ROOM, claim, TTL_S)
        told.append((lease.boot, lease.epoch))

    # Two upserts of one key may meet; the keeper asks again then.
    store.take_lease(ROOM, ANN, 0.0)
    threads = [threading.Thread(target=ask, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == len(claims)
    assert len(set(told)) == 1
    assert told[0][1] == 2


def test_names_that_look_like_fields_are_taken_literally(store: Store) -> None:
    """A node may be called "$epoch"."""
    odd = Claim("$epoch", "$boot", "$address")
    store.take_lease(ROOM, odd, TTL_S)
    store.put_save(save(1), odd.boot, TTL_S)
    lease = store.pass_lease(save(2), odd, replace(odd, boot="$$NOW"), TTL_S)

    assert (lease.node, lease.boot, lease.address) == ("$epoch", "$$NOW", "$address")
    store.announce(replace(card(odd), boot="$written_at"))
    assert [one.boot for one in store.cards()] == ["$written_at"]


# Keeping and letting go


def test_renewal_prolongs_what_is_ours_and_tells_what_is_not(store: Store) -> None:
    """All rooms in one call."""
    for room_id in ("a", "b"):
        store.take_lease(room_id, ANN, SHORT_S)
    store.take_lease("c", BOB, SHORT_S)

    assert sorted(store.renew_leases(["a", "b"], ANN, TTL_S)) == ["a", "b"]
    assert sorted(store.renew_leases(["a", "b", "c", "d"], ANN, TTL_S)) == ["a", "b"]
    left = {one.room_id: one.left_s for one in store.leases()}
    assert left["a"] > 10.0
    assert left["c"] < 10.0


def test_lease_that_ran_out_is_renewed_if_nobody_took_it(store: Store) -> None:
    """A database that was away does not cost the room: same owner, same epoch."""
    store.take_lease(ROOM, ANN, 0.0)

    assert store.renew_leases([ROOM], ANN, TTL_S) == [ROOM]
    assert store.take_lease(ROOM, BOB, TTL_S).boot == ANN.boot


def test_room_that_was_let_go_is_free_and_empty(store: Store) -> None:
    """Its save goes with it, else its ghost would be taken over; its epoch stays."""
    store.take_lease(ROOM, ANN, TTL_S)
    store.put_save(save(1), ANN.boot, TTL_S)
    for _ in range(2):
        store.drop_lease(ROOM, 1)

    assert store.leases() == []
    assert store.read_save(ROOM) is None
    with pytest.raises(StoreRefused):
        store.put_save(save(2), ANN.boot, TTL_S)
    assert store.leases() == []
    lease = store.take_lease(ROOM, BOB, TTL_S)
    assert (lease.boot, lease.epoch, lease.saved) == (BOB.boot, 2, False)


def test_former_owner_cannot_let_the_room_go(store: Store) -> None:
    """A late word of an earlier epoch changes nothing."""
    store.take_lease(ROOM, ANN, 0.0)
    store.take_lease(ROOM, BOB, TTL_S)
    store.put_save(save(1, epoch=2), BOB.boot, TTL_S)

    store.drop_lease(ROOM, 1)

    assert store.read_save(ROOM) == save(1, epoch=2)
    assert [one.boot for one in store.leases()] == [BOB.boot]


# Saves


def test_newest_save_comes_back_whole_and_prolongs_the_lease(store: Store) -> None:
    """Byte for byte; `saved` says that there is one."""
    store.take_lease(ROOM, ANN, SHORT_S)
    assert store.read_save(ROOM) is None
    store.put_save(save(1), ANN.boot, SHORT_S)
    store.put_save(save(2), ANN.boot, TTL_S)

    assert store.read_save(ROOM) == save(2)
    (lease,) = store.leases()
    assert lease.saved
    assert lease.left_s > 10.0


def test_save_may_be_repeated_but_not_set_back(store: Store) -> None:
    """An unknown outcome is repeated; an older save comes too late."""
    store.take_lease(ROOM, ANN, TTL_S)
    for _ in range(2):
        store.put_save(save(2), ANN.boot, TTL_S)

    store.put_save(save(1), ANN.boot, TTL_S)

    assert store.read_save(ROOM) == save(2)


def test_zombie_writes_nothing(store: Store) -> None:
    """Under its own epoch, under the new one, under the name of the new owner."""
    store.take_lease(ROOM, ANN, 0.0)
    store.put_save(save(1), ANN.boot, 0.0)
    store.take_lease(ROOM, BOB, TTL_S)

    for zombie, boot in ((save(9), ANN.boot), (save(9, 2), ANN.boot), (save(9), BOB.boot)):
        with pytest.raises(StoreRefused, match="not ours"):
            store.put_save(zombie, boot, TTL_S)
    with pytest.raises(StoreRefused):
        store.put_result(result(), 1)
    assert store.renew_leases([ROOM], ANN, TTL_S) == []
    assert store.pass_lease(save(9), ANN, ANN, TTL_S).boot == BOB.boot
    assert store.read_save(ROOM) == save(1)
    assert store.results(10) == []
    store.put_save(save(2, epoch=2), BOB.boot, TTL_S)
    assert store.read_save(ROOM) == save(2, epoch=2)


def test_room_that_nobody_claimed_takes_no_save(store: Store) -> None:
    """A save alone makes no room."""
    with pytest.raises(StoreRefused):
        store.put_save(save(1), ANN.boot, TTL_S)

    assert store.read_save(ROOM) is None
    assert store.leases() == []


# Passing


def test_room_is_passed_with_its_last_save(store: Store) -> None:
    """The new owner has it under the next epoch; a repetition changes nothing."""
    store.take_lease(ROOM, ANN, SHORT_S)
    for _ in range(2):
        lease = store.pass_lease(save(5), ANN, BOB, TTL_S)
        assert (lease.node, lease.boot, lease.address) == _parts(BOB)
        assert lease.epoch == 2
        assert lease.left_s > 10.0
        assert lease.saved

    assert store.read_save(ROOM) == save(5)
    with pytest.raises(StoreRefused):
        store.put_save(save(6), ANN.boot, TTL_S)
    assert store.take_lease(ROOM, BOB, TTL_S).epoch == 2
    store.put_save(save(6, epoch=2), BOB.boot, TTL_S)


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_room_is_not_passed_under_another_epoch(store: Store, epoch: int) -> None:
    """Who lost it meanwhile, or never had it, gives nothing away."""
    store.take_lease(ROOM, BOB, 0.0)
    store.take_lease(ROOM, ANN, TTL_S)

    lease = store.pass_lease(save(5, epoch), ANN, BOB, TTL_S)

    assert (lease.boot, lease.epoch, lease.saved) == (ANN.boot, 2, False)


def test_room_that_is_not_there_cannot_be_passed(store: Store) -> None:
    """The answer names nobody."""
    lease = store.pass_lease(save(5), ANN, BOB, TTL_S)

    assert (lease.node, lease.boot, lease.epoch) == ("", "", 0)
    assert store.leases() == []


# Results of a room


def test_result_takes_the_save_of_its_race_away(store: Store) -> None:
    """The room stays its owner's: the next race is saved under the same epoch."""
    store.take_lease(ROOM, ANN, TTL_S)
    store.put_save(save(7), ANN.boot, TTL_S)
    store.put_result(result(), 1)
    assert store.read_save(ROOM) is None
    assert store.results(10) == [result()]
    assert [one.saved for one in store.leases()] == [False]

    store.put_save(save(8), ANN.boot, TTL_S)

    assert store.read_save(ROOM) == save(8)


def test_save_of_a_race_that_is_over_comes_too_late(store: Store) -> None:
    """It was on its way when the result passed it; the room goes on without the race."""
    store.take_lease(ROOM, ANN, TTL_S)
    store.put_result(result(), 1, save(8))
    store.put_save(save(7), ANN.boot, TTL_S)

    assert store.read_save(ROOM) == save(8)
    store.put_result(result(), 1, save(8))
    store.put_save(save(9), ANN.boot, TTL_S)
    assert store.read_save(ROOM) == save(9)


def test_repeated_result_leaves_the_next_race_alone(store: Store) -> None:
    """A crash behind the write has it written again, however late."""
    store.take_lease(ROOM, ANN, TTL_S)
    store.put_result(result(), 1)
    store.put_save(save(8), ANN.boot, TTL_S)
    store.put_result(result(), 1)
    assert store.read_save(ROOM) == save(8)
    store.take_lease(ROOM, BOB, TTL_S, over=1)

    store.put_result(result(), 1)

    assert store.read_save(ROOM) == save(8)
    assert store.results(10) == [result()]


def test_result_of_a_room_without_lease_is_not_judged(store: Store) -> None:
    """It was driven while the database was away."""
    store.put_result(result())

    assert store.results(10) == [result()]
    assert store.leases() == []


def test_result_on_its_way_is_brought_there_by_who_takes_over(mongo: MongoStore) -> None:
    """The owner died between the two writes; its race is over all the same."""
    mongo.take_lease(ROOM, ANN, TTL_S)
    mongo.put_save(save(7), ANN.boot, TTL_S)
    mongo._finish(result(), 1)
    assert mongo.results(10) == []
    assert [one.saved for one in mongo.leases()] == [True]

    assert mongo.take_lease(ROOM, BOB, TTL_S, over=1).saved
    for _ in range(2):
        mongo.publish(ROOM)

    assert mongo.results(10) == [result()]
    assert [lap.lap_ms for lap in mongo.best_laps("meadow", 10)] == [41_000]
    assert mongo.read_save(ROOM) is None
    assert [one.saved for one in mongo.leases()] == [False]
    mongo.put_result(result(), 1)
    assert mongo.results(10) == [result()]


def test_result_held_by_its_room_is_not_written_over_the_next_save(mongo: MongoStore) -> None:
    """The same write, half done, done again behind the next save."""
    mongo.take_lease(ROOM, ANN, TTL_S)
    mongo._finish(result(), 1)
    mongo.put_save(save(8), ANN.boot, TTL_S)

    mongo.put_result(result(), 1)

    assert mongo.read_save(ROOM) == save(8)


# Cards


def test_card_is_read_as_it_was_written_with_its_age(store: Store) -> None:
    """The newest one of each node."""
    store.announce(replace(card(), load=0.5))
    store.announce(card())
    store.announce(card(BOB))

    found = {one.node: one for one in store.cards()}

    assert sorted(found) == ["ann", "bob"]
    assert 0.0 <= found["ann"].age_s < 5.0
    assert replace(found["ann"], age_s=0.0) == card()


def test_second_process_of_a_name_is_refused(store: Store) -> None:
    """Unless it knows the first: that is its own last life."""
    store.announce(card())
    second = replace(card(), boot="ann-2", address="10.0.0.9:7777")

    with pytest.raises(StoreRefused, match=r'10\.0\.0\.1:7777 bears the name "ann"'):
        store.announce(second)
    assert [one.boot for one in store.cards()] == ["ann-1"]
    store.announce(second, previous="ann-1")
    assert [one.boot for one in store.cards()] == ["ann-2"]
    with pytest.raises(StoreRefused):
        store.announce(card())


def test_name_of_a_silent_process_is_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that nobody renews holds no name for long."""
    monkeypatch.setattr("db.memory.CARD_LIVES_S", 0.2)
    monkeypatch.setattr("db.mongo_rooms.CARD_LIVES_MS", 200)
    store.announce(card())
    second = replace(card(), boot="ann-2")

    def announced() -> bool:
        try:
            store.announce(second)
        except StoreRefused:
            return False
        return True

    wait_until(announced, "take the name")
    assert [one.boot for one in store.cards()] == ["ann-2"]


def test_node_that_ends_well_takes_its_own_card_away(store: Store) -> None:
    """Never that of another process."""
    store.announce(card())
    store.withdraw(replace(ANN, boot="ann-0"))
    assert len(store.cards()) == 1

    store.withdraw(ANN)

    assert store.cards() == []


def test_rooms_of_a_node_that_ended_well_need_not_be_waited_for(store: Store) -> None:
    """Only its own; their saves stay."""
    store.take_lease(ROOM, ANN, TTL_S)
    store.put_save(save(1), ANN.boot, TTL_S)
    store.take_lease("r2", BOB, TTL_S)

    store.withdraw(ANN)

    assert store.take_lease(ROOM, BOB, TTL_S).epoch == 2
    assert store.read_save(ROOM) == save(1)
    assert store.take_lease("r2", ANN, TTL_S).boot == BOB.boot
