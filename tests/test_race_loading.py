"""Loading the pictures of a race beside the game."""

from __future__ import annotations

import pytest

from errors import BadFile
from screens.race_loading import SceneLoader
from tests.waiting import wait_until

SIZE = (320, 180)


def loader(name: str = "meadow") -> SceneLoader:
    """Return a loader at work."""
    return SceneLoader(name, SIZE, safe=False, calm=False)


def test_pictures_are_made_beside_the_game() -> None:
    """Whoever began goes on, sees the share grow and takes the pictures."""
    making = loader()
    wait_until(lambda: making.share > 0.0, "begin", 30.0)
    wait_until(lambda: making.wait(0.0), "load", 60.0)

    assert making.share == pytest.approx(1.0)
    assert making.take().track.name == "meadow"


def test_other_track_or_look_is_another_loading() -> None:
    """Pictures of the wrong race are not taken."""
    making = loader()
    try:
        assert making.is_for("meadow", safe=False, calm=False)
        assert not making.is_for("harbour", safe=False, calm=False)
        assert not making.is_for("meadow", safe=True, calm=False)
        assert not making.is_for("meadow", safe=False, calm=True)
    finally:
        making.cancel()


def test_cancelled_loading_has_ended() -> None:
    """Drawing ends before pygame does."""
    making = loader("harbour")

    making.cancel()

    assert making.wait(0.0)


def test_fault_is_told_to_who_takes_the_pictures() -> None:
    """A track that cannot be read says why."""
    with pytest.raises(BadFile):
        loader("nowhere").take()
