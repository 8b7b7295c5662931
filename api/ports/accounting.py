"""How this installation's books look to an accountant: numbers of accounts, and what the file for DATEV begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.domain.finance.accounts import Account
from api.domain.finance.datev import CHARTS


@dataclass(frozen=True, slots=True)
class AccountingRules:
    """Numbers that an accountant gives; the defaults are those of a chart, to be confirmed by them."""

    consultant: int = 1001
    """DATEV's number of the tax consultant."""
    client: int = 1
    """The consultant's number of the company."""
    chart: str = "03"
    """``03`` or ``04``: which standard chart (SKR) the numbers are of."""
    account_length: int = 4
    numbers: Mapping[str, str] = field(default_factory=dict)
    """By account of ours, where the chart's number is not wanted."""
    year_begins: int = 1
    """The month in which the fiscal year begins."""

    def number_of(self, account: str) -> str:
        """Return the number under which an account of ours is booked."""
        return self.numbers.get(account) or CHARTS[self.chart][Account(account)]

    def to_json(self) -> dict[str, Any]:
        """Return the rules as they are frozen with a shut period: every number, whatever the chart says later."""
        return {
            "consultant": self.consultant,
            "client": self.client,
            "chart": self.chart,
            "account_length": self.account_length,
            "numbers": {str(account): self.number_of(account) for account in Account},
            "year_begins": self.year_begins,
        }
