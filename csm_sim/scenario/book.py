"""The customer book: the ``segments`` of a scenario."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from csm_sim.scenario.fields import (
    AccountCount,
    Amount,
    Label,
    Model,
    Month,
    Name,
    Names,
    Revenue,
    Share,
    Term,
    Touch,
    key,
)


class AccountFile(Model):
    """A CSV file with one row per account, and the names of its columns."""

    file: Label = key(unit="file name", example="accounts.csv")
    """CSV file beside the scenario."""

    account: Label = key("account", unit="column", source="the key's own name", example="Account ID")
    """Column with the account's identifier."""

    arr: Label = key("arr", unit="column", source="the key's own name", example="ARR")
    """Column with the annual recurring revenue."""

    start: Label = key("start", unit="column", source="the key's own name", example="Contract start")
    """Column with the first day of the contract; the column may be missing."""

    renewal: Label = key("renewal", unit="column", source="the key's own name", example="Renewal date")
    """Column with the next renewal date; the column may be missing."""

    owner: Label = key("owner", unit="column", source="the key's own name", example="CSM")
    """Column with the name of the account's owner; the column may be missing."""

    name: Label = key("name", unit="column", source="the key's own name", example="Account Name")
    """Column with the name to show; the column may be missing."""

    only: dict[str, Names] = key(
        {}, unit="texts by column", source="all rows", example="{Plan: [Enterprise, Pro]}"
    )
    """Which rows belong to the segment: for a column the texts to keep, so that segments can share a file."""

    format: Label | None = key(None, unit="strptime text", example='"%d/%m/%Y"')
    """How dates are written in the file, when not year-month-day."""


class NewBusiness(Model):
    """Accounts that are won during the run."""

    per_month: Amount = key(unit="accounts a month", limits="0 or more", example="1")
    """Expected number of new accounts a month; they arrive at random."""


class ChurnRates(Model):
    """Share of accounts lost at a renewal, by health band."""

    green: Share = key(unit="share", limits="0% to 100%", example="3%")
    """At the middle of the green band."""

    yellow: Share = key(unit="share", limits="0% to 100%, at least green", example="10%")
    """At the middle of the yellow band."""

    red: Share = key(unit="share", limits="0% to 100%, at least yellow", example="35%")
    """At the middle of the red band."""


def _accounts_kind(value: object) -> str:
    return "<file>" if isinstance(value, (dict, AccountFile)) else "<count>"


AccountsOf = Annotated[
    Annotated[AccountCount, Tag("<count>")] | Annotated[AccountFile, Tag("<file>")],
    Discriminator(_accounts_kind),
]


class Segment(Model):
    """A part of the customer book that is served in one way."""

    touch: Touch = key(unit="word", limits="high, low or tech", example="high")
    """Touch tier: how much personal attention the accounts were promised."""

    accounts: AccountsOf = key(unit="accounts", limits="0 or more, or a file", example="400")
    """Number of accounts at the start, or a CSV file with one row per account."""

    arr: Revenue | None = key(None, unit="money a year", limits="0 or more", example="{p50: 1.2M, p90: 3M}")
    """Annual recurring revenue of an account: an amount or a distribution. Needed unless a file lists it."""

    term: Term = key(
        "12 months", unit="months", limits="1 month to 10 years", source="assumption", example="12 months"
    )
    """Length of a contract. Each account renews once a term."""

    renewals: dict[Month, Share] = key(
        {},
        unit="share by month",
        limits="sum at most 100%",
        source="evenly over the year",
        example="{mar: 30%}",
    )
    """Share of renewals that fall in a month; the rest is spread evenly over the other months."""

    owner: Name | None = key(None, unit="role", example="csm")
    """Role of the person who owns each account by name. Without it the accounts are served from a pool."""

    new: NewBusiness | None = key(None, unit="group", example="{per_month: 1}")
    """New business of the segment. Without it nothing is won."""

    churn: ChurnRates | None = key(
        None, unit="share at a renewal", example="{green: 3%, yellow: 10%, red: 35%}"
    )
    """Churn at a renewal by health band. Without it nobody churns."""
