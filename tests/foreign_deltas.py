"""Reads deltas by `docs/protocol.md` alone; imports nothing of the game.

Cars are dictionaries of the record's numbers; of other cars those that a delta
tells, on the grid. Nothing is checked: it trusts its server.

Units: as on the page.
"""

from __future__ import annotations

import struct

NAMES = (
    "slot", "flags", "x", "y", "heading", "vx", "vy", "yaw_rate", "steer_angle", "lap",
    "next_gate", "place", "lap_started_tick", "acked_sequence", "input_lead", "throttle",
    "best_lap_ticks", "car_class", "pitch", "nitro_ticks", "charge_ticks", "draft", "damage",
)  # fmt: skip
RECORD = struct.Struct("<BHiiiiiihBBBIIbBIBhBBBB")
KEPT_GOING = ("vx", "vy", "yaw_rate", "steer_angle", "pitch")


def w(heading: int) -> int:
    """Return a heading on the grid, wrapped."""
    return (heading + 6434) % 12868 - 6434


class Deltas:
    """The cars of one race, as one connection is told of them."""

    def __init__(self) -> None:
        self.tick = self.canisters = 0
        self.cars: list[dict[str, int]] = []
        """By the last snapshot: exact after a whole one, and for the own car."""
        self._before: dict[str, int] = {}
        """The own car in the snapshot before."""
        self._grid: dict[int, dict[str, int]] = {}
        self._data = b""

    def whole(self, tick: int, cars: bytes, canisters: int) -> None:
        """Take the fields of a `Snapshot`."""
        self.tick, self.canisters = tick, canisters
        self.cars = [dict(zip(NAMES, one, strict=True)) for one in RECORD.iter_unpack(cars)]
        self._before = {}
        self._grid = {
            one["slot"]: {
                "x": (one["x"] + 4) // 8,
                "y": (one["y"] + 4) // 8,
                "heading": w((one["heading"] + 256) // 512),
                "steer": (one["steer_angle"] + 64) // 128,
                "dx": (one["vx"] + 1920) // 3840,
                "dy": (one["vy"] + 1920) // 3840,
                "turn": (one["yaw_rate"] + 480) // 960,
            }
            for one in self.cars
        }

    def delta(self, data: bytes) -> int:
        """Take the field of a `SnapshotDelta`; return the slot of the own car, or 15."""
        self._data = data
        head, base = self._u8(), self._u8()
        assert base == self.tick % 256
        own = head % 16
        for _ in range(head // 16 + 1):
            self._step(own)
        assert not self._data
        return own

    def _step(self, own: int) -> None:
        kind = self._u8()
        if kind == 1:
            self._before = {}
            return
        if kind == 2:
            self.canisters = self._u16()
        self.tick += 2
        for car in self.cars:
            if car["slot"] != own:
                self._other(car, self._grid[car["slot"]])
        for car in self.cars:
            if car["slot"] == own:
                self._own(car)

    def _other(self, car: dict[str, int], at: dict[str, int]) -> None:
        word = self._u16()
        x, y, heading = word % 16 - 8, word // 16 % 16 - 8, word // 256 % 16 - 8
        steer = word // 4096 % 8 - 4
        bits = self._u8() if word >= 0x8000 else 0
        if bits & 1:
            x, y = x + self._zig(), y + self._zig()
            heading, steer = heading + self._zig(), steer + self._zig()
        if bits & 2:
            both = self._u8()
            car["throttle"], car["draft"] = both % 16 * 17, both // 16 * 17
        if bits & 4:
            car["flags"] = self._u16()
        if bits & 8:
            car["lap"], car["next_gate"], car["place"] = self._u8(), self._u8(), self._u8()
        if bits & 16:
            car["lap_started_tick"], car["best_lap_ticks"] = self._var(), self._var()
        if bits & 32:
            car["nitro_ticks"], car["charge_ticks"] = self._u8() * 8, self._u8() * 8
        if bits & 64:
            car["damage"] = self._u8()
        at["dx"] += x
        at["dy"] += y
        at["turn"] = w(at["turn"] + heading)
        at["x"] += at["dx"]
        at["y"] += at["dy"]
        at["heading"] = w(at["heading"] + at["turn"])
        at["steer"] += steer
        if bits & 128:
            at["dx"] = at["dy"] = at["turn"] = 0
        car["x"], car["y"] = at["x"] * 8, at["y"] * 8
        car["heading"], car["steer_angle"] = at["heading"] * 512, at["steer"] * 128

    def _own(self, car: dict[str, int]) -> None:
        b = dict(car)
        a = self._before or b
        bits = self._u8()
        if bits & 1:
            car["acked_sequence"] += self._zig()
            car["input_lead"] = self._zig()
        if bits & 2:
            car["flags"] = self._u16()
        if bits & 4:
            car["throttle"] = self._u8()
        if bits & 8:
            car["draft"] = self._u8()
        if bits & 16:
            car["nitro_ticks"], car["charge_ticks"] = self._u8(), self._u8()
        if bits & 32:
            car["lap"], car["next_gate"], car["place"] = self._u8(), self._u8(), self._u8()
        if bits & 64:
            car["lap_started_tick"], car["best_lap_ticks"] = self._var(), self._var()
            car["damage"] = self._u8()
        for name in KEPT_GOING[:3]:
            car[name] = 2 * b[name] - a[name] + self._zig()
        heading = b["heading"] + (2 * (b["yaw_rate"] + 3 * car["yaw_rate"]) + 7) // 15
        if heading > 3294198:
            heading -= 6588397
        elif heading < -3294198:
            heading += 6588397
        car["heading"] = heading + self._zig()
        for name in KEPT_GOING[3:]:
            car[name] = 2 * b[name] - a[name] + self._zig()
        for name, v in (("x", "vx"), ("y", "vy")):
            car[name] = b[name] + (b[v] + 3 * car[v] + 960) // 1920
        if bits & 128:
            car["x"], car["y"] = car["x"] + self._zig(), car["y"] + self._zig()
        else:
            both = self._u8()
            car["x"], car["y"] = car["x"] + both % 16 - 8, car["y"] + both // 16 - 8
        self._before = b

    def _u8(self) -> int:
        value, self._data = self._data[0], self._data[1:]
        return value

    def _u16(self) -> int:
        return self._u8() + 256 * self._u8()

    def _var(self) -> int:
        byte = self._u8()
        return byte if byte < 128 else byte - 128 + 128 * self._var()

    def _zig(self) -> int:
        v = self._var()
        return v // 2 if v % 2 == 0 else -(v + 1) // 2
