"""The loss by cause → what ``csm-sim attribute`` prints, as text, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from csm_sim.analysis.key_people import resolved
from csm_sim.language import N_, _
from csm_sim.report.differences import bounds, difference, few_futures, span_of, triple
from csm_sim.report.page import Page, bullets, new_table, prose
from csm_sim.report.tables import csv_text
from csm_sim.report.wording import plain_name, value_of, with_half_width, with_interval

if TYPE_CHECKING:
    from csm_sim.analysis.attribute import Attribution

_LEGEND: Final = N_(
    "Loss: net ARR (churn and contraction less price, expansion, upsell and cross-sell, each as its chance"
    " times its amount) that the run is expected to lose beyond its fully staffed twin on the same luck. "
    "share: what a cause adds to the loss, averaged over all orders in which the causes could be switched on"
    " (Shapley); shares add up to the loss in every single future. "
    "fix only this: another question, the loss that goes away if this cause alone has no effect; these do not"
    " add up. ± is half of the 95% interval over futures. In brackets: not resolved, the interval contains 0."
)

_CANNOT: Final[dict[str, str]] = {
    "onboarding": N_("no new account awaits first value, or neither onboarding nor use before it has weight"),
    "touches": N_("no planned touch or play moves a component that has weight, or saves a renewal"),
    "tickets": N_("no account raises tickets, or support has no weight"),
    "handover": N_("no handover costs health, or engagement has no weight"),
    "expansion": N_("no playbook brings leads that convert"),
}


def attribution_report(found: Attribution, name: str, *, width: int, colour: bool) -> str:
    """The answer as text.

    Parameters
    ----------
    found
        The answer.
    name
        Of the scenario.
    width
        Columns of the terminal.
    colour
        Whether to use colour and bold type.
    """
    page = Page(width, colour=colour)
    about = _("loss by cause over {horizon}, seed {seed}, n = {n} simulated futures each").format(
        horizon=span_of(found.days), seed=found.seed, n=found.n
    )
    page.add(Text(plain_name(name), style="bold"), Text(about, style="dim"), Text())
    page.add(prose(first_sentence(found), "bold"), Text())
    warnings = list(few_futures(found.n, "20"))
    if warnings:
        page.add(bullets("!", warnings, "yellow"), Text())
    page.add(_table(found))
    page.section(_("Notes"), bullets("-", _notes(found)))
    page.section(_("How to read this"), prose(_(_LEGEND)))
    return page.text()


def first_sentence(found: Attribution) -> str:
    """What the answer comes down to."""
    total = found.total
    if total.mean == 0 and total.half_width == 0:
        return _("The run loses exactly what its fully staffed twin loses: there is nothing to split.")
    if not found.is_resolved:
        return _(
            "The loss against the fully staffed twin cannot be told from 0: {loss}. Neither can its split"
            " below."
        ).format(loss=with_interval(total))
    if total.mean < 0:
        return _("The run loses less than its fully staffed twin: {loss} of net ARR.").format(
            loss=with_interval(total)
        )
    largest = found.shares[0]
    text = _(
        "Under-staffing is expected to cost {loss} of net ARR, the largest part of it by {cause}: {part}."
    )
    part = with_interval(largest.loss)
    if largest.of_total is not None:
        part = _("{part}, {share} of it").format(part=part, share=value_of(largest.of_total))
    return text.format(loss=with_interval(total), cause=_(largest.cause.called), part=part)


def _table(found: Attribution) -> Table:
    sure = found.is_resolved
    table = new_table(
        [_("share"), *([_("of the loss")] if sure else []), _("fix only this")], first=_("cause")
    )
    for share in found.shares:
        cells = [difference(share.loss)]
        if share.of_total is not None:
            cells.append(with_half_width(share.of_total) if share.simulated else "0%")
        cells.append(difference(share.alone))
        style = "" if share.simulated else "dim"
        table.add_row(Text(_(share.cause.called), style=style), *(Text(cell, style=style) for cell in cells))
    cells = [difference(found.total), *(["100%"] if sure else []), ""]
    table.add_row(Text(_("together"), style="bold"), *(Text(cell, style="bold") for cell in cells))
    return table


def _notes(found: Attribution) -> Iterator[str]:
    several = sum(share.simulated for share in found.shares) > 1
    if several:
        yield _(
            "causes fixed one at a time do not add up to the loss: what is left over, by what they do only"
            " together, is {rest}"
        ).format(rest=with_interval(found.interaction))
    yield _(
        "causes count by the weights, bands and churn rates of the scenario, which are assumptions: nothing"
        " is claimed beyond them"
    )
    yield _(
        "a cause without effect keeps other customers, and with them their work: that the load changes is"
        " part of the answer"
    )
    for share in found.shares:
        if not share.simulated:
            why = _CANNOT[share.cause.name]
            yield _("{cause}: exactly 0, because {why}, or it is switched off").format(
                cause=_(share.cause.called), why=_(why)
            )
    yield _("expected ARR at the end: {full} fully staffed, {run} as it is").format(
        full=with_half_width(found.twin_arr), run=with_half_width(found.run_arr)
    )


def attribution_json(found: Attribution, name: str) -> dict[str, Any]:
    """The answer as data."""
    return {
        "name": name,
        "days": found.days,
        "seed": found.seed,
        "n": found.n,
        "confidence": 0.95,
        "loss": bounds(found.total) | {"resolved": found.is_resolved},
        "causes": [
            {
                "cause": share.cause.name,
                "called": share.cause.called,
                "simulated": share.simulated,
                "share": bounds(share.loss) | {"resolved": resolved(share.loss)},
                "of_loss": None if share.of_total is None else bounds(share.of_total),
                "fix_only_this": bounds(share.alone) | {"resolved": resolved(share.alone)},
            }
            for share in found.shares
        ],
        "interaction": bounds(found.interaction),
        "twin_arr_at_end": bounds(found.twin_arr),
        "run_arr_at_end": bounds(found.run_arr),
    }


def attribution_csv(found: Attribution) -> str:
    """A row for each cause and one for the loss; amounts in the currency of the scenario."""
    header = [
        "cause", "unit", "share", "share_low", "share_high", "of_loss", "of_loss_low", "of_loss_high",
        "fix_only_this", "fix_only_this_low", "fix_only_this_high", "n",
    ]  # fmt: skip
    rows: list[list[object]] = [
        [
            share.cause.name, share.loss.unit, *triple(share.loss), *triple(share.of_total),
            *triple(share.alone), found.n,
        ]
        for share in found.shares
    ]  # fmt: skip
    rows.append(["loss", found.total.unit, *triple(found.total), *triple(None), *triple(None), found.n])
    return csv_text(header, rows)


def by_replication_csv(found: Attribution) -> str:
    """A row for each replication: its loss, and the shares, which add up to it."""
    header = ["replication", "loss", *(share.cause.name for share in found.shares)]
    return csv_text(header, [[number, *row] for number, row in enumerate(found.by_replication)])
