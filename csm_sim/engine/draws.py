"""Keyed draws: every random number is a pure function of who it is for and what it decides.

``u = U01(hash(seed, replication, purpose, entity, index))``. Nothing depends on the order in which
things happen, so the same account raises the same tickets and meets the same renewal coin
whatever the staffing, and a replication can be run again alone or on any worker.

The hash chains the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable
pseudorandom number generators", OOPSLA) over the words of the key, with a multiplication between
words so that neighbouring keys share no structure. It is not meant for cryptography.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numba import float64, uint64
from numpy.typing import NDArray

from csm_sim.engine.compiled import inlined, kernel, typed
from csm_sim.world.distributions import TABLE_POINTS, TABLE_REACH
from csm_sim.world.records import CONSTANT, EXPONENTIAL, LOGNORMAL, TABLE

# Purposes. Frozen by a test: renumbering changes every result.
ARR: Final = 1
RENEWAL_DATE: Final = 2
NEW_BUSINESS: Final = 3
FRAILTY: Final = 4
SHARE: Final = 5
PHASE: Final = 6
TICKET_GAP: Final = 7
SEVERITY: Final = 8
EFFORT: Final = 9
CUSTOMER_WAIT: Final = 10
USAGE: Final = 11
RENEWAL: Final = 12
TIE: Final = 13
BUSYNESS: Final = 14
BATCH: Final = 15
DEFLECT: Final = 16
ROUTE: Final = 17
PATIENCE: Final = 18
MORE: Final = 19
TOUCH_EFFORT: Final = 20
TOUCH_WAIT: Final = 21
REOPEN: Final = 22
ESCALATE: Final = 23
ESCALATION: Final = 24
BACKLOG: Final = 25
TIME_TO_HIRE: Final = 26
RESIGN: Final = 27
LEAVE: Final = 28
SICK_GAP: Final = 29
SICK_LENGTH: Final = 30
ABSENT: Final = 31
WHO_LEAVES: Final = 32
HANDOVER: Final = 33
FIT: Final = 34
SALES: Final = 35
PULSE: Final = 36
DETECT: Final = 37
FALSE_ALARM: Final = 38
DECISION: Final = 39
CHANGE: Final = 40
EARLY: Final = 41
REACH: Final = 42
LEAD: Final = 43
CONVERT: Final = 44
COMMUNITY: Final = 45
ROLL_OUT: Final = 46
LEVEL: Final = 47
PURPOSES: Final = 48

_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_WORD = np.uint64(0xD6E8FEB86659FD93)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BELOW_ONE = 1.0 - 1.0 / 9007199254740992.0
_STEPS_PER_SCORE = (TABLE_POINTS - 1) / (2 * TABLE_REACH)


@cache
def root_seed(seed: int) -> np.uint64:
    """The 64-bit root of all keys for a user's seed (any integer from 0 on)."""
    return np.uint64(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])


@typed(uint64(uint64, uint64))
def absorb(state: np.uint64, word: np.uint64) -> np.uint64:
    """The state after one more word of the key."""
    z = (state + _GOLDEN) ^ (word * _WORD)
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@typed(float64(uint64))
def uniform(key: np.uint64) -> float:
    """A number in the open interval (0, 1) from a finished key, 53 bits.

    The very last of the 2**53 values would be rounded up to 1, so it is held just below.
    """
    return min((float64(key >> _S11) + 0.5) * (1.0 / 9007199254740992.0), _BELOW_ONE)


@typed(float64(uint64, uint64, uint64))
def draw(prefix: np.uint64, entity: np.uint64, index: np.uint64) -> float:
    """The uniform draw of one purpose for one entity, number ``index``."""
    return uniform(absorb(absorb(prefix, entity), index))


def purpose_prefixes(root: np.uint64, replication: np.uint64) -> NDArray[np.uint64]:
    """The beginning of the key for each purpose, shape (PURPOSES,)."""
    found = np.empty(PURPOSES, np.uint64)
    fill_prefixes(root, replication, found)
    return found


@kernel
def fill_prefixes(root: np.uint64, replication: np.uint64, found: NDArray[np.uint64]) -> None:
    """The beginning of the key for each purpose."""
    of_run = absorb(root, replication)
    for purpose in range(found.shape[0]):
        found[purpose] = absorb(of_run, np.uint64(purpose))


# coefficients from the constant term up
_CENTRE_TOP = (
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
)  # fmt: skip
_CENTRE_BOTTOM = (
    1.0, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
    21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
)  # fmt: skip
_TAIL_TOP = (
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
)  # fmt: skip
_TAIL_BOTTOM = (
    1.0, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
    0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_FAR_TOP = (
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)  # fmt: skip
_FAR_BOTTOM = (
    1.0, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
    7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
    2.04426310338993978564e-15,
)  # fmt: skip


@inlined
def _horner(c: tuple[float, ...], x: float) -> float:
    """The polynomial of degree 7 with coefficients ``c``."""
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]


@kernel
def normal_quantile(p: float) -> float:
    """The standard normal quantile, relative error about 1e-16.

    Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution",
    Applied Statistics 37(3), routine PPND16: three ratios of polynomials of degree 7.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _horner(_CENTRE_TOP, r) / _horner(_CENTRE_BOTTOM, r)
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        z = _horner(_TAIL_TOP, r - 1.6) / _horner(_TAIL_BOTTOM, r - 1.6)
    else:
        z = _horner(_FAR_TOP, r - 5.0) / _horner(_FAR_BOTTOM, r - 5.0)
    return -z if q < 0 else z


@inlined
def quantile(dists: NDArray[np.void], values: NDArray[np.float64], number: int, u: float) -> float:
    """The quantile at ``u`` of distribution ``number``, in its base unit."""
    d = dists[number]
    if d.form == LOGNORMAL:
        return math.exp(d.a + d.b * normal_quantile(u))
    if d.form == CONSTANT:
        return float64(d.a)
    if d.form == EXPONENTIAL:
        return -d.a * math.log(u)
    if d.form == TABLE:
        place = (normal_quantile(u) + TABLE_REACH) * _STEPS_PER_SCORE
        cell = min(max(int(place), 0), TABLE_POINTS - 2)
        low = values[d.offset + cell]
        return low + (place - cell) * (values[d.offset + cell + 1] - low)
    return float64(values[d.offset + int(u * d.length)])
