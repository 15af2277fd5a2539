"""What the fields of many messages may hold, said once.

Nothing here is a message; the rules themselves are in `fields.py`.

Units: characters, rows; seconds since 1970 for `UNIX_TIME`.
"""

from __future__ import annotations

from protocol.fields import Real, Text, Whole

SEATS_MAX = 8
PEOPLE_MAX = 1024
ROOMS_MAX = 64
LINES_MAX = 50
EVENTS_MAX = 256
TRACKS_MAX = 64
LEADERS_MAX = 100
NODES_MAX = 64
TIMES_MAX = 24
RECOVERIES_MAX = 8
GHOST_BYTES_MAX = 16_384
"""Of one recorded lap."""
STEPS_MAX = 8
"""Snapshots that one delta may tell, one after the other."""
DELTA_BYTES_MAX = 4096
"""So many steps of so many cars never take more."""
WATCHING = 255
"""The slot of who has no car in a race."""

U8 = Whole(0, 255)
U32 = Whole(0, 2**32 - 1)
I32 = Whole(-(2**31), 2**31 - 1)
SLOT = Whole(0, SEATS_MAX - 1)
NAME = Text(24)
TITLE = Text(32)
TRACK = Text(32)
ROOM_ID = Text(16)
RACE_ID = Text(32)
PLAYER_ID = Text(12)
SENTENCE = Text(200)
TOKEN = Text(43)
"""Left out wherever a message is printed: it is a secret."""
TICKET = Text(160)
"""From one node to another, by way of the client; a secret too."""
NODE = Text(32)
ADDRESS = Text(64)
"""HOST:PORT."""
ROUND_TRIP = Whole(0, 9999)
"""In milliseconds; 9999 where nothing answers."""
STEP = Whole(-1, 3_600_000)
"""When a step of a recovery was reached, in milliseconds; -1: it was not."""
MILLISECONDS = Whole(0, 2**31 - 1)
DAYS = Whole(0, 65535)
CAR_CLASS = Whole(0, 2)
LEVEL = Whole(0, 2)
MODE = Whole(0, 1)
CANISTERS = Whole(0, 65535)
"""A bit for each canister of a track, set while it lies there."""
UNIX_TIME = Real(0.0, 1e11)
