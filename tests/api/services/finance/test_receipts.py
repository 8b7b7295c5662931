"""Receipts: written once when the price is final, told to the driver of the charge and to nobody else."""

import pytest

from api.domain.charging.state import ChargingStatus
from api.services.charging.advance import UnknownCharge
from api.services.finance.receipts import NoReceiptYet, issue_receipt, receipt_of_charge
from api.services.notices.queries import notices_of_driver
from tests.bench import Bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge

S = ChargingStatus


async def test_a_receipt_shows_what_was_reserved_charged_and_released(bench: Bench) -> None:
    """Total is net plus tax; charged plus released is what was reserved; place, times, energy and card are told."""
    charge = await a_charge(bench, S.SETTLED)

    async with bench.work() as db:
        receipt = await receipt_of_charge(db=db, driver_id=charge.driver_id, charging_session_id=charge.id)
    shown = receipt.document

    assert shown["total_minor"] == shown["net_minor"] + shown["vat_minor"] == 928
    assert shown["charged_minor"] + shown["released_minor"] == shown["reserved_minor"] == 5000
    assert shown["taxes"] == [{"percent": "19", "minor": 148}]
    assert shown["energy_kwh"] == "20"
    assert shown["card"] == {"brand": "visa", "last4": "4242"}
    assert (shown["started_at"], shown["unplugged_at"]) == ("2026-03-02T09:00:00+00:00", "2026-03-02T10:00:00+00:00")
    assert shown["place"]["evse_id"] == "DE*CPO*EVSE1"


async def test_a_receipt_is_written_once(bench: Bench) -> None:
    """A second order finds the first receipt and leaves it as it is."""
    charge = await a_charge(bench, S.SETTLED)

    async with bench.work() as db:
        now = bench.clock.now()
        again = await issue_receipt(db=db, ports=bench.ports, now=now, charging_session_id=charge.id)

    assert await bench.value("SELECT id FROM receipt") == again.id


async def test_a_charge_without_a_final_price_has_no_receipt(bench: Bench) -> None:
    """Until the bill is settled there is nothing to write."""
    charge = await a_charge(bench, S.ENDED)

    async with bench.work() as db:
        with pytest.raises(NoReceiptYet):
            await receipt_of_charge(db=db, driver_id=charge.driver_id, charging_session_id=charge.id)


async def test_a_receipt_is_nobody_elses(bench: Bench) -> None:
    """Another driver does not even learn that the charge exists."""
    charge = await a_charge(bench, S.SETTLED)

    async with bench.work() as db:
        with pytest.raises(UnknownCharge):
            await receipt_of_charge(db=db, driver_id="drv_2", charging_session_id=charge.id)


async def test_a_waived_bill_has_a_receipt_of_nothing_charged(bench: Bench) -> None:
    """A driver who pays nothing still gets the paper, and all of the hold is shown as released."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="0.30"))
    await bench.drain()

    shown = (await bench.rows("SELECT document FROM receipt"))[0].document
    assert (shown["charged_minor"], shown["released_minor"]) == (0, 5000)


async def test_the_driver_is_told_when_the_receipt_is_ready(bench: Bench) -> None:
    """The story that a driver reads in the app: newest first, and each message once."""
    charge = await a_charge(bench, S.SETTLED)

    async with bench.work() as db:
        told = await notices_of_driver(db=db, driver_id=charge.driver_id)
        others = await notices_of_driver(db=db, driver_id="drv_2")

    assert {notice.message for notice in told} == {"charge_started", "charge_ended", "receipt_ready"}
    assert len(told) == 3
    assert others == []


async def test_a_changed_price_has_a_receipt_that_replaces_the_first(bench: Bench) -> None:
    """After a credit and a cheaper bill the driver reads the new sum; the first receipt stays as it was written."""
    charge = await a_charge(bench, S.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="2.00"))
    await bench.drain()

    async with bench.work() as db:
        newest = await receipt_of_charge(db=db, driver_id=charge.driver_id, charging_session_id=charge.id)
    first = await bench.rows("SELECT id, document->>'total_minor' FROM receipt WHERE revision = 1")
    assert (newest.document["total_minor"], newest.document["replaces"]) == (238, first[0][0])
    assert first[0][1] == "928"
