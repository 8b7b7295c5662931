"""Quotes and their acceptance: every refusal, the driver's consent, and one live charge per driver and connector."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.domain.roaming.location import EvseStatus
from api.models.charging import ChargingSession, Quote
from api.services.charging.quote_place import NotStartable
from api.services.charging.start import (
    ConnectorBusy,
    ConsentDiffers,
    DriverBusy,
    PriceUnknown,
    QuoteExpired,
    UnknownQuote,
)
from api.services.payments.place import NoCardSaved
from api.services.roaming.find import UnknownConnector
from tests.bench import Bench
from tests.builders import a_driver, a_location, a_tariff, after, an_evse, connector_of
from tests.charges import a_charge, a_quote, start

S = ChargingStatus
NOTHING_LEFT = (
    "SELECT (SELECT count(*) FROM charging_session) + (SELECT count(*) FROM hold)"
    " + (SELECT count(*) FROM payment_operation) + (SELECT count(*) FROM driver_token)"
    " + (SELECT count(*) FROM procrastinate_jobs)"
)


# --- quotes -----------------------------------------------------------------------------------------------------------


async def test_a_quote_shows_price_estimate_and_hold(bench: Bench) -> None:
    """30 kWh at 0.39 and 19 % tax are estimated at 13.92; the hold is the default of 50.00."""
    quote = await a_quote(bench)

    assert (quote.hold_minor, quote.currency) == (5000, "EUR")
    assert quote.price["known"] is True
    assert quote.price["estimate"]["total_minor"] == 1392
    assert quote.price["estimate"]["net_minor"] + quote.price["estimate"]["vat_minor"] == 1392
    assert quote.expires_at == bench.clock.now() + timedelta(minutes=15)


@pytest.mark.capability("L1")
async def test_components_come_in_the_order_of_the_law(bench: Bench) -> None:
    """Energy first, then minutes, then the rest (AFIR Art. 5), whatever order the partner has them in."""
    await a_location(bench, tariff=a_tariff(hour="1.20", idle_hour="6"))
    quote = await a_quote(bench, energy_kwh=Decimal(10))

    assert [line["type"] for line in quote.price["components"]] == ["energy", "time", "parking_time"]
    assert {line["vat_percent"] for line in quote.price["components"]} == {"19"}


async def test_a_price_that_is_not_published_is_unknown_not_zero(bench: Bench) -> None:
    """Without a tariff there is no estimate and a reason instead."""
    await a_location(bench, tariff=None)
    quote = await a_quote(bench)

    assert (quote.tariff, quote.price["known"], quote.price["estimate"]) == (None, False, None)
    assert quote.price["reason"] == "operator_published_no_price"


async def test_a_tariff_that_is_not_valid_yet_is_not_quoted(bench: Bench) -> None:
    """Tomorrow's price is no promise for today."""
    await a_location(bench, tariff=a_tariff(starts_at=after(24 * 60)))

    assert (await a_quote(bench)).tariff is None


REFUSED_EVSES = [
    (an_evse(capabilities=frozenset({"rfid_reader"})), NotStartable),
    (an_evse(status=EvseStatus.INOPERATIVE), NotStartable),
    (an_evse(status=EvseStatus.OUT_OF_ORDER), NotStartable),
    (an_evse(status=EvseStatus.PLANNED), NotStartable),
    (an_evse(status=EvseStatus.REMOVED), UnknownConnector),
]


@pytest.mark.parametrize(("evse", "refusal"), REFUSED_EVSES, ids=[str(evse.status) for evse, _ in REFUSED_EVSES])
async def test_what_cannot_be_started_is_not_quoted(bench: Bench, evse: Any, refusal: type[AppError]) -> None:
    """A driver is told before the hold that a connector cannot be started from the app."""
    connector = await a_location(bench, evses=(evse,))

    with pytest.raises(refusal):
        await a_quote(bench, connector=connector)


async def test_an_invented_connector_is_unknown(bench: Bench) -> None:
    """Nothing is quoted for a connector that nobody published."""
    await a_location(bench)

    with pytest.raises(UnknownConnector):
        await a_quote(bench, connector="con_invented")


# --- acceptance -------------------------------------------------------------------------------------------------------


@pytest.mark.capability("L4")
async def test_the_consent_to_the_exact_amount_is_kept(bench: Bench) -> None:
    """PSD2 Art. 75: amount, currency, text and moment of the driver's agreement are stored with the charge."""
    charge = await start(bench, await a_quote(bench), consent_currency="eur")

    assert charge.consent == {
        "amount_minor": 5000,
        "currency": "EUR",
        "text": "hold-consent-1",
        "at": bench.clock.now().isoformat(),
    }
    assert charge.place["visual_id"] == "DE*CPO*EVSE1"
    assert charge.tariff is not None


@pytest.mark.capability("CM13")
async def test_the_promised_price_is_a_snapshot(bench: Bench) -> None:
    """A tariff that the partner changes or removes after the quote changes nothing for this charge."""
    quote = await a_quote(bench)
    await bench.rows("DELETE FROM tariff RETURNING key")

    charge = await start(bench, quote)

    assert charge.tariff == quote.tariff is not None


@pytest.mark.capability("L4")
@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"consent_amount_minor": 4999}, ConsentDiffers),
        ({"consent_amount_minor": 5001}, ConsentDiffers),
        ({"consent_currency": "CHF"}, ConsentDiffers),
    ],
)
async def test_consent_to_anything_else_starts_nothing(
    bench: Bench, given: dict[str, Any], refusal: type[AppError]
) -> None:
    """A driver who agreed to another amount agreed to nothing."""
    quote = await a_quote(bench)

    with pytest.raises(refusal):
        await start(bench, quote, **given)

    assert await bench.value(NOTHING_LEFT) == 0


@pytest.mark.capability("P13")
async def test_an_unknown_price_needs_agreement(bench: Bench) -> None:
    """Where no price is known the driver must say that they start all the same."""
    await a_location(bench, tariff=None)
    quote = await a_quote(bench)

    with pytest.raises(PriceUnknown):
        await start(bench, quote)
    assert (await start(bench, quote, accept_unknown_price=True)).tariff is None


@pytest.mark.capability("CM13")
async def test_a_quote_ends_to_the_second(bench: Bench) -> None:
    """A price is promised until it expires, and not a second longer."""
    quote = await a_quote(bench)
    bench.clock.set(quote.expires_at)

    with pytest.raises(QuoteExpired):
        await start(bench, quote)
    bench.clock.set(quote.expires_at - timedelta(seconds=1))
    assert (await start(bench, quote)).status == S.AWAITING_HOLD


async def test_a_quote_is_used_once(bench: Bench) -> None:
    """A quote that started a charge starts no second one, even after the first is over."""
    charge = await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        quote = await db.get_one(Quote, charge.quote_id)

    with pytest.raises(QuoteExpired):
        await start(bench, quote)


async def test_a_quote_of_somebody_else_is_unknown(bench: Bench) -> None:
    """Nobody learns of another driver's quotes."""
    quote = await a_quote(bench)
    other = await a_driver(bench, driver_id="drv_2")

    with pytest.raises(UnknownQuote):
        await start(bench, Quote(id=quote.id, driver_id=other.id, hold_minor=5000, currency="EUR"))  # type: ignore[call-arg]  # another's claim
    with pytest.raises(UnknownQuote):
        await start(bench, Quote(id="quo_x", driver_id=other.id, hold_minor=5000, currency="EUR"))  # type: ignore[call-arg]  # invented


@pytest.mark.parametrize("missing", ["processor_customer_id", "payment_method_id"])
async def test_without_a_card_nothing_is_left_behind(bench: Bench, missing: str) -> None:
    """No card, no hold, no charge: the whole of the acceptance is undone and the quote stays open."""
    without: dict[str, Any] = {missing: None}
    await a_driver(bench, **without)
    quote = await a_quote(bench)

    with pytest.raises(NoCardSaved):
        await start(bench, quote)

    assert await bench.value(NOTHING_LEFT) == 0
    assert await bench.value("SELECT accepted_at FROM quote") is None


async def test_a_connector_that_vanished_cannot_be_started(bench: Bench) -> None:
    """The partner removed the connector after the quote: the driver is asked to look again."""
    quote = await a_quote(bench)
    await bench.rows("DELETE FROM connector RETURNING key")

    with pytest.raises(QuoteExpired):
        await start(bench, quote)


# --- one live charge --------------------------------------------------------------------------------------------------


async def test_twenty_starts_at_one_connector_make_one_charge(bench: Bench) -> None:
    """Twenty drivers tap at once: one gets the connector, the others are told, and only one hold is planned."""
    await a_location(bench)
    quotes = [await a_quote(bench, driver_id=f"drv_{number}") for number in range(20)]

    outcomes = await asyncio.gather(*(start(bench, quote) for quote in quotes), return_exceptions=True)

    assert sum(isinstance(each, ChargingSession) for each in outcomes) == 1
    assert sum(isinstance(each, ConnectorBusy) for each in outcomes) == 19
    assert await bench.value("SELECT count(*) FROM payment_operation") == 1


async def test_twenty_starts_of_one_driver_make_one_charge(bench: Bench) -> None:
    """One driver taps everywhere at once: one charge, one hold, one job."""
    evses = tuple(an_evse(f"EVSE{number}") for number in range(20))
    await a_location(bench, evses=evses)
    quotes = [await a_quote(bench, connector=connector_of(uid=evse.uid)) for evse in evses]

    outcomes = await asyncio.gather(*(start(bench, quote) for quote in quotes), return_exceptions=True)

    assert sum(isinstance(each, ChargingSession) for each in outcomes) == 1
    assert sum(isinstance(each, DriverBusy) for each in outcomes) == 19
    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'place_hold'") == 1


async def test_twenty_acceptances_of_one_quote_make_one_charge(bench: Bench) -> None:
    """The same quote accepted by many taps at once is accepted once."""
    quote = await a_quote(bench)

    outcomes = await asyncio.gather(*(start(bench, quote) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(each, ChargingSession) for each in outcomes) == 1
    assert sum(isinstance(each, QuoteExpired) for each in outcomes) == 19


@pytest.mark.parametrize("status", [S.START_FAILED, S.ABANDONED, S.DECLINED, S.ENDED, S.SETTLING, S.NEEDS_FINANCE])
async def test_a_charge_that_left_the_connector_blocks_nobody(bench: Bench, status: ChargingStatus) -> None:
    """Bills and releases may take days: the driver and the connector are free from the unplugging on."""
    await a_charge(bench, status)

    again = await start(bench, await a_quote(bench, driver_id="drv_1"))

    assert again.status == S.AWAITING_HOLD


@pytest.mark.parametrize("status", [S.START_UNKNOWN, S.CHARGING, S.STOP_ACCEPTED, S.IDLE])
async def test_a_charge_that_is_still_plugged_blocks_driver_and_connector(bench: Bench, status: ChargingStatus) -> None:
    """Energy stopped is not unplugged: the place is taken until there is evidence."""
    await a_charge(bench, status)

    with pytest.raises((DriverBusy, ConnectorBusy)):
        await start(bench, await a_quote(bench, driver_id="drv_1"))
    with pytest.raises(ConnectorBusy):
        await start(bench, await a_quote(bench, driver_id="drv_2"))
