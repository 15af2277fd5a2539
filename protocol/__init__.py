"""The wire, without I/O: messages, framing, data-only pickle, states.

Everything that knows the bytes is in this package; `docs/protocol.md` tells
the same for other languages.
"""

from protocol.connection import (
    Connection,
    Role,
    State,
    decode_message,
    encode_message,
)
from protocol.messages import (
    VERSION,
    WATCHING,
    AskLeaderboard,
    Button,
    Channel,
    ChatHistory,
    ChatLine,
    ClientMessage,
    CreateRoom,
    Drive,
    EventRow,
    Forfeit,
    Goodbye,
    Hello,
    JoinRoom,
    Leaderboard,
    LeaderRow,
    LeaveRoom,
    LineRow,
    LobbyState,
    Message,
    Notice,
    NoticeKind,
    PersonRow,
    Ping,
    Pong,
    RaceEvents,
    RaceStart,
    Ready,
    Refused,
    ResultRow,
    Results,
    Resume,
    Resumed,
    RoomRow,
    RoomState,
    Saved,
    SavedState,
    Say,
    SeatRow,
    ServerMessage,
    Snapshot,
    TrackRow,
    Welcome,
)
from protocol.snapshot import CarFlag, CarRecord, pack_cars, unpack_cars

__all__ = [
    "VERSION", "WATCHING", "AskLeaderboard", "Button", "CarFlag", "CarRecord", "Channel",
    "ChatHistory", "ChatLine", "ClientMessage", "Connection", "CreateRoom", "Drive", "EventRow",
    "Forfeit", "Goodbye", "Hello", "JoinRoom", "LeaderRow", "Leaderboard", "LeaveRoom", "LineRow",
    "LobbyState", "Message", "Notice", "NoticeKind", "PersonRow", "Ping", "Pong", "RaceEvents",
    "RaceStart", "Ready", "Refused", "ResultRow", "Results", "Resume", "Resumed", "Role",
    "RoomRow", "RoomState", "Saved", "SavedState", "Say", "SeatRow", "ServerMessage", "Snapshot",
    "State", "TrackRow", "Welcome", "decode_message", "encode_message", "pack_cars",
    "unpack_cars",
]  # fmt: skip
