"""When a formula for waiting can be believed, in words that can stand beside its number.

The limits come from comparing the formulas with exact solutions and with simulated queues: the waits of one
person's book whose arrivals are random are met within about 15 % at 50-90 % load; where half of the load is
planned work that opens together in the morning, the formula was up to 1.7 times too low at half load and
2 times too high at 95 %; where all of it is, up to 3.2 times too low and 1.8 times too high. The fluid limit
is within 5 % from 120 % load and 20 people on; with 5 people it is 70 % off at full load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from csm_sim.language import Message

__all__ = ["Validity", "book_validity", "pool_validity"]

LOW: Final = 0.5
HIGH: Final = 0.9
"""Loads between which a queue of random arrivals settles fast and the formulas were tried."""
RANDOM: Final = 0.1
"""Share of planned work up to which arrivals count as random."""
MIXED: Final = 0.5
SWING: Final = 0.1
"""Load of the busiest month above the mean, from which a queue of mean load says little."""
FLUID_LOAD: Final = 1.2
FLUID_PEOPLE: Final = 20

_CLOSE: Final = Message("close to full load chance decides, and waits take months to settle")


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether an estimate of waiting can be used."""

    valid: bool
    text: str
    """``valid within about 15%``, or ``not valid: simulate, because ...``."""


def _simulate(because: Message) -> Validity:
    return Validity(False, Message("not valid: simulate, because {because}", because=because))


def _by_load(load: float, busiest: float) -> Validity | None:
    """What load and its change say against any formula for a queue that has settled."""
    if load >= 1:
        return _simulate(Message("there is more work than time: the queue grows all along"))
    if busiest >= 1:
        return _simulate(
            Message("in some months there is more work than time, and what is left over is carried on")
        )
    if busiest - load > SWING:
        return _simulate(Message("the load changes from month to month"))
    return None


def book_validity(load: float, busiest: float, planned_share: float) -> Validity:
    """Of the wait of one person's book by M/G/1 with priorities.

    Parameters
    ----------
    load
        Work over time of the person, mean of the horizon, >= 0.
    busiest
        Likewise in the busiest month.
    planned_share
        Share of the work that comes on a plan, which is not at random.

    Examples
    --------
    >>> book_validity(0.7, 0.75, 0.0).text
    'valid within about 15%'
    >>> book_validity(1.1, 1.2, 0.0).text
    'not valid: simulate, because there is more work than time: the queue grows all along'
    """
    against = _by_load(load, busiest)
    if against is not None:
        return against
    if load > HIGH:
        return _simulate(_CLOSE)
    if planned_share > MIXED:
        return _simulate(
            Message("most of the work is planned: it comes on a plan, not at random, and opens together")
        )
    if load < LOW:
        return Validity(True, Message("waits are short at this load, if the work comes evenly"))
    if planned_share > RANDOM:
        return Validity(
            True, Message("valid within about a factor of 2: part of the work is planned, not random")
        )
    return Validity(True, Message("valid within about 15%"))


def pool_validity(load: float, busiest: float, people: int, against: Sequence[str]) -> Validity:
    """Of the wait of a pool by Erlang C or, where customers give up, Erlang A.

    Parameters
    ----------
    load, busiest
        As in :func:`book_validity`, over the time of all the people.
    people
        How many there are.
    against
        What about the pool the formulas do not know; empty where their assumptions hold.

    Examples
    --------
    >>> pool_validity(0.8, 0.82, 10, ()).text
    'valid within about 10%'
    >>> pool_validity(1.3, 1.3, 40, ("the desk closes",)).text
    'valid within about 5% for what cannot be done: far more work than many people can do'
    """
    if load >= FLUID_LOAD and people >= FLUID_PEOPLE:
        return Validity(
            True,
            Message("valid within about 5% for what cannot be done: far more work than many people can do"),
        )
    trouble = _by_load(load, busiest)
    if trouble is not None:
        return trouble
    if against:
        first, more = Message(against[0]), len(against) - 1
        return _simulate(Message("{reason} (and {n} more)", reason=first, n=more) if more else first)
    if load > 0.95:
        return _simulate(_CLOSE)
    return Validity(True, Message("valid within about 10%"))
