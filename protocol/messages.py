"""The table of all messages: who says each, and its code.

On the wire a message is the tuple `(code, *fields)`; validation follows from
the declarations in `commands.py` and `news.py` (see `fields.py`). What both
sides say is declared here. Nothing here reads bytes or keeps state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from protocol.cluster_news import ClusterNews
from protocol.commands import (
    AskCluster,
    AskGhosts,
    AskLeaderboard,
    ChooseCar,
    CreateRoom,
    Drive,
    Forfeit,
    Hello,
    JoinRoom,
    LeaveRoom,
    NodeTimes,
    OrderFault,
    Ready,
    Restart,
    Resume,
    Say,
    SayFor,
    Watch,
)
from protocol.fields import Text
from protocol.news import (
    ChatHistory,
    ChatLine,
    Dismissed,
    Ghosts,
    Leaderboard,
    LobbyState,
    Nodes,
    Notice,
    Profile,
    RaceEvents,
    RacePaused,
    RaceStart,
    Redirect,
    Refused,
    Results,
    Resumed,
    RoomState,
    Saved,
    Snapshot,
    SnapshotDelta,
    Welcome,
)
from protocol.ranges import SENTENCE, U32

VERSION = 4
"""Raised whenever an older peer would misread a message."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer with a `Pong` of the same nonce, at once."""

    nonce: Annotated[int, U32]


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a `Ping`."""

    nonce: Annotated[int, U32]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The last message of who closes."""

    reason: Annotated[str, Text(16)]
    """"quit"; from a server "stopping", "replaced", "protocol" or "silence"."""
    text: Annotated[str, SENTENCE]


ClientMessage = (
    Hello | CreateRoom | JoinRoom | LeaveRoom | Ready | Drive | Say | Resume | Forfeit
    | AskLeaderboard | Watch | SayFor | NodeTimes | AskCluster | OrderFault | ChooseCar | Restart
    | AskGhosts | Ping | Pong | Goodbye
)  # fmt: skip
ServerMessage = (
    Welcome | Refused | LobbyState | RoomState | RaceStart | Snapshot | RaceEvents | ChatLine
    | ChatHistory | Results | Saved | Leaderboard | Resumed | Notice | Redirect | Nodes
    | RacePaused | Dismissed | ClusterNews | Profile | Ghosts | SnapshotDelta | Ping | Pong
    | Goodbye
)  # fmt: skip
Message = ClientMessage | ServerMessage

CODES: dict[type[Any], int] = {
    Hello: 1, CreateRoom: 2, JoinRoom: 3, LeaveRoom: 4, Ready: 5, Drive: 6, Say: 7,
    Resume: 8, Forfeit: 9, AskLeaderboard: 10, Watch: 11,
    SayFor: 12, NodeTimes: 13, AskCluster: 14, OrderFault: 15, ChooseCar: 16, Restart: 17,
    AskGhosts: 18,
    Ping: 20, Pong: 21, Goodbye: 22,
    Welcome: 40, Refused: 41, LobbyState: 42, RoomState: 43, RaceStart: 44, Snapshot: 45,
    RaceEvents: 46, ChatLine: 47, ChatHistory: 48, Results: 49, Saved: 50, Leaderboard: 51,
    Resumed: 52, Notice: 53, Redirect: 54, Nodes: 55, RacePaused: 56,
    Dismissed: 57, ClusterNews: 58, Profile: 59, Ghosts: 60,
    SnapshotDelta: 61,
}  # fmt: skip
"""The code of each message: the first element of its tuple."""

KINDS: dict[int, type[Any]] = {code: kind for kind, code in CODES.items()}
