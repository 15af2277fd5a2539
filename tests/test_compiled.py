"""The compiled core: the same bits, never a stale one, and a sentence where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import compiled
from compiled import NotCompiled
from tests.test_architecture import MODULES, imported

ASK = """
import json, os, pathlib, sys
import compiled

def asked() -> bool:
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, compiled.Finder)]
    return compiled.use()

answers = [asked()]
build = compiled.library_of(compiled.KEPT / compiled.digest(), compiled.LIBRARY)
build.parent.mkdir(parents=True)
build.touch()
answers.append(asked())
os.environ[compiled.INTERPRETED] = "1"
answers.append(asked())
del os.environ[compiled.INTERPRETED]
with open("quanta.py", "a") as source:
    source.write("# Changed." + chr(10))
answers.append(asked())
build.parent.rename(compiled.KEPT / compiled.digest())
answers.append(asked())
sys.modules["car"] = sys
answers.append(asked())
print(json.dumps(answers))
"""


def copy_of_the_sources(folder: Path) -> None:
    """Copy into a folder what a build is made of."""
    for source in compiled.sources():
        target = folder / source.relative_to(compiled.ROOT)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)


def environment() -> dict[str, str]:
    """Return an environment that leaves the choice open."""
    return {key: value for key, value in os.environ.items() if key != compiled.INTERPRETED}


def test_only_a_build_of_these_sources_is_used(tmp_path: Path) -> None:
    """None yet, one that fits, one that is not wanted, stale, fitting again, too late."""
    copy_of_the_sources(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    assert json.loads(done.stdout) == [False, True, False, False, True, False]


def test_these_tests_run_as_they_were_told() -> None:
    """Interpreted, since they reach into modules; compiled for who asks for it."""
    assert compiled.use() == (os.environ.get("SLIPSTREAM_TESTS") == "compiled")


@pytest.mark.parametrize("name", compiled.MODULES)
def test_digest_covers_what_a_compiled_module_imports(name: str) -> None:
    """Types of what it imports are compiled in: a change there makes a build stale."""
    covered = {source.relative_to(compiled.ROOT).as_posix() for source in compiled.sources()}
    paths = {one.replace(".", "/") for one in imported(name) if one in MODULES}

    assert {path for path in paths if not {f"{path}.py", f"{path}/__init__.py"} & covered} == set()


@pytest.mark.timeout(900)
def test_compiled_core_drives_bit_by_bit_alike() -> None:
    """A race of eight bots ends in the same digest on both cores.

    The build of these sources is made here if `run.py` has not made it before.
    """
    if why := compiled.obstacle():
        pytest.skip(why)
    build = compiled.make()
    told = [
        subprocess.run(
            [sys.executable, "rehearsal.py", *arguments],
            cwd=compiled.ROOT, env=environment(), capture_output=True, text=True, check=True,
        ).stdout.split()
        for arguments in ([], [str(build)])
    ]  # fmt: skip

    (interpreted, one), (machine, other) = told
    assert (interpreted, machine) == ("interpreted", "compiled")
    assert one == other


def test_no_compiler_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what is missing and says that the game runs all the same."""
    monkeypatch.setattr(compiled, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(shutil, "which", lambda program: None)

    with pytest.raises(NotCompiled, match=r"There is no C compiler \(.+\); .* runs interpreted"):
        compiled.make()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("print('car.py:1: error: wrong'); sys.exit(1)", r"not be compiled \(car.py:1: error"),
        ("print(sys.argv[-1:])", "The compiled core does not drive as the interpreted"),
    ],
)
def test_build_that_goes_wrong_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    """Neither one that fails, nor one whose rehearsal ends in other bits."""
    project = tmp_path / "project"
    copy_of_the_sources(project)
    for program in ("compiled.py", "rehearsal.py"):
        (project / program).write_text(f"import sys\n{said}\n")
    monkeypatch.setattr(compiled, "ROOT", project)
    monkeypatch.setattr(compiled, "KEPT", project / "kept")
    monkeypatch.setattr(compiled, "obstacle", lambda: None)

    with pytest.raises(NotCompiled, match=sentence):
        compiled.make()

    assert list((project / "kept").iterdir()) == []
