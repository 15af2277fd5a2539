"""Options of a run: flags, environment, and what is refused."""

from __future__ import annotations

import pytest

from config import NODE_NAME_CHARS_MAX, PORT_DEFAULT, host_and_port, server_options
from errors import BadOption


def test_flag_wins_over_environment() -> None:
    """What is said on the command line is what was meant."""
    options = server_options(
        ["--port", "1234"], {"SLIPSTREAM_PORT": "99", "SLIPSTREAM_DB": "memory"}
    )

    assert options.port == 1234
    assert options.db == "memory"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "70000"], "65535"),
        (["--port", "x"], "whole number"),
        (["--max-clients", "0"], "1 to 1024"),
        (["--db", "postgres://x"], "mongodb"),
        (["--name", "\x01"], "name"),
        (["--name", "n" * 33], "has 33 characters: choose a name of at most 32"),
        (["--name", "n" * 30, "--nodes", "2"], "at most 29"),
        (["--data", "~nobody-of-that-name/x"], "folder"),
        (["--nodes", "17"], "1 to 16"),
        (["--nodes", "2", "--db", "memory"], "share a database"),
        (["--advertise", "here and there"], "HOST:PORT"),
        (["--advertise", "x" * 80], "at most 64"),
    ],
)
def test_unusable_option_is_one_sentence_with_its_flag(arguments: list[str], word: str) -> None:
    """The sentence names the flag and what would be accepted."""
    with pytest.raises(BadOption) as caught:
        server_options(arguments, {})

    assert arguments[0] in str(caught.value)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arguments", [["--warp"], ["--port"], ["--stats=yes"], ["extra"]])
def test_what_is_no_option_is_one_sentence(arguments: list[str]) -> None:
    """It names what was written, and where all options stand."""
    with pytest.raises(BadOption, match=r"--help\.$") as caught:
        server_options(arguments, {})

    assert arguments[0].split("=")[0] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_machine_with_a_long_name_lends_the_beginning_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody chose it, so nobody is to blame; a node's number finds room behind it."""
    monkeypatch.setattr("socket.gethostname", lambda: "m" * 64)

    assert server_options([], {}).name == "m" * NODE_NAME_CHARS_MAX
    assert len(server_options(["--nodes", "16"], {}).name + "-16") == NODE_NAME_CHARS_MAX


def test_help_shows_every_option_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    """It is printed, and ends the program well."""
    with pytest.raises(SystemExit) as ended:
        server_options(["--help"], {})

    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in ("host", "port", "data", "db", "max-clients", "name"):
        assert f"--{name} " in shown
        assert f"SLIPSTREAM_{name.upper().replace('-', '_')}" in shown


def test_unusable_variable_is_named() -> None:
    """Who never wrote a flag is not told of one only."""
    with pytest.raises(BadOption, match="SLIPSTREAM_PORT"):
        server_options([], {"SLIPSTREAM_PORT": "eighty"})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.5:7778", ("10.0.0.5", 7778)),
        ("garage", ("garage", PORT_DEFAULT)),
        (" garage:1 ", ("garage", 1)),
        ("[::1]:7777", ("::1", 7777)),
    ],
)
def test_address_with_and_without_port(text: str, address: tuple[str, int]) -> None:
    """The port may be left out; brackets hold an IPv6 address."""
    assert host_and_port(text) == address


@pytest.mark.parametrize("text", ["", ":7777", "a b:7777", "garage:0", "garage:port"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """One sentence, before anything is tried."""
    with pytest.raises(BadOption, match="--server"):
        host_and_port(text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("race.example", f"race.example:{PORT_DEFAULT}"), ("[::1]:99", "[::1]:99"), ("", "")],
)
def test_advertised_address_is_kept_whole(given: str, kept: str) -> None:
    """Clients are told exactly this."""
    assert server_options(["--advertise", given], {}).advertise == kept


def test_ports_of_all_nodes_exist() -> None:
    """The last one must not lie beyond the highest port."""
    assert server_options(["--nodes", "3", "--port", "65533"], {}).port == 65533
    with pytest.raises(BadOption, match="65533"):
        server_options(["--nodes", "3", "--port", "65534"], {})
