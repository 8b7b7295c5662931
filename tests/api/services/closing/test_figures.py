"""Lost revenue and the settlement with partners, on charges that really went that way."""

from dataclasses import astuple
from datetime import UTC, date, datetime

from sqlmodel import select

from api.models.finance import Journal
from api.services.charging.look import look_at_hold
from api.services.charging.write_offs import request_write_off
from api.services.closing.lost_revenue import lost_revenue
from api.services.closing.settlement import SETTLEMENT_COLUMNS, partner_settlement, settlement_csv
from tests.api.services.closing.months import EARLY_APRIL, MARCH, a_paid_charge, a_session_without_bill, prepare
from tests.api.services.finance.invoicing import a_report, send
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr

TODAY = date(2026, 3, 2)


async def test_what_is_lost_is_told_by_reason(bench: Bench) -> None:
    """A bill above its hold, a hold that lapsed before its bill, what is unpaid, and what of it was given up."""
    capped = await a_paid_charge(bench, "drv_1", cost="60.00")  # 71.40 on 50.00
    lapsed = await a_session_without_bill(bench, "drv_2")
    intent = (await bench.hold(lapsed)).payment_intent_id
    assert intent
    bench.payments.expire(intent)
    await look_at_hold(work=bench.work, ports=bench.ports, payment_intent_id=intent, source="sweep")
    await push_cdr(bench, a_cdr(lapsed, cost="10.00", id="LATE", session_id=f"SES-{lapsed.id}"))
    await bench.drain()
    async with bench.work() as db:
        await request_write_off(
            db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=capped.id, amount_minor=2140,
            text="moved away", by="Ada",
        )  # fmt: skip

    async with bench.work() as db:
        found = await lost_revenue(db=db, issuer=bench.ports.policy.issuer, first=TODAY, last=TODAY)
    assert {each.reason: (each.charges, each.amount_minor) for each in found} == {
        "capped_at_hold": (1, 2140),
        "expired_before_bill": (1, 1190),
        "unpaid": (1, 1190),
        "written_off": (1, 2140),
    }


async def test_a_month_is_settled_with_a_partner(bench: Bench) -> None:
    """CDRs, credits, the invoice with what it asks too much, what no invoice lists, and the margin, all net."""
    first = await a_paid_charge(bench, "drv_1", cost="20.00")
    second = await a_paid_charge(bench, "drv_2", cost="5.00")
    back = a_cdr(second, cost="-5.00", id="CREDIT", credit=True, credit_reference_id=f"CDR-{second.id}")
    await push_cdr(bench, back)
    await bench.drain()
    bench.clock.set(datetime(2026, 4, 1, 9, tzinfo=UTC))
    await a_paid_charge(bench, "drv_3", cost="7.00")
    await send(bench, a_report(f"CDR-{first.id}", f"CDR-{second.id}", "CREDIT"))
    await bench.rows("UPDATE invoice_report SET stated_amount = 21.50, stated_currency = 'EUR' RETURNING key")

    async with bench.work() as db:
        (march,) = await partner_settlement(db=db, ports=bench.ports, period=MARCH)
        (april,) = await partner_settlement(db=db, ports=bench.ports, period="2026-04")
        assert len((await db.exec(select(Journal))).all()) > 5

    assert (march.cdrs, march.billed, march.credits, march.credited, march.net) == (2, 2500, 1, -500, 2000)
    assert (march.invoices, march.stated, march.computed, march.difference) == (1, 2150, 2000, 150)
    assert (march.not_invoiced, march.cost) == (0, 2000)
    assert march.margin == march.revenue - 2000
    assert (april.cdrs, april.net, april.not_invoiced, april.invoices) == (1, 700, 700, 0)
    table = settlement_csv(MARCH, [march]).splitlines()
    assert table[0] == ",".join(SETTLEMENT_COLUMNS)
    assert table[1].startswith(f"{MARCH},{march.partner_id},")
    assert ",25.00,1,-5.00,20.00,0.00,1," in table[1]
    assert astuple(march)[2] == "DE-CPO"


async def test_an_absurd_bill_breaks_neither_close_nor_settlement(bench: Bench) -> None:
    """A partner bills more than any column holds: the month is prepared all the same, and the bill is on its list."""
    await a_paid_charge(bench)
    await bench.rows("UPDATE cdr SET total_cost = 1e25, charging_session_id = NULL RETURNING key")
    bench.clock.set(EARLY_APRIL)
    assert (await prepare(bench))["unsettled_cdr"] == 1
    assert await bench.value("SELECT amount_minor FROM cut_off_item WHERE kind = 'unsettled_cdr'") is None
    async with bench.work() as db:
        (row,) = await partner_settlement(db=db, ports=bench.ports, period=MARCH)
    assert (row.cdrs, row.billed, row.not_invoiced) == (1, 0, 0)
