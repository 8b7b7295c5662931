"""Receipts: written once when the price is final, told to the driver of the charge and to nobody else."""

import pytest
from sqlalchemy.exc import IntegrityError

from api.domain.charging.state import ChargingStatus
from api.domain.finance.issuer import SANDBOX_ISSUER
from api.domain.finance.paper import digest_of
from api.models.charging import ChargingSession
from api.models.finance import Receipt
from api.services.charging.advance import UnknownCharge
from api.services.finance.papers import papers_of_charge
from api.services.finance.receipts import NoReceiptYet, issue_receipt, receipt_of_charge
from api.services.notices.queries import notices_of_driver
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, push_cdr
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


@pytest.mark.capability("CK27")
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


async def rebill(bench: Bench, charge: ChargingSession, cost: str, *, number: int = 2) -> None:
    """Let the operator take its bill back and send another one."""
    old = "CDR1" if number == 2 else f"CDR{number - 1}"
    before = await bench.value("SELECT total_cost FROM cdr WHERE id = :id", id=old)
    credit = a_cdr(charge, id=f"CREDIT{number}", cost=f"-{before}", credit=True, credit_reference_id=old)
    await push_cdr(bench, credit)
    await push_cdr(bench, a_cdr(charge, id=f"CDR{number}", cost=cost))
    await bench.drain()


async def papers(bench: Bench, charge: ChargingSession) -> list[Receipt]:
    """Return the papers of a charge, oldest first."""
    async with bench.work() as db:
        return await papers_of_charge(db=db, charging_session_id=charge.id)


async def test_a_price_that_falls_is_a_credit_note_on_the_receipt(bench: Bench) -> None:
    """9.28 become 2.38: the receipt stays as it was written, 6.90 are credited with 1.10 of tax, pointing to it."""
    charge = await a_charge(bench, S.SETTLED)
    (first,) = await papers(bench, charge)

    await rebill(bench, charge, "2.00")

    receipt, note = await papers(bench, charge)
    assert (receipt.id, receipt.sha256, receipt.total_minor) == (first.id, first.sha256, 928)
    assert (note.kind, note.credits_id, note.total_minor) == ("credit_note", receipt.id, 690)
    assert note.document["vat_rates"] == [{"percent": "19", "net_minor": 580, "vat_minor": 110, "gross_minor": 690}]
    assert note.document["reason"] == "bill_fell"
    assert note.document["credits"]["number"] == receipt.number
    assert (receipt.number, note.number) == ("CHH-2026-000001", "CHH-2026-000002")


async def test_a_price_that_rises_cancels_the_receipt_and_writes_a_new_one(bench: Bench) -> None:
    """First it fell to 2.38, then it rises to 5.95: what the receipt still bills is credited, a new one replaces it."""
    charge = await a_charge(bench, S.SETTLED)
    await rebill(bench, charge, "2.00")
    await rebill(bench, charge, "5.00", number=3)

    first, fell, cancel, second = await papers(bench, charge)
    assert [each.kind for each in (first, fell, cancel, second)] == ["receipt", "credit_note", "credit_note", "receipt"]
    assert (cancel.credits_id, cancel.total_minor, cancel.document["reason"]) == (first.id, 238, "bill_replaced")
    assert (second.replaces_id, second.total_minor) == (first.id, 595)
    assert second.document["replaces_number"] == first.number
    bills = [first.total_minor, -fell.total_minor, -cancel.total_minor, second.total_minor]
    assert sum(bills) == (await bench.charge(charge)).owed_minor == 595


async def test_a_bill_that_falls_twice_is_credited_twice_and_never_again(bench: Bench) -> None:
    """Each fall is a note of its own; the order to write the receipt, repeated, finds nothing to do."""
    charge = await a_charge(bench, S.SETTLED)
    await rebill(bench, charge, "5.00")
    await rebill(bench, charge, "2.00", number=3)
    for _ in range(3):
        async with bench.work() as db:
            now = bench.clock.now()
            await issue_receipt(db=db, ports=bench.ports, now=now, charging_session_id=charge.id)

    receipt, one, other = await papers(bench, charge)
    assert (receipt.total_minor, one.total_minor, other.total_minor) == (928, 333, 357)
    assert {one.credits_id, other.credits_id} == {receipt.id}


async def test_a_bill_that_falls_to_nothing_credits_all_of_it(bench: Bench) -> None:
    """What is credited is exactly the receipt, rate by rate."""
    charge = await a_charge(bench, S.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await bench.drain()

    receipt, note = await papers(bench, charge)
    assert note.total_minor == receipt.total_minor
    assert note.document["vat_rates"] == receipt.document["vat_rates"]


@pytest.mark.parametrize("cost", ["0", "0.30"])
async def test_nothing_charged_still_is_a_receipt(bench: Bench, cost: str) -> None:
    """Nothing owed, and owed but waived, have their numbered paper; what is waived is told."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge, cost=cost))
    await bench.drain()

    (receipt,) = await papers(bench, charge)
    assert receipt.number == "CHH-2026-000001"
    assert receipt.document["charged_minor"] == 0
    assert receipt.document["waived_minor"] == receipt.total_minor


@pytest.mark.parametrize("change", ["UPDATE receipt SET total_minor = 0", "DELETE FROM receipt"])
async def test_a_paper_is_never_changed_or_deleted(bench: Bench, change: str) -> None:
    """The database itself refuses, whoever asks."""
    await a_charge(bench, S.SETTLED)
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        await bench.rows(f"{change} RETURNING 1")


async def test_a_receipt_names_its_issuer_and_proves_itself(bench: Bench) -> None:
    """Name, address and VAT id of the seller are on it, and the stored hash is that of the stored document."""
    charge = await a_charge(bench, S.SETTLED)
    (receipt,) = await papers(bench, charge)
    assert receipt.document["seller"] == SANDBOX_ISSUER.to_json()
    assert receipt.document["number"] == receipt.number
    assert digest_of(receipt.document) == receipt.sha256


async def test_a_receipt_is_in_the_drivers_language(bench: Bench) -> None:
    """However the language is tagged."""
    await a_driver(bench, language="nn-NO")
    charge = await a_charge(bench, S.SETTLED)
    (receipt,) = await papers(bench, charge)
    assert (receipt.language, receipt.document["language"]) == ("nb", "nb")
