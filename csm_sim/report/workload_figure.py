"""Workload → a figure for slides: hours by month, playbook on playbook, against what is available."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from csm_sim.language import _, pgettext
from csm_sim.report.canvas import BLUE, GREY, ORANGE, fonts_for, new_figure, save
from csm_sim.report.wording import kind_name, plain_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from csm_sim.analysis.workload_plan import WorkloadPlan

_STYLES: Final[tuple[tuple[str, str], ...]] = (
    (BLUE, ""), ("#9dc3e6", "//"), (ORANGE, ""), ("#f4b183", "\\\\"), ("#404040", "++"), ("#d9d9d9", "xx"),
    ("#548235", "--"), ("#a9d18e", ".."), (GREY, "||"),
)  # fmt: skip
"""Colour and hatching, dark and light in turn, each hatching once: told apart in grey, too. The last one is
the rest."""


def workload_figure(plan: WorkloadPlan, form: Literal["png", "svg"]) -> tuple[bytes, list[str]]:
    """The figure as the bytes of a file, and what a reader must be told (a missing font).

    Parameters
    ----------
    plan
        The answer.
    form
        Kind of the file.
    """
    families, notes = fonts_for([plain_name(plan.name), *(plain_name(kind) for kind in plan.kinds)])
    stream = io.BytesIO()
    save(_draw(plan), stream, families, form)
    return stream.getvalue(), notes


def _draw(plan: WorkloadPlan) -> Figure:
    figure, (axis,) = new_figure(1, [1.0], _("Work against time: {name}").format(name=plain_name(plan.name)))
    at = np.arange(len(plan.months))
    bottom = np.zeros(len(plan.months))
    for (label, values), (colour, hatch) in zip(_stacks(plan), _STYLES, strict=False):
        axis.bar(
            at, values, 0.82, bottom=bottom, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6,
            label=plain_name(label),
        )  # fmt: skip
        bottom = bottom + values
    available = np.zeros(len(plan.months))
    for need in plan.role_months:
        available[plan.months.index(need.month)] += need.available_hours
    edges = np.append(at - 0.5, at[-1] + 0.5)
    label = _("available, all roles")
    axis.stairs(available, edges, baseline=None, color="black", linewidth=2.6, label=label)
    axis.set_ylim(0, 1.08 * max(float(bottom.max(initial=0.0)), float(available.max(initial=0.0)), 1.0))
    step = max(1, round(len(at) / 12))
    ticks: Any = at[::step]
    axis.set_xticks(ticks, [plan.months[number] for number in ticks], rotation=45 if len(at) > 8 else 0)
    axis.set_xlim(-0.6, len(at) - 0.4)
    axis.set_xlabel(_("month (bottom-up estimate, not simulated)"))
    axis.set_ylabel(_("hands-on work (hours a month)"))
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside right upper", frameon=False, fontsize=11)
    return figure


def _stacks(plan: WorkloadPlan) -> list[tuple[str, Any]]:
    """Playbooks with the most hours first, the others as one."""
    total = plan.month_kind_hours.sum(axis=0)
    order = [int(kind) for kind in np.argsort(-total, kind="stable") if total[kind] > 0]
    most = len(_STYLES) - 1
    if len(order) == most + 1:
        most += 1
    found = [(kind_name(plan.kinds[kind]), plan.month_kind_hours[:, kind]) for kind in order[:most]]
    rest = order[most:]
    if rest:
        found.append(
            (pgettext("rows", "{n} more").format(n=len(rest)), plan.month_kind_hours[:, rest].sum(axis=1))
        )
    return found
