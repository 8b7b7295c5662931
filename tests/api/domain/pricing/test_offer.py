"""The list of prices that a driver reads before the start: whole, in the order of the law, without what cannot be."""

from decimal import Decimal

import pytest
from hypothesis import given

from api.domain.money import Money
from api.domain.pricing.offer import LEGAL_ORDER, offered_prices, reachable, unknown_because
from api.domain.pricing.retail import RetailRule
from api.domain.pricing.tariff import ComponentType, Restrictions, Tariff
from tests.api.domain.pricing.make import charging, element, energy, flat, parking, tariff
from tests.api.domain.pricing.test_properties import tariffs

D = Decimal
PLAIN = RetailRule()
NIGHT = Restrictions(min_duration_seconds=3600)


def test_prices_stand_in_the_order_of_the_law() -> None:
    """KWh, minute, session, other, whatever order the operator has them in; our own fees among them (AFIR Art. 5)."""
    model = tariff(element(parking("5"), flat("1")), element(charging("2"), energy("0.5")))
    rule = RetailRule(session_fee=Money(50, "EUR"), minute_fee=D("0.02"), free_minutes=10, vat_percent=D(19))
    found = offered_prices(model, rule)
    assert [each.kind for each in found] == list(LEGAL_ORDER)
    assert [each.unit for each in found] == ["kWh", "h", "min", "session", "session", "h"]
    assert [each.free_minutes for each in found] == [0, 0, 10, 0, 10, 0]


def test_what_can_never_apply_is_not_shown() -> None:
    """An element without restrictions hides all below it, and a reservation is not what is quoted."""
    reserved = Restrictions(reservation="reservation")
    model = tariff(
        element(flat("9"), when=reserved),
        element(energy("0.3"), when=NIGHT),
        element(energy("0.5")),
        element(energy("1")),
    )
    assert [(each.stated, each.element_index) for each in offered_prices(model, PLAIN)] == [
        (D("0.3"), 1),
        (D("0.5"), 2),
    ]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (None, "operator_published_no_price"),
        (tariff(), "price_only_in_words"),
        (tariff(element(flat("9"), when=Restrictions(reservation="reservation"))), "no_price_for_charging"),
        (tariff(element(energy("0"))), None),
    ],
)
def test_a_price_is_unknown_for_a_reason(model: Tariff | None, reason: str | None) -> None:
    """No tariff, one in words and one for reservations only tell no price; a price of nothing is one (P13)."""
    assert unknown_because(model) == reason


@given(tariffs())
def test_every_price_that_may_be_billed_is_on_the_list(model: Tariff) -> None:
    """Each element is on the list for each type it prices, down to the first that always applies, and only once."""
    shown = [(each.kind, each.element_index) for each in offered_prices(model, PLAIN)]
    assert len(shown) == len(set(shown))
    assert shown == sorted(shown, key=lambda each: (LEGAL_ORDER.index(each[0]), each[1]))
    for type_ in ComponentType:
        always = [each for each in reachable(model, type_) if each.restrictions is None]
        assert len(always) <= 1
        assert {each.element_index for each in reachable(model, type_)} == {at for kind, at in shown if kind == type_}
