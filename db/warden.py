"""Starts members of a local set again that ended while a server uses them.

One lost member costs nothing but the second would cost the majority. A set
that was stopped by hand stays stopped, and a member that keeps ending is
tried less and less often.

Units: seconds.
"""

from __future__ import annotations

import logging
import threading

from db.replicas import LocalReplicas
from errors import SlipstreamError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
PAUSE_S_MAX = 300.0
STOP_S = 1.0


class Warden:
    """A thread that looks after one set."""

    def __init__(self, replicas: LocalReplicas) -> None:
        self._replicas = replicas
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warden", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; called before the set is stopped."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        pause = LOOK_EVERY_S
        while not self._stopping.wait(pause):
            try:
                if self._replicas.mend(log.warning):
                    pause = min(2 * pause, PAUSE_S_MAX)
                elif pause > LOOK_EVERY_S:
                    # All run: whoever ends next is helped a little sooner.
                    pause = max(LOOK_EVERY_S, pause / 2)
            except (SlipstreamError, OSError) as error:
                log.debug("the members could not be looked after: %s", error)
