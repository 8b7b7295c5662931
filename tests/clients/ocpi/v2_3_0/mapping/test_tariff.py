"""Tests of the 2.3.0 tariff: what differs from 2.2.1, and that all else is as it was."""

from dataclasses import replace
from decimal import Decimal

import pytest

from api.domain.pricing.tariff import PriceLimit, TaxIncluded
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.mapping import tariff as v2_2_1
from clients.ocpi.v2_3_0.mapping.tariff import read_tariff
from tests.clients.ocpi.samples import Json, a_tariff


def a_new_tariff(**changes: object) -> Json:
    """Return a tariff as a 2.3.0 partner sends it."""
    return a_tariff(tax_included="YES", max_price=None) | changes


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("YES", TaxIncluded.yes),
        ("NO", TaxIncluded.no),
        ("N/A", TaxIncluded.not_applicable),
        (" yes", TaxIncluded.yes),
        (None, TaxIncluded.no),
        ("", TaxIncluded.no),
    ],
)
def test_tax_included(sent: object, read: TaxIncluded) -> None:
    """The three values are told apart; where it is not said, prices are without tax as in every version before."""
    assert read_tariff(a_new_tariff(tax_included=sent)).tax_included is read


def test_tax_included_may_be_missing() -> None:
    """The tariff in the specification's own CDR example lacks it."""
    sent = a_new_tariff()
    del sent["tax_included"]
    assert read_tariff(sent).tax_included is TaxIncluded.no


def test_price_limits_have_new_names() -> None:
    """``before_taxes`` and ``after_taxes``; a bound after tax that is not stated stays unknown."""
    tariff = read_tariff(
        a_new_tariff(min_price={"before_taxes": "0.50"}, max_price={"before_taxes": 30, "after_taxes": 36})
    )
    assert tariff.min_price == PriceLimit(Decimal("0.50"), None)
    assert tariff.max_price == PriceLimit(Decimal(30), Decimal(36))


def test_limits_in_the_spelling_of_2_2_1_are_understood() -> None:
    """A partner that forgot to change its limits still means them."""
    tariff = read_tariff(a_new_tariff(max_price={"excl_vat": 30, "incl_vat": 36}))
    assert tariff.max_price == PriceLimit(Decimal(30), Decimal(36))


def test_all_else_is_as_in_2_2_1() -> None:
    """Owner, elements, texts and validity are read by the version it extends; unknown fields do no harm."""
    sent = a_new_tariff(preauthorize_amount=40, color="blue")
    expected = replace(v2_2_1.read_tariff(sent), tax_included=TaxIncluded.yes)
    assert read_tariff(sent) == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tax_included": "MAYBE"}, "tax_included: not YES, NO or N/A"),
        ({"tax_included": True}, "tax_included: "),
        ({"max_price": {"net": 10}}, "max_price: no amount before taxes"),
        ({"max_price": {"before_taxes": "ten"}}, "max_price.before_taxes: not a number"),
        ({"elements": [{"price_components": [{"type": "ICE", "price": 1}]}]}, "elements[0].price_components[0].type: "),
    ],
)
def test_a_price_we_do_not_understand_is_never_guessed(changes: dict[str, object], reason: str) -> None:
    """An open enum may hold new words, but a component of an unknown type has a price that nobody could compute."""
    with pytest.raises(Unreadable) as failure:
        read_tariff(a_new_tariff(**changes))
    assert reason in failure.value.reason


@pytest.mark.parametrize("raw", [None, [], 1, "x", {}])
def test_what_is_no_tariff_is_unreadable(raw: object) -> None:
    """Anything but an object with the needed fields is refused."""
    with pytest.raises(Unreadable):
        read_tariff(raw)
