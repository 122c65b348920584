"""How results must change, or must not, when the rules for people change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from csm_sim.cli import main
from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.world import counts as ct
from csm_sim.world import events as ev
from csm_sim.world import records as r
from csm_sim.world.build import World
from properties.crowds import TIMELINE, everything
from properties.people_log import watch
from properties.scenarios import Yaml, as_yaml, world_from

SEEDS = range(8)
PEOPLE = (ev.JOINED, ev.NOTICE, ev.LEFT, ev.AWAY, ev.BACK)

Change = Callable[[Yaml], Any]


def calm(data: Yaml) -> Yaml:
    """The same team, where nobody leaves because of overwork."""
    for role in data["staff"].values():
        role.pop("burnout", None)
        if isinstance(role.get("attrition"), dict):
            role["attrition"].pop("burnout", None)
    return data


def changed(change: Change, base: Callable[[], Yaml] = everything) -> World:
    """The world of a team after something in its file has been changed."""
    data = base()
    change(data)
    return world_from(data)


def run(world: World, seed: int, unlimited: bool = False) -> Outcome:
    return simulate(world, seed=seed, replication=0, unlimited=unlimited, log_capacity=200_000)


def events_of(outcome: Outcome) -> list[Any]:
    return sorted(outcome.events.tolist())


def of_people(outcome: Outcome) -> list[Any]:
    """Who joins, leaves, resigns and is away when."""
    return [event for event in events_of(outcome) if event[1] in PEOPLE]


def of_customers(outcome: Outcome) -> list[Any]:
    """What accounts see: who works for them is left out."""
    return [(*e[:3], *e[4:]) for e in events_of(outcome) if e[2] != -1 and e[1] != ev.OWNED]


def assert_same(one: Outcome, other: Outcome, *, but: tuple[str, ...] = ()) -> None:
    """Equal to the last bit, in all that a replication gives."""
    for name in Outcome.__dataclass_fields__:
        if name not in but:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def assert_same_up_to_order(one: Outcome, other: Outcome, *, but: tuple[str, ...] = ()) -> None:
    """Equal but for the order in which numbers have been added."""
    for name in set(Outcome.__dataclass_fields__) - set(but):
        left, right = np.asarray(getattr(one, name)), np.asarray(getattr(other, name))
        for key in left.dtype.names or (...,):
            np.testing.assert_allclose(left[key], right[key], rtol=1e-12, err_msg=f"{name} {key}")


# ---------------------------------------------------------------- draws are keyed


def settled(data: Yaml) -> None:
    """Nothing befalls the n-th of so many: nobody is cut, trained or moved, or away by chance."""
    data["people"] = [person for person in data["people"] if "start" not in person]
    data["timeline"] = [act for act in TIMELINE if {"hire", "surge"} & set(act)]
    data["timeline"].append({"on": "2027-04-05", "absence": {"person": "Ann", "for": "3 weeks"}})


def settled_and_calm(data: Yaml) -> None:
    settled(data)
    calm(data)


def one_hired(data: Yaml) -> None:
    settled_and_calm(data)
    data["timeline"].append({"on": "2027-08-02", "hire": {"role": "csm", "count": 1}})


def none_hired(data: Yaml) -> None:
    """Whoever is hired gets the next seat: with one more person that is somebody else's."""
    settled_and_calm(data)
    data["timeline"] = [act for act in data["timeline"] if act.get("hire", {}).get("role") != "csm"]


def one_more(data: Yaml) -> None:
    none_hired(data)
    data["staff"]["csm"]["headcount"] += 1


def by_role(world: World, outcome: Outcome) -> set[tuple[Any, ...]]:
    """Who joins, leaves, resigns and is away when: role, place within it, and how many sat there before."""
    role, first = world.supply.seats["role"].tolist(), world.supply.first_seat.tolist()
    return {
        (role[seat], seat - first[role[seat]], time, what, occurrence, value)
        for time, what, _, seat, _, occurrence, _, value in of_people(outcome)
    }


@pytest.mark.parametrize(("few", "more"), [(none_hired, one_more), (settled_and_calm, one_hired)])
def test_somebody_more_moves_nobody_elses_days_off_and_resignation(few: Change, more: Change) -> None:
    worlds = [changed(few), changed(more)]
    for seed in SEEDS:
        found = [by_role(world, run(world, seed)) for world in worlds]
        assert found[0] < found[1]
        assert len({who[:2] for who in found[1] - found[0]}) == 1


def twice_the_tickets(data: Yaml) -> None:
    for segment, rate in {"alpha": "6 per month", "beta": "4 per month"}.items():
        data["tickets"]["rate"][segment] = rate


def test_demand_moves_nobodys_days_off_and_resignation() -> None:
    quiet = changed(calm)
    busy = changed(lambda data: (calm(data), twice_the_tickets(data)))
    for seed in SEEDS:
        one, other = run(quiet, seed), run(busy, seed)
        assert events_of(one) != events_of(other)
        assert of_people(one) == of_people(other)
        for name in ("hours", "heads"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        handed = [ct.HANDED_OVER, ct.ORPHAN_DAYS]  # accounts, of which there may be others
        np.testing.assert_array_equal(
            np.delete(one.moves, handed, axis=2), np.delete(other.moves, handed, axis=2)
        )


def test_whoever_leaves_earlier_has_had_the_same_days_off() -> None:
    """Burnout lets demand move resignations, but not the days off of those who are there in both cases."""
    worlds = [changed(settled), changed(lambda data: (settled(data), twice_the_tickets(data)))]
    moved = 0
    for seed in SEEDS:
        one, other = (watch(world, seed) for world in worlds)
        moved += [c for c in one.changes if c.what == ev.NOTICE] != [
            c for c in other.changes if c.what == ev.NOTICE
        ]
        sits = [np.zeros(seen.here.shape, np.int64) for seen in (one, other)]
        for who, seen in zip(sits, (one, other), strict=True):
            for change in seen.changes:
                if change.what == ev.JOINED:
                    who[change.seat, change.day :] = change.occurrence
        same = one.employed & other.employed & (sits[0] == sits[1])
        np.testing.assert_array_equal((one.away > 0)[same], (other.away > 0)[same])
    assert moved


# ---------------------------------------------------------------- what changes nothing


def in_other_units(data: Yaml) -> None:
    csm, support = data["staff"]["csm"], data["staff"]["support"]
    csm["time_to_hire"]["mean"], support["time_to_hire"] = "21d", "1.428571428571428571428 weeks"
    csm["notice"], support["notice"] = "14d", "7d"
    csm["attrition"]["burnout"]["memory"] = "2 weeks"
    csm["handover"] |= {"giving": "0.3333333333333333333h", "within": "5d", "cover_after": "14d"}
    csm["handover"]["receiving"]["mean"] = f"{40 / 60:.20f}h"
    for act in data["timeline"]:
        for group in act.values():
            if isinstance(group, dict):
                group |= {"for": "21d"} if group.get("for") == "3 weeks" else {}
                group |= {"over": "21d"} if group.get("over") == "3 weeks" else {}
                group |= {"effort": "1200min"} if group.get("effort") == "20h" else {}


def test_times_in_other_units_say_the_same() -> None:
    one, other = changed(lambda data: None), changed(in_other_units)
    for seed in SEEDS:
        assert_same(run(one, seed), run(other, seed))


def plain(data: Yaml) -> None:
    """People without any rules, a contract that ends, and people who are hired and let go."""
    for role in data["staff"].values():
        for key in set(role) - {"headcount", "serves", "covers", "shrinkage", "calendar", "skills"}:
            del role[key]
    data["people"] = [{"name": "Ann", "role": "csm", "skills": ["api"]}]
    data["people"].append({"name": "Bo", "role": "csm", "start": "2027-05-10", "until": "2027-07-20"})
    for severity in data["tickets"]["severities"].values():
        severity.pop("learning", None)
    data["timeline"] = [
        {"on": "2027-04-05", "hire": {"role": "csm", "count": 1}},
        {"on": "2027-06-07", "cut": {"role": "support", "count": 1}},
    ]


def spelled_out(data: Yaml) -> None:
    """The same, with every rule there is at the value that does nothing."""
    plain(data)
    for role in data["staff"].values():
        role |= {
            "ramp": ["100%", "100%"],
            "coaching": "0%",
            "attrition": {"rate": "0% per year", "burnout": {"above": "0%", "effect": "x20"}},
            "notice": "30d",
            "backfill": True,
            "leave": {"planned": "0d", "sick": "0d", "holidays": "x5", "spell": "9d"},
            "span": {"people": 1, "time": "0%"},
            "balance": "accounts",
            "most": 100_000,
            "seats": 30,
        }
    for person in data["people"]:
        person |= {"hours": "100%", "speed": "100%"}
    for playbook in data["playbooks"].values():
        for step in playbook["steps"]:
            step["learning"] = {"saves": "0%", "experience": 1}
    hire = data["timeline"][0]["hire"]
    hire |= {"rebalance": True, "hours": "100%", "speed": "100%", "until": "2029-12-31"}
    data["timeline"] += [
        {"on": "2027-03-10", "freeze": {"for": "2 weeks"}},
        {"on": "2027-05-03", "shrinkage": {"role": "csm", "to": "20%"}},
        {"on": "2027-05-03", "train": {"people": ["Ann"], "skill": "api", "time": "0%", "for": "2 weeks"}},
        {"on": "2027-06-01", "surge": {"tickets": "x1", "for": "4 weeks"}},
    ]


OF_SEATS = ("busy", "hours", "satisfaction", "people", "failures", "content")
"""What has an entry for each seat, of which there may be more, or tells how content people are."""


def test_rules_that_do_nothing_are_none() -> None:
    worlds = [changed(plain), changed(spelled_out)]
    for seed in SEEDS:
        outcomes = [run(world, seed) for world in worlds]
        for outcome in outcomes:  # a contract that ends after the run has an end all the same
            outcome.capacity[..., ct.CAPACITY_FIELDS.index("temporary")] = 0.0
        one, other = (
            sorted((*e[:3], place(world, e[3]), *e[4:]) for e in outcome.events.tolist())
            for world, outcome in zip(worlds, outcomes, strict=True)
        )
        assert one == other
        assert_same_up_to_order(*outcomes, but=(*OF_SEATS, "events", "accounts"))
        for name in set(r.ACCOUNT.names or ()) - {"owner", "open_task"}:  # numbers of seats and of records
            np.testing.assert_array_equal(outcomes[0].accounts[name], outcomes[1].accounts[name])
        for name in ("busy", "hours"):
            np.testing.assert_array_equal(*(getattr(outcome, name).sum(axis=1) for outcome in outcomes))


def place(world: World, seat: int) -> tuple[int, int]:
    """Role and place within the role."""
    if seat < 0:
        return -1, seat
    role = int(world.supply.seats["role"][seat])
    return role, seat - int(world.supply.first_seat[role])


def without_owner_costs(data: Yaml) -> None:
    plain(data)
    data["staff"]["csm"]["handover"] = {"health": 0, "cover_after": "1d"}


def test_a_handover_that_costs_nothing_is_only_counted() -> None:
    one, other = changed(plain), changed(without_owner_costs)
    for seed in SEEDS:
        outcomes = [run(world, seed) for world in (one, other)]
        assert_same(*outcomes, but=("moves",))
        moves = [np.delete(outcome.moves, ct.HANDED_OVER, axis=2) for outcome in outcomes]
        np.testing.assert_array_equal(*moves)
        assert outcomes[1].moves[..., ct.HANDED_OVER].sum() > 0


def test_what_somebody_is_called_changes_nothing() -> None:
    def renamed(data: Yaml) -> None:
        for person in data["people"]:
            person["name"] = {"Ann": "Zoë", "Bo": "Abe", "Cho": "Bo"}[person["name"]]
        data["timeline"][1]["absence"]["person"] = "Zoë"

    one, other = changed(lambda data: None), changed(renamed)
    for seed in SEEDS:
        assert_same(run(one, seed), run(other, seed))


def test_twice_as_fast_people_do_twice_the_work_in_the_same_time() -> None:
    """All efforts are constant here, and 1 - 60 % is exactly half of 1 - 20 %."""

    def slow(data: Yaml) -> None:
        for role in data["staff"].values():
            role["shrinkage"] = "60%"
            if "handover" in role:
                role["handover"] |= {"receiving": "40min"}
        data["playbooks"]["review"]["steps"][0]["effort"] = "2h"
        data["tickets"]["severities"]["p2"]["effort"] = "1h"
        data["timeline"] = [act for act in data["timeline"] if "shrinkage" not in act]

    def fast(data: Yaml) -> None:
        slow(data)
        for role in data["staff"].values():
            role["shrinkage"] = "20%"
            if "handover" in role:
                role["handover"] |= {"receiving": "80min", "giving": "40min"}
        steps = [step for playbook in data["playbooks"].values() for step in playbook["steps"]]
        severities = data["tickets"]["severities"]
        for work in [*steps, *severities.values(), severities["p1"]["more"], data["tickets"]["escalation"]]:
            work["effort"] = TWICE[work["effort"]]
        data["tickets"]["hand_over"] = "20min"
        for act in data["timeline"]:
            if "automate" in act:
                act["automate"]["effort"] = "40h"

    one, other = changed(slow), changed(fast)
    for seed in SEEDS:
        assert [e[:7] for e in events_of(run(one, seed))] == [e[:7] for e in events_of(run(other, seed))]


TWICE = {"2h": "4h", "90min": "180min", "4h": "8h", "1h": "2h", "30min": "60min", "20min": "40min"}


def test_nothing_looks_ahead() -> None:
    """A longer horizon goes on from where the shorter one ends."""

    def shorter(data: Yaml) -> None:
        data["horizon"] = "20 weeks"
        data["timeline"] = [act for act in data["timeline"] if act["on"] < "2027-07-05"]

    def longer(data: Yaml) -> None:
        shorter(data)
        data["horizon"] = "30 weeks"

    worlds = [changed(shorter), changed(longer)]
    end = worlds[0].days * r.DAY
    for seed in SEEDS:
        one, other = (run(world, seed) for world in worlds)
        known = {int(uid): number for uid, number in other.accounts[["uid", "number"]].tolist()}
        number = {int(a["number"]): known[int(a["uid"])] for a in one.accounts}
        events = sorted((*e[:2], number.get(e[2], e[2]), *e[3:]) for e in one.events.tolist())
        assert events == [event for event in events_of(other) if event[0] < end]
        np.testing.assert_array_equal(one.busy[:19], other.busy[:19])
        np.testing.assert_array_equal(one.hours[:19], other.hours[:19])


# ---------------------------------------------------------------- what people do to customers


def test_the_twin_does_not_feel_what_happens_to_people() -> None:
    def troubled(data: Yaml) -> None:  # the number of an automation in the timeline is in the log
        data["timeline"] = [act for act in data["timeline"] if "automate" not in act]

    def untroubled(data: Yaml) -> None:
        troubled(data)
        for role in data["staff"].values():
            for key in ("ramp", "coaching", "attrition", "leave", "span"):
                role.pop(key, None)
        data["timeline"] = [act for act in data["timeline"] if not {"absence", "train"} & set(act)]

    worlds = [changed(troubled), changed(untroubled)]
    for seed in SEEDS:
        assert_same(*(run(world, seed, unlimited=True) for world in worlds), but=("people",))


def test_whoever_has_no_accounts_and_no_pool_is_not_missed() -> None:
    """Of three people two have all accounts; the third is away, resigns, learns and leads for nobody."""
    lists = {"alpha.csv": "account,arr,owner\n" + "".join(f"a{n},{n}M,{'AB'[n % 2]}\n" for n in range(1, 25))}
    lists["alpha.csv"] = lists["alpha.csv"].replace(",A\n", ",Ann\n").replace(",B\n", ",Bo\n")

    def base(data: Yaml) -> None:
        plain(data)
        data["segments"] = {
            "alpha": {
                "touch": "high", "accounts": {"file": "alpha.csv"}, "owner": "csm", "term": "6 months",
                "churn": {"green": "5%", "yellow": "20%", "red": "60%"},
            }
        }  # fmt: skip
        del data["playbooks"]["onboarding"]
        data["playbooks"]["review"]["steps"][1].pop("skill")
        data["tickets"] |= {"handled_by": "csm", "rate": "3 per month"}
        data["tickets"].pop("overflow")
        data["people"] = [{"name": name, "role": "csm"} for name in ("Ann", "Bo", "Cho")]
        data["staff"] = {"csm": {"headcount": 3}}
        data["timeline"] = []

    def troubled(data: Yaml) -> None:
        base(data)
        data["people"][2] |= {"until": "2027-08-13", "hours": "50%", "speed": "30%"}
        data["timeline"] = [
            {"on": "2027-04-05", "absence": {"person": "Cho", "for": "6 weeks"}},
            {
                "on": "2027-06-07",
                "train": {"people": ["Cho"], "skill": "api", "time": "50%", "for": "2 weeks"},
            },
            {"on": "2027-07-05", "hire": {"role": "csm", "count": 2, "rebalance": False}},
            {"on": "2027-08-02", "cut": {"role": "csm", "count": 1}},
        ]

    data: list[Yaml] = [everything(), everything()]
    base(data[0])
    troubled(data[1])
    worlds = [world_from(one, **{"alpha_csv": lists["alpha.csv"]}) for one in data]
    for seed in SEEDS:
        one, other = (run(world, seed) for world in worlds)
        assert {ev.AWAY, ev.BACK, ev.JOINED, ev.LEFT} < {event[1] for event in other.events.tolist()}
        of_accounts = [[e for e in events_of(outcome) if e[2] != -1] for outcome in (one, other)]
        assert of_accounts[0] == of_accounts[1]
        assert one.tallies[:, :-1].tolist() == other.tallies[:, :-1].tolist()
        np.testing.assert_array_equal(one.months, other.months)


# ---------------------------------------------------------------- who comes and goes


def test_without_backfill_heads_only_fall() -> None:
    def leaving(data: Yaml) -> None:
        data["timeline"] = [act for act in data["timeline"] if not {"hire", "reorganise"} & set(act)]
        data["people"] = [person for person in data["people"] if "start" not in person]
        for role in data["staff"].values():
            role |= {"attrition": "99.99% per year", "notice": "1d", "backfill": False, "headcount": 9}

    world = changed(leaving)
    for seed in SEEDS:
        seen = watch(world, seed)
        there = seen.employed.sum(axis=0)
        assert (np.diff(there) <= 0).all() and there[-1] < there[0] / 3
        assert not {change.what for change in seen.changes} & {ev.JOINED}
        np.testing.assert_array_equal(seen.contracted, seen.employed)
        assert seen.outcome.moves[..., ct.REQUISITIONS].sum() == 0


def test_no_requisition_opens_in_a_freeze() -> None:
    """It opens on the day of the notice, in a freeze at its end, and ten days later somebody joins."""

    def frozen(data: Yaml) -> None:
        days = ("2027-04-12", "2027-05-03", "2027-06-06", "2027-06-07", "2027-06-14")
        data["timeline"] = [{"on": "2027-04-12", "freeze": {"for": "8 weeks"}}]
        data["timeline"] += [{"on": day, "hire": {"role": "csm", "count": 1}} for day in days]
        data["people"] = [person for person in data["people"] if "start" not in person]
        for role in data["staff"].values():
            role |= {"attrition": "99% per year", "notice": "3d", "time_to_hire": "10d"}

    world = changed(frozen)
    begin = world.warm_days + 42
    end, held = begin + 56, 0
    for seed in SEEDS:
        seen = watch(world, seed)
        notices = [(c.seat, c.day) for c in seen.changes if c.what == ev.NOTICE]
        joined = [c for c in seen.changes if c.what == ev.JOINED]
        opens = {(seat, end if begin <= day < end else day) for seat, day in notices}
        follow = {(seat, day + 10) for seat, day in opens if day + 10 < world.days}
        assert {(c.seat, c.day) for c in joined if c.occurrence > 0} == follow
        hired = {c.seat: c.day for c in joined if c.occurrence == 0}
        assert sorted(hired.values()) == [end + 10] * 4 + [end + 17]
        for seat, day in hired.items():  # contracted from the requisition on
            assert np.flatnonzero(seen.contracted[seat])[0] == day - 10
        held += sum(begin <= day < end for _, day in notices)
    assert held


# ---------------------------------------------------------------- the command line


@pytest.mark.slow
def test_one_or_two_jobs_give_the_same_bytes(tmp_path: Path) -> None:
    policies = [{"use": "hire_when_overloaded", "role": "csm", "above": "40%", "for": "4 weeks"}]
    file = tmp_path / "everything.yaml"
    file.write_text(as_yaml(everything(policies=policies)) + "\n", encoding="utf-8")
    for jobs in ("1", "2"):
        arguments = ["--jobs", jobs, "--replications", "4", "--no-figures", "-o", str(tmp_path / jobs)]
        with pytest.raises(SystemExit) as left:
            main(["run", str(file), *arguments])
        assert left.value.code in (0, None)
    tables = [path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*.csv")]
    assert Path("metrics.csv") in tables
    for table in tables:
        assert (tmp_path / "1" / table).read_bytes() == (tmp_path / "2" / table).read_bytes(), table
