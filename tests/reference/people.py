"""The desk: who takes up what, and who is interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from csm_sim.world import events as ev
from csm_sim.world import records as r
from reference.instants import Hours, Moment, Phase
from reference.work import Queue, Steps, Task

if TYPE_CHECKING:
    from reference.model import Run
    from reference.seats import Person


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
        self.stints: list[Stint] = []
        self.books = [Queue(seat.role, seat=seat) for seat in run.seats.seats]
        skills = range(len(run.world.supply.skills) + 1)
        self.pools = {
            (role, skill): Queue(role, skill) for role in range(len(self.world.roles)) for skill in skills
        }
        self.busy = np.zeros((self.world.weeks, len(run.seats.seats), 3))
        self._choice_due = -1.0

    def queues(self) -> list[Queue]:
        return [*self.books, *self.pools.values()]

    # opening

    def queue_for(self, task: Task) -> Queue:
        """Where a task waits."""
        stream, skill = task.stream, int(self.world.steps[task.step]["skill"])
        if stream.stay is not None:
            return self.books[stream.stay.seat.index]
        account = stream.account
        if account is not None and account.owner >= 0:
            seat = self.run.seats.seats[account.owner]
            able = skill == r.NO_SKILL or (seat.person is not None and seat.person.has(skill))
            if seat.role == task.role and able:
                return self.books[seat.index]
        return self.pools[task.role, skill]

    def open(self, task: Task) -> None:
        self.run.log(ev.OPENED, task.stream, task.occurrence, task.step, value=task.effort, opened=True)
        self.put(task)

    def put(self, task: Task) -> None:
        """Into its queue; the fully-staffed twin takes it up at once."""
        task.status = r.WAITING
        if self.run.unlimited:
            self._work(task, None, self.run.supply.role_speed[task.role], 0.0)
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
        return not person.away and person.hours.is_open(self.env.now)

    def _queues_of(self, person: Person) -> list[Queue]:
        """The own book, the pool of the role, the pools that the role covers; for each skill, too."""
        covered = self.world.covers[person.role]
        pools = [pool for pool in self.pools.values() if covered[pool.role] and person.has(pool.skill)]
        return [self.books[person.index], *pools]

    def _give_out(self) -> None:
        while True:
            idle = [
                person for person in self.run.seats.people() if self._at_work(person) and person.stint is None
            ]
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
        for queue in self.queues():
            task = queue.best()
            if task is None or not task.preempts:
                continue
            victims = [
                person
                for person in self.run.seats.people()
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
        self.interrupt(victim)
        self._take_up(victim, task)
        return True

    def _take_up(self, person: Person, task: Task) -> None:
        assert task.queue is not None
        task.queue.tasks.remove(task)
        reactive = int(self.world.kinds[task.stream.kind]["reactive"])
        changes = person.last_nature is not None and person.last_nature != reactive
        person.last_nature = reactive
        self.run.tickets.hand_over(task, person)
        self._work(task, person, person.speed, self._switch(person) if changes else 0.0)

    def _switch(self, person: Person) -> float:
        return float(self.world.roles[person.role]["switch_minutes"])

    def _work(self, task: Task, person: Person | None, speed: float, switching: float) -> None:
        now = self.env.now
        need = r.tick(max(task.left / speed, 1.0 / r.TICKS))
        hours = self.run.hours_of(task.role) if person is None else person.hours
        finish = hours.finish(now, switching + need)
        stint = Stint(task, now, switching, finish, speed, person)
        self.stints.append(stint)
        task.status = r.IN_HAND
        if task.started is None:
            task.started = now
        self.run.tickets.taken_up(task)
        if person is not None:
            person.stint = stint
        taker = -1 if person is None else person.index
        self.run.log(ev.TAKEN_UP, task.stream, task.occurrence, task.step, value=task.left, person=taker)
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
        self.run.efforts.done(task.step)
        in_time = 1.0 if self.env.now <= task.due else 0.0
        self.run.log(ev.DONE, task.stream, task.occurrence, task.step, value=in_time, person=taker)
        self.run.score_done(task)
        task.finished.succeed()

    def interrupt(self, person: Person) -> None:
        """What is in hand returns to its queue with the effort that is left."""
        stint = person.stint
        assert stint is not None
        self._put_down(stint)
        task = stint.task
        worked = person.hours.business(stint.took_up, self.env.now) - stint.switching
        task.left = max(0.0, task.left - max(0.0, worked) * stint.speed)
        self.run.log(
            ev.INTERRUPTED, task.stream, task.occurrence, task.step, value=task.left, person=person.index
        )
        if task.stream.over:  # its account has churned meanwhile
            task.status = r.DEAD
            self.run.tickets.count("cancelled", task)
            return
        self.put(task)

    def _put_down(self, stint: Stint) -> None:
        self.stints.remove(stint)
        if stint.person is not None:
            self._count_busy(stint, stint.person, self.env.now)
            stint.person.worked.append((stint, self.env.now))
            stint.person.stint = None
            stint.person.idle_since = self.env.now
            self.choose_soon()

    def minutes(self, stint: Stint, hours: Hours, until: float, week: int) -> tuple[float, float, float]:
        """How busy a stint has made somebody in a week: proactive, reactive, switching."""
        reactive = int(self.world.kinds[stint.task.stream.kind]["reactive"])
        switched = stint.took_up
        if stint.switching > 0:
            switched = min(until, hours.finish(stint.took_up, stint.switching))
        begins = self.world.start_minute + week * 7 * r.DAY
        found = [0.0, 0.0, 0.0]
        for since, upto, nature in ((stint.took_up, switched, 2), (switched, until, reactive)):
            found[nature] += hours.business(max(since, begins), min(upto, begins + 7 * r.DAY))
        return (found[0], found[1], found[2])

    def _count_busy(self, stint: Stint, person: Person, until: float) -> None:
        first, last = (
            int(max(0.0, at - self.world.start_minute) // (7 * r.DAY)) for at in (stint.took_up, until)
        )
        for week in range(first, min(last + 1, self.world.weeks)):  # in the others it was not in hand
            self.busy[week, person.index] += self.minutes(stint, person.hours, until, week)

    def count_busy_at_the_end(self) -> None:
        for stint in self.stints:
            if stint.person is not None:
                self._count_busy(stint, stint.person, self.run.end)

    def open_tasks(self) -> list[Task]:
        """What waits or is in hand."""
        waiting = [task for queue in self.queues() for task in queue.tasks]
        return waiting + [stint.task for stint in self.stints]

    # people come and go

    def cancel_over(self) -> None:
        """What waits for an account that has churned, or belongs to a person who has left."""
        for queue in self.queues():
            for task in [task for task in queue.tasks if task.stream.over]:
                self.cancel(task)

    def cancel(self, task: Task) -> None:
        """Nobody wants it any more."""
        self.withdraw(task)
        self.run.tickets.count("cancelled", task)

    def goes_to_role(self, kinds: set[int], before: int, after: int) -> None:
        """Open work of these kinds is another role's from now on."""
        for task in [*self.open_tasks(), *self.run.tickets.held]:
            if task.stream.stay is None and task.stream.kind in kinds and task.role == before:
                task.role = after

    def sort_into_queues(self) -> None:
        """Every waiting task waits where it would if it opened now."""
        self.cancel_over()
        waiting = [task for queue in self.queues() for task in queue.tasks]
        for task in waiting:
            assert task.queue is not None
            task.queue.tasks.remove(task)
            task.queue = self.queue_for(task)
            task.queue.add(task)
        self.choose_soon()
