"""Tests of the 2.2.1 mapping of Tariff."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from api.domain.pricing.tariff import (
    ComponentType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    Tariff,
    TariffElement,
    TaxIncluded,
)
from clients.ocpi.dialect import Unreadable, dialect_for
from tests.clients.ocpi.samples import a_tariff

DIALECT = dialect_for("2.2.1")


def _restricted(restrictions: object) -> Restrictions | None:
    component = {"type": "ENERGY", "price": 1, "step_size": 1}
    element = {"price_components": [component], "restrictions": restrictions}
    return DIALECT.read_tariff(a_tariff(elements=[element])).elements[0].restrictions


def _component(**changes: Any) -> PriceComponent:
    component = {"type": "ENERGY", "price": Decimal("0.5"), "step_size": 1} | changes
    return DIALECT.read_tariff(a_tariff(elements=[{"price_components": [component]}])).elements[0].components[0]


def test_a_tariff_is_read_whole() -> None:
    """Every field arrives in our words; prices are without tax, as 2.2.1 has it."""
    assert DIALECT.read_tariff(a_tariff()) == Tariff(
        id="day",
        currency="EUR",
        country_code="NL",
        party_id="WPX",
        type="ad_hoc_payment",
        max_price=PriceLimit(Decimal("60.00"), Decimal("72.60")),
        tax_included=TaxIncluded.no,
        texts=(("nl", "0,41 per kWh"),),
        elements=(
            TariffElement((PriceComponent(ComponentType.energy, Decimal("0.41"), 1, Decimal("21.0")),)),
            TariffElement(
                (PriceComponent(ComponentType.parking_time, Decimal("3.60"), 60),),
                Restrictions(start_time=time(8), end_time=time(20), days_of_week=frozenset({1, 5})),
            ),
        ),
        last_updated=datetime(2025, 2, 1, tzinfo=UTC),
    )


def test_every_restriction_is_read() -> None:
    """No restriction is lost: a lost one would change the price."""
    sent = {
        "start_time": "13:30",
        "end_time": "19:45:30",
        "start_date": "2025-01-01",
        "end_date": "2025-12-31",
        "min_kwh": 1,
        "max_kwh": "20.5",
        "min_current": 6,
        "max_current": 32,
        "min_power": Decimal("3.7"),
        "max_power": 50,
        "min_duration": 60,
        "max_duration": "7200",
        "day_of_week": ["sunday"],
        "reservation": "RESERVATION_EXPIRES",
    }
    assert _restricted(sent) == Restrictions(
        start_time=time(13, 30),
        end_time=time(19, 45, 30),
        start_date=date(2025, 1, 1),
        end_date=date(2025, 12, 31),
        min_kwh=Decimal(1),
        max_kwh=Decimal("20.5"),
        min_current=Decimal(6),
        max_current=Decimal(32),
        min_power=Decimal("3.7"),
        max_power=Decimal(50),
        min_duration_seconds=60,
        max_duration_seconds=7200,
        days_of_week=frozenset({7}),
        reservation="reservation_expires",
    )


@pytest.mark.parametrize("sent", [None, [], {}, [{}], {"day_of_week": []}])
def test_restrictions_that_restrict_nothing_are_none(sent: object) -> None:
    """Absent, empty, and a list of nothing all mean: always."""
    assert _restricted(sent) is None


def test_unknown_tax_stays_unknown() -> None:
    """An absent ``vat`` is None, a zero is zero: they are different things to an accountant."""
    assert _component().vat is None
    assert _component(vat=None).vat is None
    assert _component(vat=0).vat == Decimal(0)
    assert _component(vat=0).vat is not None


@pytest.mark.parametrize("price", [0, "0", Decimal("0.00")])
def test_free_is_a_price(price: object) -> None:
    """A price of zero, whole, in quotes or with decimals, is a price of zero."""
    assert _component(price=price).price == Decimal(0)


def test_a_missing_step_is_no_rounding() -> None:
    """Without a step size nothing is rounded up."""
    assert _component(step_size=None).step_size == 0


def test_an_owner_and_a_time_may_be_missing() -> None:
    """Tariffs inside other objects lack both; the specification's own PUT example lacks the time."""
    tariff = DIALECT.read_tariff(a_tariff(country_code=None, party_id=None, last_updated=None))
    assert (tariff.country_code, tariff.party_id, tariff.last_updated) == ("", "", None)


def test_a_free_tariff_has_no_elements_to_lose() -> None:
    """FLAT is understood, and several components in one element keep their order."""
    sent = [{"price_components": [{"type": "FLAT", "price": 1, "step_size": 1}, {"type": "TIME", "price": 2}]}]
    components = DIALECT.read_tariff(a_tariff(elements=sent)).elements[0].components
    assert [component.type for component in components] == [ComponentType.flat, ComponentType.time]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "euro"}, "currency: not three letters"),
        ({"currency": None}, "currency: "),
        ({"elements": None}, "elements: "),
        (
            {"elements": [{"price_components": [{"type": "LOVE", "price": 1}]}]},
            "elements[0].price_components[0].type: ",
        ),
        ({"elements": [{"price_components": [{"type": "TIME"}]}]}, "elements[0].price_components[0]: "),
        (
            {"elements": [{"price_components": [{"type": "TIME", "price": "x"}]}]},
            "elements[0].price_components[0].price: not a number",
        ),
        (
            {"elements": [{"price_components": [{"type": "TIME", "price": 1, "step_size": -1}]}]},
            "elements[0].price_components[0].step_size: negative",
        ),
        (
            {"elements": [{"price_components": [], "restrictions": {"day_of_week": ["SOMEDAY"]}}]},
            "elements[0].restrictions.day_of_week: ",
        ),
        (
            {"elements": [{"price_components": [], "restrictions": {"reservation": "MAYBE"}}]},
            "elements[0].restrictions.reservation: ",
        ),
    ],
)
def test_a_price_we_do_not_understand_is_never_guessed(changes: dict[str, object], reason: str) -> None:
    """Whatever would change the price and cannot be understood makes the tariff unreadable."""
    with pytest.raises(Unreadable) as failure:
        DIALECT.read_tariff(a_tariff(**changes))
    assert failure.value.reason.startswith(reason)
