"""Charges paid out of a wallet: reserved at the start, spent at the bill (EP01, EP02, payments.md 28 to 30)."""

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.finance.payer import Payer
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession, Quote
from api.services.charging.payers import WalletCannotPay
from api.services.charging.start import ConnectorBusy, ConsentDiffers, DriverBusy
from api.services.deferral import Job
from api.services.wallet.account import choose_low_notice
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_location,
    a_session,
    a_tariff,
    after,
    push_cdr,
    push_session,
)
from tests.charges import METERED, a_quote, cancel, start
from tests.wallets import account, books_balance, figures, top_up

S = ChargingStatus
WALLET = {"pay_with": Payer.WALLET}


async def a_wallet_charge(bench: Bench, *, filled: int = 5000, **fields: Any) -> ChargingSession:
    """Return a charge that was just taken on, paid out of a wallet with so much in it."""
    await top_up(bench, filled, **fields)
    return await start(bench, await a_quote(bench), **WALLET)


async def charges(bench: Bench, charge: ChargingSession) -> None:
    """Let it come to charging."""
    await bench.run(Job.PLACE_HOLD, Job.SEND_START)
    await push_session(bench, a_session(charge))


async def is_billed(bench: Bench, charge: ChargingSession, cost: str, **cdr: Any) -> ChargingSession:
    """Let the session end, a CDR of that cost come in, and everything that follows be done."""
    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    await push_cdr(bench, a_cdr(charge, cost=cost, **cdr))
    await bench.drain()
    return await bench.charge(charge)


async def test_a_charge_reserves_spends_and_frees(bench: Bench) -> None:
    """Reserved at the start, then the bill is taken and the rest is free again; no processor is asked for a hold."""
    charge = await a_wallet_charge(bench, filled=6000)
    await charges(bench, charge)
    assert await figures(bench) == (6000, 5000, 1000)

    charge = await is_billed(bench, charge, "7.80")

    hold = await bench.hold(charge)
    assert (charge.status, charge.hold_status, hold.psp) == (S.SETTLED, HoldStatus.CAPTURED, "wallet")
    assert (hold.authorized_minor, hold.captured_minor, hold.released_minor) == (5000, 928, 4072)
    assert await figures(bench) == (5072, 0, 5072)
    assert (await account(bench, "revenue"), await account(bench, "vat")) == (-780, -148)
    assert bench.payments.calls_of("place_hold") == []
    assert (charge.final_at is not None, await bench.findings()) == (True, set())
    await books_balance(bench)


@pytest.mark.capability("EP01")
@pytest.mark.parametrize(("filled", "starts"), [(4999, False), (5000, True)])
async def test_the_minimum_starts_and_a_cent_less_does_not(bench: Bench, filled: int, starts: bool) -> None:
    """EP01: 49.99 is refused with balance, minimum and where to top up; 50.00 starts."""
    await top_up(bench, filled)
    quote = await a_quote(bench)
    if starts:
        charge = await start(bench, quote, **WALLET)
        await bench.run(Job.PLACE_HOLD)
        assert (await bench.charge(charge)).status == S.STARTING
        return
    with pytest.raises(WalletCannotPay, match="wallet_too_low") as refused:
        await start(bench, quote, **WALLET)
    facts = refused.value.facts
    assert facts["top_up_url"] == "/v1/wallet/top-ups"
    assert (facts["available"].minor, facts["minimum"].minor) == (4999, 5000)  # type: ignore[attr-defined]  # Money
    assert await bench.value("SELECT count(*) FROM charging_session") == 0


async def test_a_reservation_is_never_more_than_there_is(bench: Bench) -> None:
    """A hold of 80 on a wallet of 60: the driver agrees to 60, and the charge stops before that is used up."""
    await top_up(bench, 6000)
    quote = await a_quote(bench, energy_kwh=Decimal(200))
    assert quote.hold_minor > 6000
    with pytest.raises(ConsentDiffers):
        await start(bench, quote, **WALLET)

    charge = await start(bench, quote, **WALLET, consent_amount_minor=6000)
    await bench.run(Job.PLACE_HOLD)

    assert (charge.hold_minor, (await bench.hold(charge)).authorized_minor) == (6000, 6000)
    assert (await bench.charge(charge)).status == S.STARTING


async def test_fifty_starts_race_for_fifty_francs_and_one_starts(bench: Bench) -> None:
    """Mode 28: the last word is the wallet's lock, even if nothing else kept a driver from many charges at once."""
    await a_location(bench, tariff=a_tariff(currency="CHF"))
    await top_up(bench, 5000, currency="CHF")
    for index in ("one_live_charge_per_driver", "one_live_charge_per_connector"):
        await _drop_index(bench, index)
    quotes = [await a_quote(bench) for _ in range(50)]

    outcomes = await _race(bench, quotes)
    taken_on = [each for each in outcomes if isinstance(each, ChargingSession)]
    await asyncio.gather(*(bench.run(Job.PLACE_HOLD) for _ in range(8)))

    statuses = [(await bench.charge(each)).status for each in taken_on]
    assert statuses.count(S.STARTING) == 1
    assert set(statuses) <= {S.STARTING, S.DECLINED}
    assert {type(each) for each in outcomes} <= {ChargingSession, WalletCannotPay}, outcomes
    assert await figures(bench, currency="CHF") == (5000, 5000, 0)
    await books_balance(bench)


async def _race(bench: Bench, quotes: list[Quote]) -> list[ChargingSession | BaseException]:
    """Start them all at once, on as many connections as the pool has."""
    gate = asyncio.Semaphore(18)

    async def one(quote: Quote) -> ChargingSession:
        async with gate:
            return await start(bench, quote, **WALLET)

    return await asyncio.gather(*(one(quote) for quote in quotes), return_exceptions=True)


async def _drop_index(bench: Bench, name: str) -> None:
    async with bench.work() as db:
        await (await db.connection()).exec_driver_sql(f"DROP INDEX {name}")


async def test_fifty_taps_of_one_driver_make_one_charge(bench: Bench) -> None:
    """As the service runs, the others are told that the driver charges already, or that the money is reserved."""
    await top_up(bench, 5000)
    quotes = [await a_quote(bench) for _ in range(50)]

    outcomes = await _race(bench, quotes)

    counted = Counter(type(each) for each in outcomes)
    assert counted[ChargingSession] == 1
    assert counted[DriverBusy] + counted[ConnectorBusy] == 49


async def test_a_start_that_fails_gives_the_reservation_up(bench: Bench) -> None:
    """A driver who gives up has the money again at once."""
    charge = await a_wallet_charge(bench)
    await bench.run(Job.PLACE_HOLD)
    await cancel(bench, charge)
    bench.clock.advance(601)
    await bench.drain()
    bench.clock.advance(601)
    await bench.drain()

    assert (await bench.charge(charge)).hold_status == HoldStatus.RELEASED
    assert await figures(bench) == (5000, 0, 5000)
    await books_balance(bench)


async def test_the_rest_of_a_bill_comes_out_of_the_wallet_below_zero(bench: Bench) -> None:
    """Mode 29: a CDR above the balance is booked in full; the wallet goes below zero and the next start is blocked."""
    charge = await a_wallet_charge(bench, filled=5000)
    await charges(bench, charge)
    charge = await is_billed(bench, charge, "60.00")  # 71.40 with tax

    assert await figures(bench) == (-2140, 0, -2140)
    assert await account(bench, "receivable") == 0
    assert await account(bench, "revenue") + await account(bench, "vat") == -7140
    assert "wallet_below_zero" in await bench.messages()
    assert (charge.status, charge.state["receivable"]["minor"]) == (S.SETTLED, 0)
    await books_balance(bench)
    with pytest.raises(WalletCannotPay, match="wallet_below_zero"):
        await start(bench, await a_quote(bench), **WALLET)

    await top_up(bench, 7140)
    await start(bench, await a_quote(bench), **WALLET)


async def test_below_the_floor_the_rest_is_owed_and_a_top_up_settles_it(bench: Bench) -> None:
    """The wallet pays down to -50.00 and not a cent more; what is left is a receivable until there is money again."""
    charge = await a_wallet_charge(bench, filled=5000)
    await charges(bench, charge)
    await is_billed(bench, charge, "90.00")  # 107.10

    assert await figures(bench) == (-5000, 0, -5000)
    assert await account(bench, "receivable") == 710
    assert "payment_due" in await bench.messages()
    await books_balance(bench)

    await top_up(bench, 20000)
    await bench.drain()

    assert await figures(bench) == (14290, 0, 14290)
    assert await account(bench, "receivable") == 0
    assert (await bench.charge(charge)).state["receivable"]["minor"] == 0
    await books_balance(bench)


@pytest.mark.capability("CK32")
async def test_a_bill_that_falls_goes_back_into_the_wallet(bench: Bench) -> None:
    """Once the operator had time to replace the bill, what was paid too much is in the wallet again, once."""
    charge = await a_wallet_charge(bench, filled=10000)
    await charges(bench, charge)
    await is_billed(bench, charge, "7.80")
    assert await figures(bench) == (9072, 0, 9072)

    await push_cdr(
        bench,
        a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id=a_cdr(charge).id),
    )
    await bench.drain()
    bench.clock.advance(2 * 3600)
    await bench.drain()
    bench.clock.advance(2 * 3600)
    await bench.drain()

    assert await figures(bench) == (10000, 0, 10000)
    assert (await account(bench, "revenue"), await account(bench, "vat")) == (0, 0)
    assert await bench.value("SELECT count(*) FROM journal WHERE kind = 'prepaid_refunded'") == 1
    await books_balance(bench)


@pytest.mark.capability("EP04")
async def test_the_driver_is_warned_once_for_each_crossing(bench: Bench) -> None:
    """EP04: below their own limit, told once; armed again when the wallet was above it; reserving is not spending."""
    await top_up(bench, 5000)
    async with bench.work() as db:
        await choose_low_notice(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver_id="drv_1",
            currency="EUR",
            limit_minor=4500,
        )
    for _ in range(2):
        charge = await start(bench, await a_quote(bench), **WALLET)
        await charges(bench, charge)
        assert "wallet_low" not in (await bench.messages())[-2:]
        await is_billed(bench, charge, "7.80")
        await top_up(bench, 5000)
        bench.clock.advance(24 * 3600)

    assert (await bench.messages()).count("wallet_low") == 1
