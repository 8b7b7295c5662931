"""The price of a quote: every component in the order of the law, unknown prices with their reason, coded notes."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from api.domain.pricing.rulebook import RetailTerms
from api.domain.pricing.tariff import (
    ComponentType,
    PriceComponent,
    PriceLimit,
    Restrictions,
    TariffElement,
    TaxIncluded,
)
from api.services.charging.start import PriceUnknown
from api.services.prices.add import add_terms
from tests.bench import Bench
from tests.builders import a_location, a_tariff, an_evse
from tests.charges import a_quote, start

D = Decimal
NIGHT = Restrictions(start_time=time(22), end_time=time(6), min_kwh=D("1.5"), min_power=D(11))


def element(*prices: tuple[ComponentType, str], vat: str | None = None, rules: Restrictions | None = None) -> Any:
    """Return a tariff element of prices by type."""
    rate = None if vat is None else D(vat)
    return TariffElement(tuple(PriceComponent(kind, D(price), 1, rate) for kind, price in prices), rules)


async def our_terms(bench: Bench, **fields: Any) -> None:
    """Put a rule of ours into the book that counts from now on."""
    values: dict[str, Any] = {"starts_at": bench.clock.now(), "currency": "EUR"}
    async with bench.work() as db:
        await add_terms(db=db, ports=bench.ports, now=bench.clock.now(), terms=RetailTerms(**(values | fields)))


def codes(price: dict[str, Any]) -> dict[str, Any]:
    """Return the notes of a price by code."""
    return {note["code"]: note["facts"] for note in price["notes"]}


async def test_every_price_is_shown_as_the_driver_pays_it(bench: Bench) -> None:
    """The partner's price, ten percent and 19 % tax on it, time also by the minute, and both our fees (L1)."""
    await our_terms(bench, markup_percent=D(10), currency=None)
    await our_terms(bench, markup_percent=D(10), session_fee_minor=119, minute_fee=D("0.02"), free_minutes=15)
    await a_location(bench, tariff=a_tariff(kwh="0.40", hour="3", idle_hour="6"))
    components = (await a_quote(bench)).price["components"]

    assert [each["type"] for each in components] == ["energy", "time", "minute_fee", "session_fee", "parking_time"]
    assert [each["per"] for each in components] == ["kWh", "hour", "minute", "session", "hour"]
    energy, hour, minute, session, _ = components
    assert (energy["price"], energy["driver_price"]) == ("0.4", {"net": "0.44", "gross": "0.5236"})
    assert hour["driver_price"] == {"net": "3.3", "gross": "3.927"}
    assert hour["driver_price_per_minute"] == {"net": "0.055", "gross": "0.06545"}
    assert (minute["driver_price"]["gross"], minute["free_minutes"]) == ("0.02", 15)
    assert session["driver_price"] == {"net": "1", "gross": "1.19"}
    assert {each["vat_percent"] for each in components} == {"19"}


async def test_restrictions_are_told_for_machines(bench: Bench) -> None:
    """When a price applies is told by fields, not only that it is restricted."""
    night = element((ComponentType.energy, "0.29"), rules=NIGHT)
    await a_location(bench, tariff=a_tariff(elements=(night, element((ComponentType.energy, "0.59")))))
    restricted, always = (await a_quote(bench)).price["components"]

    assert (restricted["restricted"], always["restricted"], always["restrictions"]) == (True, False, None)
    assert restricted["restrictions"] == {
        "start_time": "22:00:00",
        "end_time": "06:00:00",
        "min_kwh": "1.5",
        "min_power": "11",
    }


async def test_price_limits_are_part_of_the_price(bench: Bench) -> None:
    """The most and the least that the operator asks for are shown, and the estimate keeps to them."""
    await a_location(bench, tariff=a_tariff(min_price=PriceLimit(D(1)), max_price=PriceLimit(D(8), D("9.52"))))
    price = (await a_quote(bench)).price

    assert price["min_price"] == {"before_taxes": "1", "after_taxes": None}
    assert price["max_price"] == {"before_taxes": "8", "after_taxes": "9.52"}
    assert price["estimate"]["total_minor"] == 952
    assert [line["kind"] for line in price["estimate"]["lines"]] == ["energy", "max_price"]
    assert "max_price" in codes(price)


async def test_a_price_in_words_is_unknown_and_promises_nothing(bench: Bench) -> None:
    """A tariff without elements is shown in its own words, stored as no promise, and needs agreement (P13)."""
    words = (("en", "Included in the parking ticket"),)
    await a_location(bench, tariff=a_tariff(elements=(), texts=words, url="https://cpo.test/prices"))
    quote = await a_quote(bench, energy_kwh=D(10))

    assert (quote.tariff, quote.hold_minor) == (None, 5000)
    assert (quote.price["known"], quote.price["reason"]) == (False, "price_only_in_words")
    assert (quote.price["estimate"], quote.price["estimate_reason"]) == (None, "price_only_in_words")
    assert quote.price["texts"] == [["en", "Included in the parking ticket"]]
    assert quote.price["url"] == "https://cpo.test/prices"
    with pytest.raises(PriceUnknown):
        await start(bench, quote)
    assert (await start(bench, quote, accept_unknown_price=True)).tariff is None


async def test_a_price_of_nothing_is_a_price(bench: Bench) -> None:
    """Free charging is known to be free, and starts without any agreement."""
    await a_location(bench, tariff=a_tariff(kwh="0"))
    quote = await a_quote(bench)

    assert (quote.price["known"], quote.price["estimate"]["total_minor"]) == (True, 0)
    assert (await start(bench, quote)).tariff is not None


@pytest.mark.parametrize(
    ("included", "code", "amounts"),
    [
        (TaxIncluded.no, "tax_unknown", {"net": "0.39", "gross": None}),
        (TaxIncluded.yes, "tax_inside_unknown", {"net": None, "gross": "0.39"}),
    ],
)
async def test_a_tax_that_nobody_knows_is_noted(
    bench: Bench, included: TaxIncluded, code: str, amounts: dict[str, str | None]
) -> None:
    """Outside the countries whose rates we know, a tax that the partner does not state stays unknown, and says so."""
    await a_location(bench, country="USA", tariff=a_tariff(tax_included=included))
    price = (await a_quote(bench)).price

    assert price["components"][0]["driver_price"] == amounts
    assert price["components"][0]["vat_percent"] is None
    assert (price["estimate"]["vat_minor"], price["estimate"]["parts"]["vat_minor"]) == (None, None)
    assert codes(price)[code] == {"components": ["energy"]}


async def test_a_tax_that_we_know_is_no_doubt(bench: Bench) -> None:
    """Where the location's rate fills in for the partner, nothing of the price is unknown."""
    assert (await a_quote(bench)).price["notes"] == []


async def test_what_the_engine_doubts_is_passed_on(bench: Bench) -> None:
    """A limit on current that nobody measures, hours that nothing prices, words beside numbers: all are coded notes."""
    weak = element((ComponentType.energy, "0.29"), rules=Restrictions(max_current=D(10)))
    capped = element((ComponentType.energy, "0.59"), rules=Restrictions(max_kwh=D(10)))
    tariff = a_tariff(elements=(weak, capped), texts=(("de", "Schwachstrom billiger"),))
    await a_location(bench, tariff=tariff)
    price = (await a_quote(bench)).price

    assert codes(price)["restriction_not_evaluable"]["element"] == 0
    assert codes(price)["not_priced"]["quantity"] == "20"
    assert codes(price)["alternative_text"]["languages"] == ["de"]


async def test_a_time_price_that_may_go_on_is_doubted(bench: Bench) -> None:
    """By the letter TIME ends with the energy; that some operators bill on is said."""
    await a_location(bench, tariff=a_tariff(hour="3"))
    price = (await a_quote(bench)).price

    assert price["stay"]["doubts"] == ["time_price_may_go_on"]
    assert "time_price_may_go_on" in codes(price)


@pytest.mark.parametrize(("country", "currency", "held"), [("CHE", "CHF", 5000), ("HUN", "HUF", 2_000_000)])
async def test_without_a_tariff_the_hold_is_in_the_money_of_the_country(
    bench: Bench, country: str, currency: str, held: int
) -> None:
    """The bill will most probably come in it, and a hold in another currency could not be captured for it."""
    await a_location(bench, country=country, tariff=None)
    quote = await a_quote(bench)

    assert (quote.currency, quote.hold_minor) == (currency, held)
    assert quote.price["hold"]["reason"] == "price_unknown"


async def test_the_fee_of_another_currency_is_not_ours_here(bench: Bench) -> None:
    """A rule in euros does not count for a charge in francs."""
    await our_terms(bench, session_fee_minor=119)
    await a_location(bench, tariff=a_tariff(currency="CHF"), country="CHE")
    price = (await a_quote(bench)).price

    assert [each["type"] for each in price["components"]] == ["energy"]
    assert price["estimate"]["parts"]["fee_minor"] == 0


@pytest.mark.parametrize(("power_type", "watts"), [("ac_3_phase", 11_000), ("dc", 50_000)])
async def test_a_power_that_is_not_told_is_assumed_and_said(bench: Bench, power_type: str, watts: int) -> None:
    """Without volts and amperes an estimate needs an assumption, which is no secret."""
    (connector,) = an_evse().connectors
    silent = replace(connector, power_type=power_type, max_voltage=None, max_amperage=None, max_electric_power_w=None)
    await a_location(bench, evses=(an_evse(connectors=(silent,)),))
    price = (await a_quote(bench)).price

    assert codes(price)["connector_power_assumed"] == {"power_w": watts}
