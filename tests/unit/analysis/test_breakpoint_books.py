"""Books of other sizes are nested, in the engine too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csm_sim.analysis.breakpoint_books import (
    Nest,
    books_of,
    divided,
    leave_days,
    roles_with_books,
    with_leave,
)
from csm_sim.analysis.variants import Variants
from csm_sim.engine.draws import root_seed
from csm_sim.engine.populate import populate
from csm_sim.engine.simulate import simulate
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World

SCENARIO = """\
name: nested
start: 2027-04-01
horizon: 6 months
warm_up: 3 months
segments:
  big: {touch: high, accounts: 12, arr: {p50: 5M, p90: 9M}, owner: csm,
        churn: {green: 5%, yellow: 20%, red: 50%}}
  small: {touch: low, accounts: 30, arr: 1M, owner: csm, new: {per_month: 4}}
  tail: {touch: tech, accounts: 50, arr: 100k}
staff: {csm: {headcount: 2}, support: {headcount: 1}}
playbooks:
  call: {for: [big, small], every: month, steps: [{do: call, effort: 1h, due: 5d}]}
tickets: {rate: 0.3 per month, handled_by: support, severities: {only: {effort: 20min, first_response: 8h}}}
"""

LISTED = SCENARIO.replace("accounts: 12, arr: {p50: 5M, p90: 9M}", "accounts: {file: big.csv}")

Make = Callable[[str], Variants]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    rows = [f"B{k},{k + 1}M,2024-0{1 + k % 9}-01,2027-0{4 + k % 5}-15" for k in range(12)]
    rows.append("LATER,9M,2027-06-01,2028-06-01")
    (tmp_path / "big.csv").write_text(
        "account,arr,start,renewal\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )

    def go(text: str) -> Variants:
        file = tmp_path / "nested.yaml"
        file.write_text(text, encoding="utf-8")
        return Variants(file)

    return go


def accounts(world: World, replication: int = 0) -> dict[int, tuple[float, ...]]:
    """What an account is, by its identity: segment, ARR, dates."""
    found = populate(world, root_seed(1), replication, unlimited=False).accounts
    fields = ("segment", "arr", "start_day", "first_renewal_day", "traits")
    return {int(row["uid"]): tuple(float(row[name]) for name in fields) for row in found}


def test_the_books_of_a_role(make: Make) -> None:
    variants = make(SCENARIO)
    assert roles_with_books(variants.base.world) == ("csm",)
    books = books_of(variants.base, "csm")
    assert (books.segments, books.accounts, books.people) == (("big", "small"), (12, 30), 2)
    assert books.today == 21.0
    with pytest.raises(ValueError, match="no books"):
        books_of(variants.base, "support")


@given(st.integers(0, 300), st.lists(st.integers(0, 500), min_size=1, max_size=5).filter(any))
def test_a_larger_total_takes_nothing_away(total: int, segments: list[int]) -> None:
    now, more = divided(total, tuple(segments)), divided(total + 1, tuple(segments))
    assert sum(now) == total
    assert sorted(np.subtract(more, now)) == [0] * (len(segments) - 1) + [1]
    assert divided(sum(segments), tuple(segments)) == tuple(segments)
    for given_, of in zip(now, segments, strict=True):
        assert abs(given_ - total * of / sum(segments)) < len(segments)  # in proportion


def test_the_next_account_goes_where_it_is_most_wanting() -> None:
    assert divided(2, (10, 4)) == (1, 1)  # 10/3 against 4; by 10/2 against 4 it would be (2, 0)
    assert divided(3, (0, 2, 2)) == (0, 2, 1)


def test_the_order_of_a_list_does_not_matter(make: Make, tmp_path: Path) -> None:
    def of_big() -> set[int]:
        variants = make(LISTED)
        world = Nest(variants, books_of(variants.base, "csm")).variant(20).world
        return set(world.listed[0].uid.tolist())

    before = of_big()
    head, *rows = (tmp_path / "big.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "big.csv").write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    assert of_big() == before
    assert len(before) == 7  # 6 of 12, and the one that comes later


@pytest.mark.parametrize("text", [SCENARIO, LISTED], ids=["generated", "listed"])
@pytest.mark.parametrize("total", [2, 5, 12, 30, 41, 42, 43, 60, 90])
def test_the_next_book_has_exactly_one_account_more(make: Make, text: str, total: int) -> None:
    """With new business in the warm-up too: about 12 of ``small`` are younger than the run."""
    variants = make(text)
    nest = Nest(variants, books_of(variants.base, "csm"))
    for replication in range(3):
        smaller = accounts(nest.variant(total).world, replication)
        larger = accounts(nest.variant(total + 1).world, replication)
        assert len(larger) == len(smaller) + 1
        assert {uid: larger[uid] for uid in smaller} == smaller


def test_the_size_of_today_is_today(make: Make) -> None:
    for text in (SCENARIO, LISTED):
        variants = make(text)
        nest = Nest(variants, books_of(variants.base, "csm"))
        assert accounts(nest.variant(42).world) == accounts(variants.base.world)
    assert nest.variant(42) is nest.variant(42)


def test_past_the_end_of_a_list_its_accounts_come_again_as_others(make: Make) -> None:
    variants = make(LISTED)
    base = variants.base.world.listed[0]
    assert books_of(variants.base, "csm").accounts == (12, 30)  # LATER is not there at the start
    nest = Nest(variants, books_of(variants.base, "csm"))
    listed = nest.variant(126).world.listed[0]
    assert len(listed.uid) == 37 == len(set(listed.uid.tolist()))
    assert (listed.arr[:13] == base.arr).all()
    for amount in base.arr[:12]:
        assert (listed.arr == amount).sum() == (3 if amount != 9e6 else 4)
    assert (listed.arr[13:].max(), len(listed.owner)) == (12e6, 37)


def test_the_fullest_book_of_a_list_is_known(make: Make, tmp_path: Path) -> None:
    variants = make(LISTED)
    assert books_of(variants.base, "csm").fullest == 0
    text = (tmp_path / "big.csv").read_text(encoding="utf-8").splitlines()
    owners = ["owner", *["Ann"] * 8, *["Bo"] * 5]
    rows = [f"{row},{owner}" for row, owner in zip(text, owners, strict=True)]
    (tmp_path / "big.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    books = books_of(make(LISTED).base, "csm")
    assert (books.fullest, books.today) == (8, 21.0)
    owned = Nest(make(LISTED), books).variant(84).world.listed[0]
    assert np.bincount(owned.owner).tolist() == [16, 9]  # proportions stay, and LATER is there once


def test_other_books_and_the_staff_stay(make: Make) -> None:
    variants = make(SCENARIO)
    world = Nest(variants, books_of(variants.base, "csm")).variant(84).world
    assert world.segments["accounts"].tolist() == [24, 60, 50]
    assert (world.supply.seats == variants.base.world.supply.seats).all()


def test_an_account_does_the_same_in_a_book_of_any_size(make: Make) -> None:
    """As long as it is served: with time to spare, its tickets come at the same instants."""
    variants = make(SCENARIO)
    nest = Nest(variants, books_of(variants.base, "csm"))
    small, large = (
        simulate(nest.variant(total).world, seed=1, replication=0, log_capacity=20_000) for total in (20, 30)
    )
    kind = variants.base.world.names.kinds.index("tickets")
    steps = np.flatnonzero(variants.base.world.steps["kind"] == kind)

    def opened(outcome) -> dict[int, list[float]]:  # type: ignore[no-untyped-def]
        log = outcome.events
        mine = log[(log["what"] == ev.OPENED) & np.isin(log["step"], steps)]
        found: dict[int, list[float]] = {}
        for row in mine:
            uid = int(outcome.accounts["uid"][row["account"]])
            found.setdefault(uid, []).append(float(row["time"]))
        return found

    few, many = opened(small), opened(large)
    churned = {
        int(row["uid"])
        for outcome in (small, large)
        for row in outcome.accounts
        if row["status"] == r.CHURNED
    }  # fmt: skip
    assert len(few) > 20
    assert all(many[uid] == times for uid, times in few.items() if uid not in churned)


def test_leaves_come_one_after_the_other(make: Make) -> None:
    world = make(SCENARIO).base.world
    days = leave_days(world, 3, 2)
    mondays = [world.first_day + timedelta(days=int(day)) for day in days]
    assert all(day.weekday() == 0 for day in mondays)
    assert (np.diff(days) > 14).all()
    assert days[0] >= world.warm_days and days[-1] + 14 <= world.days
    varied = with_leave(world, "csm", 2, 2)
    acts = varied.supply.acts[len(world.supply.acts) :]
    assert [(act.seats, act.days) for act in acts] == [((0,), 14), ((1,), 14)]
