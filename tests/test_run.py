"""`run.py` from a bare Python: environment, start, stop, and its sentences.

A small project stands in for the game, so that nothing needs to be fetched.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_until

RUN = Path(__file__).parent.parent / "run.py"

SERVER = """
import os, signal, sys, threading
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
if os.path.exists("broken"):
    sys.exit("port 7777 is in use: choose another")
print("ready 127.0.0.1:4321", flush=True)
stop.wait(60)
open("server-stopped", "w").write(" ".join(sys.argv[1:]))
"""

CLIENT = """
import os, signal, sys, threading
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
open("client-arguments", "w").write(" ".join(sys.argv[1:]))
if os.path.exists("stay"):
    stop.wait(60)
"""

COMPILED = """
import pathlib, sys
pathlib.Path("compiled").write_text("")
print("compiling")
sys.exit("no C compiler")
"""

if sys.platform == "win32":
    pytest.skip("these tests send signals of POSIX", allow_module_level=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose virtual environment is made."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(RUN, folder)
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "server.py").write_text(SERVER)
    (folder / "client.py").write_text(CLIENT)
    (folder / "compiled.py").write_text(COMPILED)
    assert start(folder, "client").returncode == 0
    return folder


@pytest.fixture
def project(installed: Path) -> Path:
    """The same project, without what earlier tests left."""
    for name in ("broken", "stay", "server-stopped", "client-arguments", "compiled"):
        (installed / name).unlink(missing_ok=True)
    return installed


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which pip reads no settings of this machine."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    return bare | {"PIP_CONFIG_FILE": os.devnull} | more


def start(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the project's `run.py` to its end."""
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=folder, env=environment(**more), capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=100, check=False,
    )  # fmt: skip


def test_play_points_the_client_at_the_server_and_stops_it(project: Path) -> None:
    """Closing the game stops the server by its own farewell."""
    done = start(project)

    assert done.returncode == 0, done.stderr
    assert (project / "client-arguments").read_text() == "--server 127.0.0.1:4321"
    assert "--port 0" in (project / "server-stopped").read_text()


def test_second_start_installs_nothing(project: Path) -> None:
    """What is installed is remembered."""
    done = start(project)

    assert "Installing" not in done.stdout
    assert "virtual environment" not in done.stdout


def test_changed_requirements_are_installed(project: Path) -> None:
    """Other pins are installed at the next start, and the old ones again after them."""
    before = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text("# nothing either\n")
    changed = start(project, "client")
    (project / "requirements.txt").write_text(before)
    restored = start(project, "client")

    assert "Installing" in changed.stdout
    assert "Installing" in restored.stdout


def test_options_are_passed_on(project: Path) -> None:
    """`client` and `play` hand their options to the game."""
    start(project, "client", "--name", "Mika")
    alone = (project / "client-arguments").read_text()
    start(project, "play", "--name", "Mika")

    assert alone == "--name Mika"
    assert (project / "client-arguments").read_text() == "--server 127.0.0.1:4321 --name Mika"


def test_core_is_compiled_beside_the_game(project: Path) -> None:
    """Who plays neither waits for it nor reads of it, whatever becomes of it."""
    (project / "stay").touch()
    process = subprocess.Popen(
        [sys.executable, "run.py"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until((project / "client-arguments").exists, "open the game")
    wait_until((project / "compiled").exists, "compile the core")
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)

    assert "compiling" not in said


def test_server_waits_for_the_core_and_runs_without_it(project: Path) -> None:
    """It is made first, and told of; what hinders it hinders no server."""
    (project / "broken").touch()
    done = start(project, "server")

    assert "compiling" in done.stdout
    assert done.stderr.splitlines() == ["no C compiler", "port 7777 is in use: choose another"]


def test_server_that_fails_ends_the_start(project: Path) -> None:
    """The server's own sentence is shown, and no window opens."""
    (project / "broken").touch()
    done = start(project)

    assert done.returncode != 0
    assert "port 7777 is in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "client-arguments").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_client_and_server(project: Path, number: signal.Signals) -> None:
    """A terminal that is closed leaves nothing running."""
    (project / "stay").touch()
    process = subprocess.Popen(
        [sys.executable, "run.py"], cwd=project, env=environment(), stdout=subprocess.DEVNULL
    )
    wait_until((project / "client-arguments").exists, "open the game")
    process.send_signal(number)
    process.wait(30)

    assert (project / "server-stopped").exists()


def test_broken_environment_is_made_anew(project: Path) -> None:
    """An interpreter that is gone is told in one sentence, and replaced."""
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(project / "gone")
    done = start(project, "client")

    assert done.returncode == 0, done.stderr
    assert ".venv is broken or of another Python: making it anew." in done.stdout


def test_missing_venv_names_the_package(tmp_path: Path) -> None:
    """Debian's Python without venv: the sentence names what to install."""
    shutil.copy(RUN, tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "venv.py").write_text("raise SystemExit('ensurepip is not available')")
    done = start(tmp_path, "client", PYTHONPATH=str(tmp_path / "broken"))

    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_missing_wheel_is_one_sentence(project: Path) -> None:
    """A package without a build for this Python is named."""
    before = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text("slipstream-no-such-thing==1.0\n")
    done = start(project, "client", PIP_NO_INDEX="1")
    (project / "requirements.txt").write_text(before)

    assert done.returncode != 0
    assert "no build of slipstream-no-such-thing==1.0" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_network_is_one_sentence(project: Path) -> None:
    """A package index that does not answer is told as such."""
    before = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text("slipstream-no-such-thing==1.0\n")
    nowhere = "http://127.0.0.1:9/simple"
    done = start(project, "client", PIP_INDEX_URL=nowhere, PIP_RETRIES="1")
    (project / "requirements.txt").write_text(before)

    assert done.returncode != 0
    assert "Check the network" in done.stderr


def test_older_python_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python 3.10 gets one sentence, not a syntax error."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 0, "final", 0))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later, and this is 3\.10"):
        runpy.run_path(str(RUN), run_name="__main__")


def test_unknown_word_is_refused() -> None:
    """A word that names nothing is answered with what there is."""
    done = start(RUN.parent, "fly")

    assert done.returncode != 0
    assert done.stderr.startswith('"fly" is not known: try play, server')


def test_help_prints_every_command() -> None:
    """`--help` needs no environment."""
    done = start(RUN.parent, "--help")

    assert done.returncode == 0
    for word in ("server", "client", "test", "check"):
        assert f"run.py {word}" in done.stdout
