"""What the terminal says of the values that results rest on: assumed, fitted, given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from csm_sim.report.page import bullets

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

EFFECTS_OFF: Final = (
    "Effects are off: in this run staffing has no effect on any customer (health.effects: off), so nothing is"
    " lost to it. Engagement, support and onboarding read 100, and plays and handovers change nothing."
)


MOST_GIVEN: Final = 20
"""Groups of keys that are listed."""


def assumptions_part(summary: Summary) -> RenderableType:
    """The values by what stands behind them, those nobody has evidence for first."""
    parts: list[RenderableType] = []
    if summary.customers.effects_off:
        parts.append(Text(EFFECTS_OFF, style="bold"))
    parts.append(Text("Assumed; nobody has evidence, so change them and see what moves:"))
    parts.append(bullets("-", _joined(summary, "assumed")))
    published = _joined(summary, "published")
    if published:
        parts += [Text("Assumed, with a published source:"), bullets("-", published)]
    fitted, given = _joined(summary, "fitted"), _joined(summary, "given")
    parts.append(Text(f"Fitted to your own records:{'' if fitted else ' nothing.'}"))
    if fitted:
        parts.append(bullets("-", fitted))
    parts.append(Text(f"Given in the file:{'' if given else ' no effect sizes.'}"))
    if given:
        more = len(given) - MOST_GIVEN
        shown = [*given[:MOST_GIVEN], f"and {more} more groups"] if more > 0 else given
        parts.append(bullets("-", shown))
    parts.append(Text("All with their defaults, ranges and sources: assumptions.csv."))
    return Group(*parts)


def _joined(summary: Summary, standing: str) -> list[str]:
    """The values of a standing; those of one group of keys share a line."""
    lines: dict[str, list[str]] = {}
    for one in summary.assumptions:
        if one.standing == standing:
            group, _, last = one.key.rpartition(".")
            lines.setdefault(group or one.key, []).append(f"{last} {one.value}" if group else one.value)
    return [f"{group}: {', '.join(values)}" for group, values in lines.items()]
