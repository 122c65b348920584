"""What happens to customers, held against closed forms, through ordinary scenario files.

Coins are compared by exact binomial tests, arrivals by exact Poisson tests, amounts by Student t intervals
over replications. Seeds are fixed. A right engine fails anywhere in this file with 1 % (Bonferroni over
``COMPARISONS``); that chances wrong by a tenth would be noticed is a test of its own.
"""

from __future__ import annotations

import calendar
import copy

import numpy as np
import pytest
from properties.scenarios import Yaml, world_from
from scipy import stats
from theory.books_of_care import CARE, SALES
from theory.books_of_revenue import REVENUE
from theory.comparing import FALSE_ALARM_RATE, in_half_widths
from theory.customer_books import SEED, alike, book, counts, days, events, percent, played

from csm_sim.engine.simulate import Outcome, simulate
from csm_sim.theory import retention
from csm_sim.world import events as ev
from csm_sim.world import records as r

BOOKS = REVENUE | CARE
COMPARISONS = 200
"""At least as many as this file makes."""
ALPHA = FALSE_ALARM_RATE / COMPARISONS


def run(data: Yaml, replications: int, *, log: int = 0, unlimited: bool = True) -> list[Outcome]:
    world = world_from(data)
    return [
        simulate(world, seed=SEED, replication=k, unlimited=unlimited, log_capacity=log)
        for k in range(replications)
    ]


# ---------------------------------------------------------------- coins


@pytest.mark.parametrize("name", BOOKS)
def test_coins_fall_as_often_as_they_should(name: str) -> None:
    for what, hits, trials, chance in counts(BOOKS[name]):
        assert trials > 0, what
        if chance == 0.0:
            assert hits == 0, what
        else:
            p_value = stats.binomtest(hits, trials, chance).pvalue
            assert p_value > ALPHA, (what, hits, trials, chance, hits / trials)


def test_all_comparisons_are_counted() -> None:
    assert sum(count.chance > 0 for name in BOOKS for count in counts(BOOKS[name])) + 70 <= COMPARISONS


def test_chances_wrong_by_a_tenth_would_be_noticed() -> None:
    """By some comparison of each book, and by two in three of those of coins thrown often enough."""
    caught = {}
    for name in BOOKS:
        for what, hits, trials, chance in counts(BOOKS[name]):
            # from five standard errors of the wrong chance on
            if chance > 0 and 0.1 * chance * trials > 5.0 * np.sqrt(trials * chance * (1 - chance)):
                wrong = 1.1 * chance if chance < 0.9 else 1.0 - 1.1 * (1.0 - chance)
                caught[name, what, chance] = stats.binomtest(hits, trials, wrong).pvalue < ALPHA
    assert len({name for name, *_ in caught}) >= 18  # of 23
    assert np.mean(list(caught.values())) > 0.6


# ---------------------------------------------------------------- customers who differ


def test_customers_who_differ_leave_as_in_the_shifted_beta_geometric_model() -> None:
    """Twenty segments whose chances are the twentieths of a beta distribution: a cohort of the sBG model.

    Between the twenty chances and the continuous distribution lie at most 0.3 % of the book over a year.
    """
    alpha, beta, parts = 1.5, 12.0, 20
    cuts = stats.beta.ppf(np.linspace(0, 1, parts + 1), alpha, beta)
    means = parts * alpha / (alpha + beta) * np.diff(stats.beta.cdf(cuts, alpha + 1, beta))
    segments = {
        f"part{k}": {"touch": "tech", "accounts": 500, "arr": "1", "term": "1 months", "churn": alike(p)}
        for k, p in enumerate(means.tolist())
    }
    outcome = run(book(segments=segments), 1, log=200_000)[0]
    log = events(outcome, ev.RENEWED, ev.CHURN)
    renewals = np.bincount(log["account"], minlength=len(outcome.accounts))
    lost = np.zeros(len(renewals), bool)
    lost[log["account"][log["what"] == ev.CHURN]] = True
    periods = np.arange(1, 12)
    survival = retention.sbg_survival(alpha, beta, periods)
    mixture = (1.0 - means[None, :]) ** periods[:, None]
    np.testing.assert_allclose(mixture.mean(axis=1), survival, atol=0.003)
    # the eleventh renewal of everybody falls within the year: nobody is censored before
    found = retention.kaplan_meier(renewals, lost, periods)
    for period, share, by_mixture in zip(periods.tolist(), found.tolist(), mixture, strict=True):
        # coins with unequal chances: the binomial with the mean chance spreads more
        hits = round(share * len(renewals))
        assert stats.binomtest(hits, len(renewals), by_mixture.mean()).pvalue > ALPHA, period
    assert (np.diff(retention.sbg_retention_rate(alpha, beta, periods)) > 0).all()
    fit = retention.sbg_fit(np.concatenate([[1.0], found]) * len(renewals))
    assert fit.alpha / (fit.alpha + fit.beta) == pytest.approx(alpha / (alpha + beta), rel=0.05)
    assert fit.alpha + fit.beta == pytest.approx(alpha + beta, rel=0.35)


# ---------------------------------------------------------------- revenue


def test_a_book_that_shrinks_and_grows_by_the_closed_form() -> None:
    """Each term multiplies what is expected of an account by ``(1 - p)(1 - c b + e u)``."""
    p, c, b, e, u = 0.03, 0.1, 0.2, 0.15, 0.25
    data = book(
        {
            "arr": "1B",  # rounding to whole units does not matter then
            "term": "3 months",
            "churn": alike(p),
            "contraction": {"chance": alike(c), "by": "20%"},
            "expansion": {"chance": alike(e), "uplift": "25%"},
        }
    )
    outcomes = run(data, 40)
    # 365 days are four terms, less a quarter of a day
    a_year = (1 - p) * (1 - c * b + e * u)
    four = 1.0 - 0.25 / (3 * r.MONTH_DAYS)
    expected = 1e12 * (four * a_year**4 + (1 - four) * a_year**3)
    closing = np.array([o.months["arr_end"][-1].sum() for o in outcomes])
    assert abs(in_half_widths(closing, expected, COMPARISONS)) < 1.0
    assert abs(in_half_widths(closing, 1.03 * expected, COMPARISONS)) > 1.0
    m = outcomes[0].months
    lost = retention.gross_revenue_retention(
        m["arr_renewable"].sum(), m["arr_churned"].sum(), m["arr_contracted"].sum()
    )
    assert lost == pytest.approx(1 - p - (1 - p) * c * b, abs=0.01)


def test_prices_by_hand() -> None:
    """5 % from April, 10 % from August: at the next renewal, rounded to the whole unit, and no coin in it."""
    acts = [
        {"on": "2027-04-01", "price": {"segments": "all", "by": "5%"}},
        {"on": "2027-08-01", "price": {"segments": ["smb"], "by": "10%"}},
    ]
    for term, arr in (("1 months", 1_155_001), ("12 months", None)):
        outcome = run(book({"term": term, "arr": "1000001"}, timeline=acts), 1, log=50_000)[0]
        m = outcome.months[:, 0]
        np.testing.assert_array_equal(m["arr_price"], m["arr_price_expected"])
        if arr:
            # 1000001 * 1.05 = 1050001.05 -> 1050001, * 1.1 = 1155001.1 -> 1155001
            assert (outcome.accounts["arr"] == arr).all()
        else:
            renewed = {int(e["account"]): int(days(e)) for e in events(outcome, ev.RENEWED)}
            # both at once for who renews in August or later: 1000001 * 1.155 = 1155001.155
            for account, number in zip(
                outcome.accounts.tolist(), outcome.accounts["number"].tolist(), strict=True
            ):
                day = renewed.get(number, -1)
                rise = 1_155_001 if day >= 212 else 1_050_001 if day >= 90 else 1_000_001
                assert account[outcome.accounts.dtype.names.index("arr")] == rise


def everything(**health: object) -> Yaml:
    """A book in which all that changes ARR happens often, with work that is late now and then."""
    play = {"for": "smb", "steps": [{"do": "call", "effort": "2h", "due": "2d"}]}
    change = {
        "upsell": {"lead": "50%", "converts": percent(green=0.5, yellow=0.2, red=0.05), "uplift": "10%"},
        "cross_sell": {"lead": "30%", "converts": percent(green=0.6, yellow=0.3, red=0.1), "uplift": "15%"},
    }
    return {
        **book(),
        "calendar": {"country": "DE"},
        "segments": {
            "smb": {
                "touch": "low",
                "accounts": 80,
                "arr": {"p50": "1M", "p90": "5M"},
                "term": "3 months",
                "owner": "csm",
                "churn": percent(green=0.03, yellow=0.1, red=0.3),
                "contraction": {"chance": percent(green=0.05, yellow=0.15, red=0.3), "by": "20%"},
                "expansion": {"chance": percent(green=0.2, yellow=0.1, red=0.0), "uplift": "25%"},
                "early_churn": {"chance": "10%", "within": "90d"},
                "new": {"per_month": 8, "bad_fit": {"share": "30%", "churn_odds": "x2", "usage": -15}},
            }
        },
        "staff": {"csm": {"headcount": 2, "serves": "all"}},
        "playbooks": {
            "review": {**play, "every": "month", "effect": change},
            "onboarding": {**play, "on": "new_account", "first_value_after": "call"},
            "save": {
                **play,
                "on": "health_red",
                "again_after": "30d",
                "effect": {"saves": "40%", "health": {"engagement": 10}},
            },
        },
        "tickets": {"rate": "1 per month", "severities": {"p": {"effort": "1h", "resolve": "8h"}}},
        "health": {
            "decision": {"min": "10d", "max": "50d"},
            "detection": {"delay": "3d", "sensitivity": "70%", "false_alarms": "5%"},
            "silence": {"after": "40d", "to": 40, "half_life": "60d"},
            **health,
        },
        "timeline": [{"on": "2027-05-01", "price": {"segments": "all", "by": "8%", "churn_odds": "x1.3"}}],
    }


PAIRS = (
    ("arr_churned", "arr_churn_expected"),
    ("churned", "churn_expected"),
    ("arr_churned_early", "arr_early_expected"),
    ("churned_early", "early_expected"),
    ("arr_price", "arr_price_expected"),
    ("arr_contracted", "arr_contracted_expected"),
    ("arr_expanded", "arr_expanded_expected"),
    ("arr_upsold", "arr_upsold_expected"),
    ("arr_cross_sold", "arr_cross_sold_expected"),
)


@pytest.mark.parametrize("unlimited", [False, True])
def test_what_is_expected_is_what_is_counted_on_average(unlimited: bool) -> None:
    """The compensator: with all rules at once, a month at a time and over the year."""
    months = [o.months[:, 0] for o in run(everything(), 120, unlimited=unlimited)]
    for counted, expected in PAIRS:
        coins = np.array([m[counted] for m in months], np.float64)
        chances = np.array([m[expected] for m in months])
        apart = coins - chances
        assert abs(in_half_widths(apart.sum(axis=1), 0.0, COMPARISONS)) < 1.0, counted
        assert coins.sum() > 0, counted
        # what the chances are taken for; prices are certain but for the coin of churn
        assert np.var(chances.sum(axis=1)) < np.var(coins.sum(axis=1)), counted
        # differences of a martingale: uncorrelated from one half of the year to the other
        first, second = apart[:, :6].sum(axis=1), apart[:, 6:].sum(axis=1)
        if first.std() > 0:
            assert stats.pearsonr(first, second).pvalue > ALPHA, counted


# ---------------------------------------------------------------- new business


def test_new_business_by_season_and_push() -> None:
    """Poisson counts: 100 a month of 30.4375 days, twice in February, three times from April to June.

    An account starts at the midnight after it has arrived, so a month's come from the day before it to the
    day before its last.
    """
    replications = 12
    season = {2: 2.0, 11: 0.5}
    by_day = [
        season.get(month, 1.0) * (3.0 if month in (4, 5, 6) else 1.0)
        for month in range(1, 13)
        for _ in range(calendar.monthrange(2027, month)[1])
    ]
    starts = np.concatenate([[0.0], by_day[:-1]])  # expected on each day, in plain days
    ends = np.cumsum([calendar.monthrange(2027, month)[1] for month in range(1, 13)])
    expected = 100.0 / r.MONTH_DAYS * np.diff(np.concatenate([[0.0], np.cumsum(starts)[ends - 1]]))
    outcomes = played(BOOKS["traits"])
    more = run(BOOKS["traits"].data, replications)
    new = np.array([o.months["new"][:, 0] for o in more])
    np.testing.assert_array_equal(new[: len(outcomes)], [o.months["new"][:, 0] for o in outcomes])
    for month in range(12):
        total = int(new[:, month].sum())
        at_most, at_least = stats.poisson.cdf(total, replications * expected[month]), stats.poisson.sf(
            total - 1, replications * expected[month]
        )  # fmt: skip
        assert 2 * min(at_most, at_least) > ALPHA, month
    # as wide as Poisson counts: the index of dispersion is chi-square
    dispersion = ((new - new.mean(axis=0)) ** 2 / expected).sum()
    freedom = 12 * (replications - 1)
    assert ALPHA / 2 < stats.chi2.cdf(dispersion, freedom) < 1 - ALPHA / 2


# ---------------------------------------------------------------- decisions


def test_decisions_are_made_evenly_between_their_limits() -> None:
    data = book(
        {"term": "12 months", "churn": alike(0.1), "accounts": 2000},
        rules={"decision": {"min": "20d", "max": "80d"}},
    )
    lags = []
    for outcome in run(data, 2, log=200_000):
        decided = {int(e["account"]): int(days(e)) for e in events(outcome, ev.DECIDED)}
        for event in events(outcome, ev.RENEWED, ev.CHURN):
            if days(event) >= 80:  # else the lag would begin before the run
                lags.append(int(days(event)) - decided[int(event["account"])])
    # whole days 20 to 79, floor of an even draw between 20 and 80
    assert min(lags) >= 20 and max(lags) <= 79
    assert stats.chisquare(np.bincount(lags, minlength=80)[20:]).pvalue > ALPHA


def test_the_team_acts_the_stated_days_after_it_has_seen() -> None:
    data = copy.deepcopy(BOOKS["sensitivity"].data)
    data["health"]["detection"]["delay"] = "9d"
    outcome = run(data, 1, log=100_000)[0]
    seen = {int(e["account"]): int(days(e)) for e in events(outcome, ev.SEEN)}
    opened = {int(e["account"]): int(days(e)) for e in events(outcome, ev.OPENED)}
    assert {account: day + 9 for account, day in seen.items() if day + 9 < 365} == opened


# ---------------------------------------------------------------- community


def test_members_answer_some_tickets_among_themselves() -> None:
    """30 % of the accounts deflect 40 % of their tickets, beside 10 % that self-service deflects for all."""
    data = book(
        community={"members": "30%", "usage": 0, "deflects": "40%"},
        tickets={
            "rate": "2 per month",
            "severities": {"p": {"effort": "10min"}},
            "deflection": {"self_service": {"to": "10%"}},
        },
        horizon="3 months",
    )
    shares = []
    for outcome in run(data, 12):
        tally = outcome.tallies
        shares.append(tally["deflected"].sum() / tally["opened"].sum())
    expected = 0.3 * (1 - 0.9 * 0.6) + 0.7 * 0.1
    assert abs(in_half_widths(np.array(shares), expected, COMPARISONS)) < 1.0
    assert abs(in_half_widths(np.array(shares), 1.1 * expected, COMPARISONS)) > 1.0


def test_new_accounts_of_a_segment_with_traits_raise_more_tickets() -> None:
    """A bad fit twice, a poor handover 1.5 times: shares of 40 % and 50 %, drawn apart."""
    traits = {
        "bad_fit": {"share": "40%", "tickets": "x2"},
        "poor_handover": {"share": "50%", "tickets": "x1.5"},
    }
    data = book(
        {**SALES, "new": {"per_month": 300, **traits}},
        tickets={"rate": "3 per month", "severities": {"p": {"effort": "10min"}}},
        horizon="4 months",
    )
    found = []
    for outcome in run(data, 12):
        # days lived from the start to the end, in months
        lived = (120 - outcome.accounts["start_day"][outcome.accounts["status"] == r.ALIVE]) / r.MONTH_DAYS
        found.append(outcome.tallies["opened"].sum() / lived.sum())
    expected = 3.0 * (1 + 0.4) * (1 + 0.25)
    assert abs(in_half_widths(np.array(found), expected, COMPARISONS)) < 1.0
    assert abs(in_half_widths(np.array(found), 1.05 * expected, COMPARISONS)) > 1.0
