"""The rule of the quote is the rule of the charge: running cost, estimate, bill and receipt, whatever comes later."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from api.domain.charging.state import ChargingStatus
from api.domain.ids import PartyId
from api.domain.pricing.rulebook import RetailTerms
from api.domain.roaming.session import Price
from api.models.charging import ChargingSession
from api.models.finance import Receipt
from api.services.charging.estimate import last_known_price
from api.services.charging.quote_place import retail_at_connector
from api.services.prices.add import add_terms
from api.services.prices.end import end_terms
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_location, a_session, a_tariff, after, connector_of, push_cdr, push_session
from tests.charges import a_charge, a_quote, start

S = ChargingStatus
D = Decimal
OURS: dict[str, Any] = {
    "currency": "EUR",
    "markup_percent": D(10),
    "session_fee_minor": 50,
    "minute_fee": D("0.02"),
    "free_minutes": 10,
}
PASSED_THROUGH = {
    "markup_percent": "0",
    "session_fee": None,
    "minute_fee": "0",
    "free_minutes": 0,
    "vat_percent": "19",
    "rule_id": None,
}


async def add(bench: Bench, **fields: Any) -> RetailTerms:
    """Add a rule that counts from now on."""
    now = bench.clock.now()
    async with bench.work() as db:
        return await add_terms(db=db, ports=bench.ports, now=now, terms=RetailTerms(**({"starts_at": now} | fields)))


async def our_prices(bench: Bench) -> tuple[RetailTerms, RetailTerms]:
    """Write a book: ten percent everywhere, and fees where a charge is in euro."""
    return await add(bench, markup_percent=D(10)), await add(bench, **OURS)


async def replace_prices(bench: Bench, *rules: RetailTerms) -> None:
    """End the rules in a minute, the fees first, and let twice the markup and no fee follow."""
    change = bench.clock.now() + timedelta(minutes=1)
    async with bench.work() as db:
        for each in reversed(rules):
            await end_terms(db=db, now=bench.clock.now(), terms_id=each.id, ends_at=change)
    await add(bench, starts_at=change, markup_percent=D(20))
    bench.clock.set(change)


async def settle(bench: Bench, charge: ChargingSession) -> ChargingSession:
    """Let the charge take place and be billed: 7.80 for 20 kWh and an hour."""
    await bench.drain()
    await push_session(bench, a_session(charge))
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    return await bench.charge(charge)


@pytest.mark.capability("P10", "L1")
async def test_a_quote_tells_who_gets_what(bench: Bench) -> None:
    """10 kWh at 0.39 for the CPO, ten percent for roaming, 28 - 10 minutes at 0.02 and 0.50 of ours, and the tax."""
    await our_prices(bench)
    quote = await a_quote(bench, energy_kwh=D(10))

    estimate = quote.price["estimate"]
    assert estimate["parts"] == {"cpo_minor": 390, "roaming_minor": 39, "fee_minor": 73, "vat_minor": 95}
    assert sum(estimate["parts"].values()) == estimate["total_minor"] == 597


async def test_an_accepted_quote_keeps_its_rule(bench: Bench) -> None:
    """A dearer markup that counts a minute later changes nothing of the charge: 7.80, 10 %, 19 % and 1.50 of fees."""
    rules = await our_prices(bench)
    quote = await a_quote(bench)
    await replace_prices(bench, *rules)
    charge = await settle(bench, await start(bench, quote))

    assert charge.retail == quote.retail
    assert charge.retail is not None
    assert charge.retail["rule_id"] == rules[1].id
    price = charge.driver_price
    assert price is not None
    assert price["parts"] == {"cpo_minor": 780, "roaming_minor": 78, "fee_minor": 126, "vat_minor": 187}
    assert (charge.status, price["total_minor"]) == (S.SETTLED, 1171)
    async with bench.work() as db:
        receipt = (await db.exec(select(Receipt))).one().document
    assert (receipt["parts"], receipt["total_minor"]) == (price["parts"], 1171)
    assert (await a_quote(bench, driver_id="drv_2")).retail == PASSED_THROUGH | {
        "markup_percent": "20",
        "rule_id": await bench.value("SELECT id FROM retail_terms WHERE markup_percent = 20"),
    }


async def test_the_running_cost_has_our_fees_of_the_stay_so_far(bench: Bench) -> None:
    """Free for ten minutes, then both fees; by the rule of the quote although another one counts by now."""
    rules = await our_prices(bench)
    charge = await a_charge(bench, S.CHARGING)
    running = (await bench.charge(charge)).running
    assert running is not None
    assert running["parts"]["fee_minor"] == 0

    await replace_prices(bench, *rules)
    bench.clock.set(after(20))
    await push_session(bench, a_session(charge, kwh=D(2), last_updated=after(20)))
    running = (await bench.charge(charge)).running
    assert running is not None
    assert running["parts"] == {"cpo_minor": 78, "roaming_minor": 8, "fee_minor": 59, "vat_minor": 27}


async def test_an_estimate_without_a_tariff_has_our_fees_too(bench: Bench) -> None:
    """The operator told 5.00 and no tariff: five euro, ten percent, tax, and an hour's fees, as a bill would have."""
    await a_location(bench, tariff=None)
    await our_prices(bench)
    charge = await start(bench, await a_quote(bench), accept_unknown_price=True)
    await bench.drain()
    await push_session(bench, a_session(charge, total_cost=Price(D("5.00"), None)))
    bench.clock.set(after(60))

    async with bench.work() as db:
        row = await db.get_one(ChargingSession, charge.id)
        found = await last_known_price(db=db, policy=bench.ports.policy, now=bench.clock.now(), charge=row)
    assert found is not None
    assert found.minor == 805


async def test_a_bill_that_was_taken_back_takes_our_fees_with_it(bench: Bench) -> None:
    """Where the partner credits all of it nothing was sold, so nothing is owed."""
    await our_prices(bench)
    charge = await settle(bench, await start(bench, await a_quote(bench)))
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await bench.drain()

    price = (await bench.charge(charge)).driver_price
    assert price is not None
    assert price["total_minor"] == 0


async def test_the_tax_of_the_start_stays_the_tax(bench: Bench) -> None:
    """A rate that the installation learns after the quote is for later charges."""
    charge = await start(bench, await a_quote(bench))
    dearer = replace(bench.ports.policy, vat_percent_by_country={"DEU": D(25)})
    bench.ports = replace(bench.ports, policy=dearer)
    settled = await settle(bench, charge)

    assert settled.driver_price is not None
    assert settled.driver_price["taxes"] == [{"percent": "19", "minor": 148}]


async def test_the_tax_is_that_of_the_day_at_the_charger(bench: Bench) -> None:
    """In Tallinn it is July, and 24 %, while it still is June in UTC."""
    await a_location(bench, country="EST", time_zone="Europe/Tallinn")
    bench.clock.set(after(0).replace(year=2025, month=6, day=30, hour=20, minute=59))
    assert ((await a_quote(bench)).retail or {})["vat_percent"] == "22"
    bench.clock.advance(60)
    assert ((await a_quote(bench)).retail or {})["vat_percent"] == "24"


async def test_without_rules_the_partners_cost_is_passed_through(bench: Bench) -> None:
    """What is stored says so, with the tax of the place."""
    charge = await settle(bench, await start(bench, await a_quote(bench)))

    assert charge.retail == PASSED_THROUGH
    assert charge.driver_price is not None
    assert charge.driver_price["parts"] == {"cpo_minor": 780, "roaming_minor": 0, "fee_minor": 0, "vat_minor": 148}


async def test_a_charge_from_before_there_were_rules_is_passed_through(bench: Bench) -> None:
    """It has no snapshot, and no rule of today is put on it."""
    charge = await a_charge(bench, S.ENDED)
    await bench.rows("UPDATE charging_session SET retail = NULL RETURNING id")
    await our_prices(bench)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    assert ((await bench.charge(charge)).driver_price or {})["total_minor"] == 928


async def test_a_spoiled_rule_is_for_staff(bench: Bench) -> None:
    """A price that cannot be read is neither guessed nor free: no money moves."""
    charge = await a_charge(bench, S.ENDED)
    await bench.rows("UPDATE charging_session SET retail = '{}' RETURNING id")
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()

    stored = await bench.charge(charge)
    assert (stored.status, stored.failure_code) == (S.NEEDS_FINANCE, "snapshot_invalid")


@pytest.mark.capability("L1")
async def test_the_price_does_not_ask_who_charges(bench: Bench) -> None:
    """Drivers of two countries and languages are quoted the same by the same book (AFIR Art. 5)."""
    await our_prices(bench)
    home = await a_quote(bench, driver_id="drv_1")
    await a_driver(bench, driver_id="drv_2", language="fr", contract_id="FR-XYZ-C12345678", email="robin@example.fr")
    abroad = await a_quote(bench, driver_id="drv_2")
    assert (home.retail, home.price, home.hold_minor) == (abroad.retail, abroad.price, abroad.hold_minor)


async def test_a_rule_finds_its_network_tariff_and_currency(bench: Bench) -> None:
    """As the location and the tariff are stored; another network's or tariff's rule is not for it."""
    place = await a_location(bench, tariff=a_tariff(currency="CHF"))
    cpo = PartyId("DE", "CPO")
    await add(bench, **OURS | {"markup_percent": D(0)})
    await add(bench, party=PartyId("FR", "XYZ"), markup_percent=D(90))
    await add(bench, party=cpo, tariff_id="OTHER", markup_percent=D(90))

    async def rule() -> str | None:
        async with bench.work() as db:
            policy, now = bench.ports.policy, bench.clock.now()
            found = await retail_at_connector(db=db, policy=policy, now=now, connector_public_id=place)
        assert found.rule_id == ((await a_quote(bench)).retail or {})["rule_id"]
        return found.rule_id

    assert await rule() is None
    network = await add(bench, party=cpo, markup_percent=D(5))
    assert await rule() == network.id
    tariff = await add(bench, party=cpo, tariff_id="t1", markup_percent=D(7))
    assert await rule() == tariff.id
    assert place == connector_of()
