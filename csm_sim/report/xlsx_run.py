"""Summary → sheets of a run's workbook: the answer first, then what stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.language import N_, _, said
from csm_sim.report.headline import headline
from csm_sim.report.terminal import verdict_text
from csm_sim.report.wording import aim_text, span
from csm_sim.report.xlsx_book import BOLD, DIM, GROUP, LEAD, LINK, TITLE, UNIT, WARN, Book, Sheet, unit_words
from csm_sim.report.xlsx_bridge import bridge_sheet
from csm_sim.report.xlsx_chart import Board
from csm_sim.report.xlsx_lists import assumptions_sheet, metrics_sheet
from csm_sim.report.xlsx_money import money_sheet
from csm_sim.report.xlsx_months import months_sheet, roles_sheet
from csm_sim.report.xlsx_work import people_sheet, playbooks_sheet

if TYPE_CHECKING:
    from csm_sim.analysis.digest import Sample
    from csm_sim.analysis.summarise import Summary
    from csm_sim.scenario import Scenario
    from csm_sim.world.build import World

_WIDTH: Final = 140.0
"""Characters that go into a line of the first sheet."""

_COLUMNS: Final = 8

_BOOK: Final = (
    (N_("accounts at the start"), "accounts_opening_sum_accounts"),
    (N_("accounts at the end"), "accounts_closing_sum_accounts"),
    (N_("ARR at the start"), "arr_opening_sum_money"),
    (N_("ARR at the end"), "arr_closing_sum_money"),
    (N_("ARR at the end, fully staffed"), "twin_arr_closing_sum_money"),
    (N_("ARR lost to under-staffing (expected)"), "arr_lost_mean_money"),
    (N_("the same, of the opening ARR and a year"), "arr_lost_yearly_share"),
    (N_("ARR that 9 of 10 futures lose less than"), "arr_lost_p90_money"),
    (N_("gross revenue retention (GRR)"), "grr_atr_share"),
    (N_("net revenue retention (NRR)"), "nrr_atr_share"),
    (N_("logo churn at renewals"), "churn_logo_share"),
)
_MONEY: Final = (
    (N_("costs of people, tools and automation"), "cost_sum_money"),
    (N_("revenue (expected)"), "revenue_sum_money"),
    (N_("gross margin (expected)"), "margin_sum_money"),
    (N_("gross margin less costs (expected)"), "net_sum_money"),
    (N_("net present value of that (NPV)"), "npv_mean_money"),
    (N_("cost for each unit of ARR renewed"), "cost_retained_arr_share"),
)
_SERVICE: Final = (
    (N_("planned work on time"), "on_time_mean_share"),
    (N_("planned work missed"), "missed_mean_share"),
    (N_("time to first value"), "first_value_mean_days"),
    (N_("tickets that came to the desk"), "tickets_arrived_sum_tickets"),
    (N_("tickets that met all their targets"), "sla_mean_share"),
    (N_("first response, working time"), "first_response_mean_hours"),
    (N_("resolution, working time"), "resolution_mean_hours"),
    (N_("hands-on work promised"), "full_demand_sum_hours"),
    (N_("hands-on work done"), "done_sum_hours"),
)
_OF_A_ROLE: Final = (
    (N_("people under contract"), "contracted_mean_people"),
    (N_("people here"), "present_mean_people"),
    (N_("people needed to fill their time"), "needed_mean_people"),
    (N_("people needed with slack for peaks"), "needed_headroom_mean_people"),
    (N_("utilisation"), "utilisation_mean_share"),
    (N_("utilisation that 9 of 10 weeks stay under"), "utilisation_p90_share"),
)
_TARGETS: Final = {
    "on_time": N_("planned work on time"), "sla": N_("tickets meet targets"),
    "utilisation_p90": N_("9 of 10 people busy"), "arr_lost": N_("ARR lost in a year"),
    "first_value": N_("days to first value"), "cost": N_("cost of a year"),
}  # fmt: skip


class RunSheets:
    """The sheets of a run's workbook.

    Parameters
    ----------
    book
        Takes them.
    summary, scenario, world, sample, manifest
        Of the run.
    """

    def __init__(
        self,
        book: Book,
        summary: Summary,
        scenario: Scenario,
        world: World,
        sample: Sample,
        manifest: Mapping[str, Any],
    ) -> None:
        self._book, self._summary, self._scenario = book, summary, scenario
        self._world, self._sample, self._manifest = world, sample, manifest

    def write(self) -> None:
        """Add all sheets."""
        summary, world = self._summary, self._world
        first = self._book.sheet(_("Summary"))
        pictures = self._book.sheet(_("Charts"))
        board = Board(pictures)
        months_sheet(self._book, summary, world, board)
        roles_sheet(self._book, summary, world, board)
        people_sheet(self._book, summary, board)
        playbooks_sheet(self._book, summary, board)
        bridge_sheet(self._book, summary, world, board)
        money_sheet(self._book, summary, self._scenario, world, self._sample, board)
        assumptions_sheet(self._book, summary)
        metrics_sheet(self._book, summary)
        board.finish()
        self._first(first)

    def _first(self, sheet: Sheet) -> None:
        summary, scenario = self._summary, self._scenario
        sheet.width(0, 46)
        sheet.width(1, 17, 3)
        sheet.width(4, 12)
        sheet.width(5, 17, 6)
        sheet.width(7, 30)
        sheet.text(0, 0, scenario.name, TITLE, wide=False)
        sheet.native.set_row(0, 22)
        sheet.text(1, 0, self._about(), DIM, wide=False)
        row = 3
        lead, *others = headline(summary, scenario)
        sheet.paragraph(row, lead, _COLUMNS, LEAD, width=0.9 * _WIDTH, line=17.0)
        row += 1
        for line in others:
            sheet.paragraph(row, f"• {line}", _COLUMNS, width=_WIDTH)
            row += 1
        for line in summary.warnings:
            sheet.paragraph(row, _("Note: {text}").format(text=said(line)), _COLUMNS, WARN, width=_WIDTH)
            row += 1
        row = self._targets(sheet, row + 1)
        row = self._figures(sheet, row)
        row = self._contents(sheet, row + 1)
        for line in self._methods():
            sheet.paragraph(row, line, _COLUMNS, width=_WIDTH)
            row += 1
        sheet.native.activate()

    def _about(self) -> str:
        scenario = self._scenario
        return _("{start} to {end} ({horizon}), seed {seed}, n = {n} simulated futures").format(
            start=scenario.start,
            end=scenario.end - timedelta(days=1),
            horizon=span(scenario.horizon),
            seed=self._manifest.get("seed", "?"),
            n=self._summary.n,
        )

    def _targets(self, sheet: Sheet, row: int) -> int:
        summary = self._summary
        if not summary.targets:
            return row
        sheet.header(
            row,
            [_("target"), _("mean"), _("low"), _("high"), _("unit"), _("aim"), _("verdict")],
            texts=(0, 4, 5, 6),
        )
        for one in summary.targets:
            row += 1
            sheet.text(row, 0, _(_TARGETS[one.key]))
            sheet.spread(row, 1, one.estimate, one.estimate.unit)
            unit = one.estimate.unit
            sheet.text(row, 4, _("% of futures") if one.chance is not None else unit_words(unit), UNIT)
            sheet.text(row, 5, aim_text(one.at_least, one.target, one.unit, one.chance))
            sheet.text(row, 6, verdict_text(one.verdict), BOLD)
        return row + 2

    def _figures(self, sheet: Sheet, row: int) -> int:
        labels = [
            _("figure"),
            _("mean"),
            _("low"),
            _("high"),
            _("unit"),
            _("8 of 10 futures: from"),
            _("8 of 10 futures: to"),
            _("name in the sheet Metrics"),
        ]
        sheet.header(row, labels, texts=(0, 4, 7))
        row += 1
        for title, figures in self._groups():
            if not figures:
                continue
            sheet.text(row, 0, title, GROUP)
            row += 1
            for label, one in figures:
                sheet.text(row, 0, label)
                sheet.spread(row, 1, one, one.unit)
                sheet.text(row, 4, unit_words(one.unit), UNIT)
                sheet.number(row, 5, one.run_low, one.unit)
                sheet.number(row, 6, one.run_high, one.unit)
                sheet.text(row, 7, one.metric if one.scope == ALL else f"{one.metric}, {one.scope}", DIM)
                row += 1
        return row

    def _groups(self) -> Iterator[tuple[str, list[tuple[str, Estimate]]]]:
        get = self._summary.estimates.get

        def found(pairs: tuple[tuple[str, str], ...], of: str) -> list[tuple[str, Estimate]]:
            return [(_(label), one) for label, metric in pairs if (one := get(metric, of)) is not None]

        yield _("Customers and ARR"), found(_BOOK, ALL)
        yield _("Money"), found(_MONEY, ALL)
        yield _("Work and service"), found(_SERVICE, ALL)
        for role in self._scenario.staff:
            yield role, found(_OF_A_ROLE, scope(role=role))

    def _contents(self, sheet: Sheet, row: int) -> int:
        about = {
            _("Charts"): _("the figures below as charts, to be copied into slides"),
            _("By month"): _("customers, work and tickets by month"),
            _("Roles by month"): _("people, needs and load of each role by month"),
            _("By person"): _("load of each person, and what each book misses"),
            _("By playbook"): _("planned work: on time, late, missed; hours by tier"),
            _("ARR bridge"): _("opening + what comes - what goes = closing, in all, by month and by segment"),
            _("Money"): _("costs, revenue, margin and net present value"),
            _("Assumptions"): _("what the figures rest on, and what stands behind it"),
            _("Metrics"): _("every figure with its interval: the same as metrics.csv"),
        }
        sheet.text(row, 0, _("Sheets"), GROUP)
        for one in self._book.sheets[1:]:
            row += 1
            target = one.name.replace("'", "''")
            sheet.native.write_url(row, 0, f"internal:'{target}'!A1", self._book.format(LINK), one.name)
            sheet.text(row, 1, about.get(one.name, ""), wide=False)
        return row + 2

    def _methods(self) -> Iterator[str]:
        summary, manifest = self._summary, self._manifest
        yield _(
            "Low and high are the ends of a 95% confidence interval of the mean over n = {n} simulated"
            " futures; more futures narrow it. 8 of 10 single futures lie between the two columns beside it, "
            "and more futures do not narrow that."
        ).format(n=summary.n)
        if summary.twin:
            yield _(
                "Fully staffed: the same customers and the same luck, and nothing ever waits for a person."
            )
        yield _(
            "Cells with a formula are calculated from the other cells of their sheet; cells below the word "
            "check say ok where that agrees with the simulation. Yellow cells can be changed."
        )
        known = [
            f"{key} {manifest[key]}"
            for key in ("program", "version", "file", "inputs_sha256")
            if key in manifest
        ]
        yield _("Made by: {what}.").format(what=", ".join(known))
