"""What is worked out once for a tariff is that tariff's own, and never another's."""

from decimal import Decimal

from api.domain.pricing import prepared as module
from api.domain.pricing.prepared import prepared
from api.domain.pricing.price import price
from api.domain.pricing.tariff import RESERVATION, ComponentType, Restrictions, Tariff
from tests.api.domain.pricing.make import BERLIN, START, element, energy, flat, period, tariff


def shown(model: Tariff) -> str:
    """Return the price of a kWh as its line spells it."""
    cost = price([period(energy="1")], model, time_zone=BERLIN, ended_at=START.replace(hour=11))
    return str(cost.lines[0].unit_price)


def test_equal_tariffs_keep_their_own_spelling() -> None:
    """A line shows the price as its tariff states it, though an equal tariff was priced before."""
    one, other = tariff(element(energy("0.5"))), tariff(element(energy("0.50")))
    assert one == other
    assert (shown(one), shown(other)) == ("0.5", "0.50")


def test_no_more_than_a_bounded_number_is_kept() -> None:
    """A partner's ten thousand tariffs do not stay in memory for ever."""
    for number in range(module.KEPT * 2 + 5):
        prepared(tariff(element(energy("1")), id_=str(number)))
        assert len(module._prepared) <= module.KEPT


def test_nothing_behind_what_always_applies_is_looked_at() -> None:
    """The first element without restrictions ends the list, among reservations as among charging."""
    reserved = Restrictions(reservation=RESERVATION)
    dear = Restrictions(min_kwh=Decimal(20))
    model = tariff(
        element(energy("1"), when=dear),
        element(flat("3"), when=reserved),
        element(energy("2")),
        element(energy("4"), flat("5"), when=dear),
        element(flat("6"), when=reserved),
    )
    known = prepared(model)
    assert [each.element_index for each in known.candidates(ComponentType.energy, None)] == [0, 2]
    assert [each.element_index for each in known.candidates(ComponentType.flat, None)] == [3]
    assert [each.element_index for each in known.candidates(ComponentType.flat, RESERVATION)] == [1]
