"""A scenario with every rule for customers: simulated, and with invented books that are known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from small_team import SmallRun, run_small, write_scenario

from csm_sim.analysis.digest import MONTH_FIELDS, Sample, layout_of
from csm_sim.analysis.estimates import Estimates
from csm_sim.analysis.grouping import groups_of
from csm_sim.scenario import load
from csm_sim.world.build import World, build_world

Floats = NDArray[np.float64]

CUSTOMERS = """\
name: 顧客 Customers of every kind
start: 2027-04-01
horizon: 9 months
warm_up: 1 month
currency: JPY
calendar: {week: mon-fri, hours: "09:00-18:00", break: 1h}
segments:
  key: {touch: high, accounts: 24, arr: {p50: 5M, p90: 9M}, term: 6 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%},
        contraction: {chance: {green: 5%, yellow: 10%, red: 20%}, by: 20%},
        expansion: {chance: {green: 20%, yellow: 5%, red: 0%}, uplift: 20%},
        channels: {phone: 80%, mail: 40%}}
  入門 trial: {touch: high, accounts: 6, arr: {p50: 2M, p90: 5M}, term: 6 months, owner: csm,
        churn: {green: 5%, yellow: 15%, red: 40%},
        early_churn: {chance: 8%, within: 90d},
        new: {per_month: 4, bad_fit: {share: 20%, by_month: {jul: 40%}, churn_odds: x3, tickets: x2},
              poor_handover: {share: 20%, churn_odds: x1.5, onboarding_effort: x1.5}}}
  tail: {touch: tech, accounts: 60, arr: 1M, term: 3 months, automated: 30%,
         churn: {green: 3%, yellow: 12%, red: 30%}}
staff:
  csm: {headcount: 2, shrinkage: 30%, serves: [tail]}
  support: {headcount: 1, serves: [key, 入門 trial, tail], shrinkage: 30%}
journey: {onboarding_limit: 20d, expansion_after: 6 months}
community: {members: 30%, over: 6 months, usage: 5, deflects: 20%}
tiering:
  - {from: [入門 trial], to: tail, on: first_value, if: {arr_below: 2M}}
  - {from: [入門 trial], to: key, on: first_value}
  - {from: [key], to: tail, review: quarter, if: {arr_below: 4M}, share: 60%, over: 6 months}
playbooks:
  call:
    for: key
    every: month
    effect:
      health: {engagement: 3}
      upsell: {lead: 15%, converts: {green: 40%, yellow: 15%, red: 0%}, uplift: 20%}
      cross_sell: {lead: 8%, converts: {green: 30%, yellow: 10%, red: 0%}, uplift: 10%}
    steps: [{do: call, effort: 6h, due: 5d, drop_after: 10d, channel: phone}]
  onboarding:
    for: 入門 trial
    on: new_account
    first_value_after: train
    standard: {degree: 70%, saves: 30%}
    steps: [{do: kickoff, effort: 4h, due: 10d}, {do: train, effort: 6h, due: 25d}]
  save:
    for: [key, tail]
    role: csm
    on: health_red
    again_after: 30d
    effect: {health: {engagement: 10}, saves: 20%}
    steps: [{do: talk, effort: 1h, due: 5d}]
  webinar: {per: segment, for: tail, role: csm, every: month, reach: 40%,
            effect: {health: {adoption: 2}}, steps: [{do: host, effort: 4h, due: 3d}]}
tickets:
  rate: {key: 2 per month, 入門 trial: 2 per month, tail: 0.5 per month}
  handled_by: support
  severities:
    p1: {share: 20%, effort: 2h, first_response: 2h, resolve: 8h, priority: 1}
    p2: {share: 80%, effort: 90min, resolve: 3bd}
health:
  pulse: week
  detection: {delay: 3d, sensitivity: 80%, false_alarms: {from: 5%, to: 1%, over: 6 months}}
  decision: {min: 1 month, max: 3 months}
  silence: {after: 60d}
timeline:
  - {on: 2027-07-01, sales: {segments: [入門 trial], new: x2, bad_fit: 40%, for: 2 months}}
  - {on: 2027-06-01, price: {segments: all, by: 5%, churn_odds: x1.1}}
targets: {on_time: 95%, arr_lost: 1%}
run: {seed: 7, replications: 12}
"""


@cache
def customer_run(folder: Path) -> SmallRun:
    """Twelve replications with their twins, simulated once for each folder."""
    return run_small(folder, text=CUSTOMERS)


@cache
def customer_world(folder: Path) -> World:
    """The world, without a simulation."""
    return build_world(load(write_scenario(folder, CUSTOMERS)))


def invented(
    world: World, outcome: Mapping[str, Floats], twin: Mapping[str, Floats] | None = None, **parts: Floats
) -> Sample:
    """A sample with given fields of MONTH, (n, month, segment) each, and given parts; all else is 0."""
    n = len(next(iter(outcome.values())))
    layout = layout_of(world, twin is not None)
    sample = Sample(layout, np.zeros((n, layout.length)))
    for part, fields in (("months", outcome), ("twin_months", twin or {})):
        for field, values in fields.items():
            sample[part][:, MONTH_FIELDS.index(field)] = values
    for part, values in parts.items():
        sample[part][...] = values
    return sample


def customers_of(world: World, sample: Sample) -> Estimates:
    """What is said of the customers of a sample."""
    from csm_sim.analysis.customers import add_customers

    found = Estimates(world.names.currency)
    add_customers(world, groups_of(world), sample, found)
    return found


def plain(world: World) -> World:
    """The world without rules for customers other than churn at renewals."""
    segments, customers = world.segments.copy(), world.customers
    for field in ("contraction", "expansion"):
        segments[field] = 0.0
    segments["early_logit"] = np.nan
    plays, rules = customers.plays.copy(), customers.rules.copy()
    plays["lead"] = 0.0
    rules["limit_days"], rules["detects"] = np.nan, 0
    return replace(
        world,
        segments=segments,
        customers=replace(
            customers, plays=plays, rules=rules, moves=customers.moves[:0],
            price_index=customers.price_index[:, :0], trait_shares=customers.trait_shares * 0.0,
        ),
    )  # fmt: skip


def random_books(world: World, n: int, seed: int, *, spared: float = 1.0) -> dict[str, Floats]:
    """Fields of MONTH that make a closed bridge; ``spared`` is the part of the losses that comes about."""
    draw = np.random.default_rng(seed)
    shape = (n, world.months, len(world.segments))
    found = {name: np.zeros(shape) for name in MONTH_FIELDS}
    for name, mean in (
        ("arr_new", 900),
        ("arr_price", 60),
        ("arr_expanded", 300),
        ("arr_upsold", 200),
        ("arr_cross_sold", 90),
    ):
        found[name] = draw.poisson(mean, shape).astype(float)
    luck = draw.random(shape)
    found["arr_churned"] = np.floor(500 * luck * spared)
    found["arr_contracted"] = np.floor(200 * luck * spared)
    found["arr_churned_early"] = np.floor(found["arr_churned"] / 5)
    found["arr_renewable"] = np.full(shape, 2000.0)
    for name, mean in (("new", 4), ("churned", 2), ("renewals", 9), ("onboardings", 4), ("first_values", 3)):
        found[name] = draw.poisson(mean, shape).astype(float)
    opening = {"accounts": 30.0, "arr": 20_000.0}
    gains = ("arr_new", "arr_price", "arr_expanded", "arr_upsold", "arr_cross_sold")
    steps = {
        "accounts": found["new"] - found["churned"],
        "arr": sum(found[name] for name in gains) - found["arr_churned"] - found["arr_contracted"],
    }
    for what, step in steps.items():
        found[f"{what}_end"] = opening[what] + np.cumsum(step, axis=1)
        found[f"{what}_start"] = found[f"{what}_end"] - step
    return found
