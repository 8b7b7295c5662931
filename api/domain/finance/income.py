"""What one charge has earned in the books, and what it should have earned once its bill changed.

The tax of a charge is that of its bill and not the sum of rounded shares: each journal that raises or lowers the
receivable brings revenue and VAT to exactly where the bill wants them, and so does the one that ends a settlement. What
was captured above the bill keeps the tax it was booked with: it is the driver's until the refund, which reverses it.

Does not live here: postings (``ledger.py``), reading what is booked (``services/payments/ledger.py``).
"""

from collections.abc import Callable

from api.domain.finance.ledger import Income, tax_share
from api.domain.money import Money


def income_after(booked: Income, change: Money, due: Money, tax_of: Callable[[Money], Money | None]) -> Income:
    """Return what should be booked once ``change`` (negative: a receivable is lowered) has joined ``booked``.

    ``due`` is what the bill asks for. Below it the rest is still to come, from a capture under way, and brings its own
    share of the tax. ``tax_of`` tells the tax inside a part of the bill, or None while nobody knows it.
    """
    gross = booked.gross + change.minor
    tax, tax_to_come = tax_of(due), tax_of(due - Money(gross, due.currency))
    if gross <= due.minor and tax is not None and tax_to_come is not None:
        vat = (tax - tax_to_come).minor
        return Income(gross - vat, vat, 0)
    return _keeping_its_tax(booked, change, tax_of)


def _keeping_its_tax(booked: Income, change: Money, tax_of: Callable[[Money], Money | None]) -> Income:
    """Return ``booked`` with ``change``, at the rate it was booked with: the bill tells none, or is exceeded.

    A change is of unknown tax as far as any is booked; what stays unknown takes the bill's rate if there is one.
    """
    currency = change.currency
    known_before = booked.net + booked.vat
    unknown = Money(max(booked.tax_unknown + change.minor, 0), currency)
    known = booked.gross + change.minor - unknown.minor
    vat = tax_share(Money(known, currency), Money(known_before, currency), Money(booked.vat, currency)).minor
    told = tax_of(unknown)
    if told is None:
        return Income(known - vat, vat, unknown.minor)
    return Income(known - vat + (unknown - told).minor, vat + told.minor, 0)
