"""Search by anything that somebody may read out."""

import pytest
from fastapi import FastAPI

from api.domain.charging.state import ChargingStatus
from api.domain.finance.paper import PaperKind
from tests.api.services.charging.given_back import credit, paid
from tests.bench import Bench
from tests.builders import a_location, an_evse, connector_of
from tests.charges import a_charge
from tests.staff import signed_in

S = ChargingStatus


async def test_whatever_is_read_out_leads_to_the_charge(app: FastAPI, bench: Bench) -> None:
    """One hit goes straight there: ids of ours, of the processor and of the partner, receipt, post, person."""
    charge = await paid(bench)
    await credit(bench, charge, 1000)
    await bench.drain()
    hold = await bench.hold(charge)
    number = await bench.value("SELECT number FROM receipt WHERE kind = :kind", kind=PaperKind.RECEIPT)
    refund = await bench.rows("SELECT id, processor_refund_id FROM refund")
    await bench.rows("UPDATE driver SET account_number = '12345-67896' RETURNING 1")
    operation = await bench.value("SELECT min(id) FROM payment_operation")
    clerk = await signed_in(bench, app, "finance_clerk")
    for typed in (
        charge.id,
        f"  {hold.id} ",
        hold.payment_intent_id,
        "4242",
        f"4242 {charge.created_at:%Y-%m-%d}",
        number,
        number.lower(),
        *refund[0],
        operation,
        "DE*CPO*EVSE1",
        "de-cpo-evse1",
        "decpoevse1",
        "SES1",
        "CDR1",
        "DRV_1@example.test",
        charge.token_uid,
        charge.driver_id,
    ):
        answer = await clerk.get("/search", q=typed)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/console/charges/{charge.id}"), typed


async def test_several_hits_are_listed_by_kind(app: FastAPI, bench: Bench) -> None:
    """Two charges on one card: a list, told apart by place and day; nobody's address in full."""
    await a_location(bench, evses=[an_evse("EVSE1"), an_evse("EVSE2")])
    charges = [
        await a_charge(bench, S.STARTING, driver_id=f"drv_{each}", connector=connector_of(uid=f"EVSE{each}"))
        for each in (1, 2)
    ]
    clerk = await signed_in(bench, app, "support_1")
    page = await clerk.get("/search", q="4242")
    assert page.status_code == 200
    assert all(f"/console/charges/{charge.id}" in page.text for charge in charges)
    assert "<h2>Card</h2>" in page.text
    assert "drv_1@example.test" not in page.text


@pytest.mark.parametrize("typed", ["", "%", "4242 2026-99-99", "nobody@example.com", "x" * 200, "' OR 1=1 --", "\x00"])
async def test_what_is_nothing_finds_nothing(app: FastAPI, bench: Bench, typed: str) -> None:
    """Nor does it break: the page says what can be searched for."""
    await a_charge(bench, S.STARTING)
    clerk = await signed_in(bench, app, "finance_clerk")
    page = await clerk.get("/search", q=typed)
    assert page.status_code == 200
    assert "in any spelling" in page.text


async def test_payouts_are_found_by_finance_only(app: FastAPI, bench: Bench) -> None:
    """They are of the books; findings are found by whoever may see charges."""
    now = bench.clock.now()
    await bench.rows(
        "INSERT INTO payout (id, currency, amount_minor, processor_status, automatic, seen_at)"
        " VALUES ('po_1', 'EUR', 100, 'paid', true, :now) RETURNING 1",
        now=now,
    )
    clerk = await signed_in(bench, app, "finance_clerk", name="Clerk")
    support = await signed_in(bench, app, "support_2", name="Support")
    answer = await clerk.get("/search", q="po_1")
    assert answer.status_code == 303 or "po_1</span>" in answer.text
    assert "Nothing of ours is called “po_1”" in (await support.get("/search", q="po_1")).text
