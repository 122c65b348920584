"""Errors keep what they know when they cross a process boundary."""

from __future__ import annotations

import pickle

from csm_sim.errors import Problem, ScenarioError


def test_a_scenario_error_survives_pickling() -> None:
    problems = (Problem("a.yaml:1:2", "staff.csm", "is wrong", "mend it"), Problem("a.yaml", "", "b", "c"))
    again = pickle.loads(pickle.dumps(ScenarioError(problems)))
    assert again.problems == problems
    assert str(again) == str(ScenarioError(problems))
