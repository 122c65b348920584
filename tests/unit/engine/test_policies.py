"""The built-in policies by stories worked out by hand, and how policies are run."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy
from policy_world import AROUND, joined, left, module, play, same, woken, world_of, write

from csm_sim.analysis.checkpoint import Checkpoint
from csm_sim.analysis.digest import layout_of
from csm_sim.analysis.fingerprint import world_sha256
from csm_sim.analysis.replicate import Plan, replicate
from csm_sim.analysis.summarise import summarise
from csm_sim.engine.policies import (
    BUILT_IN,
    cut_to_budget,
    freeze_when_arr_falls,
    hire_on_backlog,
    hire_when_overloaded,
)
from csm_sim.errors import PolicyError, UsageError
from csm_sim.scenario import load
from csm_sim.scenario import policies as written
from csm_sim.world import events as ev
from csm_sim.world.build import World, build_world

Policy = Callable[..., Any]

BUSY = {"call": {"every": "week", "steps": [{"do": "call", "effort": "8h", "due": "5d"}]}}
"""More work than twelve people could do."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., World]:
    """The world of the team, with changes."""
    return partial(world_of, tmp_path)


def ruled(built: Any, policy: dict[str, Any], **changes: Any) -> Any:
    """The outcome with a policy of the scenario."""
    return play(built(policies=[{"role": "csm", **policy}], **changes))


# ---------------------------------------------------------------- built-in policies


@pytest.mark.parametrize("name", BUILT_IN)
def test_arguments_and_defaults_are_those_of_the_scenario(name: str) -> None:
    known = written.BUILT_IN[name]
    texts = {"role": "csm", "basis": "work"}
    needed = {key: texts.get(key, "10%") for key, one in known.items() if one.required}
    filled = written.arguments_of(written.Policy.model_validate({"use": name, **needed}))
    defaults = BUILT_IN[name].__kwdefaults__ or {}
    arguments = BUILT_IN[name].__annotations__.keys() - {"env", "org", "return"}
    assert arguments == {written.python_name(key) for key in known}
    for key in arguments:
        if key in defaults and defaults[key] is not None:
            assert defaults[key] == (filled[key] if key == "who" else pytest.approx(filled[key])), key


def test_no_more_policies_are_built_in_than_can_be_named() -> None:
    assert list(BUILT_IN) == list(written.BUILT_IN)


def test_an_overloaded_team_grows_at_every_look_until_it_is_large_enough(built: Any) -> None:
    # 40 calls of 8 h a month for the time that is left after shrinkage: busy all the time
    policy = {"use": "hire_when_overloaded", "for": "6 weeks", "every": "4 weeks", "most": 5}
    outcome = ruled(built, policy, playbooks=BUSY)
    # looks on day 28, too early for six weeks, 56, 84, 112, 140
    assert joined(outcome) == [56, 84, 112]
    assert outcome.heads[-1].tolist() == [5]


def test_hiring_in_pairs_stops_at_the_limit_exactly(built: Any) -> None:
    policy = {"use": "hire_when_overloaded", "for": "1 week", "every": "1 week", "count": 2, "most": 5}
    assert joined(ruled(built, policy, playbooks=BUSY)) == [7, 7, 14]


def test_nobody_is_hired_while_somebody_is_on_the_way(built: Any) -> None:
    policy = {"use": "hire_when_overloaded", "for": "1 week", "every": "1 week", "most": 5}
    staff = {"csm": {"time_to_hire": "10d"}}
    outcome = ruled(built, policy, playbooks=BUSY, staff=staff)
    # asked for on day 7, there on day 17; next looks on days 21 and 35
    assert joined(outcome) == [17, 31, 45]


def test_a_team_that_is_not_overloaded_stays(built: Any) -> None:
    policy = {"use": "hire_when_overloaded", "above": "85%"}
    assert joined(ruled(built, policy, segments={"key": {"accounts": 10}})) == []


def test_weeks_without_working_time_do_not_end_an_overload(built: Any) -> None:
    policy = {"use": "hire_when_overloaded", "for": "2 weeks", "every": "1 week", "most": 3}
    closed = [f"2027-04-{day:02}" for day in range(8, 15)]
    changes = {"calendar": {"closed": closed}, "playbooks": BUSY}
    assert joined(ruled(built, policy, **changes)) == [14]


def test_a_backlog_that_stays_makes_the_team_grow(built: Any) -> None:
    policy = {"use": "hire_on_backlog", "for": "3 weeks", "most": 4}
    # too much at the looks on days 7, 14 and 21; then counted anew: 28, 35, 42
    assert joined(ruled(built, policy, playbooks=BUSY)) == [21, 42]


class Fake:
    """An organisation of which a policy sees what a story says."""

    def __init__(self) -> None:
        self.hired: list[tuple[int, int]] = []
        self.day = 0

    def role(self, name: str) -> Fake:
        return self

    def hire(self, role: str, count: int) -> None:
        self.hired.append((self.day, count))

    def timeout(self, days: int) -> int:
        return days

    name, headcount = "csm", 2


def test_backlog_is_counted_for_each_person_who_is_here() -> None:
    story = [  # hours, people here, people on the way
        (33, 2, 0), (33, 2, 0), (32, 2, 0),  # 16 h each are not too much
        (49, 3, 0), (17, 1, 0), (17, 0, 1), (33, 2, 0),  # the third time somebody is on the way
        (99, 2, 0), (99, 2, 0), (99, 2, 0), (0, 2, 0), (99, 2, 0),
    ]  # fmt: skip
    org: Any = Fake()
    policy = hire_on_backlog(org, org, role="csm", hours=16, for_=21, count=2)
    assert next(policy) == 7  # type: ignore[comparison-overlap]
    for org.day, (org.backlog_hours, org.present, org.hiring) in enumerate(story):
        assert policy.send(None) == 7  # type: ignore[comparison-overlap]
    assert org.hired == [(6, 2), (9, 2)]


def test_a_budget_cuts_down_to_what_it_pays_for(built: Any) -> None:
    # 200 M of ARR, 20 % are 40 M, which pay for four people at 9 M
    staff = {"csm": {"headcount": 7}}
    outcome = ruled(
        built, {"use": "cut_to_budget", "share_of_arr": "20%"}, staff=staff, segments={"key": {"churn": None}}
    )
    assert left(outcome) == [92, 92, 92]  # a quarter is 91.3125 days
    assert outcome.heads[:, 0].tolist() == [7, 7, 7, 4, 4, 4]
    assert outcome.events["person"][outcome.events["what"] == ev.LEFT].tolist() == [4, 5, 6]


def test_a_budget_that_pays_for_all_exactly_cuts_nobody(built: Any) -> None:
    # 29 % of 100: the computer says 28.999999999999996
    changes = {
        "staff": {"csm": {"headcount": 29, "cost": "1 per year", "seats": 80}},
        "segments": {"key": {"accounts": 100, "arr": 1, "churn": None}},
    }
    assert 0.29 * 100 < 29
    assert left(ruled(built, {"use": "cut_to_budget", "share_of_arr": "29%"}, **changes)) == []


def test_a_budget_can_cut_at_random(built: Any) -> None:
    staff = {"csm": {"headcount": 7}}
    policy = {"use": "cut_to_budget", "share_of_arr": "20%", "every": "1 week", "who": "random"}
    changes = {"staff": staff, "segments": {"key": {"churn": None}}}
    outcome = ruled(built, policy, **changes)
    act = [{"on": "2027-04-08", "cut": {"role": "csm", "count": 3, "who": "random"}}]
    assert same(outcome, play(built(**changes, timeline=act)))


def test_a_fall_of_arr_stops_backfills(built: Any) -> None:
    # everybody leaves at the renewal: churn is certain
    staff = {"csm": {"headcount": 4, "attrition": "90% per year", "notice": "10d", "backfill": True}}
    churn = {"green": "99%", "yellow": "99%", "red": "99%"}
    changes: dict[str, Any] = {"staff": staff, "segments": {"key": {"term": "3 months", "churn": churn}}}
    free = play(built(**changes))
    policy = {"use": "freeze_when_arr_falls", "below": "90%", "for": "12 months", "every": "2 weeks"}
    frozen = ruled(built, policy, **changes)
    arr: list[float] = []

    def watch(env: Any, org: Any) -> Any:
        while True:
            yield env.timeout(14)
            arr.append(org.arr / org.arr_at_start)

    play(built(**changes), [watch])
    since = 14 * (1 + next(look for look, share in enumerate(arr) if share < 0.9))
    assert [day for day in joined(frozen) if day > since + 10] == []
    assert [day for day in joined(free) if day > since + 10] != []
    # a requisition that had opened goes on
    assert [day for day in joined(frozen) if day <= since] == [day for day in joined(free) if day <= since]


def test_built_in_policies_can_be_used_from_python(built: Any) -> None:
    policy = partial(hire_when_overloaded, role="csm", for_=7, every=7, most=4)
    world = built(playbooks=BUSY)
    assert joined(play(world, [policy])) == [7, 14]
    for one in (hire_on_backlog, freeze_when_arr_falls, partial(cut_to_budget, share_of_arr=0.1)):
        play(world, [partial(one, role="csm", **({"most": 12} if one is hire_on_backlog else {}))])


def test_a_built_in_policy_tells_its_place_in_the_scenario(tmp_path: Path) -> None:
    policy = {"use": "hire_when_overloaded", "role": "csm", "count": 6, "for": "1 week", "every": "1 week"}
    file = write(Path(), policies=[policy], playbooks=BUSY)
    line = 1 + file.read_text().splitlines().index('   "use": "hire_when_overloaded",') - 1
    with pytest.raises(PolicyError) as caught:
        play(build_world(load(file)))
    where, problem, fix = str(caught.value).splitlines()
    assert where == f"team.yaml:{line}  policies[0].use"
    assert problem == (
        "  problem   hire_when_overloaded: on 2027-04-15 of future 0: "
        "csm has no seat for 6 more: 8 of 12 are taken"
    )
    assert fix == "  fix       raise  staff.csm.seats  in the scenario, or let the policy stop earlier"


# ---------------------------------------------------------------- time


def test_a_wait_ends_at_a_midnight_and_the_next_counts_from_where_it_ended(built: Any) -> None:
    world = built()
    assert woken(world, iter([30.4375] * 5)) == [31, 61, 92, 122, 153]
    assert woken(world, iter([0.5] * 5)) == [1, 1, 2, 2, 3]
    assert woken(world, iter([0.1] * 30))[9::10] == [1, 2, 3]
    assert woken(world, iter([7, 7, np.int64(7), np.float64(7.0)])) == [7, 14, 21, 28]


def test_what_simpy_offers_works(built: Any) -> None:
    said: list[Any] = []

    def search(env: Any, org: Any, days: float) -> Any:
        yield env.timeout(days)
        said.append(("found", org.day))
        return days

    def watch(env: Any, org: Any) -> Any:
        try:
            yield env.timeout(100)
        except simpy.Interrupt as interrupt:
            said.append((interrupt.cause, org.day))

    def policy(env: Any, org: Any) -> Any:
        said.append((yield env.process(search(env, org, 2.5))))
        both = env.process(search(env, org, 3)) & env.timeout(5)
        yield both
        said.append(org.day)
        first = yield env.any_of([env.timeout(4, "four"), env.timeout(9, "nine")])
        said.append(list(first.values()))
        watching = env.process(watch(env, org))
        yield env.timeout(1)
        watching.interrupt("enough")
        desk = simpy.Resource(env, 1)
        with desk.request() as request:
            yield request
        event = env.event()
        env.process(give(env, event))
        said.append((yield event))
        value = yield from search(env, org, 1)
        said.append(value)

    def give(env: Any, event: Any) -> Any:
        yield env.timeout(1)
        event.succeed("given")

    play(built(), [policy])
    assert said == [
        ("found", 3), 2.5, ("found", 6), 8, ["four"], ("enough", 13), "given", ("found", 15), 1,
    ]  # fmt: skip


def test_a_failure_can_be_caught_where_it_is_waited_for(built: Any) -> None:
    def bad(env: Any) -> Any:
        yield env.timeout(1)
        raise ValueError("no luck")

    def policy(env: Any, org: Any) -> Any:
        try:
            yield env.process(bad(env))
        except Exception as error:
            caught.append(str(error))

    caught: list[str] = []
    play(built(), [policy])
    assert "ValueError: no luck" in caught[0]


def test_a_policy_may_end(built: Any) -> None:
    def policy(env: Any, org: Any) -> Any:
        yield env.timeout(1)
        return

    assert same(play(built(), [policy]), play(built()))


# ---------------------------------------------------------------- one future after another

COUNTING = """\
from __future__ import annotations

from dataclasses import dataclass

calls = []


@dataclass
class Look:
    day: int


def policy(env, org, every: float):
    calls.append(1)
    yield env.timeout(every * len(calls))
    print("hired on", Look(org.day))
    org.hire("csm", len(calls))


def other(env, org):
    yield env.timeout(1)
    org.hire("csm", len(calls))
"""


def test_a_file_is_run_anew_for_each_future(tmp_path: Path) -> None:
    world = module(tmp_path, COUNTING, every="1 week")
    assert [joined(play(world, replication=n)) for n in (0, 1)] == [[7], [7]]


def test_policies_of_one_file_share_its_names(tmp_path: Path) -> None:
    (tmp_path / "my_policies.py").write_text(COUNTING, encoding="utf-8")
    both = [{"module": "my_policies.py", "function": name} for name in ("policy", "other")]
    world = world_of(tmp_path, policies=[{**both[0], "every": "1 week"}, both[1]])
    assert joined(play(world)) == [1, 7]


def test_what_a_policy_prints_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(module(tmp_path, COUNTING, every="1 week"))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "hired on Look(day=7)\n"


def test_what_is_simulated_depends_on_the_text_of_a_policy_and_not_on_its_folder(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    here, there = (world_sha256(module(folder, COUNTING, every="1 week")) for folder in folders)
    assert here == there
    assert world_sha256(module(folders[0], COUNTING + "# more\n", every="1 week")) != here
    assert world_sha256(module(folders[0], COUNTING, every="2 weeks")) != here
    assert world_sha256(world_of(folders[0])) != here


def counting(step: int) -> Policy:
    """A closure that would remember."""
    calls: list[int] = []

    def policy(env: Any, org: Any) -> Any:
        calls.append(1)
        while True:
            yield env.timeout(7 * len(calls))
            org.hire("csm", step)
            yield env.timeout(70)

    return policy


def test_a_plan_gives_each_future_its_own_copy(built: Any) -> None:
    world = built(staff={"csm": {"seats": 40}})
    policy = counting(2)
    plan = Plan(7, 4, policies=(policy, lambda env, org: (yield env.timeout(1))), jobs=1)
    several = replicate(world, plan).sample
    assert [len(set(column)) for column in several["heads"].T.reshape(6, 4).tolist()] == [1] * 6
    alone = play(world, [counting(2)])
    assert several["heads"][0, :, 0].tolist() == alone.heads[:, 0].tolist()
    assert policy.__closure__ is not None
    assert policy.__closure__[0].cell_contents == []  # type: ignore[comparison-overlap]


def test_figures_of_people_know_of_policies_of_the_plan(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    world = build_world(loaded)
    for policies, expected in (((), None), ((counting(1),), 3.0)):
        found = summarise(loaded, world, replicate(world, Plan(7, 2, policies=policies, jobs=1)))
        joins = found.estimates.get("joined_sum_people", "role=csm")
        assert (None if joins is None else joins.mean) == expected


def test_policies_from_python_are_not_kept_in_a_checkpoint(built: Any, tmp_path: Path) -> None:
    world = built()
    with (
        Checkpoint(tmp_path / "kept.bin", "0" * 64, layout_of(world, True).length) as checkpoint,
        pytest.raises(UsageError, match="leave the checkpoint out"),
    ):
        replicate(world, Plan(7, 2, policies=(counting(1),)), checkpoint)


def test_policies_that_cannot_be_copied_are_refused(built: Any, tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:

        def policy(env: Any, org: Any) -> Any:
            yield env.timeout(1)
            stream.write("x")

        with pytest.raises(UsageError, match=r"(?s)cannot be copied: .*fix"):
            replicate(built(), Plan(7, 2, policies=(policy,)))


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    world = module(tmp_path, COUNTING, every="1 week")
    plan = partial(Plan, 7, 4, policies=(counting(1), partial(cut_to_budget, role="csm", share_of_arr=0.1)))
    one, two = (replicate(world, plan(jobs=jobs)).sample.vectors for jobs in (1, 2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.slow
def test_errors_in_workers_are_those_here(tmp_path: Path) -> None:
    body = "yield env.timeout(1)\n    if org.draw('x') > 0.8:\n        org.hire('cms')"
    world = module(tmp_path, AROUND.replace("BODY", body))
    texts = []
    for jobs in (1, 2):
        with pytest.raises(PolicyError) as caught:
            replicate(world, Plan(15, 8, jobs=jobs))
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert re.search(r"of future 6: 'cms' is not a role", texts[0])
