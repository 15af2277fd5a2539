"""The shape of the code, read from its imports; ARCHITECTURE.md says why.

A new module needs a line in `LAYERS`, and one in ARCHITECTURE.md.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_MAX = 500

LAYERS = """
errors          :
faults          : errors
compiled        :
tuning          :
quanta          :
car             : tuning quanta
demonstration   : car
slipstream      : car
db.store        :
track_shape     :
kept_file       :
preferences     : kept_file
practice        :
tally           :
readings        :
run             :
config          : errors
chat            : errors
identity        : errors kept_file
track_text      : errors
track_file      : errors track_text
track_crossing  : track_shape
track_line      : track_shape
track_geometry  : track_shape track_crossing track_file track_line
track_cache     : track_geometry
track_judge     : car track_shape track_crossing track_file track_geometry
track_parts     :
track           : errors car track_shape track_cache track_crossing track_file track_geometry \
                  track_judge track_parts
contact         : car track
racer           : car
judge           : car track racer
resources       : car track
race            : car track contact racer judge resources slipstream
save_fields     : errors
race_save       : errors save_fields car track racer resources race
personalities   : car
sight           : car race
pace            : car track
slips           : pace
rescue          : car track sight
racecraft       : car track pace personalities sight
errands         : car track race resources pace personalities sight
bots            : car track pace personalities sight slips rescue racecraft errands
nodes           : errors kept_file config
route           : nodes
ghost           : car
protocol        : errors car quanta ghost
shared_clock    : race
lobby           : errors car chat track race db.store
ticket          : lobby
live_race       : errors car track racer race race_save personalities sight bots
rehearsal       : compiled bots car live_race personalities race track
room_save       : errors save_fields car chat track track_file lobby live_race
audience        : protocol lobby live_race
effects         : protocol db.store
recorder        : ghost race racer
showing         : car protocol live_race
bulletins       : errors car track race chat protocol lobby live_race showing db.store
fillers         : lobby live_race personalities bots
saver           : track lobby live_race room_save effects db.store
trials          : errors track racer protocol lobby live_race ghost recorder effects bulletins \
                  db.store
rejoin          :
steward         : rejoin errors bots car track race protocol lobby live_race audience \
                  personalities fillers room_save effects bulletins saver trials db.store
herald          : chat protocol lobby effects bulletins db.store
admission       :
door            : errors track chat protocol lobby effects bulletins steward herald ticket \
                  db.store admission
foyer           : errors car track protocol lobby effects steward herald door
game            : rejoin errors track chat protocol lobby effects bulletins steward herald ticket \
                  door foyer trials db.store
orders          : db.store
cluster         : effects orders db.store
placement       :
moves           : race lobby live_race effects bulletins game cluster placement db.store
relay           : chat protocol lobby effects bulletins ticket game cluster db.store
succession      : protocol lobby effects ticket db.store
overview        : errors faults lobby protocol effects bulletins db.store
reception       : lobby ticket protocol effects bulletins game cluster db.store
node            : errors track lobby ticket protocol effects bulletins game orders cluster moves \
                  reception relay succession overview db.store
recovery        : protocol effects db.store
inbox           : protocol
outbox          : protocol
intake          :
ration          :
server_link     : errors outbox protocol inbox intake ration
network         : errors protocol inbox ration server_link
dialling        : errors config protocol intake server_link readings
link_model      : errors
link_simulator  : link_model
relay_links     : errors config protocol effects dialling
survey          : errors config nodes protocol dialling
interpolation   : car protocol
glide           : car
guess           : car track protocol
rivals          : car track contact race protocol interpolation glide guess
knocks          : race protocol
prediction      : car track contact resources race slipstream protocol interpolation glide rivals
standings       : track race protocol
claims          : resources
splits          : racer
helm            : car protocol
chase           : car track racer ghost judge protocol splits
milestones      : judge protocol race track
commentary      : car track race protocol claims splits knocks milestones
race_state      : car track race protocol guess rivals shared_clock prediction \
                  standings helm chase commentary
warps           : car protocol race_state
exhibition      : track race protocol lobby live_race personalities fillers bulletins race_state
view            : errors car track race chat protocol race_state readings
client_link     : errors car config track nodes route protocol identity dialling survey view
autopilot       : errors car track personalities bots lobby protocol config identity view \
                  client_link
db.backlog      : errors
db.shelf        : errors db.backlog
db.memory       : errors db.store
db.mongo_rooms  : errors db.store
db.mongo_desk   : db.mongo_rooms faults recovery
db.mongo_ghosts : db.mongo_rooms db.store
db.mongo        : errors db.store db.mongo_rooms db.mongo_desk db.mongo_ghosts
db.cache        :
db.watch        : errors db.cache db.mongo_rooms
db.cached_store : db.store db.mongo db.cache db.watch
db.mongod       : errors
db.members      : errors
db.replicas     : errors kept_file db.mongod db.members
db.warden       : errors db.replicas
db.opening      : errors db.store db.memory db.cached_store db.mongod db.replicas db.warden
storekeeper     : errors effects db.store db.backlog db.shelf
leasekeeper     : errors config effects db.store
listener        : errors effects db.store
hindered        : protocol effects inbox server_link network faults relay_links leasekeeper
fault_desk      : errors faults protocol effects recovery db.mongo_desk
carrier         : fault_desk network protocol effects faults hindered relay_links db.store \
                  db.backlog storekeeper leasekeeper listener tally
cluster_command : errors faults recovery fault_desk db.store db.mongo db.replicas
fleet           : errors config db.opening
paint           : errors car track track_shape
synth           :
screens         : errors faults car track race personalities chat protocol lobby config identity \
                  nodes survey client_link dialling link_model view splits standings milestones \
                  commentary readings race_state warps exhibition preferences practice autopilot \
                  paint synth
"""
"""Each module or package, and what of ours it may import; imports go down only."""

ROOTS = {"server", "client"}
"""Composition roots: they import everything and nobody imports them."""

PURE = [
    "racer", "judge", "resources", "claims", "splits", "helm", "milestones", "standings",
    "tuning", "quanta", "car", "slipstream", "track_shape", "track_line",
    "contact", "race", "save_fields", "race_save", "personalities", "sight", "pace",
    "slips", "rescue", "racecraft", "errands", "bots", "chat", "lobby", "live_race",
    "room_save", "effects", "showing", "bulletins", "fillers", "rejoin", "steward", "herald",
    "ticket",
    "door", "game", "saver", "foyer", "ghost", "recorder",
    "chase", "trials", "protocol.laps", "protocol.cluster_news",
    "node", "orders", "cluster", "faults", "recovery", "moves", "placement", "relay", "succession",
    "overview", "shared_clock", "interpolation", "glide", "guess", "rivals", "knocks", "prediction",
    "commentary", "race_state", "route", "view",
    "outbox", "ration", "admission", "exhibition", "warps", "link_model", "readings",
    "db.store", "protocol", "protocol.commands", "protocol.connection", "protocol.fields",
    "protocol.framing", "protocol.messages", "protocol.news", "protocol.pickled",
    "protocol.delta", "protocol.ranges", "protocol.reading", "protocol.snapshot",
    "protocol.stream",
    "synth.catalogue", "synth.engines", "synth.hits",
    "synth.instruments", "synth.music", "synth.roads", "synth.signals", "synth.tones",
]  # fmt: skip
"""`now`, `dt` and random sources are arguments here; no file, no thread."""

IMPURE = {
    "time", "datetime", "os", "sys", "io.open", "pathlib", "tempfile", "socket", "select", "ssl",
    "threading", "queue", "subprocess", "asyncio", "secrets", "uuid", "signal", "logging",
}  # fmt: skip


def modules() -> dict[str, Path]:
    """Return every module of ours by its dotted name, tests and benchmarks apart."""
    found = {}
    for path in [*ROOT.glob("*.py"), *ROOT.glob("*/*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in ("tests", "benchmarks") or parts[0].startswith("."):
            continue
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


@cache
def tree(name: str) -> ast.Module:
    """Return a module, parsed."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def is_test_of(node: ast.AST, word: str) -> bool:
    """Whether a node is an `if` that mentions a name."""
    return isinstance(node, ast.If) and any(
        isinstance(one, ast.Name) and one.id == word for one in ast.walk(node.test)
    )


def nodes(start: ast.AST, *, at_loading: bool = False) -> Iterator[ast.AST]:
    """Yield what belongs to a module when others import it.

    A block below `if __name__ == "__main__"`, and the function `_main` that it
    calls, belong to the program of that name instead. With `at_loading`,
    function bodies and blocks for the type checker are left out too.
    """
    for node in ast.iter_child_nodes(start):
        if is_test_of(node, "__name__"):
            continue
        if isinstance(node, ast.FunctionDef) and node.name == "_main":
            continue
        if at_loading and isinstance(node, ast.FunctionDef):
            continue
        if at_loading and is_test_of(node, "TYPE_CHECKING"):
            continue
        yield node
        yield from nodes(node, at_loading=at_loading)


def imported(name: str, *, at_loading: bool = False) -> set[str]:
    """Return the dotted names that a module imports, ours as precise as can be."""
    found: set[str] = set()
    for node in nodes(tree(name), at_loading=at_loading):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return found


def unit(name: str) -> str:
    """Return the line of `LAYERS` that speaks of a module: itself or its package."""
    return name if name in TABLE else name.partition(".")[0]


def parse_layers() -> dict[str, set[str]]:
    """Return the table as names and what they may import."""
    rows = LAYERS.replace("\\\n", " ").strip().splitlines()
    parts = [row.partition(":") for row in rows]
    return {name.strip(): set(allowed.split()) for name, _, allowed in parts}


TABLE = parse_layers()
OURS = sorted(MODULES)
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (".", "*", "tests/*")
    for path in ROOT.glob(f"{folder}/*.py")
)
TESTS = [name for name in FILES if name.startswith("tests/")]
SLEEP = "sleep"


@cache
def parsed(name: str) -> ast.Module:
    """Return a file, parsed whole."""
    return ast.parse((ROOT / name).read_text(encoding="utf-8"))


def test_every_module_has_a_layer() -> None:
    """Whoever adds a module says what it may import; whoever removes one, too."""
    units = {unit(name) for name in MODULES if name != "db"}

    assert units == set(TABLE) | ROOTS


def test_table_only_points_up() -> None:
    """A line names only lines above it, so that the table has no cycle."""
    seen: set[str] = set()
    for name, allowed in TABLE.items():
        assert allowed <= seen, f"{name} may import {allowed - seen}, which is not above it"
        seen.add(name)


@pytest.mark.parametrize("name", [name for name in OURS if name not in ROOTS])
def test_imports_go_down_only(name: str) -> None:
    """A module imports what its line allows, wherever the import stands."""
    ours = {unit(one) for one in imported(name) if one in MODULES} - {unit(name)}

    assert ours <= TABLE.get(unit(name), set())


@pytest.mark.parametrize("name", OURS)
def test_nobody_imports_a_composition_root(name: str) -> None:
    """`server.py`, `client.py` and `run.py` are programs."""
    assert not imported(name) & (ROOTS | {"run"})


def test_modules_load_without_cycles() -> None:
    """No module needs itself to load, inside a package either."""
    needs = {
        name: {one for one in imported(name, at_loading=True) if one in MODULES and one != name}
        for name in OURS
    }
    while ready := {name for name, others in needs.items() if not others}:
        needs = {name: others - ready for name, others in needs.items() if name not in ready}

    assert not needs


@pytest.mark.parametrize("name", PURE)
def test_pure_module_reaches_for_nothing(name: str) -> None:
    """Clock, randomness, files, sockets and threads come in as arguments."""
    assert not {one.partition(".")[0] for one in imported(name)} & IMPURE

    calls = [node.func for node in nodes(tree(name)) if isinstance(node, ast.Call)]
    assert not any(isinstance(one, ast.Name) and one.id == "open" for one in calls)


@pytest.mark.parametrize("name", FILES)
def test_randomness_is_seeded(name: str) -> None:
    """Of `random`, only generators with a seed: the same race runs twice alike."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "random"
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "random"
        ):
            assert node.attr == "Random"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "Random"
        ):
            assert node.args, "a generator without a seed"


@pytest.mark.parametrize("name", OURS)
def test_few_know_the_outside(name: str) -> None:
    """BSON stays in six files, pygame on the screen, unpickling in one place."""
    used = {one.partition(".")[0] for one in imported(name)}

    # `db.replicas` administers: it initiates the set and shuts it down.
    knowing = ("db.mongo", "db.mongo_rooms", "db.mongo_ghosts", "db.mongo_desk", "db.watch",
               "db.members")  # fmt: skip
    assert name in knowing or not used & {"pymongo", "bson", "gridfs"}
    assert unit(name) in ("client", "screens", "paint") or "pygame" not in used
    assert name == "protocol.pickled" or not used & {"pickle", "shelve", "marshal", "dill"}


def test_bytes_of_the_wire_stay_in_the_protocol() -> None:
    """Nobody else packs or unpacks binary data."""
    packers = {name for name in OURS if "struct" in imported(name)}

    assert packers <= {
        f"protocol.{name}" for name in ("framing", "laps", "pickled", "snapshot", "stream")
    }


@pytest.mark.parametrize("name", FILES)
def test_file_stays_short_and_opens_with_its_promise(name: str) -> None:
    """A file is read in one sitting, and its first lines say what it is."""
    text = (ROOT / name).read_text(encoding="utf-8")

    assert len(text.splitlines()) <= LINES_MAX
    assert not text.strip() or ast.get_docstring(parsed(name))


@pytest.mark.parametrize("name", FILES)
def test_names_for_others_say_what_they_are(name: str) -> None:
    """Each function and class of a file has its sentence; a leading _ excuses it."""
    told = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [
        one for one in parsed(name).body if isinstance(one, told) and not one.name.startswith("_")
    ]

    assert not [one.name for one in public if not ast.get_docstring(one)]


@pytest.mark.parametrize("name", TESTS)
def test_tests_never_sleep(name: str) -> None:
    """Tests, and programs in their strings, wait for conditions; `waiting.py` knows how."""
    sleeps = [
        node
        for node in ast.walk(parsed(name))
        if (isinstance(node, ast.Attribute) and node.attr == SLEEP)
        or (isinstance(node, ast.ImportFrom) and any(one.name == SLEEP for one in node.names))
        or (isinstance(node, ast.Constant) and f".{SLEEP}(" in str(node.value))
    ]

    assert not sleeps
