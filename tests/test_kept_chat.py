"""Lines that were relayed are kept, whatever the database does meanwhile."""

from __future__ import annotations

from tests.test_storekeeper import Database, keeping, line
from tests.waiting import wait_until


def test_chat_of_an_outage_is_kept_by_a_server_that_stops() -> None:
    """The database is back by then, and would have been asked in a moment."""
    store = Database()
    store.away = True
    with keeping(store) as keeper:
        keeper.submit(line(1))
        wait_until(lambda: keeper._retry_at > 0.0, "be asked in vain")
        store.away = False

    assert len(store.recent_chat(0, "", 100)) == 1
