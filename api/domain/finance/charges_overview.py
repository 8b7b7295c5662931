"""What a driver's list of charges says on paper: line by line, and summed up by currency, never across currencies.

Does not live here: the words and the page (``clients/documents``), or which charges are listed (``services/history``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from api.domain.finance.issuer import Issuer


@dataclass(frozen=True, slots=True)
class ListedCharge:
    """One charge. Money in minor units of ``currency``; the day is told in the time zone of the charger."""

    at: datetime
    time_zone: str
    place: str
    energy_kwh: Decimal
    currency: str
    price_minor: int | None
    """None: not known yet."""
    paid_minor: int | None
    """None: nothing yet, and it is not settled."""
    refunded_minor: int
    receipt_number: str | None
    by_employer: bool
    """Whether an employer pays."""
    employer: str | None
    """Its name, if it is known."""


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What the charges of one currency come to, the driver's own money apart from an employer's."""

    currency: str
    count: int
    energy_kwh: Decimal
    paid_minor: int
    by_employer_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class ChargesOverview:
    """The whole list, newest charge first."""

    language: str
    issuer: Issuer
    driver_name: str
    account_number: str | None
    written_at: datetime
    time_zone: str
    since: datetime | None
    before: datetime | None
    narrowed: bool
    """Whether other charges of this time were left out."""
    lines: Sequence[ListedCharge]

    def totals(self) -> list[CurrencyTotal]:
        """Return the sums by currency, in the order of their names."""
        return [
            self._total(currency, [each for each in self.lines if each.currency == currency])
            for currency in sorted({each.currency for each in self.lines})
        ]

    def _total(self, currency: str, lines: Sequence[ListedCharge]) -> CurrencyTotal:
        return CurrencyTotal(
            currency=currency,
            count=len(lines),
            energy_kwh=sum((each.energy_kwh for each in lines), Decimal(0)),
            paid_minor=sum(each.paid_minor or 0 for each in lines if not each.by_employer),
            by_employer_minor=sum(each.paid_minor or 0 for each in lines if each.by_employer),
            refunded_minor=sum(each.refunded_minor for each in lines),
        )
