"""What the catalogue says of a metric, in the language in use."""

from __future__ import annotations

from typing import Final

from csm_sim.analysis.catalogue import CATALOGUE
from csm_sim.language import N_, _, current, pgettext

_TWIN: Final = "twin_"
_OF_TWINS: Final = N_("{meaning} (fully staffed)")


def meaning_of(metric: str) -> str:
    """The description of a metric.

    >>> meaning_of("twin_arr_new_sum_money")
    'ARR won (fully staffed).'
    """
    description = CATALOGUE[metric].description
    if current() == "en" or not metric.startswith(_TWIN):
        return _(description)
    plain = _(CATALOGUE[metric.removeprefix(_TWIN)].description)
    return f"{_(_OF_TWINS).format(meaning=plain.removesuffix('。'))}。"


def unit_name(unit: str) -> str:
    """The unit of a metric as a column of a table calls it; codes of currencies stay.

    >>> unit_name("people"), unit_name("JPY")
    ('people', 'JPY')
    """
    names = {
        "hours": pgettext("unit", "hours"), "days": pgettext("unit", "days"),
        "people": pgettext("unit", "people"), "tasks": pgettext("unit", "tasks"),
        "tickets": pgettext("unit", "tickets"), "touches": pgettext("unit", "touches"),
        "accounts": pgettext("unit", "accounts"), "leads": pgettext("unit", "leads"),
        "alarms": pgettext("unit", "alarms"), "points": pgettext("unit", "points"),
        "share": pgettext("unit", "share"),
    }  # fmt: skip
    return names.get(unit, unit)
