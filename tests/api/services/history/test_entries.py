"""Who paid: card, wallet, employer, guest; what came back; and one way to the price for all of them."""

import pytest

from api.domain.finance.payer import Payer
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.history.charges import Wanted, charges_of_driver
from api.services.history.entries import Entry, entries_of
from tests.api.services.charging.given_back import a_credit_cdr, paid, pause_ends
from tests.api.services.finance.test_months import a_fleet, invoices
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_location, a_session, after, push_cdr, push_session
from tests.charges import METERED, a_quote, start
from tests.wallets import top_up


async def entries(bench: Bench, driver_id: str = "drv_1") -> list[Entry]:
    """Return a driver's history."""
    async with bench.work() as db:
        charges = await charges_of_driver(db=db, driver_id=driver_id, wanted=Wanted(), limit=10)
        return await entries_of(db=db, charges=charges)


async def charged(bench: Bench, payer: Payer, number: int = 1) -> ChargingSession:
    """Return a charge whose CDR asks for 7.80 before tax, settled by that payer."""
    charge = await start(bench, await a_quote(bench), pay_with=payer)
    await bench.drain()
    over = a_session(
        charge,
        id=f"SES{number}",
        kwh=METERED,
        status=SessionStatus.COMPLETED,
        ended_at=after(60),
        last_updated=after(60),
    )
    await push_session(bench, over)
    await push_cdr(bench, a_cdr(charge, id=f"CDR{number}", session_id=f"SES{number}"))
    await bench.drain()
    return await bench.charge(charge)


@pytest.mark.capability("CK29")
async def test_an_employer_pays_and_the_driver_sees_it(bench: Bench) -> None:
    """The history names the company and what it pays, also after the driver left it; the company gets the invoice."""
    fleet = await a_fleet(bench)
    charge = await charged(bench, Payer.FLEET)
    await bench.rows("DELETE FROM fleet_member RETURNING driver_id")
    (entry,) = await entries(bench)
    assert (entry.charge.id, entry.charge.payer_type) == (charge.id, "fleet")
    assert (entry.employer, entry.paid_minor) == ("Quay Logistics AG", 928)
    assert entry.receipt is not None
    (invoice,) = await invoices(bench)
    assert (invoice.fleet_account_id, invoice.driver_id) == (fleet, None)
    assert [each["receipt_number"] for each in invoice.document["lines"]] == [entry.receipt.number]


async def test_what_came_back_is_told_beside_what_was_paid(bench: Bench) -> None:
    """A credit CDR gives 23.80 back: paid stays what it was; the receipt stays the one that was written."""
    charge = await paid(bench)
    (before,) = await entries(bench)
    assert (before.paid_minor, before.refunded_minor) == (2380, 0)
    await a_credit_cdr(bench, charge, 1, "20.00")
    await bench.drain()
    await pause_ends(bench, charge)
    (after,) = await entries(bench)
    assert (after.paid_minor, after.refunded_minor) == (2380, 2380)
    assert after.receipt == before.receipt


@pytest.mark.capability("CK32")
@pytest.mark.parametrize(
    ("payer", "kind", "channel"),
    [
        (Payer.CARD, "account", "app"),
        (Payer.WALLET, "account", "app"),
        (Payer.FLEET, "account", "app"),
        (Payer.CARD, "guest", "guest"),
    ],
)
async def test_one_way_to_the_price_whoever_pays(bench: Bench, payer: Payer, kind: str, channel: str) -> None:
    """The same CDR costs the same, net and tax alike, by app or as a guest, by card, wallet or employer."""
    await a_driver(bench, kind=kind)
    await a_location(bench)
    if payer is Payer.WALLET:
        await top_up(bench, 6000)
    if payer is Payer.FLEET:
        await a_fleet(bench)
    charge = await charged(bench, payer)
    (entry,) = await entries(bench)
    assert (charge.auth_channel, charge.payer_type) == (channel, payer)
    assert charge.driver_price is not None
    assert (charge.owed_minor, entry.paid_minor, charge.driver_price["vat_minor"]) == (928, 928, 148)
    assert charge.driver_price["net_minor"] == 780


async def test_each_charge_of_a_page_has_its_own_papers(bench: Bench) -> None:
    """Hold and receipt are those of the charge, in the order of the charges."""
    for number in (1, 2, 3):
        await charged(bench, Payer.CARD, number)
        bench.clock.advance(60)
    found = await entries(bench)
    assert [each.charge.created_at for each in found] == sorted((e.charge.created_at for e in found), reverse=True)
    assert len({each.receipt.id for each in found if each.receipt}) == 3
    assert all(each.hold and each.hold.charging_session_id == each.charge.id for each in found)
