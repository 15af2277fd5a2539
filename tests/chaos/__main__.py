"""Break everything for a while, and see whether all that was confirmed is there.

    python tests/chaos --seed 7 --minutes 2

Each seed is one run on the same machines. Exit code 0: every promise was kept
in every run. The histories and logs stay in the folder that is printed.

Units: seconds and minutes as the options say.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.chaos.faults import Kind
from tests.chaos.history import History
from tests.chaos.runner import Report, play

SECONDS = 40.0
"""Of one seed, unless --seconds says otherwise."""


def main() -> int:
    """Play the seeds that fit into the time; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python tests/chaos", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many, instead of --minutes")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long (default 2)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of faults for each seed")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--laps", type=int, default=2)
    names = [kind.name.lower() for kind in Kind]
    parser.add_argument(
        "--only", action="append", choices=names, metavar="FAULT",
        help="only this kind, or these: " + ", ".join(names),
    )  # fmt: skip
    parser.add_argument("--keep", metavar="FOLDER", help="where histories and logs go")
    parser.add_argument("--json", action="store_true", help="one JSON object a seed")
    chosen = parser.parse_args()
    # Whoever ends this early ends what it started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(chosen.keep or tempfile.mkdtemp(prefix="chaos-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    count = chosen.seeds or max(1, round(60.0 * chosen.minutes / chosen.seconds))
    kinds = tuple(Kind[one.upper()] for one in chosen.only) if chosen.only else tuple(Kind)

    def done(report: Report, history: History) -> None:
        history.write(folder / f"seed-{report.seed}.jsonl")
        if chosen.json:
            print(json.dumps(report.as_json()), flush=True)
        else:
            print(json.dumps(report.as_json(), indent=2), flush=True)

    reports = play(
        folder,
        list(range(chosen.seed, chosen.seed + count)),
        chosen.seconds,
        nodes=chosen.nodes,
        kinds=kinds,
        laps=chosen.laps,
        say=lambda line: print(line, file=sys.stderr, flush=True),
        done=done,
    )
    broken = [report.seed for report in reports if not report.well]
    print(
        f"{len(reports)} seeds, {len(broken)} with broken promises {broken or ''}; see {folder}",
        file=sys.stderr,
    )
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
