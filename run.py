"""One command from a bare Python to a race: `python3 run.py`.

Makes `.venv`, installs what is pinned, starts a server (which starts its
database) and opens the game; closing the game stops what was started. Uses
the standard library only, so that it runs before anything is installed.

    python3 run.py                 play
    python3 run.py server ...      run only a server, with its options
    python3 run.py client ...      run only the game, with its options
    python3 run.py test ...        run the tests, with pytest's options
    python3 run.py check           run the linters

Units: seconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
STOP_S = 15.0
PYTHON_MIN = (3, 11)


class Failed(Exception):
    """Something that the user can mend; the sentence says how."""


def venv_python() -> Path:
    """Return the interpreter of the virtual environment."""
    if sys.platform == "win32":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def fingerprint(requirements: str) -> str:
    """Return what decides whether an installation is still right."""
    text = requirements + (ROOT / requirements).read_text() + sys.version + str(ROOT)
    if requirements != "requirements.txt":
        text += (ROOT / "requirements.txt").read_text()
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(requirements: str = "requirements.txt") -> Path:
    """Return an interpreter with the requirements installed, making what lacks."""
    stamps = STAMP.read_text().split() if STAMP.exists() else []
    wanted = fingerprint(requirements)
    if wanted in stamps and works(venv_python()):
        return venv_python()
    if not works(venv_python()):
        make_venv()
        stamps = []
    install(requirements)
    STAMP.write_text("\n".join([*stamps, wanted]) + "\n")
    return venv_python()


def works(python: Path) -> bool:
    """Whether an interpreter is there and of the version that runs this."""
    if not python.exists():
        return False
    version = "import sys; print(*sys.version_info[:2])"
    try:
        told = subprocess.run([python, "-c", version], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return told.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_venv() -> None:
    """Make the virtual environment, in place of one that no longer works."""
    if VENV.exists():
        print("The virtual environment is of another Python; making it anew.", flush=True)
        shutil.rmtree(VENV)
    print(f"Making a virtual environment in {VENV.name} ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False
    )
    if made.returncode != 0 or not venv_python().exists():
        shutil.rmtree(VENV, ignore_errors=True)
        raise Failed(
            "Python cannot make a virtual environment here: install its venv module "
            f"(Debian and Ubuntu: apt install python3-venv or python{sys.version_info[0]}."
            f"{sys.version_info[1]}-venv)."
        )


def install(requirements: str) -> None:
    """Install the pinned packages, a line for each as it goes."""
    print(f"Installing what {requirements} names ...", flush=True)
    command = [
        str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check",
        "--only-binary", ":all:", "--no-input", "--progress-bar", "off",
        "-r", str(ROOT / requirements),
    ]  # fmt: skip
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line.rstrip())
            if line.startswith(("Collecting", "Downloading", "  Downloading", "Installing")):
                print("  " + line.strip()[:96], flush=True)
    if pip.returncode != 0:
        reason = next((one for one in reversed(lines) if one.startswith("ERROR")), lines[-1])
        raise Failed(
            f"The packages could not be installed: {reason} "
            "Check the network; a package may also lack a build for this Python or machine."
        )


def play(options: list[str]) -> int:
    """Start a server, open the game on it, and stop what was started."""
    python = prepare()
    data = os.environ.get("SLIPSTREAM_DATA", str(ROOT / "data"))
    command = [
        str(python), "-u", str(ROOT / "server.py"),
        "--port", "0", "--host", "127.0.0.1", "--data", data,
    ]  # fmt: skip
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        # Ctrl-C in this terminal shall not reach the server: it is stopped below.
        start_new_session=sys.platform != "win32",
        creationflags=0x00000200 if sys.platform == "win32" else 0,
    )
    try:
        assert server.stdout is not None
        ready = server.stdout.readline().split()
        if len(ready) != 2 or ready[0] != "ready":
            server.wait()
            raise Failed("The server did not start; its reason stands above.")
        # Keep reading, or a full pipe would stop the server one day.
        threading.Thread(target=server.stdout.read, daemon=True).start()
        return run([python, ROOT / "client.py", "--server", ready[1], *options])
    finally:
        stop(server)


def stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and see to it."""
    if process.poll() is not None:
        return
    print("Stopping the server and its database ...", flush=True)
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def run(command: list[object]) -> int:
    """Run a program in the foreground; return its exit code."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reaches the program too: let it end in its own way.
            continue


def main(arguments: list[str]) -> int:
    """Do what the first argument names; return the exit code."""
    what, rest = (arguments[0], arguments[1:]) if arguments else ("play", [])
    if what in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if what in ("server", "client"):
        return run([prepare(), ROOT / f"{what}.py", *rest])
    if what == "test":
        return run([prepare("requirements-dev.txt"), "-m", "pytest", *rest])
    if what == "check":
        python = prepare("requirements-dev.txt")
        checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "."])
        return max(run([python, "-m", *check]) for check in checks)
    if what == "play" or what.startswith("-"):
        return play(arguments if what != "play" else rest)
    raise Failed(f'"{what}" is not known: try play, server, client, test, check or --help.')


if __name__ == "__main__":
    if sys.version_info < PYTHON_MIN:
        sys.exit("Slipstream needs Python 3.11 or later: install one and start with it.")
    try:
        raise SystemExit(main(sys.argv[1:]))
    except Failed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
