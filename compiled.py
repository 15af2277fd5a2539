"""The core of the game as machine code, made from the same source.

What is asked thousands of times a second (cars, races, bots, prediction, the
bytes of the wire) is typed Python, and mypyc makes C of it: the same results,
bit by bit, in a seventh of the time. Whoever has no C compiler plays
the same game, interpreted.

A program calls `use()` before it imports anything else of ours. That looks for
a build of exactly these sources and this Python under `.compiled`; any other
is never used. `python compiled.py` makes one (`run.py` does so by itself): in
a folder aside, with a rehearsal of a race that must end in the same bits as
the interpreter's, and only then under its name.

`SLIPSTREAM_INTERPRETED=1` in the environment keeps everything interpreted.
This is the one module that may not import ours.

Units: seconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent
KEPT = ROOT / ".compiled"
"""Each build lies in a folder of it, named by the digest of what it was made of."""
INTERPRETED = "SLIPSTREAM_INTERPRETED"
MODULES = (
    # One tick of a race.
    "tuning", "quanta", "car", "track_parts", "track", "contact", "slipstream", "racer", "judge",
    "resources", "race",
    # Those who drive.
    "personalities", "sight", "pace", "slips", "rescue", "racecraft", "errands", "bots",
    "live_race",
    # What a server does with races at every tick.
    "showing", "bulletins", "audience", "race_save", "room_save", "saver", "trials", "rejoin",
    "steward", "lobby", "herald", "game", "node", "carrier",
    # What each message passes on its way in and out.
    "inbox", "outbox", "ration", "intake", "server_link", "network", "hindered",
    # The bytes.
    "protocol.pickled", "protocol.framing", "protocol.snapshot", "protocol.delta",
    "protocol.reading", "protocol.stream", "protocol.connection", "protocol.fields",
)  # fmt: skip
"""What is compiled: all that is pure and asked at every tick of every race. Messages are
not: their checks read annotations, which a compiled class no longer has."""
BESIDE = (
    "errors", "track_cache", "track_crossing", "track_file", "track_geometry", "track_judge",
    "track_line", "track_shape", "track_text", "save_fields", "chat", "effects",
    "fillers", "ghost", "recorder", "faults", "recovery", "door", "foyer", "ticket",
    "admission", "cluster", "moves", "orders", "overview", "placement", "reception", "relay",
    "succession", "leasekeeper", "relay_links", "dialling", "readings", "fault_desk", "listener",
    "storekeeper", "tally", "config", "db.store", "db.backlog", "db.shelf", "db.mongo_desk",
    "db.mongo_rooms", "kept_file",
)  # fmt: skip
"""What of ours they import besides: its types are compiled in, as are those of `protocol`."""
NOT_FOLLOWED = ("--disable-error-code=import-not-found",)
"""What only `_main` of a module imports is not needed to compile it."""
GROUP = "slipcore"
"""The library that holds the code; the modules themselves are shims of it."""
LIBRARY = f"{GROUP}__mypyc"
OPTIMISED = "1"
"""gcc's -O: 2 and 3 take twice as long to compile, and a tick of a race gains nothing."""
CALLED_IN_C = {"atan": 1, "atan2": 2, "remainder": 2}
"""Functions of `math`, with how many numbers they take, that CPython hands to those of C, as
it does sines. mypyc knows that of sines only: these it would call through Python."""
EXACT = (
    "-ffp-contract=off", "-fno-builtin-sin", "-fno-builtin-cos", "-fno-builtin-pow",
    *(f"-fno-builtin-{name}" for name in CALLED_IN_C), "-g0",
)  # fmt: skip
"""No fused multiply-add (arm64 has one), and the sines that CPython calls: bits shall be equal."""
BUILDS_KEPT = 3
MAKING = "making-"
MAKING_S_MAX = 3600.0
SLOWER = "the simulation runs interpreted, which is as exact and several times as slow"

Say = Callable[[str], None]


class NotCompiled(Exception):
    """There is no build; the sentence says why."""


# Using a build


class Finder(MetaPathFinder):
    """Finds the compiled modules of one build before their sources are found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module lies if it is one of the build."""
        if fullname not in MODULES and fullname != LIBRARY:
            return None
        return spec_from_file_location(fullname, library_of(self._folder, fullname))


def library_of(folder: Path, name: str) -> Path:
    """Return the file of a compiled module in a build."""
    return folder / (name.replace(".", "/") + EXTENSION_SUFFIXES[0])


def source_of(name: str, root: Path = ROOT) -> Path:
    """Return the file of a module of ours."""
    return root / (name.replace(".", "/") + ".py")


def sources(root: Path = ROOT) -> list[Path]:
    """Return the files that a build is made of."""
    named = [source_of(name, root) for name in (*MODULES, *BESIDE, "compiled")]
    return sorted({*named, *(root / "protocol").glob("*.py")})


def digest(root: Path = ROOT) -> str:
    """Return what the sources below a folder, and this Python, are known by."""
    total = hashlib.sha256(f"{sys.version} {EXTENSION_SUFFIXES[0]}".encode())
    for path in sources(root):
        total.update(path.name.encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:24]


def use(folder: Path | None = None) -> bool:
    """Let the compiled modules be imported from now on; return whether they will be.

    Never both: where one of them was imported already, all stay interpreted.

    Args:
        folder: a build; the one that fits these sources by default.
    """
    if in_use() or not may_be_used():
        return in_use()
    if folder is None:
        folder = KEPT / digest()
    if not library_of(folder, LIBRARY).exists():
        return False
    sys.meta_path.insert(0, Finder(folder))
    return True


def use_or_make(say: Say) -> bool:
    """Do as `use`, with a build that is made now where there is none."""
    if not use() and may_be_used():
        try:
            use(make(say))
        except NotCompiled as error:
            say(str(error))
    return in_use()


def may_be_used() -> bool:
    """Whether it is not too late for a build, and wanted."""
    return not os.environ.get(INTERPRETED) and not any(name in sys.modules for name in MODULES)


def in_use() -> bool:
    """Whether what is imported is compiled."""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)


def could_be() -> bool:
    """Whether there is no build, but one could be made here."""
    return not in_use() and not os.environ.get(INTERPRETED) and obstacle() is None


# Making one


def make(say: Say = print) -> Path:
    """Return the build of these sources, making it where it lacks.

    Raises:
        NotCompiled: it cannot be made here.
    """
    if (found := KEPT / digest(ROOT)).exists():
        return found
    if why := obstacle():
        raise NotCompiled(f"{why}; {SLOWER}.")
    say("Compiling the core for this machine, once; it takes about a minute ...")
    try:
        KEPT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=MAKING, dir=KEPT) as making:
            return _make_in(Path(making), say)
    except OSError as error:
        raise NotCompiled(f"{KEPT} cannot be written ({error.strerror}); {SLOWER}.") from None


def obstacle() -> str | None:
    """Return what is missing here to compile anything, if it is seen from afar."""
    for package in ("mypyc", "setuptools"):
        if find_spec(package) is None:
            return f"{package} is not installed (pip install -r requirements.txt)"
    program = (sysconfig.get_config_var("CC") or "cl").split()[0]
    if shutil.which(program) is None:
        return f"There is no C compiler ({program})"
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        return "The headers of Python are missing (Debian and Ubuntu: apt install python3-dev)"
    return None


def _make_in(making: Path, say: Say) -> Path:
    """Compile a copy of the sources, see whether it drives alike, and keep it."""
    copy = making / "sources"
    for source in sources(ROOT):
        target = copy / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    kept = KEPT / digest(copy)
    built = making / "built"
    _child(copy / "compiled.py", ["--into", str(built)], say)
    rehearsals = [_child(ROOT / "rehearsal.py", build, say) for build in ([], [str(built)])]
    if rehearsals[0].split()[-1] != rehearsals[1].split()[-1]:
        raise NotCompiled(f"The compiled core does not drive as the interpreted one; {SLOWER}.")
    if not kept.exists():
        built.rename(kept)
    _tidy(kept)
    return kept


def _child(program: Path, arguments: list[str], say: Say) -> str:
    """Run a program where it lies; return the last line that it printed."""
    command = [sys.executable, str(program), *arguments]
    lines = [""]
    with subprocess.Popen(
        command, cwd=program.parent, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as child:  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            lines.append(line.strip())
            if line.startswith("  "):
                say(line.rstrip())
    if child.returncode != 0:
        reason = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise NotCompiled(f"The core could not be compiled ({reason[:200]}); {SLOWER}.")
    return lines[-1]


def _tidy(kept: Path) -> None:
    """Remove what broken-off builds left, and builds of older sources but for a few.

    Programs may still run on those.
    """
    ages = {one: time.time() - one.stat().st_mtime for one in KEPT.iterdir() if one != kept}
    builds = [
        one for one in sorted(ages, key=lambda one: ages[one]) if not one.name.startswith(MAKING)
    ]
    broken = [one for one in ages if one not in builds and ages[one] > MAKING_S_MAX]
    for old in (*builds[BUILDS_KEPT - 1 :], *broken):
        shutil.rmtree(old, ignore_errors=True)


def _compile(built: Path) -> None:
    """Compile the sources in the working folder; runs in a process of its own."""
    if hasattr(os, "nice"):
        os.nice(10)
    from mypyc.build import mypycify
    from mypyc.ir.ops import ERR_NEVER
    from mypyc.ir.rtypes import float_rprimitive
    from mypyc.primitives.registry import function_op
    from setuptools import Distribution, Extension  # type: ignore[import-untyped]
    from setuptools.command.build_ext import build_ext  # type: ignore[import-untyped]

    class BuildAtOnce(build_ext):  # type: ignore[misc]
        """Compiles as many files at once as there are cores."""

        def build_extensions(self) -> None:
            whole: list[Extension] = self.extensions
            files = [(source, extension) for extension in whole for source in extension.sources]
            # The longest first, lest the last one is waited for alone.
            files.sort(key=lambda one: -os.path.getsize(one[0]))

            def compiled(one: tuple[str, Extension]) -> list[str]:
                source, extension = one
                made: list[str] = self.compiler.compile(
                    [source], self.build_temp, include_dirs=extension.include_dirs,
                    extra_postargs=extension.extra_compile_args, depends=extension.depends,
                )  # fmt: skip
                return made

            objects: dict[str, list[str]] = {extension.name: [] for extension in whole}
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                done = zip(files, pool.map(compiled, files), strict=True)
                for number, ((_, extension), made) in enumerate(done, 1):
                    objects[extension.name] += made
                    if number % 10 == 0:
                        print(f"  {number} of {len(files)} files", flush=True)
            for extension in whole:
                target = self.get_ext_fullpath(extension.name)
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                self.compiler.link_shared_object(objects[extension.name], target)

    for name, takes in CALLED_IN_C.items():
        function_op(
            name=f"math.{name}", arg_types=[float_rprimitive] * takes,
            return_type=float_rprimitive, c_function_name=name, error_kind=ERR_NEVER,
        )  # fmt: skip
    paths = [str(source_of(name, Path())) for name in MODULES]
    print("  reading the types", flush=True)
    extensions = mypycify(
        ["--no-incremental", "--config-file=", *NOT_FOLLOWED, *paths],
        opt_level=OPTIMISED, debug_level="0", group_name=GROUP, multi_file=True,
    )  # fmt: skip
    exact = [] if sys.platform == "win32" else EXACT
    flags = [*extensions[0].extra_compile_args, *exact]
    for extension in extensions:
        extension.extra_compile_args = flags
    command = BuildAtOnce(Distribution({"name": GROUP, "ext_modules": extensions}))
    command.build_lib, command.build_temp = str(built), "objects"
    command.ensure_finalized()
    command.run()


def main(arguments: list[str]) -> int:
    """Make the build, or do one step of it; return the exit code."""
    if arguments[:1] == ["--into"]:
        _compile(Path(arguments[1]))
        return 0
    try:
        make()
    except NotCompiled as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
