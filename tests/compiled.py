"""Compile the simulation, so that tests which begin in several processes at once do not each do it."""

from properties.crowds import everything
from properties.market import market
from properties.scenarios import world_from

from csm_sim.engine.simulate import simulate

if __name__ == "__main__":
    for scenario in (everything(), market()):  # between them they use all rules
        for unlimited in (False, True):
            simulate(world_from(scenario), seed=1, replication=0, unlimited=unlimited, log_capacity=200_000)
