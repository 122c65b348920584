"""Keyed draws: frozen keys, good quality, right quantiles, and nothing that staffing can move.

Statistical tests have fixed seeds and a false-alarm rate of 1 in 1,000 for each comparison: they pass for
ever once they pass, and would fail a right generator once in a thousand choices of seed.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray
from scipy import special, stats

from csm_sim.engine import draws as dr
from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.scenario.distributions import Distribution, read_effort
from csm_sim.scenario.load import load
from csm_sim.world import events as ev
from csm_sim.world.build import build_world
from csm_sim.world.distributions import DistributionTable
from csm_sim.world.identity import absorb_uid, name_uid

Floats = NDArray[np.float64]

FALSE_ALARM_RATE = 0.001
WORD = (1 << 64) - 1

# The definition once more, from docs/explanation/model.md and with unlimited integers.


def mixed(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def absorbed(state: int, word: int) -> int:
    return mixed(((state + 0x9E3779B97F4A7C15) & WORD) ^ ((word * 0xD6E8FEB86659FD93) & WORD))


def key_of(*words: int) -> int:
    key, *others = words
    for word in others:
        key = absorbed(key, word)
    return key


def uniform_of(key: int) -> float:
    return ((key >> 11) + 0.5) * 2.0**-53


# ------------------------------------------------------------------------------------ frozen numbers

GOLDEN_KEYS = [  # root, replication, purpose, entity, index, key
    (0, 0, 1, 0, 0, 0x15A2B32B169C5CB0),
    (1, 0, 1, 0, 0, 0xF6E2C923530876A1),
    (0, 1, 1, 0, 0, 0xD417C754BAB63804),
    (0, 0, 2, 0, 0, 0x3F609BA3B40D8936),
    (0, 0, 1, 1, 0, 0xB969876BA9EDA08F),
    (0, 0, 1, 0, 1, 0xB28BFD37A32F1D14),
    (1, 0, 9, 0xE4F4F400996ED9DE, 0, 0x441401FB65063F2A),  # segment/enterprise
    (1, 0, 7, 0xE4F4F400996ED9DE, 1, 0x56C826851E729AF5),
    (1, 199, 12, 0xE4F4F400996ED9DE, 3, 0x49176951ECCF78B9),
    (2027, 5, 4, 0x0060DA26C5AABD6B, 0, 0xBE9E30B54B6F577D),  # account 0 of segment/smb
    (2027, 5, 4, 0x8490CE739A09379D, 0, 0xD2A65EB3E49AEA36),  # its first new business
    (2027, 6, 8, 0xA3C2CB6C56FC44A3, 41, 0x60A07C57E81C851B),  # tickets of its account 7
    (2027, 6, 9, 0xC0ABAF97F0A01CB3, 322, 0xDAEF60DEB8DC2D79),  # playbook/qbr of it, occurrence 5, step 2
    (3, 0, 13, 0xDF1732A1C5795368, 0, 0x19173BBD7EA79819),  # account/A-1
    (3, 0, 11, 0xDF1732A1C5795368, 11, 0x1A7D3B97F46A8721),
    (WORD, WORD, 13, WORD, WORD, 0x1E157AE9C2B5BF6A),
    (1 << 63, 1 << 32, 10, 1 << 63, 1 << 63, 0x8AE9B3A8F31DC611),
    (0x0123456789ABCDEF, 12345, 6, 0xFEDCBA9876543210, 99, 0x851E86EA6773137E),
    (42, (1 << 31) - 1, 3, 0x4E1AC24799CB6968, 1 << 31, 0xA4CB5A3F89A3097A),  # segment/b2c
    (42, 0, 5, 0x4901D8BD69B4D3F0, 1, 0x876E8CDE852292A8),  # 役割
]


@pytest.mark.parametrize("words", GOLDEN_KEYS)
def test_keys_are_frozen(words: tuple[int, ...]) -> None:
    *given_words, frozen = words
    assert key_of(*given_words) == frozen
    root, replication, purpose, entity, index = (np.uint64(word) for word in given_words)
    prefix = dr.purpose_prefixes(root, replication)[int(purpose)]
    # back in Python a key is an int, and an int would go in again with a sign
    assert int(dr.absorb(np.uint64(dr.absorb(prefix, entity)), index)) == frozen
    assert dr.draw(prefix, entity, index) == uniform_of(frozen)


def test_purposes_are_frozen() -> None:
    names = (
        "ARR RENEWAL_DATE NEW_BUSINESS FRAILTY SHARE PHASE TICKET_GAP SEVERITY EFFORT CUSTOMER_WAIT USAGE "
        "RENEWAL TIE BUSYNESS BATCH DEFLECT ROUTE PATIENCE MORE TOUCH_EFFORT TOUCH_WAIT REOPEN ESCALATE "
        "ESCALATION BACKLOG TIME_TO_HIRE RESIGN LEAVE SICK_GAP SICK_LENGTH ABSENT WHO_LEAVES HANDOVER "
        "FIT SALES PULSE DETECT FALSE_ALARM DECISION CHANGE EARLY REACH LEAD CONVERT COMMUNITY ROLL_OUT LEVEL"
    )
    assert [getattr(dr, name) for name in names.split()] == list(range(1, 48))
    assert dr.PURPOSES == 48


@pytest.mark.parametrize(
    ("seed", "root"),
    [
        (0, 0xDB2CD7E7B0F478BE),
        (1, 0x672D8EE56D6791FF),
        (2027, 0xF4D543E501FCD456),
        (1 << 64, 0x78082392E45B7FC2),
        (10**30, 0x2E673AFB90500330),
    ],
)
def test_root_seeds_are_frozen(seed: int, root: int) -> None:
    assert int(dr.root_seed(seed)) == root


@pytest.mark.parametrize(
    ("name", "uid"),
    [
        ("segment/enterprise", 0xE4F4F400996ED9DE),
        ("segment/b2c", 0x4E1AC24799CB6968),
        ("account/A-1", 0xDF1732A1C5795368),
        ("役割", 0x4901D8BD69B4D3F0),
    ],
)
def test_identities_of_names_are_frozen(name: str, uid: int) -> None:
    assert name_uid(name) == uid


@given(state=st.integers(0, WORD), word=st.integers(0, WORD))
def test_identities_and_draws_absorb_alike(state: int, word: int) -> None:
    assert (
        int(dr.absorb(np.uint64(state), np.uint64(word))) == absorb_uid(state, word) == absorbed(state, word)
    )


@pytest.mark.parametrize("key", [0, 1 << 11, 1 << 63, WORD - (1 << 11), WORD])
def test_a_draw_is_inside_the_open_interval(key: int) -> None:
    # At 1.0 an exponential is 0, a normal quantile is nan, and a sample is read beyond its end.
    assert 0.0 < dr.uniform(np.uint64(key)) < 1.0


# ------------------------------------------------------------------------------------ quality

N = 1_000_000


def _many(root: int, axis: int, n: int) -> Floats:
    """Draws that differ in one word of the key only, which counts up from 0."""
    found = np.empty(n)
    words = np.array([root, 3, dr.EFFORT, 0x0060DA26C5AABD6B, 5], np.uint64)
    for i in range(n):
        words[axis] = np.uint64(i)
        prefix = dr.absorb(dr.absorb(words[0], words[1]), words[2])
        found[i] = dr.draw(prefix, words[3], words[4])
    return found


many: Any = njit(_many)


WORDS = ["root", "replication", "purpose", "entity", "index"]


@pytest.fixture(scope="module", params=range(len(WORDS)), ids=WORDS)
def neighbours(request: pytest.FixtureRequest) -> Floats:
    return np.asarray(many(2027, request.param, N))


def test_draws_are_uniform(neighbours: Floats) -> None:
    assert stats.kstest(neighbours, "uniform").pvalue > FALSE_ALARM_RATE
    counts = np.bincount((neighbours * 1000).astype(np.int64), minlength=1000)
    assert stats.chisquare(counts).pvalue > FALSE_ALARM_RATE


def test_low_bits_are_uniform_too(neighbours: Floats) -> None:
    counts = np.bincount((neighbours * 2.0**40 % 1024).astype(np.int64), minlength=1024)
    assert stats.chisquare(counts).pvalue > FALSE_ALARM_RATE


def test_neighbouring_draws_are_independent(neighbours: Floats) -> None:
    cells = (neighbours * 64).astype(np.int64)
    pairs = np.bincount(cells[0::2] * 64 + cells[1::2], minlength=64 * 64)
    assert stats.chisquare(pairs).pvalue > FALSE_ALARM_RATE
    critical = stats.norm.isf(FALSE_ALARM_RATE / 2)
    for lag in (1, 2, 3, 64):
        # The product of two independent uniforms about their mean has variance 1 / 144.
        product = (neighbours[lag:] - 0.5) * (neighbours[:-lag] - 0.5)
        assert abs(product.mean()) * 12.0 * np.sqrt(len(product)) < critical


def test_draws_for_neighbouring_purposes_are_independent() -> None:
    root = dr.root_seed(1)
    prefixes = dr.purpose_prefixes(root, np.uint64(0))
    table = np.array(
        [[dr.draw(p, np.uint64(k), np.uint64(0)) for k in range(5000)] for p in prefixes[1 : dr.PURPOSES]]
    )
    pairs = np.corrcoef(table)[np.triu_indices(len(table), 1)] * np.sqrt(table.shape[1])
    assert np.abs(pairs).max() < stats.norm.isf(FALSE_ALARM_RATE / (2 * len(pairs)))


def test_every_bit_of_a_word_moves_half_of_the_key() -> None:
    for place in range(5):
        words = [11, 22, 9, 0x0060DA26C5AABD6B, 33]
        before, flips = key_of(*words), []
        for bit in range(64):
            words[place] ^= 1 << bit
            flips.append((key_of(*words) ^ before).bit_count())
            words[place] ^= 1 << bit
        # 64 x 64 fair coins: the mean of 64 counts has a standard deviation of 4 / 8.
        assert abs(np.mean(flips) - 32.0) < stats.norm.isf(FALSE_ALARM_RATE / 10) * 0.5


# ------------------------------------------------------------------------------------ quantiles

TAILS = 10.0 ** -np.linspace(0.31, 16, 3000)
PROBABILITIES = np.concatenate([TAILS, 1.0 - TAILS[TAILS > 2e-16], np.linspace(0.001, 0.999, 9999)])


def test_normal_quantile() -> None:
    found = np.array([dr.normal_quantile(p) for p in PROBABILITIES])
    assert np.abs(found - special.ndtri(PROBABILITIES)).max() < 1e-14


def scaled(low: float, mode: float, high: float) -> tuple[float, float]:
    return 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)


# As a scenario writes it, the law, and how far a quantile may be off, as a share of the mean.
FORMS: dict[str, tuple[Any, Any, float]] = {
    "lognormal": (
        {"mean": "30min", "cv": 1.2},
        stats.lognorm(s=np.sqrt(np.log1p(1.44)), scale=30 / np.sqrt(2.44)),
        1e-12,
    ),
    "a duration": ("30min", stats.lognorm(s=np.sqrt(np.log1p(0.25)), scale=30 / np.sqrt(1.25)), 1e-12),
    "p50 and p90": (
        {"p50": "30min", "p90": "90min"},
        stats.lognorm(s=np.log(3) / stats.norm.ppf(0.9), scale=30),
        1e-12,
    ),
    "gamma, cv 0.3": ({"gamma": {"mean": "30min", "cv": 0.3}}, stats.gamma(1 / 0.09, scale=2.7), 1e-6),
    "gamma, cv 1": ({"gamma": {"mean": "30min", "cv": 1}}, stats.expon(scale=30), 1e-5),
    "gamma, cv 3": ({"gamma": {"mean": "30min", "cv": 3}}, stats.gamma(1 / 9, scale=270), 1e-4),
    "triangular": ({"triangular": ["10min", "20min", "60min"]}, stats.triang(0.2, 10, 50), 1e-5),
    "pert": (
        {"pert": ["10min", "20min", "60min"]},
        stats.beta(*scaled(10, 20, 60), loc=10, scale=50),
        1e-5,
    ),
}
GRID = (np.arange(20_000) + 0.5) / 20_000
UPPER_TAIL = 1.0 - 10.0 ** -np.linspace(4, 12, 200)
LOWER_TAIL = 10.0 ** -np.linspace(4, 15, 200)


def quantiles(distribution: Distribution, probabilities: Floats, samples: Floats | None = None) -> Floats:
    table = DistributionTable()
    number = table.add(distribution, samples)
    rows, values = table.finish()
    return np.array([dr.quantile(rows, values, number, u) for u in probabilities])


@pytest.mark.parametrize("form", FORMS)
def test_quantiles_of_each_form(form: str) -> None:
    written, law, tolerance = FORMS[form]
    for probabilities in (GRID, LOWER_TAIL):
        off = quantiles(read_effort(written), probabilities) - law.ppf(probabilities)
        assert np.abs(off).max() < tolerance * law.mean()
    # A tail quantile is large, so there the relative error counts.
    tail = quantiles(read_effort(written), UPPER_TAIL) / law.ppf(UPPER_TAIL)
    assert np.abs(tail - 1.0).max() < max(tolerance, 1e-10)
    assert np.all(np.diff(quantiles(read_effort(written), GRID)) > 0)


def test_an_exponential_is_drawn_from_the_upper_end() -> None:
    # -mean ln u, as the rules say of gaps: a small u is a long one.
    found = quantiles(read_effort({"exponential": "30min"}), GRID)
    assert found == pytest.approx(stats.expon(scale=30).isf(GRID), rel=1e-12)


@pytest.mark.parametrize("shape", [0.06, 0.4, 1.0, 5.0])
def test_frailty_is_gamma_with_mean_one(shape: float) -> None:
    table = DistributionTable()
    number = table.frailty(shape)
    rows, values = table.finish()
    found = np.array([dr.quantile(rows, values, number, u) for u in GRID])
    law = stats.gamma(shape, scale=1 / shape)
    assert np.abs(found - law.ppf(GRID)).max() < 1e-4
    assert np.all(found >= 0.0)
    # The same average over the same grid: what the table adds to the mean, not what the grid does.
    assert found.mean() == pytest.approx(law.ppf(GRID).mean(), rel=2e-5)


def test_a_constant_is_constant() -> None:
    assert set(quantiles(read_effort({"constant": "30min"}), GRID[::500])) == {30.0}


def test_samples_are_drawn_evenly() -> None:
    samples = np.array([5.0, 1.0, 9.0, 9.0])
    empirical = Distribution("empirical", (), "efforts.csv", "minutes")
    found = quantiles(empirical, GRID, samples)
    assert found.tolist() == np.quantile(samples, GRID, method="inverted_cdf").tolist()


# ------------------------------------------------------------------------------------ who does the work

BOOK = """
name: book
start: 2027-01-04
horizon: 9 months
warm_up: 1 month
segments:
  smb:
    touch: low
    accounts: 60
    arr: {{p50: 1M, p90: 3M}}
    term: 3 months
    owner: csm
    new: {{per_month: 5}}
    churn: {{green: 5%, yellow: 15%, red: 40%}}
  tail: {{touch: tech, accounts: 40, arr: 100k, term: 1 month, churn: {{green: 2%, yellow: 6%, red: 20%}}}}
staff:
  csm: {{headcount: {csms}}}
  support: {{headcount: {agents}, serves: all}}
playbooks:
  review:
    for: smb
    every: month
    steps:
      - {{do: prepare, effort: 2h, due: 3d, drop_after: 3d}}
      - {{do: meet, effort: {{pert: [30min, 1h, 3h]}}, due: 5d, customer_wait: {{exponential: 2d}}}}
      - {{do: write, effort: {{gamma: {{mean: 1h, cv: 1.5}}}}, due: 12d}}
  onboarding: {{for: smb, on: new_account, steps: [{{do: kickoff, effort: 3h, due: 5d}}]}}
tickets:
  rate: 1.5 per month
  unequal: 0.4
  severities:
    p1: {{share: 20%, effort: {{mean: 2h, cv: 1.2}}, first_response: 1h, priority: 1, preempts: true}}
    p2: {{share: 80%, effort: {{mean: 40min, cv: 1.2}}, resolve: 2bd, priority: 3}}
"""
STAFFS = [(1, 1), (2, 1), (3, 4), (9, 0)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The same replication with different people, and the fully-staffed twin of the last."""
    file = tmp_path_factory.mktemp("book") / "book.yaml"
    outcomes = []
    for csms, agents in STAFFS:
        file.write_text(BOOK.format(csms=csms, agents=agents), encoding="utf-8")
        world = build_world(load(file))
        outcomes.append(simulate(world, seed=5, replication=3, log_capacity=100_000))
    return [*outcomes, simulate(world, seed=5, replication=3, unlimited=True, log_capacity=100_000)]


Work = tuple[int, int, int, int]


def by_number(outcome: Outcome, column: str) -> NDArray[Any]:
    """A column of the accounts by the number that the log gives them."""
    found = np.empty_like(outcome.accounts[column])
    found[outcome.accounts["number"]] = outcome.accounts[column]
    return found


def opened(outcome: Outcome) -> dict[Work, tuple[float, float]]:
    """When each piece of account work opened and the effort in it, by (account, kind, occurrence, step)."""
    log, uids = outcome.events, by_number(outcome, "uid")
    of_accounts = log[(log["what"] == ev.OPENED) & (log["account"] >= 0)]
    return {
        (int(uids[e["account"]]), int(e["kind"]), int(e["occurrence"]), int(e["step"])): (
            float(e["time"]),
            float(e["value"]),
        )
        for e in of_accounts
    }


def test_the_same_work_has_the_same_effort_whoever_does_it(runs: list[Outcome]) -> None:
    first = opened(runs[0])
    for other in map(opened, runs[1:]):
        both = first.keys() & other.keys()
        assert len(both) > 0.5 * len(first)
        assert first.keys() != other.keys()  # the books have gone different ways, or this shows nothing
        assert {work: first[work][1] for work in both} == {work: other[work][1] for work in both}


def test_the_same_customers_raise_the_same_tickets_at_the_same_time(runs: list[Outcome]) -> None:
    tickets = 2  # after the two playbooks
    first = {work: at for work, at in opened(runs[0]).items() if work[1] == tickets}
    for outcome in runs[1:]:
        other = {work: at for work, at in opened(outcome).items() if work[1] == tickets}
        both = first.keys() & other.keys()
        assert len(both) > 500
        assert {work: first[work] for work in both} == {work: other[work] for work in both}
        # The severity is a part of the key: no ticket has another one in the other run.
        severity = {work[:3]: work[3] for work in first}
        assert all(severity[work[:3]] == work[3] for work in other if work[:3] in severity)


def test_the_same_customers_meet_the_same_renewal_coin(runs: list[Outcome]) -> None:
    root, probabilities = int(dr.root_seed(5)), set()
    for outcome in runs:
        log, uids = outcome.events, by_number(outcome, "uid")
        renewals = log[(log["what"] == ev.RENEWED) | (log["what"] == ev.CHURN)]
        assert len(renewals) > 100
        for event in renewals:
            uid, number = int(uids[event["account"]]), int(event["occurrence"])
            coin = uniform_of(key_of(root, 3, dr.RENEWAL, uid, number))
            assert (event["what"] == ev.CHURN) == (coin < event["value"])
        probabilities.add(tuple(np.sort(renewals["value"])))
    assert len(probabilities) > 1  # staffing moved the chances, though not the coins


def test_the_book_begins_the_same_whoever_works(runs: list[Outcome]) -> None:
    for other in runs[1:]:
        for name in ("uid", "arr", "first_renewal_day", "start_day"):
            assert np.array_equal(by_number(runs[0], name), by_number(other, name))
