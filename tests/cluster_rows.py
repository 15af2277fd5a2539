"""News of a cluster for the screens, as wide and as long as they can be."""

from __future__ import annotations

from protocol import ClusterNews, ClusterRow, RecoveryRow

NAME = "node-{}-of-the-northern-garage"
STEPS = (1650, 1712, 1740, 2391, 5404), (4210, 4212, 4213, -1, -1), (0, 60, 71, 900, 3950)


def cluster_news(title: str, nodes: int = 9, state: int = 0, *, faults: bool = True) -> ClusterNews:
    """Return how so many nodes are: the second is silent, the third drains and has our room.

    The fourth takes no faults; nor do the others, if they are told not to.
    """
    rows = tuple(
        ClusterRow(NAME.format(n), f"server-{n}.garage.example.org:17777", 45_000 * (n == 1),
                   n == 2, faults and n != 3, 1000, 64, 512, 1024)
        for n in range(nodes)
    )  # fmt: skip
    recoveries = tuple(
        RecoveryRow(f"r{n}", "" if n == 1 else title, NAME.format(0), NAME.format(1), 7,
                    4_000 * 30**n, *steps)
        for n, steps in enumerate(STEPS)
    )  # fmt: skip
    return ClusterNews(state, NAME.format(2), rows, recoveries if nodes > 1 else ())
