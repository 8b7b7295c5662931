"""Wallets for tests: filled by the real services, looked at through the ledger."""

from typing import cast

from api.domain.finance.wallet import Standing
from api.domain.money import Money
from api.models.driver import Driver
from api.models.wallet import Payin
from api.services.charging.run_payin import run_payin
from api.services.finance.verify import verify_ledger
from api.services.payments.payins import PayinMethod
from api.services.wallet.account import standing_of
from api.services.wallet.top_up import request_top_up
from tests.bench import Bench
from tests.builders import a_driver
from tests.fakes import FakePayins, FakeRefunds


def payins(bench: Bench) -> FakePayins:
    """Return the fake that takes payments."""
    return cast(FakePayins, bench.ports.payins)


def refunds(bench: Bench) -> FakeRefunds:
    """Return the fake that gives money back."""
    return cast(FakeRefunds, bench.ports.refunds)


async def begin_top_up(
    bench: Bench, minor: int, *, currency: str = "EUR", method: str = "card", driver_id: str = "drv_1", **fields: object
) -> tuple[Payin, str]:
    """Write a top-up; return it with the id of the call that takes it."""
    driver: Driver = await a_driver(bench, driver_id=driver_id, **fields)
    async with bench.work() as db:
        payin, call = await request_top_up(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            driver=driver,
            amount=Money(minor, currency),
            method=PayinMethod(method),
        )
    return payin, call.id


async def top_up(bench: Bench, minor: int, **more: object) -> Payin:
    """Top a wallet up and return the top-up as stored then."""
    payin, call = await begin_top_up(bench, minor, **more)  # type: ignore[arg-type]  # passed on
    await run_payin(work=bench.work, ports=bench.ports, operation_id=call)
    return await stored(bench, payin)


async def stored(bench: Bench, payin: Payin) -> Payin:
    """Return a payment as stored now."""
    async with bench.work() as db:
        return await db.get_one(Payin, payin.id)


async def standing(bench: Bench, *, currency: str = "EUR", driver_id: str = "drv_1") -> Standing:
    """Return what is in a wallet."""
    async with bench.work() as db:
        return await standing_of(db=db, driver_id=driver_id, currency=currency)


async def figures(bench: Bench, **whose: str) -> tuple[int, int, int]:
    """Return what is posted, reserved and available, in minor units."""
    found = await standing(bench, **whose)
    return found.posted.minor, found.reserved.minor, found.available.minor


async def account(bench: Bench, name: str, *, layer: str = "posted", currency: str = "EUR") -> int:
    """Return the sum of an account over all owners."""
    query = """SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
               WHERE a.name = :name AND e.layer = :layer AND e.currency = :currency"""
    return int(await bench.value(query, name=name, layer=layer, currency=currency))


async def books_balance(bench: Bench) -> None:
    """Assert that the books are what holds, charges and wallets say, and that nothing is reserved for what is over."""
    async with bench.work() as db:
        verdicts = await verify_ledger(db=db)
    assert [(each.name, each.first) for each in verdicts if each.differing and each.name != "nothing_left"] == []
    open_holds = "SELECT count(*) FROM hold WHERE status NOT IN ('captured', 'released', 'expired', 'declined')"
    open_payouts = "SELECT count(*) FROM wallet_payout WHERE status = 'requested'"
    if not await bench.value(open_holds) and not await bench.value(open_payouts):
        assert await account(bench, "prepaid", layer="pending") == 0
        assert await account(bench, "prepaid_reserved", layer="pending") == 0
