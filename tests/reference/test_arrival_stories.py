"""Stories of how tickets come: in batches, with the age of an account, by the hours of a profile."""

from __future__ import annotations

import math

import pytest
from properties.scenarios import Yaml, world_from

from csm_sim.engine import draws
from csm_sim.world import events as ev
from csm_sim.world.identity import name_uid
from reference.instants import Draws, absorb
from reference.stories import OLD, P2, play, scenario

PER_DAY = 60 / 30.4375
"""Of 60 per month."""


class Gaps:
    """The draws of the tickets of one account of replication 0 of seed 1."""

    def __init__(self, data: Yaml) -> None:
        files = {"accounts_csv": "account,arr,start,renewal,owner\na-0,1000,,,\n"}
        self.keyed = Draws(world_from(data, **files), 1, 0)
        self.work = absorb(name_uid("account/a-0"), name_uid("tickets"))

    def days(self, number: int) -> float:
        """Days of the ticket clock from the ticket before, at 60 per month."""
        return -math.log(self.keyed.u(draws.TICKET_GAP, self.work, number)) / PER_DAY


def test_tickets_come_in_batches() -> None:
    data = scenario(tickets={"rate": "60 per month", "severities": {"p2": P2}, "batch": 3})
    gaps, expected, day, number = Gaps(data), [], 0.0, 0
    while day < 56:
        day += 3 * gaps.days(number)  # a third as often
        u = gaps.keyed.u(draws.BATCH, gaps.work, number)
        size = 1 + math.floor(math.log(u) / math.log(2 / 3))
        expected += [(day, number + place) for place in range(size)]
        number += size
    run = play(data, [OLD])
    found = [(e[0] / 1440, e[5]) for e in run.events if e[1] == ev.OPENED]
    assert [k for _, k in found] == [k for day, k in expected if day < 56]
    assert [day for day, _ in found] == pytest.approx([day for day, _ in expected if day < 56], abs=1e-8)
    assert len({day for day, _ in found}) < len(found)


def test_a_new_account_asks_more_and_less_from_day_to_day() -> None:
    data = scenario(
        tickets={
            "rate": "60 per month",
            "severities": {"p2": P2},
            "after_start": {"from": "x3", "over": "4d"},
        }
    )
    gaps, clock, expected = Gaps(data), 0.0, []
    # from midnight of day 1 on; the line from x3 to x1 at noon of each of four days
    multiples = [2.75, 2.25, 1.75, 1.25, *[1.0] * 51]
    for number in range(60):
        clock += gaps.days(number)
        left, day = clock, 0
        while left >= multiples[day]:
            left, day = left - multiples[day], day + 1
        expected.append(1 + day + left / multiples[day])
    run = play(data, ["a-0,1000,2027-04-06,,"])
    found = [e[0] / 1440 for e in run.events if e[1] == ev.OPENED]
    assert found[:60] == pytest.approx(expected, abs=1e-8)


def test_a_flat_profile_is_even_over_working_hours() -> None:
    data = scenario(tickets={"rate": "60 per month", "severities": {"p2": P2}, "profile": "flat"})
    gaps, clock, expected = Gaps(data), 0.0, []
    for number in range(60):
        clock += gaps.days(number)
        # five days of the week have the tickets of seven, in eight hours with a break after three
        week, part = divmod(clock, 7)
        day, part = divmod(part * 5 / 7, 1)
        hour = 9 + 8 * part + (8 * part >= 3)
        expected.append(7 * week + day + hour / 24)
    run = play(data, [OLD])
    found = [e[0] / 1440 for e in run.events if e[1] == ev.OPENED]
    assert found[:60] == pytest.approx(expected, abs=1e-8)
