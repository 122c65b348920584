"""The customer book: the ``segments`` of a scenario."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from csm_sim.scenario.customer_values import Channel
from csm_sim.scenario.fields import (
    AccountCount,
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
from csm_sim.scenario.new_business import NewBusiness
from csm_sim.scenario.revenue import ChurnRates, Contraction, EarlyChurn, Expansion


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


def _accounts_kind(value: object) -> str:
    return "<file>" if isinstance(value, (dict, AccountFile)) else "<count>"


AccountsOf = Annotated[
    Annotated[AccountCount, Tag("<count>")] | Annotated[AccountFile, Tag("<file>")],
    Discriminator(_accounts_kind),
]


def _automated_form(value: object) -> str:
    return "<each>" if isinstance(value, dict) else "<one>"


AutomatedOf = Annotated[
    Annotated[Share, Tag("<one>")] | Annotated[dict[Name, Share], Tag("<each>")],
    Discriminator(_automated_form),
]
"""A share of the effort of all planned work, or one for each of some playbooks."""


class Segment(Model):
    """A part of the customer book that is served in one way."""

    touch: Touch = key(unit="word", limits="high, low, tech or community", example="high")
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

    early_churn: EarlyChurn | None = key(None, unit="group", example="{chance: 5%, within: 90d}")
    """New accounts that leave before any renewal. Without it none does."""

    contraction: Contraction | None = key(
        None, unit="group", example="{chance: {green: 2%, yellow: 6%, red: 12%}, by: 20%}"
    )
    """Accounts that renew for less. Without it none does."""

    expansion: Expansion | None = key(
        None, unit="group", example="{chance: {green: 15%, yellow: 5%, red: 0%}, uplift: 20%}"
    )
    """Accounts that renew for more. Without it none does."""

    automated: AutomatedOf = key(
        "0%",
        unit="share of effort, or share by playbook",
        limits="0% to 100%",
        source="none is",
        example="{qbr: 50%}",
    )
    """What tools do of the effort of planned work for the accounts served here; programmes have their own."""

    channels: dict[Channel, Share] = key(
        {},
        unit="share of accounts by channel",
        limits="mail, phone, chat, in_person; 0% to 100% each",
        source="none: every channel reaches all",
        example="{mail: 30%, phone: 60%}",
    )
    """Share of the accounts that a channel reaches, when a step uses it; 100% for channels left out."""

    def automated_in(self, playbook: str) -> float:
        """What tools do of the effort of a playbook, for accounts served here."""
        if isinstance(self.automated, dict):
            return self.automated.get(playbook, 0.0)
        return self.automated
