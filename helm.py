"""What one client says of its driver's hands, and what the server knows of them.

An input goes out when it changes, thirty times a second at most, and now and
then as a sign of life. What was said lately is kept, to be said again to
whoever owns the race after a reconnection. It sends nothing itself.

Units: ticks of 1/60 s.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from car import CarInput
from protocol import Button, Drive

SEND_EVERY_TICKS = 2
"""At most thirty messages a second."""
KEEP_ALIVE_TICKS = 12
ORDERS_KEPT = 120
"""What was sent, to send again after a reconnection: two seconds that a save may
be old, one that is predicted beyond the last snapshot, and one to spare."""


class Helm:
    """The inputs of one driver, on their way to the server."""

    def __init__(self) -> None:
        self.in_force = CarInput()
        """The input that the server knows, or will, up to now."""
        self._orders: deque[Drive] = deque(maxlen=ORDERS_KEPT)
        self._sequence = 0
        self._sent_tick = -KEEP_ALIVE_TICKS

    def turn(self, tick: int, wishes: CarInput) -> Drive | None:
        """Take the driver's wishes for a tick; return what to send, if it is time."""
        since = tick - self._sent_tick
        changed = wishes != self.in_force and since >= SEND_EVERY_TICKS
        if not changed and since < KEEP_ALIVE_TICKS:
            return None
        self._sequence += 1
        self.in_force, self._sent_tick = wishes, tick
        buttons = Button.HANDBRAKE * wishes.handbrake
        buttons += Button.ENGINE * wishes.engine + Button.RESPAWN * wishes.respawn
        buttons += Button.NITRO * wishes.nitro
        order = Drive(
            sequence=self._sequence,
            tick=max(0, tick),
            throttle=round(wishes.throttle * 255),
            brake=round(wishes.brake * 255),
            steering=round(wishes.steering * 127),
            buttons=int(buttons),
        )
        self._orders.append(order)
        return order

    def speak_at(self, tick: int) -> None:
        """Say at this tick what is in force then, whether it has changed or not."""
        self._sent_tick = tick - KEEP_ALIVE_TICKS

    def send_again(self, tick: int) -> list[Drive]:
        """Return again what was in force after a tick: the same ticks, new sequences.

        Whoever owns the race now may have an older save than the one who
        acknowledged it, so that does not count.
        """
        before = [order for order in self._orders if order.tick <= tick]
        after = [order for order in self._orders if order.tick > tick]
        again = []
        for order in [*before[-1:], *after]:
            self._sequence += 1
            again.append(replace(order, sequence=self._sequence))
        self._orders = deque(again, ORDERS_KEPT)
        return again
