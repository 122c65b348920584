"""Summary → tables: CSV that any program reads, and Parquet for those who analyse further."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from csm_sim.analysis import sums
from csm_sim.analysis.catalogue import CATALOGUE, TICKET_METRICS
from csm_sim.analysis.customer_rules import CustomerRules
from csm_sim.analysis.digest import Sample, roles_of_people, severities_of
from csm_sim.analysis.estimates import ALL, Estimate, scope
from csm_sim.analysis.intervals import mean_interval, single_run_range
from csm_sim.report.customer_tables import arr_bridge, replication_fields

if TYPE_CHECKING:
    from csm_sim.analysis.summarise import Summary
    from csm_sim.world.build import World

_TICKET_COLUMNS: Final = (
    ("tickets_raised", "opened"),
    ("tickets_deflected", "deflected"),
    ("tickets_taken_up", "taken_up"),
    ("tickets_abandoned", "abandoned"),
    ("tickets_overflowed", "overflowed"),
    ("tickets_escalated", "escalated"),
    ("tickets_reopened", "reopened"),
    ("touches", "touches"),
    ("hand_overs", "hand_overs"),
    ("tickets_open_at_end", "open_at_end"),
    ("score_sum", "score_sum"),
    ("ces_sum", "ces_sum"),
    ("promoters", "promoters"),
    ("detractors", "detractors"),
)
METRIC_COLUMNS: Final = ("metric", "unit", "scope", "mean", "low", "high", "n")


def cell(value: object) -> str:
    """A cell of a CSV file.

    Text that a spreadsheet would run as a formula gets an apostrophe before it; a number is written so
    that reading it gives the same number back; nan is an empty cell.

    >>> cell("=1+1"), cell(0.1), cell(float("nan")), cell(-2.0)
    ("'=1+1", '0.1', '', '-2.0')
    """
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(
        ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
    ):
        return f"'{value}"
    return str(value)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV (RFC 4180, but with line feeds)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return stream.getvalue()


def metrics_csv(summary: Summary) -> str:
    """All estimates, one a row, in the order of the summary."""
    return csv_text(
        METRIC_COLUMNS, ([getattr(one, name) for name in METRIC_COLUMNS] for one in summary.estimates)
    )


def assumptions_csv(summary: Summary) -> str:
    """What the results rest on."""
    columns = ("key", "value", "standing", "default", "range", "source", "places", "meaning")
    return csv_text(columns, ([getattr(one, name) for name in columns] for one in summary.assumptions))


def parts_of(scope: str) -> dict[str, str]:
    """The parts of a scope: ``{"playbook": "qbr", "month": "2027-04"}``; empty for ``all``."""
    return {} if scope == ALL else dict(part.split("=", 1) for part in scope.split(";"))


def write_tables(folder: Path, summary: Summary, world: World, sample: Sample) -> None:
    """Write the Parquet tables of a run.

    Parameters
    ----------
    folder
        Exists.
    summary, world, sample
        Of the run.
    """
    estimates = list(summary.estimates)
    parts = [parts_of(one.scope) for one in estimates]
    pairs = list(zip(estimates, parts, strict=True))
    _write(folder / "metrics.parquet", _columns(pairs, describe=True))
    months = [(one, of) for one, of in pairs if "month" in of and "cohort" not in of]
    _write(folder / "by_month.parquet", _columns(months))
    planned = [
        (one, of) for one, of in pairs if "playbook" in of and "month" not in of and "person" not in of
    ]
    _write(folder / "by_playbook.parquet", _columns(planned))
    tickets = [(one, of) for one, of in pairs if one.metric in TICKET_METRICS]
    _write(folder / "tickets.parquet", _columns(tickets))
    _write(folder / "replications.parquet", _replications(world, sample))
    _write(folder / "people_by_month.parquet", _people_by_month(summary, world))
    _write(folder / "arr_bridge.parquet", arr_bridge(summary, world, sample))
    cohorts = [(one, of) for one, of in pairs if "cohort" in of]
    if cohorts:
        _write(folder / "cohorts.parquet", _columns(cohorts))
    people = [(one, of) for one, of in pairs if "person" in of]
    if people:
        _write(folder / "by_person.parquet", _columns(people))
    if sample["person_busy"].size:
        _write(folder / "by_person_week.parquet", _person_weeks(world, sample))


def _write(path: Path, columns: dict[str, Any]) -> None:
    """Write columns of texts, dates or numbers as Parquet.

    The arrays are made from buffers: ``pyarrow.array`` imports pandas to see whether it was given a
    series, and that takes longer than everything else here.
    """
    import pyarrow as pa
    from pyarrow import parquet

    arrays = [
        _text_array(values) if isinstance(values, list) else _array(values) for values in columns.values()
    ]
    table = pa.Table.from_arrays(arrays, names=list(columns))
    parquet.write_table(table, path)


def _array(values: np.ndarray) -> Any:
    import pyarrow as pa

    if values.dtype.kind == "M":
        days = np.ascontiguousarray(values.astype("datetime64[D]").astype(np.int32))
        return pa.Array.from_buffers(pa.date32(), len(days), [None, pa.py_buffer(days)])
    kind = pa.int64() if values.dtype.kind == "i" else pa.float64()
    numbers = np.ascontiguousarray(values, dtype=np.int64 if values.dtype.kind == "i" else np.float64)
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])


def _text_array(texts: Sequence[str | None]) -> Any:
    import pyarrow as pa

    encoded = [b"" if text is None else text.encode("utf-8", "backslashreplace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    there = np.packbits(np.array([text is not None for text in texts], np.bool_), bitorder="little")
    buffers = [pa.py_buffer(there), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def _columns(pairs: Sequence[tuple[Estimate, dict[str, str]]], *, describe: bool = False) -> dict[str, Any]:
    """Estimates as columns, with a column for each kind of scope."""
    kinds = list(dict.fromkeys(kind for _, of in pairs for kind in of))
    columns: dict[str, Any] = {
        "metric": [one.metric for one, _ in pairs],
        "unit": [one.unit for one, _ in pairs],
    }
    for kind in kinds:
        columns[kind] = [of.get(kind) for _, of in pairs]
    for name in ("mean", "low", "high", "run_low", "run_high"):
        columns[name] = np.array([getattr(one, name) for one, _ in pairs], dtype=np.float64)
    columns["n"] = np.array([one.n for one, _ in pairs], dtype=np.int64)
    if describe:
        columns["better"] = [CATALOGUE[one.metric].better for one, _ in pairs]
        columns["description"] = [CATALOGUE[one.metric].description for one, _ in pairs]
    return columns


_PEOPLE_BY_MONTH: Final = (
    "headcount_end_people", "contracted_mean_people", "present_mean_people", "away_mean_people",
    "vacant_mean_people", "ramped_mean_people", "available_mean_people", "needed_mean_people",
    "needed_unshrunk_mean_people", "needed_headroom_mean_people", "gap_mean_people", "gap_mean_share",
    "utilisation_mean_share", "full_demand_sum_hours", "demand_sum_hours", "done_sum_hours",
    "contracted_sum_hours", "present_sum_hours", "away_planned_sum_hours", "away_sick_sum_hours",
    "away_long_sum_hours", "vacant_sum_hours", "capacity_sum_hours", "requisitions_sum_people",
    "joined_sum_people", "notices_sum_people", "resigned_sum_people", "cut_sum_people", "ended_sum_people",
    "moved_in_sum_people", "moved_out_sum_people", "handed_over_sum_accounts", "orphan_sum_days",
    "agent_satisfaction_mean_points",
)  # fmt: skip
"""Metrics of the plan of people, in the order of its columns."""


def _people_by_month(summary: Summary, world: World) -> dict[str, Any]:
    """One row for each role and month: the whole plan of people, each figure with its interval."""
    months, roles = summary.groups.months, world.names.roles
    rows = [(role, month) for role in roles for month in months]
    columns: dict[str, Any] = {
        "role": [role for role, _ in rows],
        "month": [month for _, month in rows],
        "n": np.full(len(rows), summary.n),
    }
    for metric in _PEOPLE_BY_MONTH:
        found = [summary.estimates.get(metric, scope(role=role, month=month)) for role, month in rows]
        if any(found):
            for part, suffix in (("mean", ""), ("low", "_low"), ("high", "_high")):
                cells = [getattr(one, part) if one else math.nan for one in found]
                columns[metric + suffix] = np.array(cells, dtype=np.float64)
    return columns


def _replications(world: World, sample: Sample) -> dict[str, Any]:
    """One row for each replication: the totals from which the headline figures are made."""
    on_time, judged = sums.planned_on_time(world, sample)
    solved, due = sums.resolved_in_time(world, sample)
    busy = sum(
        sample.load(name)[:, -1] for name in ("proactive_minutes", "reactive_minutes", "switching_minutes")
    )
    columns: dict[str, Any] = {
        "replication": np.arange(len(sample)),
        "demand_hours": sample["effort"][:, 0].sum(axis=(1, 2, 3)) / 60.0,
        "done_hours": sample["effort"][:, 1].sum(axis=(1, 2, 3)) / 60.0,
        "busy_hours": np.asarray(busy) / 60.0,
        "open_hours": sample.load("open_minutes")[:, -1] / 60.0,
        "contracted_hours": sample.capacity("contracted").sum(axis=(1, 2)) / 60.0,
        "capacity_hours": sample.capacity("productive").sum(axis=(1, 2)) / 60.0,
        "joined": sample.moves("joined").sum(axis=(1, 2)),
        "resigned": sample.moves("resigned").sum(axis=(1, 2)),
        "planned_on_time": on_time,
        "planned_judged": judged,
        "tickets_resolved_in_time": solved,
        "tickets_judged": due,
    }
    if len(severities_of(world)):
        tally = sums.tickets_of(world, sample)
        for name, field in _TICKET_COLUMNS:
            columns[name] = tally(field).sum(axis=(1, 2))
    for twin in (False, True) if sample.twin else (False,):
        prefix = "twin_" if twin else ""
        for name in replication_fields(CustomerRules(world)):
            columns[prefix + name] = sample.month(name, twin=twin).sum(axis=(1, 2))
        columns[f"{prefix}arr_opening"] = sample.month("arr_start", twin=twin)[:, 0].sum(axis=1)
        columns[f"{prefix}arr_closing"] = sample.month("arr_end", twin=twin)[:, -1].sum(axis=1)
    return columns


def _person_weeks(world: World, sample: Sample) -> dict[str, Any]:
    """One row for each person and week that somebody was there for in some replication."""
    busy, present = sample["person_busy"] / 60.0, sample["person_open"] / 60.0
    there = np.where(present > 0, busy, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        utilisation = np.where(present > 0, busy / present, np.nan)
    weeks, people = busy.shape[1:]
    kept = (present > 0).any(axis=0).ravel()
    hours, share = mean_interval(there), mean_interval(utilisation)
    run_low, run_high = single_run_range(utilisation)
    first = world.first_day + timedelta(days=world.warm_days)
    role = roles_of_people(world)
    columns: dict[str, Any] = {
        "week_start": (np.datetime64(first) + np.repeat(7 * np.arange(weeks), people))[kept],
        "person": [world.names.people[cell % people] for cell in np.flatnonzero(kept)],
        "role": [world.names.roles[role[cell % people]] for cell in np.flatnonzero(kept)],
    }
    for name, array in (
        ("open_hours", present.mean(axis=0)),
        ("busy_hours", hours.mean),
        ("busy_hours_low", hours.low),
        ("busy_hours_high", hours.high),
        ("utilisation", share.mean),
        ("utilisation_low", share.low),
        ("utilisation_high", share.high),
        ("utilisation_run_low", run_low),
        ("utilisation_run_high", run_high),
    ):
        columns[name] = np.asarray(array).ravel()[kept]
    return columns
