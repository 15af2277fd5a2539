"""The nodes that a client remembers, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import BadFile
from nodes import FILE, GAMES_MAX, Node, NodeList, dialable

HERE, THERE = Node("node-1", "10.0.0.1:7777"), Node("node-2", "10.0.0.2:7777")


def test_nodes_of_a_game_are_known_after_a_new_start(tmp_path: Path) -> None:
    """By the address that was joined, and by no other."""
    NodeList(tmp_path).remember("race.example:7777", (HERE, THERE))
    again = NodeList(tmp_path)

    assert again.of("race.example:7777") == (HERE, THERE)
    assert again.of("other.example:7777") == ()


def test_list_without_a_folder_lives_as_long_as_the_program() -> None:
    """Agents and practice keep nothing on disk."""
    nodes = NodeList(None)
    nodes.remember("a:1", (HERE,))

    assert nodes.of("a:1") == (HERE,)


def test_oldest_game_goes_first(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    nodes = NodeList(tmp_path)
    for number in range(GAMES_MAX + 1):
        nodes.remember(f"host:{number + 1}", (HERE,))

    assert NodeList(tmp_path).of("host:1") == ()
    assert NodeList(tmp_path).of("host:2") == (HERE,)


def test_what_is_no_news_is_not_written(tmp_path: Path) -> None:
    """A list comes every few seconds; a disk need not hear it."""
    nodes = NodeList(tmp_path)
    nodes.remember("a:1", (HERE,))
    (tmp_path / FILE).unlink()
    nodes.remember("a:1", (HERE,))

    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "[]", "3", '{"a:1": 3}', '{"a:1": [3]}', '{"a:1": [["n"]]}',
        '{"a:1": [["n", 5]]}', '{"a:1": [["n", "x", "y"]]}', "[" * 9999,
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_counts_as_nothing(tmp_path: Path, text: str) -> None:
    """The next game tells its nodes anew."""
    (tmp_path / FILE).write_text(text, encoding="utf-8")

    assert NodeList(tmp_path).of("a:1") == ()


def test_addresses_that_are_none_are_left_out(tmp_path: Path) -> None:
    """A hand may have changed the file."""
    (tmp_path / FILE).write_text('{"a:1": [["n", "no address:at all"], ["m", "b:2"]]}')

    assert NodeList(tmp_path).of("a:1") == (Node("m", "b:2"),)
    assert not dialable(Node("n", "b:99999"))


def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The caller tells it; the race goes on."""
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="choose another"):
        NodeList(tmp_path / "file").remember("a:1", (HERE,))
