"""Name and token on disk: private, whole, and never lost by a damaged file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from errors import BadFile
from identity import FILE, Identity

TOKEN = "x" * 43


def test_name_and_token_are_found_again(tmp_path: Path) -> None:
    """A client that was killed is the same player when it is started again."""
    Identity(tmp_path / "new" / "folder", "Ann").remember(TOKEN)
    again = Identity(tmp_path / "new" / "folder")

    assert (again.name, again.token, again.complaint) == ("Ann", TOKEN, None)


def test_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    """The token is a secret."""
    Identity(tmp_path, "Ann").remember(TOKEN)

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_name_given_by_hand_wins(tmp_path: Path) -> None:
    """The token stays; the name may change."""
    Identity(tmp_path, "Ann").remember(TOKEN)
    renamed = Identity(tmp_path, "Bea")

    assert (renamed.name, renamed.token) == ("Bea", TOKEN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe\x00",
        b'{"name": "Ann"}',
        b'{"name": 5, "token": ""}',
        b'{"name": "Ann", "token": "short"}',
        b'{"name": "Ann", "token": ["a"]}',
        b"[" * 4000,
    ],
)
def test_damaged_file_is_moved_aside_and_told(tmp_path: Path, content: bytes) -> None:
    """One sentence, a new start, and nothing is overwritten."""
    (tmp_path / FILE).write_bytes(content)
    identity = Identity(tmp_path, "Ann")
    identity.remember(TOKEN)

    assert identity.complaint is not None
    assert "\n" not in identity.complaint
    assert Identity(tmp_path).token == TOKEN
    assert [one.read_bytes() for one in tmp_path.glob("*.damaged-*")] == [content]


def test_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    """Both stay, should someone want to look."""
    for content in ("first", "second"):
        (tmp_path / FILE).write_text(content)
        Identity(tmp_path)

    assert sorted(one.read_text() for one in tmp_path.iterdir()) == ["first", "second"]


def test_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """The sentence says which file, and what to do."""
    (tmp_path / "file").write_text("")

    with pytest.raises(BadFile, match="choose another --data folder"):
        Identity(tmp_path / "file", "Ann").remember(TOKEN)


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    """Network bots leave no trace."""
    identity = Identity(None, "Bot")
    identity.remember(TOKEN)

    assert identity.token == TOKEN
    assert list(tmp_path.iterdir()) == []
