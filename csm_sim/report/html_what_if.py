"""The what-if strip: a slider for each role that moves through teams that were simulated, and no others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from csm_sim.analysis.estimates import Estimate
from csm_sim.language import _, current
from csm_sim.report.html import render
from csm_sim.report.html_parts import (
    Document,
    Row,
    Section,
    Strip,
    Table,
    cell,
    estimate_of,
    interval_text,
)
from csm_sim.report.wording import span, value_of

if TYPE_CHECKING:
    from csm_sim.analysis.what_if import TeamPoint, WhatIf

_WIDE: Final = 200
"""Width of a bar."""


def _names() -> dict[str, tuple[str, str]]:
    """What each measure is called, and what it is better to have."""
    return {
        "cost": (_("Pay of a year"), _("less is better")),
        "on_time": (_("Planned work on time"), _("more is better")),
        "sla": (_("Tickets that meet their targets"), _("more is better")),
        "utilisation_p90": (_("9 of 10 people are busy less than"), _("less is better")),
        "arr_kept": (_("ARR at the end, compared"), _("more is better")),
    }


def what_if_part(found: WhatIf) -> tuple[Section, dict[str, Any]]:
    """The section of the page, and the data of its script."""
    names, first = _names(), found.base if found.base is not None else 0
    texts = [_said(found, point) for point in found.points]
    rows = [(name, *names[name]) for name, _unit, _better in found.measures]
    ends = list(zip(*(point.people for point in found.points), strict=True))
    strip = Strip(
        roles=[
            (role, min(counts), max(counts), found.points[first].people[place])
            for place, (role, counts) in enumerate(zip(found.roles, ends, strict=True))
        ],
        said=texts[first],
        rows=rows,
        noted=_notes(found),
        table=_table(found),
    )
    lead = _("What other teams would cost and give: move the people of a role.")
    data = {
        "roles": list(found.roles),
        "first": first,
        "nearest": _("Not simulated; the nearest team that was:"),
        "points": [
            {"people": list(point.people), "said": said, "shown": _shown(found, point)}
            for point, said in zip(found.points, texts, strict=True)
        ],
    }
    return Section("what-if", _("What if"), [strip], lead), data


def _said(found: WhatIf, point: TeamPoint) -> str:
    team = ", ".join(f"{role} {count}" for role, count in zip(found.roles, point.people, strict=True))
    if point.targets is None:
        return _("{team}: simulated, n = {n}").format(team=team, n=point.n)
    verdict = {
        "met": _("all targets met"),
        "missed": _("a target is missed"),
        "not resolved": _("targets not resolved"),
    }[point.targets]
    return _("{team}: simulated, n = {n}; {verdict}").format(team=team, n=point.n, verdict=verdict)


def _notes(found: WhatIf) -> list[str]:
    notes = [
        _(
            "Only teams that were simulated are shown, all on the same futures; between them nothing is"
            " interpolated. Below each mean its 95% interval; thin upright line: the team that is compared"
            " with."
        )
    ]
    if any("arr_kept" in point.measures for point in found.points):
        base = found.points[found.base].people if found.base is not None else None
        team = _("the file itself") if base is None else ", ".join(
            f"{role} {count}" for role, count in zip(found.roles, base, strict=True)
        )  # fmt: skip
        notes.append(
            _(
                "ARR at the end, compared: expected ARR at the end of {horizon} beyond that with {team},"
                " paired future by future."
            ).format(horizon=span(found.horizon), team=team)
        )
    return notes


def _estimate(found: WhatIf, point: TeamPoint, name: str) -> Estimate | None:
    one = point.measures.get(name)
    if one is None:
        return None
    unit = next(unit for known, unit, _better in found.measures if known == name)
    return estimate_of(one, found.currency if unit == "money" else unit, name)


def _shown(found: WhatIf, point: TeamPoint) -> dict[str, Any]:
    """Texts of a point's figures, and where they lie on the bars."""
    shown = {}
    for name, _unit, _better in found.measures:
        one = _estimate(found, point, name)
        if one is None or math.isnan(one.mean):
            continue
        low, high = _range(found, name)

        def at(value: float, low: float = low, high: float = high) -> float:
            return round(6 + (_WIDE - 12) * (value - low) / ((high - low) or 1.0), 1)

        base = None if found.base is None else found.points[found.base].measures.get(name)
        at_base = name == "arr_kept" and found.base is not None and point is found.points[found.base]
        text = value_of(one)
        if name == "arr_kept" and one.mean > 0:
            text = f"+{text}"
        ends = [one.mean if math.isnan(value) else value for value in (one.low, one.high)]
        shown[name] = {
            "value": text,
            "below": _("this is the team compared with") if at_base else interval_text(one),
            "at": [at(one.mean), at(ends[0]), at(ends[1])],
            "base": None if base is None or math.isnan(base.mean) else at(base.mean),
        }
    return shown


def _range(found: WhatIf, name: str) -> tuple[float, float]:
    """Where the bars of a measure begin and end: the same at all points, so that they can be compared."""
    ones = [point.measures[name] for point in found.points if name in point.measures]
    ends = [value for one in ones for value in (one.mean, one.low, one.high) if not math.isnan(value)]
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def _table(found: WhatIf) -> Table:
    names = _names()
    measures = [name for name, _unit, _better in found.measures]
    rows = [
        Row(
            ", ".join(f"{role} {count}" for role, count in zip(found.roles, point.people, strict=True)),
            0,
            [cell(_estimate(found, point, name)) for name in measures],
            strong=place == found.base,
        )
        for place, point in enumerate(found.points)
    ]
    caption = _("All {count} teams that were simulated").format(count=len(found.points))
    return Table(caption, [names[name][0] for name in measures], rows, first=_("team"))


def alone() -> str:
    """What a reader may do with a page."""
    return _("This page loads nothing from anywhere: it can be forwarded, printed, and read offline.")


def what_if_page(found: WhatIf) -> str:
    """The page of a sizing or a sweep: what it says, and the strip."""
    section, data = what_if_part(found)
    first, *others = found.headline.get(current()) or (_("What other teams would cost and give"),)
    kind = _("Sizing") if found.source == "size" else _("Sweep")
    return render(
        Document(
            kind=kind,
            title=found.name,
            about=_("{horizon}, seed {seed}, n = {n} simulated futures of each team").format(
                horizon=span(found.horizon), seed=found.seed, n=min(point.n for point in found.points)
            ),
            headline=first,
            lines=others,
            warnings=(),
            facts=(),
            sections=[section],
            footer=[alone()],
            data=data,
        )
    )  # fmt: skip
