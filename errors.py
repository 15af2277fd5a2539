"""Every error that Slipstream raises on purpose, as plain values.

    SlipstreamError
     +-- LocalProtocolError          our own code broke the protocol
     +-- RemoteProtocolError         the peer broke it; its connection closes
     |    +-- MessageTooLong
     |    +-- MalformedMessage       not the data-only pickle that we read
     |    +-- InvalidMessage         well-formed, but a field is out of range
     |    +-- UnexpectedMessage      valid, but not in this connection state
     +-- BadFile                     a file on disk is not what it should be
     |    +-- BadTrackFile
     |    +-- BadSave
     +-- BadGhost                    a recorded lap cannot be read
     +-- BadOption                   a flag, variable or setting is unusable
     +-- CommandRefused              a player asked for what cannot be had now
     |    +-- LineRefused            a line of chat was not said
     |    +-- ServerFull             nobody more may enter
     +-- StoreError
     |    +-- StoreUnavailable       try again later; the outcome may be unknown
     |    +-- StoreRefused           fenced: somebody else owns the room now
     |    +-- StoreBroken            the database holds what we cannot read
     +-- NoMongod                    no database program for this platform
     +-- NetworkFault                a link could not be made or was lost

Each message is one sentence that a player may read: the fault, then the
remedy. Nothing here logs, prints or exits.
"""

from __future__ import annotations

from pathlib import Path


class SlipstreamError(Exception):
    """The root: catch it to catch everything that Slipstream means to raise."""


class LocalProtocolError(SlipstreamError):
    """Our own side tried what the protocol forbids: a mistake in Slipstream."""


class RemoteProtocolError(SlipstreamError):
    """The peer sent what the protocol forbids; its connection closes."""


class MessageTooLong(RemoteProtocolError):
    """The peer announced a message above the limit."""

    def __init__(self, size: int, size_max: int) -> None:
        super().__init__(f"message of {size} bytes, limit is {size_max}")
        self.size = size
        self.size_max = size_max


class MalformedMessage(RemoteProtocolError):
    """The bytes are not a data-only pickle; `offset` is where reading ended."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(f"malformed message at byte {offset}: {reason}")
        self.reason = reason
        self.offset = offset


class InvalidMessage(RemoteProtocolError):
    """A field has the wrong type, length or range."""

    def __init__(self, message: str, field: str, reason: str) -> None:
        super().__init__(f"invalid {message}.{field}: {reason}")
        self.message = message
        self.field = field
        self.reason = reason


class UnexpectedMessage(RemoteProtocolError):
    """A valid message that this state of the connection does not allow."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(f"{message} is not allowed while the connection is {state}")
        self.message = message
        self.state = state


class BadFile(SlipstreamError):
    """A file cannot be used; says which, where, why, and what to do."""

    def __init__(self, path: Path | str, reason: str, remedy: str, line: int | None = None) -> None:
        place = f"{path}, line {line}" if line is not None else f"{path}"
        super().__init__(f"{place}: {reason}; {remedy}")
        self.path = Path(path)
        self.line = line
        self.reason = reason
        self.remedy = remedy


class BadTrackFile(BadFile):
    """A track file is malformed or describes a track that cannot be raced."""


class BadSave(SlipstreamError):
    """A race save is corrupt or of another version; the race cannot resume."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the saved race cannot be restored: {reason}")
        self.reason = reason


class BadGhost(SlipstreamError):
    """A recorded lap is damaged or of another version; it is not shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the recorded lap cannot be shown: {reason}; drive a better one")
        self.reason = reason


class BadOption(SlipstreamError):
    """An option from the command line, environment or settings is unusable."""


class CommandRefused(SlipstreamError):
    """A player's command cannot be carried out; the sentence is for that player."""


class LineRefused(CommandRefused):
    """A line was not said; the sentence tells its author why."""


class ServerFull(CommandRefused):
    """There are as many players as the server takes."""


class ServerBusy(CommandRefused):
    """The races that are on need all that the server can do."""


class StoreError(SlipstreamError):
    """The database could not do what it was asked."""


class StoreUnavailable(StoreError):
    """No primary, no answer or no majority in time; repeat the same write."""


class StoreRefused(StoreError):
    """The write was fenced off: its epoch or sequence is no longer current."""


class StoreBroken(StoreError):
    """The database holds a document that this version cannot read."""


class NoMongod(SlipstreamError):
    """No `mongod` for this platform was found."""


class NetworkFault(SlipstreamError):
    """A link could not be opened, or was lost; the sentence says why."""
