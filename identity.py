"""Who this client is, on disk: the name, and the token that resumes a session.

One small JSON file with mode 0600 in a folder of the caller's choice. A file
that cannot be read is moved aside, and said so; it is never overwritten.

Units: none.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from errors import BadFile
from kept_file import move_aside, write_whole

FILE = "identity.json"
CHARS_MAX = 4096
"""No file of ours is nearly so long."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Identity:
    """The name and token of one player on one machine."""

    def __init__(self, folder: Path | None, name: str = "") -> None:
        """Read what is kept in `folder`; None keeps nothing."""
        self.name = name
        self.token = ""
        self.complaint: str | None = None
        """One sentence, if the file was damaged and has been moved aside."""
        self._path = folder / FILE if folder is not None else None
        if self._path is not None:
            self._read(self._path)

    def _read(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8") as file:
                data = json.loads(file.read(CHARS_MAX))
            name, token = data["name"], data["token"]
            if not isinstance(name, str) or not (token == "" or TOKEN.fullmatch(token)):
                raise ValueError("name or token is not one")
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            self.complaint = self._move_aside(path, error)
            return
        self.name = self.name or name
        self.token = token

    def _move_aside(self, path: Path, error: Exception) -> str:
        """Put a damaged file where nothing overwrites it; return a sentence about it."""
        try:
            aside = move_aside(path)
        except OSError:
            self._path = None
            return f"{path} cannot be used ({error}); move it away to be known again next time."
        return (
            f"{path.name} was damaged ({error}); it was moved to {aside.name}, "
            "and you are a new player here."
        )

    def remember(self, token: str) -> None:
        """Keep the token that the server gave, and the name, if they are new.

        Raises:
            BadFile: the folder cannot be written.
        """
        self.token = token
        self.write()

    def write(self) -> None:
        """Write the file, whole or not at all, readable by nobody else.

        Raises:
            BadFile: the folder cannot be written.
        """
        if self._path is None:
            return
        content = json.dumps({"name": self.name, "token": self.token})
        try:
            write_whole(self._path, content, mode=0o600)
        except OSError as error:
            reason = error.strerror or "it cannot be written"
            raise BadFile(self._path, reason, "choose another --data folder") from error
