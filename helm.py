"""What one client says of its driver's hands, and what the server knows of them.

An input goes out when it changes, thirty times a second at most, and now and
then as a sign of life. Keys, buttons and firm hands are said at once. A stick
trembles: of that goes out what would move the car, when it has added up. What
was said lately is kept, to be said again to whoever owns the race after a
reconnection. It sends nothing itself.

Units: ticks of 1/60 s; wheel and pedals as in `CarInput`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from car import CarInput
from protocol import Button, Drive

SEND_EVERY_TICKS = 2
"""At most thirty messages a second..."""
CREDIT_MAX = 1.5
"""...and one at once behind another, for who was silent before: a key must not wait
for a tick because a sign of life went out in the one before."""
KEEP_ALIVE_TICKS = 24
"""Who holds still says so this often: a message costs a server more than all it says."""
UNSAID_WHEEL = 0.1
"""The wheel is said when what was not said of it adds up to so much, over the ticks:
a tenth of it for one tick, a fiftieth for five. In a second that puts a car aside by
less than 2 cm: full lock turns the path of none by more than 10 m/s in a second."""
UNSAID_PEDAL = 0.3
"""The same for each pedal, which moves the car less at once."""
ORDERS_KEPT = 240
"""What was sent, to send again after a reconnection, at its most frequent: five
seconds that a lease lasts, one that is predicted beyond the last snapshot, half of
one between two saves, and some to spare."""


class Helm:
    """The inputs of one driver, on their way to the server."""

    def __init__(self) -> None:
        self.in_force = CarInput()
        """The input that the server knows, or will, up to now."""
        self._orders: deque[Drive] = deque(maxlen=ORDERS_KEPT)
        self._sequence = 0
        self._sent_tick = self._turned_tick = -KEEP_ALIVE_TICKS
        self._credit = CREDIT_MAX
        """How many messages may go out now."""
        self._unsaid_wheel = self._unsaid_throttle = self._unsaid_brake = 0.0
        """By how much the hands differ from what was said, summed up over the ticks."""

    def turn(self, tick: int, wishes: CarInput) -> Drive | None:
        """Take the driver's wishes for a tick; return what to send, if it is time."""
        earned = max(0, tick - self._turned_tick) / SEND_EVERY_TICKS
        self._credit = min(CREDIT_MAX, self._credit + earned)
        self._turned_tick = tick
        due = self._matters(wishes) and self._credit >= 1.0
        if not due and tick - self._sent_tick < KEEP_ALIVE_TICKS:
            return None
        self._credit = max(0.0, self._credit - 1.0)
        self._sequence += 1
        self.in_force, self._sent_tick = wishes, tick
        self._unsaid_wheel = self._unsaid_throttle = self._unsaid_brake = 0.0
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

    def _matters(self, wishes: CarInput) -> bool:
        """Whether the hands differ from what was said by more than a tremble."""
        said = self.in_force
        if wishes == said:
            # What a stick was off for a moment on its way back is no debt.
            self._unsaid_wheel = self._unsaid_throttle = self._unsaid_brake = 0.0
            return False
        # With their signs: noise to both sides cancels out.
        self._unsaid_wheel += wishes.steering - said.steering
        self._unsaid_throttle += wishes.throttle - said.throttle
        self._unsaid_brake += wishes.brake - said.brake
        return (
            abs(self._unsaid_wheel) >= UNSAID_WHEEL
            or abs(self._unsaid_throttle) >= UNSAID_PEDAL
            or abs(self._unsaid_brake) >= UNSAID_PEDAL
            or wishes.handbrake != said.handbrake
            or wishes.engine != said.engine
            or wishes.respawn != said.respawn
            or wishes.nitro != said.nitro
        )

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
