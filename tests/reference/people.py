"""People: who takes up what, who is interrupted, and who comes and goes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.world import records as r
from csm_sim.world.build import Act
from reference.book import Account
from reference.instants import Moment, Phase
from reference.work import Queue, Steps, Task

if TYPE_CHECKING:
    from reference.model import Run


@dataclass(eq=False)
class Person:
    index: int
    uid: int
    role: int
    speed: float
    switch_minutes: float
    employed: bool = False
    idle_since: float = 0.0
    last_nature: int | None = None
    stint: Stint | None = None


@dataclass(eq=False)
class Stint:
    """One person at one task, from taking it up to its end or interruption."""

    task: Task
    took_up: float
    switching: float
    finish: float
    speed: float
    person: Person | None
    """None in the fully-staffed twin."""


class Desk:
    """The people, their queues, and the choice of work."""

    def __init__(self, run: Run) -> None:
        self.run, self.env, self.world = run, run.env, run.world
        self.persons: list[Person] = []
        self.stints: list[Stint] = []
        self.pools = [Queue(role) for role in range(len(self.world.roles))]
        self.joined: list[int] = []
        """How many slots of each role have ever been filled."""
        for role, of_role in enumerate(self.world.roles):
            for slot in range(int(of_role["slots"])):
                uid = int(self.run.absorb(int(of_role["uid"]), slot))
                speed, switch = float(of_role["speed"]), float(of_role["switch_minutes"])
                self.persons.append(Person(len(self.persons), uid, role, speed, switch))
            self.joined.append(0)
        self.books = [Queue(person.role, person) for person in self.persons]
        self.busy = np.zeros((self.world.weeks, len(self.persons), 3))
        self._choice_due = -1.0

    def team(self, role: int) -> list[Person]:
        """The employed people of a role, by slot."""
        return [person for person in self.persons if person.role == role and person.employed]

    def book_of(self, person: Person) -> list[Account]:
        return [a for a in self.run.book.accounts if a.alive and a.owner == person.index]

    # opening

    def queue_for(self, task: Task) -> Queue:
        """Where a task waits."""
        stream = task.stream
        if stream.person is not None:
            return self.books[stream.person.index]
        account = stream.account
        if account is not None and account.owner >= 0:
            owner = self.persons[account.owner]
            if owner.role == task.role:
                return self.books[owner.index]
        return self.pools[task.role]

    def open(self, task: Task) -> None:
        self.run.log(r.OPENED, task.stream, task.occurrence, task.step, value=task.effort, opened=True)
        self.put(task)

    def put(self, task: Task) -> None:
        """Into its queue; the fully-staffed twin takes it up at once."""
        task.status = r.WAITING
        if self.run.unlimited:
            self._work(task, None, float(self.world.roles[task.role]["speed"]), 0.0)
            return
        task.queue = self.queue_for(task)
        task.queue.add(task)
        self.choose_soon()

    def move(self, task: Task, role: int) -> None:
        """A waiting task becomes the work of another role."""
        assert task.queue is not None
        task.queue.tasks.remove(task)
        task.role = role
        self.put(task)

    def withdraw(self, task: Task) -> None:
        """A waiting task that nobody will do; what stood behind it may interrupt somebody."""
        task.status = r.DEAD
        if task.queue is not None:
            task.queue.tasks.remove(task)
            self.choose_soon()

    # choice

    def choose_soon(self) -> None:
        """Once in every instant, after all else."""
        if self._choice_due != self.env.now:
            self._choice_due = self.env.now
            self.env.process(self._choice())

    def _choice(self) -> Steps:
        yield Moment(self.env, self.env.now, Phase.CHOICE)
        if self.run.unlimited:
            return
        self._give_out()
        while self._preempt():
            self._give_out()

    def _at_work(self, person: Person) -> bool:
        return person.employed and self.run.hours_of(person.role).is_open(self.env.now)

    def _queues_of(self, person: Person) -> list[Queue]:
        """The own book, the pool of the role, and the pools that the role covers."""
        covered = self.world.covers[person.role]
        return [self.books[person.index], *(pool for pool in self.pools if covered[pool.role])]

    def _give_out(self) -> None:
        while True:
            idle = [person for person in self.persons if self._at_work(person) and person.stint is None]
            queues = [queue for person in idle for queue in self._queues_of(person)]
            waiting = [task for queue in queues if (task := queue.best()) is not None]
            if not waiting:
                return
            task = min(waiting, key=lambda task: task.key)
            able = [person for person in idle if task.queue in self._queues_of(person)]
            self._take_up(min(able, key=lambda person: (person.idle_since, person.index)), task)

    def _preempt(self) -> bool:
        """Interrupt one person, if the rules say so."""
        cases: list[tuple[Task, list[Person]]] = []
        for queue in [*self.books, *self.pools]:
            task = queue.best()
            if task is None or not task.preempts:
                continue
            victims = [
                person
                for person in self.persons
                if self._at_work(person)
                and queue in self._queues_of(person)
                and person.stint is not None
                and person.stint.task.priority > task.priority
            ]
            if victims:
                cases.append((task, victims))
        if not cases:
            return False
        task, victims = min(cases, key=lambda case: case[0].key)
        victim = max(victims, key=lambda p: p.stint.task.key if p.stint else ())
        self._interrupt(victim)
        self._take_up(victim, task)
        return True

    def _take_up(self, person: Person, task: Task) -> None:
        assert task.queue is not None
        task.queue.tasks.remove(task)
        reactive = int(self.world.kinds[task.stream.kind]["reactive"])
        changes = person.last_nature is not None and person.last_nature != reactive
        person.last_nature = reactive
        self.run.tickets.hand_over(task, person.index)
        self._work(task, person, person.speed, person.switch_minutes if changes else 0.0)

    def _work(self, task: Task, person: Person | None, speed: float, switching: float) -> None:
        now = self.env.now
        need = r.tick(max(task.left / speed, 1.0 / r.TICKS))
        finish = self.run.hours_of(task.role if person is None else person.role).finish(now, switching + need)
        stint = Stint(task, now, switching, finish, speed, person)
        self.stints.append(stint)
        task.status = r.IN_HAND
        if task.started is None:
            task.started = now
        self.run.tickets.taken_up(task)
        if person is not None:
            person.stint = stint
        taker = -1 if person is None else person.index
        self.run.log(r.TAKEN_UP, task.stream, task.occurrence, task.step, value=task.left, person=taker)
        if finish < self.run.end:
            self.env.process(self._complete(stint))

    def _complete(self, stint: Stint) -> Steps:
        yield Moment(self.env, stint.finish, Phase.COMPLETION, stint.task.tie)
        if stint not in self.stints:  # interrupted
            return
        self._put_down(stint)
        task = stint.task
        task.status = r.FREE
        taker = -1 if stint.person is None else stint.person.index
        if task.case is not None and self.run.tickets.goes_on(task, taker):
            return
        in_time = 1.0 if self.env.now <= task.due else 0.0
        self.run.log(r.DONE, task.stream, task.occurrence, task.step, value=in_time, person=taker)
        self.run.score_done(task)
        task.finished.succeed()

    def _interrupt(self, person: Person) -> None:
        """What is in hand returns to its queue with the effort that is left."""
        stint = person.stint
        assert stint is not None
        self._put_down(stint)
        task = stint.task
        hours = self.run.hours_of(person.role)
        worked = hours.business(stint.took_up, self.env.now) - stint.switching
        task.left = max(0.0, task.left - max(0.0, worked) * stint.speed)
        self.run.log(
            r.INTERRUPTED, task.stream, task.occurrence, task.step, value=task.left, person=person.index
        )
        if task.stream.over:  # its account has churned meanwhile
            task.status = r.DEAD
            return
        self.put(task)

    def _put_down(self, stint: Stint) -> None:
        self.stints.remove(stint)
        if stint.person is not None:
            self._count_busy(stint, self.env.now)
            stint.person.stint = None
            stint.person.idle_since = self.env.now
            self.choose_soon()

    def _count_busy(self, stint: Stint, until: float) -> None:
        assert stint.person is not None
        reactive = int(self.world.kinds[stint.task.stream.kind]["reactive"])
        hours, switched = self.run.hours_of(stint.person.role), stint.took_up
        if stint.switching > 0:
            switched = min(until, hours.finish(stint.took_up, stint.switching))
        for week in range(self.world.weeks):
            begins = self.world.start_minute + week * 7 * r.DAY
            for since, upto, nature in ((stint.took_up, switched, 2), (switched, until, reactive)):
                minutes = hours.business(max(since, begins), min(upto, begins + 7 * r.DAY))
                self.busy[week, stint.person.index, nature] += minutes

    def count_busy_at_the_end(self) -> None:
        for stint in self.stints:
            if stint.person is not None:
                self._count_busy(stint, self.run.end)

    # accounts and people come and go

    def give_owner(self, account: Account) -> None:
        """The person whom the list names, else the one with the fewest accounts."""
        role = int(self.world.segments[account.segment]["owner_role"])
        if role < 0:
            return
        if account.named_owner >= 0 and self.persons[account.named_owner].employed:
            account.owner = account.named_owner
        else:
            self._give_to_emptiest(account, role)

    def _give_to_emptiest(self, account: Account, role: int) -> None:
        team = sorted(self.team(role), key=lambda p: (len(self.book_of(p)), p.index))
        account.owner = team[0].index if team else -1

    def cancel_over(self) -> None:
        """What waits for an account that has churned, or belongs to a person who has left."""
        for queue in [*self.books, *self.pools]:
            for task in [task for task in queue.tasks if task.stream.over]:
                self.withdraw(task)

    def join(self, role: int, count: int, day: int) -> None:
        first = int(self.world.roles[role]["first_slot"])
        for _ in range(count):
            person = self.persons[first + self.joined[role]]
            self.joined[role] += 1
            person.employed, person.idle_since = True, self.env.now
            self.run.playbooks.begin_person_work(person, day)
        self.choose_soon()

    def act(self, act: Act) -> None:
        if act.hire:
            self.join(act.role, act.count, act.day)
        else:
            self._cut(act)
        self._adopt(act.role)
        if act.rebalance:
            self._rebalance(act.role)
        self._sort_into_queues()

    def _cut(self, act: Act) -> None:
        team = self.team(act.role)
        count = act.count if math.isnan(act.share) else max(1, math.floor(act.share * len(team) + 0.5))
        for person in team[max(0, len(team) - count) :]:
            person.employed = False
            for account in self.run.book.accounts:
                if account.owner == person.index:
                    account.owner = -1
            if person.stint is not None:
                self._interrupt(person)

    def _adopt(self, role: int) -> None:
        """Accounts that should have an owner of the role, but have none, get one."""
        for account in sorted(self.run.book.accounts, key=lambda account: account.shuffle):
            owner_role = int(self.world.segments[account.segment]["owner_role"])
            if account.alive and account.owner < 0 and owner_role == role:
                self._give_to_emptiest(account, role)

    def _rebalance(self, role: int) -> None:
        while True:
            sizes = {person: len(self.book_of(person)) for person in self.team(role)}
            fullest = max(sizes, key=lambda p: (sizes[p], p.index))
            emptiest = min(sizes, key=lambda p: (sizes[p], p.index))
            if sizes[fullest] - sizes[emptiest] <= 1:
                return
            max(self.book_of(fullest), key=lambda account: account.shuffle).owner = emptiest.index

    def _sort_into_queues(self) -> None:
        """After books have changed, every waiting task waits where it would if it opened now."""
        self.cancel_over()
        waiting = [task for queue in [*self.books, *self.pools] for task in queue.tasks]
        for task in waiting:
            assert task.queue is not None
            task.queue.tasks.remove(task)
            task.queue = self.queue_for(task)
            task.queue.add(task)
