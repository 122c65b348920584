"""How work gets faster the more often it has been done."""

from __future__ import annotations

from csm_sim.scenario.fields import Model, ShareBelowAll, key
from csm_sim.scenario.people_values import Experience, FloorShare


class Learning(Model):
    """Effort that falls with the number of times the work has been done, as methods get better."""

    saves: ShareBelowAll = key(unit="share of effort", limits="0% to under 100%", example="10%")
    """What each doubling of the times done takes off the effort."""

    floor: FloorShare = key(
        "50%", unit="share of effort", limits="above 0% to 100%", source="assumption", example="60%"
    )
    """What is left of the effort at least."""

    experience: Experience = key(20, unit="times done", limits="1 or more", source="assumption", example="50")
    """How often it had been done before the simulation begins."""
