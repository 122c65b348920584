"""The scenario language: models whose field docs are the manual, loading, error messages."""

from csm_sim.scenario.load import Loaded, Note, Origin, load
from csm_sim.scenario.model import Scenario

__all__ = ["Loaded", "Note", "Origin", "Scenario", "load"]
