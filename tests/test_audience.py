"""With whose eyes each link sees a race, and whether it reads differences."""

from __future__ import annotations

from audience import audience_of
from protocol import VERSION, WATCHING, WHOLE, Hello, JoinRoom, Resume, Watch
from tests.evening import Evening, Player


def connect(evening: Evening, name: str, *, deltas: bool) -> Player:
    """Return a player whose hello says whether it reads differences."""
    player = evening.link()
    player.send(Hello(VERSION, name, "", "client", deltas=deltas))
    return player


def test_each_link_sees_with_its_own_eyes() -> None:
    """Its car, or none; whole where the hello did not ask for differences."""
    evening = Evening()
    mika = evening.race("Mika")[0]
    room = mika.room
    late = connect(evening, "Late", deltas=True)
    late.send(JoinRoom(room.room_id))
    eve = connect(evening, "Eve", deltas=True)
    old = connect(evening, "Old", deltas=False)
    for one in (eve, old):
        one.send(Watch(room.room_id))

    links, slots = audience_of(room, mika.live, evening.game.lobby)
    assert dict(zip(links, slots, strict=True)) == {
        mika.link_id: WHOLE,
        late.link_id: WATCHING,
        eve.link_id: WATCHING,
        old.link_id: WHOLE,
    }


def test_who_comes_back_with_a_better_client_is_asked_again() -> None:
    """The hello of the link counts, not that of the one before."""
    evening = Evening()
    mika, _ = evening.race("Mika", "Tess")
    token, slot, room, live = mika.token, mika.slot, mika.room, mika.live
    mika.lose()
    back = evening.link()
    back.send(Hello(VERSION, "Mika", token, "client", room.room_id, deltas=True))
    back.send(Resume())

    links, slots = audience_of(room, live, evening.game.lobby)
    assert dict(zip(links, slots, strict=True))[back.link_id] == slot
