"""Amounts of money as every version since 2.2.1 spells them, read alike wherever they stand.

2.2.1 says ``excl_vat`` and ``incl_vat`` (chapter 16), 2.3.0 ``before_taxes`` with a list of taxes (chapter 17) and, for
the limits of a tariff, ``before_taxes`` and ``after_taxes`` (chapter 11). Partners mix them, the specification's own
material included, so one reader knows them all. Does not live here: prices of 2.1.1, which are bare numbers.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from api.domain.pricing.tariff import PriceLimit
from api.domain.roaming.session import Price
from clients.ocpi.fields import Number, read_as
from clients.ocpi.unreadable import Unreadable


class SentPrice(Struct):
    """An amount in any spelling; ``taxes`` are read on their own, so that a strange one never loses a bill."""

    excl_vat: Number | None = None
    incl_vat: Number | None = None
    before_taxes: Number | None = None
    after_taxes: Number | None = None
    taxes: Any = None


class SentTax(Struct):
    """TaxAmount: what one tax adds."""

    amount: Number


def read_price(sent: SentPrice, where: str) -> Price:
    """Return an amount; tax that is not stated stays unknown. Raises Unreadable."""
    before, after = _amounts(sent, where)
    return Price(before_taxes=before, after_taxes=after)


def read_limit(sent: SentPrice | None, where: str) -> PriceLimit | None:
    """Return a bound of a tariff; one after tax that is not stated is no bound. Raises Unreadable."""
    return None if sent is None else PriceLimit(*_amounts(sent, where))


def _amounts(sent: SentPrice, where: str) -> tuple[Decimal, Decimal | None]:
    """Return the amount before and after taxes; two spellings of it must say the same."""
    stated = {Decimal(each) for each in (sent.before_taxes, sent.excl_vat) if each is not None}
    if len(stated) != 1:
        raise Unreadable(f"{where}: {'two amounts' if stated else 'no amount'} before taxes")
    before = stated.pop()
    gross = {Decimal(each) for each in (sent.after_taxes, sent.incl_vat) if each is not None}
    taxes = _sum_of(sent.taxes)
    if taxes is not None:
        gross.add(before + taxes)
    return before, gross.pop() if len(gross) == 1 else None


def _sum_of(taxes: object) -> Decimal | None:
    """Return what the taxes add up to, None when none are stated or one of them cannot be read."""
    if not taxes:
        return None
    try:
        return sum((Decimal(tax.amount) for tax in read_as(list[SentTax], taxes)), Decimal(0))
    except Unreadable:
        return None
