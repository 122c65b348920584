"""Policies at work: their code is loaded and run step by step, and what is wrong is told by its lines."""

from __future__ import annotations

import contextlib
import inspect
import math
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, partial
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any, Final, NoReturn

import simpy
from simpy.events import NORMAL, EventPriority

from csm_sim.engine.org import Org
from csm_sim.engine.policies import BUILT_IN, PolicyFunction
from csm_sim.engine.role_view import WrongUseError
from csm_sim.engine.timeline import Timeline
from csm_sim.errors import PolicyError, Problem, UsageError, short_path
from csm_sim.world.supply import PolicyRule

MOST_AT_ONCE: Final = 10_000
"""How often policies may go on at one midnight."""

MOST_SECONDS: Final = 60.0
"""How long a policy may compute before it yields."""

MODULE: Final = "csm_sim_policy"
"""Name of the module that a policy file is while it runs."""

_HAIR: Final = 1e-9
"""Days by which a sum of waits may miss a midnight, through rounding."""

Process = Generator[Any, Any, Any]


def host(
    env: Timeline, org: Org, rules: Sequence[PolicyRule], functions: Sequence[PolicyFunction],
    start_day: int, replication: int,
) -> None:  # fmt: skip
    """Let policies run from the scenario's start on.

    The code of a file is run anew, so that nothing is left over from another replication.

    Parameters
    ----------
    env
        The timeline, before its first event.
    org
        What the policies read and act through.
    rules
        The policies of the world, in their order.
    functions
        Further ones, called as they are.
    start_day
        Day of the run on which the scenario starts.
    replication
        Its number, which is told with what goes wrong.

    Raises
    ------
    PolicyError
        If a file cannot be run, has no such function, or the function does not take its arguments.
        What goes wrong later is raised by the timeline, as the same error.
    UsageError
        If a policy given is no function.
    """
    clock = PolicyEnvironment(env, org, start_day, replication)
    check_functions(functions)
    for policy in [*_policies_of(rules), *map(_policy_of_function, functions)]:
        clock.begin(policy)


def check_functions(functions: Sequence[PolicyFunction]) -> None:
    """Make sure that policies given from Python are several functions.

    Raises
    ------
    UsageError
        If they are not: one function, say, that is not in a list.
    """
    if callable(functions) or not all(callable(one) for one in functions):
        raise UsageError(
            f"policies is {functions!r}, not a list of functions\n  fix       write  policies=[my_policy]"
        )


# ---------------------------------------------------------------- whose code it is


@dataclass(frozen=True, slots=True)
class _Policy:
    """A policy, and where it stands: what goes wrong is told by its lines."""

    name: str
    function: PolicyFunction
    path: str
    """The file whose lines are told; empty for a built-in one."""
    line: int = 0
    """Of its definition."""
    arguments: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    """What messages call the file; of a built-in one, where the scenario names it."""
    key: str = ""

    def error(self, line: int, problem: str, fix: str) -> PolicyError:
        """An error at a line of the policy, at its definition where that is not known (0)."""
        if self.path:
            return PolicyError(str(Problem(f"{self.where}:{line or self.line}", self.name, problem, fix)))
        return PolicyError(str(Problem(self.where or self.name, self.key, f"{self.name}: {problem}", fix)))

    def line_of(self, trace: TracebackType | None) -> int:
        """The innermost of the policy's own lines in a traceback, 0 where there is none."""
        line = 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.path:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line


def _policy_of_function(function: PolicyFunction) -> _Policy:
    """A policy given from Python."""
    code = _code_of(function)
    name = getattr(code, "co_name", repr(function))
    if code is None or any(code is _code_of(one) for one in BUILT_IN.values()):
        return _Policy(name, function, "")
    path = code.co_filename
    return _Policy(name, function, path, code.co_firstlineno, where=short_path(path))


def _code_of(function: Any) -> CodeType | None:
    """The code of a function, under decorators, ``partial`` and methods."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _policies_of(rules: Sequence[PolicyRule]) -> Iterator[_Policy]:
    """The policies of a world; those of one file share its names."""
    modules: dict[tuple[str, str], ModuleType] = {}
    for number, rule in enumerate(rules):
        if rule.pickled:
            yield from map(_policy_of_function, _unpickled(rule.pickled))
            continue
        arguments = dict(rule.arguments)
        if rule.path is None:
            function = BUILT_IN[rule.function]
            yield _Policy(rule.function, function, "", 0, arguments, rule.where, f"policies[{number}].use")
            continue
        key = (rule.path, rule.source)
        if key not in modules:
            modules[key] = _module(rule)
        yield _policy_in(modules[key], rule, arguments)


def _unpickled(pickled: bytes) -> Sequence[PolicyFunction]:
    """Policies from Python, as they were when they were handed over."""
    try:
        functions: Sequence[PolicyFunction] = pickle.loads(pickled)
    except Exception as error:
        raise UsageError(
            f"the policies cannot be read in this process: {_said(error)}\n"
            "  fix       define them in the script or notebook itself, with all that they need"
        ) from error
    return functions


def _policy_in(module: ModuleType, rule: PolicyRule, arguments: dict[str, Any]) -> _Policy:
    assert rule.path is not None
    function = getattr(module, rule.function, None)
    if not callable(function):
        known = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        near = get_close_matches(rule.function, known, 1)
        fix = (
            f"did you mean  function: {near[0]} ?"
            if near
            else f"write  def {rule.function}(env, org):  in it"
        )
        problem = f"it does not define the function {rule.function}"
        raise PolicyError(str(Problem(rule.where, rule.function, problem, fix)))
    code = _code_of(function)
    line = code.co_firstlineno if code is not None and code.co_filename == rule.path else 1
    return _Policy(rule.function, function, rule.path, line, arguments, rule.where)


def _not_yet() -> Process:
    """Stands for a policy whose file has still to be run."""
    yield


@cache
def _compiled(path: str, source: str) -> CodeType:
    return compile(source, path, "exec")


def _module(rule: PolicyRule) -> ModuleType:
    """A policy file, run now: the caller has allowed it."""
    assert rule.path is not None
    module = ModuleType(MODULE)
    module.__file__ = rule.path
    policy = _Policy(rule.function, _not_yet, rule.path, 1, where=rule.where)
    sys.modules[MODULE] = module  # dataclasses and others look their module up
    patience = _Patience(rule.path)
    try:
        with _printing_aside(), patience:
            exec(_compiled(rule.path, rule.source), module.__dict__)
    except SyntaxError as error:
        own = error.filename == rule.path
        line = (error.lineno or 1) if own else policy.line_of(error.__traceback__)
        fix = f"run  python {rule.where}  to see more"
        raise policy.error(line, f"this is not Python: {error.msg}", fix) from error
    except ImportError as error:
        fix = "install it beside csm-sim; files beside the policy cannot be imported: put all into one"
        raise policy.error(policy.line_of(error.__traceback__), _said(error), fix) from error
    except (Exception, SystemExit, _OutOfPatienceError) as error:
        fix = "mend the file: it is run from top to bottom before the policy begins"
        if patience.is_over:
            raise policy.error(patience.line, f"it was not through in {MOST_SECONDS:g} s", fix) from error
        raise policy.error(policy.line_of(error.__traceback__), _said(error), fix) from error
    return module


# ---------------------------------------------------------------- running it


class _Wait(simpy.Timeout):
    """A wait that is over at a midnight."""

    until: float
    """When it is over by the clock: not after that midnight, and less than a day before."""


class PolicyEnvironment(simpy.Environment):
    """The first argument of a policy, ``env``: a SimPy environment that is in step with the simulation.

    Its unit is the day. Whatever SimPy offers to wait for can be yielded: timeouts, further processes,
    events, and resources made with it.
    """

    def __init__(self, timeline: Timeline, org: Org, start_day: int, replication: int) -> None:
        # without SimPy's own: the events are those of the timeline
        self._timeline, self._org, self._start_day = timeline, org, start_day
        self._replication = replication
        self._active_proc = None
        self._late = 0.0
        self._times, self._instant = 0, -1.0
        self._running: _Policy

    @property
    def now(self) -> int:
        """Days since the scenario's start, a whole number: policies wake at midnights."""
        return round(self._timeline.now) - self._start_day

    def timeout(self, delay: float = 0, value: Any = None) -> simpy.Timeout:
        """Wait: ``yield env.timeout(7)``.

        A wait that ends within a day is over at the next midnight; the next one counts from where it
        ended, so that with 30.4375 (a month) a policy wakes on the days 31, 61, 92, ...

        Parameters
        ----------
        delay
            Days, 0 or more; parts of a day are allowed.
        value
            What the ``yield`` gives back.
        """
        number = isinstance(delay, (int, float)) or hasattr(delay, "__float__")
        if not number or not 0.0 <= float(delay) < math.inf:
            raise WrongUseError(f"env.timeout({delay!r}) is not a wait", _wait_instead(delay))
        until = self.now - self._late + float(delay)
        event = _Wait(self, max(0, math.ceil(until - _HAIR) - self.now), value)
        event.until = until
        return event

    def process(self, generator: Process) -> simpy.Process:
        """Start a further process beside this one: ``env.process(search(env, org))``.

        Parameters
        ----------
        generator
            What a function that yields returns when it is called.
        """
        if not inspect.isgenerator(generator):
            raise WrongUseError(
                f"env.process({generator!r}) is not a process", "call a function that yields in it"
            )
        return simpy.Process(self, self._stepped(self._running, generator))

    def schedule(self, event: simpy.Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """Part of SimPy; policies have no need of it."""
        self._timeline.schedule(event, priority, delay)

    def peek(self) -> float:
        """Part of SimPy; policies have no need of it."""
        return self._timeline.peek() - self._start_day

    def step(self) -> NoReturn:
        """Refused: the simulation runs by itself."""
        raise WrongUseError("a policy cannot run the simulation", "wait with  yield env.timeout(days)")

    def run(self, until: Any = None) -> NoReturn:
        """Refused: the simulation runs by itself."""
        self.step()

    def begin(self, policy: _Policy) -> None:
        """Let a policy run from the scenario's start on; its arguments are looked at now."""
        try:
            inspect.signature(policy.function).bind(self, self._org, **policy.arguments)
        except TypeError as error:
            given = ", ".join(["env, org", *policy.arguments])
            fix = (
                f"write  def {policy.name}({given}):"
                if policy.path
                else f"fill its arguments in:  functools.partial({policy.name}, ...)"
            )
            raise policy.error(0, f"it is called with ({given}): {error}", fix) from error
        except ValueError:  # some callables do not tell
            pass
        simpy.Process(self, self._whole(policy))

    # inside

    def _whole(self, policy: _Policy) -> Process:
        """A policy, from the scenario's start on."""
        yield simpy.Timeout(self, self._start_day - self._timeline.now)
        self._org._begin()
        process = self._guarded(policy, lambda: policy.function(self, self._org, **policy.arguments))
        if not inspect.isgenerator(process):
            fix = "wait with  yield env.timeout(days)  between looks"
            raise self._error(policy, 0, "it is not a policy: it has no yield", fix)
        yield from self._stepped(policy, process)

    def _stepped(self, policy: _Policy, process: Process) -> Process:
        """A process of a policy, resumed step by step; what it waits for is waited for here."""
        late = 0.0
        resume: Callable[[], Any] = partial(process.send, None)
        while True:
            self._late = late
            self._count(policy, process)
            try:
                event = self._guarded(policy, resume)
            except StopIteration as end:
                return end.value
            self._check(policy, process, event)
            try:
                resume = partial(process.send, (yield event))
            except Exception as error:  # an event that failed, or an interrupt
                resume = partial(process.throw, error)
            late = max(0.0, self.now - event.until) if isinstance(event, _Wait) else 0.0

    def _guarded(self, policy: _Policy, go_on: Callable[[], Any]) -> Any:
        """What a piece of a policy's code gives; whatever goes wrong in it is told by its line."""
        patience = _Patience(policy.path)
        self._running = policy
        try:
            with _printing_aside(), patience:
                return go_on()
        except (StopIteration, PolicyError):
            raise
        except (Exception, SystemExit, _OutOfPatienceError) as error:
            if patience.is_over:
                raise self._error(
                    policy, patience.line, f"it has not come to a yield in {MOST_SECONDS:g} s",
                    "wait with  yield env.timeout(days)  between looks",
                ) from error  # fmt: skip
            line = policy.line_of(error.__traceback__)
            if isinstance(error, WrongUseError):
                raise self._error(policy, line, error.problem, error.fix) from error
            raise self._error(policy, line, _said(error), _mend(error)) from error

    def _error(self, policy: _Policy, line: int, problem: str, fix: str) -> PolicyError:
        when = f"on {self._org.today} of future {self._replication}"
        return policy.error(line, f"{when}: {problem}", fix)

    def _check(self, policy: _Policy, process: Process, event: object) -> None:
        """Refuse what cannot be waited for."""
        if isinstance(event, simpy.Event) and event.env is self:
            return
        if isinstance(event, simpy.Event):
            fix = "make what is waited for with the env that the policy is given"
        elif inspect.isgenerator(event):
            fix = "wait for it with  yield env.process(...)"
        else:
            fix = _wait_instead(event)
        raise self._error(
            policy, _line_now(process, policy.path), f"it yields {event!r}, which is no event", fix
        )

    def _count(self, policy: _Policy, process: Process) -> None:
        """Refuse to go on for ever at one midnight."""
        if self._timeline.now > self._instant:
            self._times, self._instant = 0, self._timeline.now
        self._times += 1
        if self._times > MOST_AT_ONCE:
            raise self._error(
                policy, _line_now(process, policy.path),
                f"it has gone on {MOST_AT_ONCE:,} times without letting time pass",
                "wait with  yield env.timeout(days)  and more than 0 days",
            )  # fmt: skip


class _OutOfPatienceError(BaseException):
    """A policy has computed for too long; not an Exception, so that ``except Exception`` does not stop it."""


class _Patience:
    """Gives up on code that computes for too long, where the system can tell."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._armed = hasattr(signal, "setitimer") and _in_main_thread()
        self.is_over, self.line = False, 0

    def __enter__(self) -> None:
        if self._armed:
            self._handler = signal.signal(signal.SIGALRM, self._give_up)
            # again and again, in case that it is caught
            self._others = signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS, 1.0)

    def __exit__(self, *_: object) -> None:
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, self._handler)
            if self._others[0] > 0.0:  # somebody else's alarm goes on, a little late
                signal.setitimer(signal.ITIMER_REAL, *self._others)

    def _give_up(self, number: int, frame: FrameType | None) -> None:
        self.is_over = True
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        self.line = self.line or (frame.f_lineno if frame is not None else 0)
        raise _OutOfPatienceError


def _printing_aside() -> contextlib.AbstractContextManager[Any]:
    """What a policy prints goes to standard error: only results go to standard output."""
    return contextlib.redirect_stdout(sys.stderr) if _in_main_thread() else contextlib.nullcontext()


def _in_main_thread() -> bool:
    """Whether signals, and what belongs to the whole process, may be touched."""
    return threading.current_thread() is threading.main_thread()


def _line_now(process: Any, path: str) -> int:
    """The line at which a process waits, the innermost of the policy's own."""
    line = 0
    while inspect.isgenerator(process) and process.gi_frame is not None:
        if process.gi_code.co_filename == path:
            line = process.gi_frame.f_lineno
        process = process.gi_yieldfrom
    return line


def _wait_instead(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.0 < value < math.inf:
        return f"wait with  yield env.timeout({value:g})"
    if hasattr(value, "days"):
        return "write its days, 0 or more:  yield env.timeout((day - org.today).days)"
    return "wait with  yield env.timeout(days)  and 0 days or more"


def _said(error: BaseException) -> str:
    """What an exception says, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def _mend(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "end a policy with  return"
    return "mend the policy; with  csm-sim --debug  the whole traceback is shown"
