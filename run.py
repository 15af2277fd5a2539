"""One command from a bare Python to a race: `python3 run.py`.

Makes `.venv`, installs what is pinned, starts a server (which starts its
database) and opens the game; closing the game stops what was started. Uses
the standard library only, so that it runs before anything is installed.

The core of the game is compiled once (`compiled.py`), where there is a C
compiler. Who plays does not wait for that: it goes on beside the game, which
is faster from the next start on. A server, and the tests, wait for it.

    python3 run.py                 play
    python3 run.py play ...        play, with options for the game
    python3 run.py server ...      run only a server, with its options
    python3 run.py client ...      run only the game, with its options
    python3 run.py compile         compile the core for this machine
    python3 run.py test ...        run the tests, with pytest's options
    python3 run.py check           run the linters

Units: seconds.
"""

import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

PYTHON_MIN = (3, 11)
if sys.version_info[:2] < PYTHON_MIN:
    # Above everything that an older Python would stumble over.
    sys.exit(
        "Slipstream needs Python 3.11 or later, and this is {}.{}: "
        "install a newer one and start with it.".format(*sys.version_info[:2])
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
STOP_S = 15.0
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
NETWORK_TROUBLE = (
    "NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ReadTimeoutError",
    "ProxyError", "SSLError", "Failed to establish",
)  # fmt: skip
"""What pip writes when it cannot reach the package index."""


class Failed(Exception):
    """Something that the user can mend; the sentence says how."""


class Terminated(BaseException):
    """This process was asked to end; what it started ends first."""


def venv_python() -> Path:
    """Return the interpreter of the virtual environment."""
    if sys.platform == "win32":
        return VENV / "Scripts" / "python.exe"
    return VENV / "bin" / "python"


def fingerprint(requirements: str) -> str:
    """Return what decides whether an installation is still right."""
    named = REQUIREMENTS[: REQUIREMENTS.index(requirements) + 1]
    text = sys.version + str(ROOT) + "".join((ROOT / name).read_text() for name in named)
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(requirements: str = "requirements.txt") -> Path:
    """Return an interpreter with the requirements installed, making what lacks."""
    python = venv_python()
    stamps = STAMP.read_text().split() if STAMP.exists() else []
    if not works(python):
        make_venv()
        stamps = []
    wanted = fingerprint(requirements)
    if wanted not in stamps:
        install(requirements)
        # A stamp of other pins, left by another branch, no longer holds.
        valid = {fingerprint(name) for name in REQUIREMENTS if (ROOT / name).exists()}
        STAMP.write_text("\n".join(sorted({*stamps, wanted} & valid)) + "\n")
    return python


def works(python: Path) -> bool:
    """Whether an interpreter is there, with pip, and of the version that runs this."""
    if not python.exists():
        return False
    ask = "import sys, importlib.util as i; print(*sys.version_info[:2], bool(i.find_spec('pip')))"
    try:
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return told.stdout.split() == [*map(str, sys.version_info[:2]), "True"]


def make_venv() -> None:
    """Make the virtual environment, in place of one that no longer works.

    Raises:
        Failed: this Python lacks what it takes, or the folder cannot be written.
    """
    if os.path.lexists(VENV):
        print(f"{VENV.name} is broken or of another Python: making it anew.", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
    print(f"Making a virtual environment in {VENV.name} ...", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False
    )
    if made.returncode == 0 and venv_python().exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    said = made.stdout + made.stderr
    if "Permission denied" in said or "No space left" in said or "Read-only" in said:
        raise Failed(f"{VENV} cannot be made: {said.strip().splitlines()[-1]}")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise Failed(
        "This Python cannot make a virtual environment, its venv or ensurepip is missing: "
        f"install python3-venv (Debian and Ubuntu: apt install python3-venv, "
        f"or python{version}-venv)."
    )


def install(requirements: str) -> None:
    """Install the pinned packages, a line for each as it goes.

    Raises:
        Failed: pip could not; the sentence says why.
    """
    print(f"Installing what {requirements} names ...", flush=True)
    command = [
        str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check",
        "--only-binary", ":all:", "--no-input", "--progress-bar", "off",
        "-r", str(ROOT / requirements),
    ]  # fmt: skip
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            lines.append(line.strip())
            words = line.split()
            if words[:1] in (["Collecting"], ["Downloading"], ["Installing"]):
                print("  " + line.partition(" (from ")[0].strip()[:96], flush=True)
            elif words[:2] == ["WARNING:", "Retrying"]:
                print("  no answer from the network, trying again", flush=True)
    if pip.returncode != 0:
        raise Failed(why_not_installed(lines))


def why_not_installed(lines: list[str]) -> str:
    """Return one sentence for what pip has said."""
    if any(sign in line for line in lines for sign in NETWORK_TROUBLE):
        return (
            "The packages could not be fetched: the package index does not answer. "
            "Check the network (or proxy) and start again."
        )
    missing = "ERROR: No matching distribution found for "
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for line in reversed(lines):
        if line.startswith(missing):
            return (
                f"There is no build of {line.removeprefix(missing)} for Python {version} "
                f"on {platform.system()} {platform.machine()}: use Python 3.11 to 3.14."
            )
    reasons = [line for line in lines if line.startswith("ERROR: ")] or lines or ["no reason given"]
    return f"The packages could not be installed: {reasons[-1].removeprefix('ERROR: ')}"


def compile_core() -> int:
    """Compile the core of the game if that has not been done; return the exit code."""
    return run([prepare(), ROOT / "compiled.py"])


def compile_beside(python: Path) -> "subprocess.Popen[str]":
    """Begin to compile the core, for the next start; it says nothing and asks for little."""
    quiet = subprocess.DEVNULL
    command = [str(python), str(ROOT / "compiled.py")]
    return subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=quiet, text=True, cwd=ROOT,
        start_new_session=sys.platform != "win32",
    )  # fmt: skip


def play(options: list[str]) -> int:
    """Start a server, open the game on it, and stop what was started."""
    python = prepare()
    compiler = None
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
        compiler = compile_beside(python)
        return run([python, ROOT / "client.py", "--server", ready[1], *options])
    finally:
        if compiler is not None:
            stop_at_once(compiler)
        stop(server)


def stop(process: "subprocess.Popen[str]") -> None:
    """Ask a process to end, and see to it."""
    if process.poll() is not None:
        return
    print("Stopping the server and its database ...", flush=True)
    if sys.platform == "win32":
        process.send_signal(signal.CTRL_BREAK_EVENT)
    else:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    while process.poll() is None:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
        except (KeyboardInterrupt, Terminated):
            # Impatience does not make the server's farewell any shorter.
            continue


def stop_at_once(process: "subprocess.Popen[str]") -> None:
    """End a process that leads a session of its own, and what it started."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: list[object]) -> int:
    """Run a program in the foreground; return its exit code."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reaches the program too: let it end in its own way.
            continue
        except Terminated:
            process.terminate()


def on_signal(number: int, frame: FrameType | None) -> None:
    """Let what was started be stopped before this process ends."""
    raise Terminated


def main(arguments: list[str]) -> int:
    """Do what the first argument names; return the exit code.

    Raises:
        Failed: it cannot be done; the sentence says what to mend.
    """
    what, rest = (arguments[0], arguments[1:]) if arguments else ("play", [])
    if what in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if what in ("server", "client"):
        if what == "server":
            compile_core()
        return run([prepare(), ROOT / f"{what}.py", *rest])
    if what == "compile":
        return compile_core()
    if what == "test":
        python = prepare("requirements-dev.txt")
        compile_core()
        return run([python, "-m", "pytest", *rest])
    if what == "check":
        python = prepare("requirements-dev.txt")
        checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "."])
        return max(run([python, "-m", *check]) for check in checks)
    if what == "play":
        return play(rest)
    raise Failed(
        f'"{what}" is not known: try play, server, client, compile, test, check or --help.'
    )


if __name__ == "__main__":
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, Terminated):
        sys.exit(130)
