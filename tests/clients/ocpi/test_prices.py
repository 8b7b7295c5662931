"""Tests of ``clients.ocpi.prices``: one amount in the spellings of two versions."""

from decimal import Decimal

import pytest

from api.domain.pricing.tariff import PriceLimit
from api.domain.roaming.session import Price
from clients.ocpi.fields import read_as
from clients.ocpi.prices import SentPrice, read_limit, read_price
from clients.ocpi.unreadable import Unreadable

GST, QST = {"name": "GST", "amount": Decimal("0.50")}, {"name": "QST", "percentage": "9.975", "amount": "0.9975"}


@pytest.mark.parametrize(
    ("sent", "after"),
    [
        ({"before_taxes": 10}, None),
        ({"before_taxes": 10, "taxes": None}, None),
        ({"before_taxes": 10, "taxes": []}, None),
        ({"before_taxes": 10, "taxes": [GST, QST]}, "11.4975"),
        ({"before_taxes": 10, "taxes": [GST, {"name": "QST", "percentage": 9}]}, None),
        ({"before_taxes": 10, "taxes": "plenty"}, None),
        ({"before_taxes": 10, "taxes": [{"name": "none", "amount": 0}]}, "10"),
        ({"before_taxes": 10, "after_taxes": 12}, "12"),
        ({"excl_vat": 10}, None),
        ({"excl_vat": 10, "incl_vat": 12}, "12"),
        ({"excl_vat": "10.0", "before_taxes": 10, "taxes": [GST], "incl_vat": "10.5"}, "10.5"),
        ({"excl_vat": 10, "taxes": [GST], "incl_vat": 12}, None),
    ],
)
def test_what_is_after_taxes(sent: object, after: str | None) -> None:
    """It is known when it is stated, or every tax is; two statements that differ are none."""
    expected = None if after is None else Decimal(after)
    assert read_price(read_as(SentPrice, sent), "total_cost") == Price(Decimal(10), expected)
    assert read_limit(read_as(SentPrice, sent), "max_price") == PriceLimit(Decimal(10), expected)


@pytest.mark.parametrize("sent", [{}, {"incl_vat": 12}, {"taxes": [GST]}, {"before_taxes": 10, "excl_vat": 11}])
def test_an_amount_nobody_can_know_is_unreadable(sent: object) -> None:
    """Nothing before taxes, or two of them: neither is guessed."""
    with pytest.raises(Unreadable, match=r"total_cost: (no amount|two amounts) before taxes"):
        read_price(read_as(SentPrice, sent), "total_cost")


def test_no_limit_is_none() -> None:
    """A tariff without a bound has none."""
    assert read_limit(None, "max_price") is None
