"""Rows of the oracle table: values of textbook formulas, computed apart from this package."""

import csv
import math
import re
from pathlib import Path
from typing import Any

from csm_sim.theory.multiserver import TwoPhases
from csm_sim.theory.spans import Span

TABLE = (Path(__file__).parent / "oracle_rows.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))

SIMPLE_QUEUES = {
    "erlang_c",
    "mg1_pk",
    "mg1_priority:nonpreemptive",
    "mg1_priority:preemptive_resume",
    "mg1_priority:conservation",
    "mmc_priority:nonpreemptive",
    "mmc_priority:preemptive_resume",
}
"""Models whose rows are scenarios of ``test_queues_by_scenario.py``."""


def span(text: str) -> Span:
    """A distribution as the table writes it."""
    named = re.fullmatch(r"(\w+)\((.*)\)", text)
    if named and named[1] == "uniform":
        return Span("uniform", float(named[2].split(",")[1]) / 2.0)
    if named and named[1] == "deterministic":
        return Span("deterministic", float(named[2]))
    numbers = [float(number) for number in re.findall(r"[\d.]+", text.replace("cv2", "cv"))]
    if text.startswith("lognormal"):
        return Span("lognormal", numbers[0], math.sqrt(numbers[1]))
    return Span("exponential" if text.startswith("exp") else "deterministic", numbers[0])


def sinusoid(text: str) -> tuple[float, float, float]:
    """Mean, amplitude and period of a rate as the table writes it."""
    mean, amplitude = (float(number) for number in re.findall(r"[\d.]+", text)[:2])
    return mean, amplitude, 24.0 if "/24" in text else 2.0 * math.pi


def phases(p: dict[str, Any]) -> TwoPhases:
    """A service time of two phases, likewise."""
    if p["service"].startswith("Erlang-2"):
        return TwoPhases.erlang2(1.0)
    return TwoPhases.hyperexponential(p["p1"], tuple(p["rates"]))
