"""Who pays without a processor: the wallet and the fleet start and settle while it is down (payments.md 30)."""

import asyncio
from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.models.charging import Quote
from api.services.charging.look_payin import look_at_payin
from api.services.charging.move_money import run_operation
from api.services.charging.payers import NotAFleetMember, payers_for
from api.services.charging.start import start_charging
from api.services.charging.sweep import sweep_operations
from api.services.deferral import Job
from api.services.payments.availability import PaymentUnavailable
from tests.api.services.charging.test_wallet_charge import a_wallet_charge, charges, is_billed
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_location, push_cdr
from tests.charges import a_quote, start
from tests.wallets import account, books_balance, figures, payins, top_up

S = ChargingStatus


async def test_a_wallet_starts_while_the_processor_is_down(bench: Bench) -> None:
    """Mode 30: the wallet's charge comes to charging and is settled; a card's start is not sent to the charger."""
    charge = await a_wallet_charge(bench, filled=6000)
    _processor_goes_down(bench)
    await charges(bench, charge)
    assert (await bench.charge(charge)).status == S.CHARGING
    charge = await is_billed(bench, charge, "7.80")
    assert charge.status == S.SETTLED
    starts = len(bench.roaming.calls_of("send_start"))

    card: Quote = await a_quote(bench)
    on_card = await start(bench, card, pay_with=Payer.CARD)
    await bench.drain()
    for _ in range(3):
        bench.clock.advance(120)
        await sweep_operations(work=bench.work, ports=bench.ports)
        await bench.run(Job.PLACE_HOLD, Job.RESOLVE_HOLD)

    assert (await bench.charge(on_card)).status == S.AWAITING_HOLD
    assert len(bench.roaming.calls_of("send_start")) == starts
    await books_balance(bench)


def _processor_goes_down(bench: Bench) -> None:
    """Let every call to the processor break off for a long while."""
    for method in ("place_hold", "find_hold", "fetch_hold", "capture_hold", "release_hold"):
        for _ in range(50):
            bench.payments.break_before(method)


async def test_what_our_own_books_keep_says_nothing_of_the_processor(bench: Bench) -> None:
    """A wallet's operations end well while the processor is away: cards are refused at once all the same."""
    await start(bench, await a_quote(bench))
    _processor_goes_down(bench)
    for _ in range(3):
        await bench.rows("UPDATE payment_operation SET state = 'pending' WHERE state = 'unknown' RETURNING id")
        operation = await bench.value("SELECT id FROM payment_operation WHERE kind = 'place'")
        await run_operation(work=bench.work, ports=bench.ports, operation_id=operation)
    await a_driver(bench, driver_id="drv_2")
    await top_up(bench, 5000, driver_id="drv_2")
    spot = await a_location(bench, location_id="LOC2")
    wallet = await start(bench, await a_quote(bench, driver_id="drv_2", connector=spot), pay_with=Payer.WALLET)
    await bench.run(Job.PLACE_HOLD)
    assert (await bench.charge(wallet)).status == S.STARTING

    other = await a_quote(bench, driver_id="drv_3", connector=await a_location(bench, location_id="LOC3"))
    with pytest.raises(PaymentUnavailable):
        await start(bench, other)


async def test_a_repeated_placement_reserves_once(bench: Bench) -> None:
    """Several workers at one operation: one reservation, one fact."""
    charge = await a_wallet_charge(bench)
    operation = await bench.value("SELECT id FROM payment_operation WHERE kind = 'place'")
    await asyncio.gather(*(run_operation(work=bench.work, ports=bench.ports, operation_id=operation) for _ in range(5)))

    assert await figures(bench) == (5000, 5000, 0)
    assert (await bench.charge(charge)).status == S.STARTING


async def test_a_driver_without_a_card_pays_by_wallet(bench: Bench) -> None:
    """A wallet filled in the app needs no saved card, neither at the top-up nor at the start."""
    await a_driver(bench, payment_method_id=None, pay_with="wallet")
    payin = await top_up(bench, 5000, method="new")
    payins(bench).pay_in_app(payin.payment_intent_id or "")
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=payin.payment_intent_id or "")
    quote = await a_quote(bench)
    async with bench.work() as db:
        charge = await start_charging(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver=await a_driver(bench),
            quote_id=quote.id,
            consent_amount_minor=quote.hold_minor,
            consent_currency=quote.currency,
        )
    assert charge.payer_type == "wallet"


# --- the fleet --------------------------------------------------------------------------------------------------------


async def a_fleet(bench: Bench, *, currency: str = "EUR", member: bool = True) -> None:
    """Store a fleet that pays for the default driver."""
    await a_driver(bench, payment_method_id=None)
    await bench.rows(
        "INSERT INTO fleet_account (id, name, street, postal_code, city, country, currency, language, created_at)"
        " VALUES ('flt_1', 'Fleet', 'Road 1', '70173', 'Town', 'DE', :currency, 'en', now()) RETURNING id",
        currency=currency,
    )
    if member:
        await bench.rows(
            "INSERT INTO fleet_member (driver_id, fleet_account_id, since) VALUES ('drv_1', 'flt_1', now()) RETURNING 1"
        )


async def test_a_fleet_answers_for_its_driver_and_owes_the_bill(bench: Bench) -> None:
    """No money is held anywhere: the start goes out at once, and the fleet owes exactly the bill, tax apart."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    _processor_goes_down(bench)
    await charges(bench, charge)
    charge = await is_billed(bench, charge, "7.80")

    hold = await bench.hold(charge)
    assert (charge.status, charge.hold_status) == (S.SETTLED, HoldStatus.CAPTURED)
    assert (hold.psp, hold.payer_id, hold.captured_minor) == ("fleet", "flt_1", 928)
    assert (await account(bench, "fleet_receivable"), await account(bench, "receivable")) == (928, 0)
    assert (await account(bench, "revenue"), await account(bench, "vat")) == (-780, -148)
    assert [call.method for call in bench.payments.calls] == []
    await books_balance(bench)


async def test_a_fleet_owes_what_is_above_the_promise_too(bench: Bench) -> None:
    """A bill above the quote's amount is all the fleet's: the driver owes nothing."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    await charges(bench, charge)
    await is_billed(bench, charge, "60.00")

    assert (await account(bench, "fleet_receivable"), await account(bench, "receivable")) == (7140, 0)
    assert "payment_due" not in await bench.messages()
    await books_balance(bench)


async def test_a_fleet_owes_less_when_the_bill_falls(bench: Bench) -> None:
    """A credit CDR takes the whole bill back after its pause, the tax with it."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    await charges(bench, charge)
    await is_billed(bench, charge, "7.80")
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id=a_cdr(charge).id))
    await bench.drain()
    for _ in range(2):
        bench.clock.advance(timedelta(hours=2).total_seconds())
        await bench.drain()

    assert await account(bench, "fleet_receivable") == 0
    assert (await account(bench, "revenue"), await account(bench, "vat")) == (0, 0)
    await books_balance(bench)


@pytest.mark.parametrize(("currency", "member"), [("CHF", True), ("EUR", False)])
async def test_no_fleet_pays_for_strangers_or_in_other_money(bench: Bench, currency: str, member: bool) -> None:
    """Membership and currency are asked at the start."""
    await a_fleet(bench, currency=currency, member=member)
    with pytest.raises(NotAFleetMember):
        await start(bench, await a_quote(bench), pay_with=Payer.FLEET)


async def test_a_driver_who_left_the_fleet_before_the_start_is_declined(bench: Bench) -> None:
    """The promise is made in the recording step, by a membership that still is."""
    await a_fleet(bench)
    charge = await start(bench, await a_quote(bench), pay_with=Payer.FLEET)
    await bench.rows("DELETE FROM fleet_member RETURNING 1")
    await bench.drain()

    charge = await bench.charge(charge)
    assert (charge.status, charge.failure_code) == (S.DECLINED, "not_a_fleet_member")


async def test_a_quote_tells_who_can_pay_and_why_not(bench: Bench) -> None:
    """Card, wallet and fleet: what each would reserve, or the reason."""
    await a_fleet(bench)
    await top_up(bench, 4000, method="new")
    quote = await a_quote(bench)
    async with bench.work() as db:
        options = await payers_for(db=db, policy=bench.ports.policy, driver=await a_driver(bench), hold=_wanted(quote))
    assert [(each.payer, each.reason, each.hold and each.hold.minor) for each in options] == [
        ("card", "no_card_saved", None),
        ("wallet", "wallet_too_low", None),
        ("fleet", None, 5000),
    ]


def _wanted(quote: Quote) -> Money:
    return Money(quote.hold_minor, quote.currency)
