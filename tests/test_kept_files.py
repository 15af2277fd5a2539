"""Settings and identity: whatever lies in their folder, the game begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import preferences
from identity import Identity
from preferences import Preferences

DAMAGED = [b"", b"null", b"[]", b"{", b"\xff\xfe\x00", b'{"width": "wide"}', b'{"width": 3}',
           b"[" * 9000, b'{"volume_music": 101}', b'{"text_size": 99}', b'{"mute": 1}',
           b'{"keys": {"left": [0]}}', b'{"keys": {"left": 4}}', b'{"keys": {"left": ["a"]}}',
           b'{"keys": {"left": [1, 2, 3, 4, 5]}}', b'{"keys": []}', b'{"level": 3}',
           b'{"buttons": {"nitro": 99}}', b'{"buttons": {"nitro": true}}', b'{"seat_at": NaN}',
           b'{"name": 3, "token": []}']  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_settings_are_kept_aside(content: bytes, tmp_path: Path) -> None:
    """The defaults serve, one sentence tells it, and nothing is overwritten."""
    path = tmp_path / preferences.FILE
    path.write_bytes(content)
    loaded, complaint = preferences.load(path)
    if complaint is None:
        # What is no setting of ours may be a newer release's.
        assert content == DAMAGED[-1]
        return

    assert loaded == Preferences()
    assert "damaged-1" in complaint
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [content]


@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_identity_is_kept_aside(content: bytes, tmp_path: Path) -> None:
    """The player is new here, and is told so in one sentence."""
    path = tmp_path / "identity.json"
    path.write_bytes(content)
    identity = Identity(tmp_path, "Robin")

    assert (identity.name, identity.token) == ("Robin", "")
    assert identity.complaint is not None
    assert "new player" in identity.complaint
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [content]


def test_nothing_kept_is_no_fault(tmp_path: Path) -> None:
    """At the first start nobody complains, nor where the folder cannot be one."""
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    for folder in (tmp_path / "new", tmp_path / "file" / "below"):
        assert preferences.load(folder / preferences.FILE) == (Preferences(), None)
        assert Identity(folder).complaint is None


def test_folder_that_may_not_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's folder: a sentence, no traceback."""

    def forbidden(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    for name in ("open", "exists", "rename"):
        monkeypatch.setattr(Path, name, forbidden)
    loaded, complaint = preferences.load(tmp_path / preferences.FILE)
    identity = Identity(tmp_path, "Robin")

    assert loaded == Preferences()
    assert complaint is not None
    assert "Permission denied" in complaint
    assert identity.complaint is not None
    assert identity.name == "Robin"
