"""What the terminal says of the values that results rest on: assumed, fitted, given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from rich.console import Group, RenderableType

from csm_sim.language import N_, _, pgettext, said
from csm_sim.report.page import bullets, prose
from csm_sim.report.wording import listed

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary

EFFECTS_OFF: Final = N_(
    "Effects are off: in this run staffing has no effect on any customer (health.effects: off), so nothing is"
    " lost to it. Engagement, support and onboarding read 100, and plays and handovers change nothing."
)


MOST_GIVEN: Final = 20
"""Groups of keys that are listed."""


def assumptions_part(summary: Summary) -> RenderableType:
    """The values by what stands behind them, those nobody has evidence for first."""
    parts: list[RenderableType] = []
    if summary.customers.effects_off:
        parts.append(prose(_(EFFECTS_OFF), "bold"))
    parts.append(prose(_("Assumed; nobody has evidence, so change them and see what moves:")))
    parts.append(bullets("-", _joined(summary, "assumed")))
    published = _joined(summary, "published")
    if published:
        parts += [prose(_("Assumed, with a published source:")), bullets("-", published)]
    fitted, given = _joined(summary, "fitted"), _joined(summary, "given")
    parts.append(
        prose(_("Fitted to your own records:") if fitted else _("Fitted to your own records: nothing."))
    )
    if fitted:
        parts.append(bullets("-", fitted))
    parts.append(prose(_("Given in the file:") if given else _("Given in the file: no effect sizes.")))
    if given:
        more = len(given) - MOST_GIVEN
        shown = [*given[:MOST_GIVEN], _("and {n} more groups").format(n=more)] if more > 0 else given
        parts.append(bullets("-", shown))
    parts.append(prose(_("All with their defaults, ranges and sources: assumptions.csv.")))
    return Group(*parts)


def _joined(summary: Summary, standing: str) -> list[str]:
    """The values of a standing; those of one group of keys share a line."""
    lines: dict[str, list[str]] = {}
    for one in summary.assumptions:
        if one.standing == standing:
            words = in_words(one)
            group, _dot, last = words.key.rpartition(".")
            lines.setdefault(group or words.key, []).append(f"{last} {words.value}" if group else words.value)
    return [f"{group}: {listed(values)}" for group, values in lines.items()]


class Described(Protocol):
    """An assumption of a run, or what is left of one in the data of a comparison."""

    @property
    def key(self) -> str:
        """Dotted, or what the model takes for granted."""
        ...

    @property
    def value(self) -> str:
        """As written."""
        ...

    @property
    def standing(self) -> str:
        """As in an Assumption."""
        ...

    @property
    def source(self) -> str:
        """Where it is written, or what stands behind it."""
        ...

    @property
    def meaning(self) -> str:
        """What it says."""
        ...


class Words(NamedTuple):
    """An assumption in the language in use."""

    key: str
    value: str
    standing: str
    source: str
    meaning: str


def standing_word(standing: str) -> str:
    """What stands behind a value, in a word of the language in use."""
    words = {
        "assumed": pgettext("standing", "assumed"), "published": pgettext("standing", "published"),
        "fitted": pgettext("standing", "fitted"), "given": pgettext("standing", "given"),
        "setting": pgettext("standing", "setting"),
    }  # fmt: skip
    return words.get(standing, standing)


def in_words(one: Described) -> Words:
    """An assumption as a reader sees it: keys of the file as they are, all else in the language in use."""
    key, value = (said(text) if " " in text else text for text in (one.key, one.value))
    return Words(key, value, standing_word(one.standing), said(one.source), said(one.meaning))
