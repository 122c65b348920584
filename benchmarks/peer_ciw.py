"""Model B in Ciw.

Model A cannot be written with Ciw's documented parts. When a server finishes, ``Node.release`` lets it choose
the next customer before the released one joins its next node, so the follow-on step of a QBR is not among the
tasks chosen from at that instant. Mending that means replacing the method, which is no longer Ciw's model.
"""

import ciw  # type: ignore[import-untyped]  # carries no types
import models as m
import numpy as np

NAME = "Ciw"
csm_team = None
full_desk = None


def pooled_desk(seeds: list[int], exponential: bool = False) -> list[m.DeskOutcome]:
    """Run Model B once per seed, optionally with exponential efforts of the same mean."""
    if exponential:
        effort = ciw.dists.Exponential(1.0 / m.DESK_EFFORT_HOURS)
    else:
        effort = ciw.dists.Lognormal(m.DESK_MU, m.DESK_SIGMA)
    rate_1 = m.DESK_RATE_PER_HOUR * m.DESK_SHARE_CLASS_1
    network = ciw.create_network(
        arrival_distributions={
            "class 1": [ciw.dists.Exponential(rate_1)],
            "class 2": [ciw.dists.Exponential(m.DESK_RATE_PER_HOUR - rate_1)],
        },
        service_distributions={"class 1": [effort], "class 2": [effort]},
        number_of_servers=[m.DESK_PEOPLE],
        priority_classes={"class 1": 0, "class 2": 1},
    )
    outcomes = []
    for seed in seeds:
        ciw.seed(seed)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(m.DESK_DAYS * 24.0)
        records = simulation.get_all_records()
        wait_1, wait_2 = (
            float(np.mean([record.waiting_time for record in records if record.customer_class == name]))
            for name in ("class 1", "class 2")
        )
        utilisation = float(simulation.transitive_nodes[0].server_utilisation)
        outcomes.append(m.DeskOutcome(float(len(records)), wait_1, wait_2, utilisation))
    return outcomes


if __name__ == "__main__":
    print(*pooled_desk([1]), sep="\n")
